"""Treatment × year: how many people told of it when."""

import dataclasses
from typing import TYPE_CHECKING

from pipeline.aggregate._people import counted, had, named
from pipeline.aggregate._settings import STANDARD, Settings
from pipeline.aggregate._shares import finish
from pipeline.records import col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames

BY = ["treatment_id", "year"]


@dataclasses.dataclass(slots=True, kw_only=True)
class TreatmentYear:
    """One treatment in one year, over the people who told of having it in that year. Who tells in two years is in both."""

    treatment_id: str = col("vocabulary concept of the treatment", key=True)
    year: int = col("year of the posts", key=True)
    treatment_name: str = col("preferred name of the treatment")
    n_people: int = col("people who told of it", unit="people")
    n_posts: int = col("posts that tell of it", unit="posts")
    n_people_unknown_author: int = col("of n_people, those of posts whose author is unknown", unit="people")
    n_people_any: int = col("people who told of any treatment in that year, to compare with", unit="people")


def treatment_years(frames: "Frames", settings: Settings = STANDARD) -> "pd.DataFrame":
    """One row a treatment and year, by these. Posts without a date are left out."""
    told = had(frames).dropna(subset=["posted_at"])
    told = told.assign(year=told["posted_at"].dt.year.astype("int64"))
    counts = counted(told, BY)
    anybody = told.groupby("year")["patient_id"].nunique()
    any_treatment = anybody.reindex(counts.index.get_level_values("year")).to_numpy()
    return finish(TreatmentYear, named(told, BY, ["treatment_name"]), counts.assign(n_people_any=any_treatment))
