"""Treatment × route × unit: how much a day people take, one value a person.

By route, since 50 µg of baclofen into the spine and 50 mg by mouth are two things; not by form, which is said too seldom to
part people by. Masses are all in mg; units, tablets, puffs and millilitres cannot be made masses and stand by themselves.
"""

import dataclasses
from typing import TYPE_CHECKING

from pipeline.aggregate._people import counted, had, last_told, named, quartiles
from pipeline.aggregate._settings import STANDARD, Settings
from pipeline.aggregate._shares import finish
from pipeline.records import col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames

BY = ["treatment_id", "route", "daily_dose_unit"]
UNSAID = "not stated"  # a key cannot be null


@dataclasses.dataclass(slots=True, kw_only=True)
class TreatmentDose:
    """One treatment by one route in one unit, over the people who told a daily dose, each with the one told last."""

    treatment_id: str = col("vocabulary concept of the treatment", key=True)
    route: str = col(f"route of administration; `{UNSAID}` where neither words nor product say it", key=True)
    daily_dose_unit: str = col("what the doses are in, a day: `mg` for every mass, else the unit told", key=True)
    treatment_name: str = col("preferred name of the treatment")
    n_people: int = col("people with such a daily dose", unit="people")
    n_posts: int = col("posts that tell one", unit="posts")
    n_people_unknown_author: int = col("of n_people, those of posts whose author is unknown", unit="people")
    daily_dose_min: float = col("smallest, in daily_dose_unit")
    daily_dose_q1: float = col("lower quartile, in daily_dose_unit")
    daily_dose_median: float = col("median, in daily_dose_unit")
    daily_dose_q3: float = col("upper quartile, in daily_dose_unit")
    daily_dose_max: float = col("largest, in daily_dose_unit")


def treatment_doses(frames: "Frames", settings: Settings = STANDARD) -> "pd.DataFrame":
    """One row a treatment, route and unit, by these. Doses whose unit or intakes a day had to be assumed are left out."""
    rows = had(frames)
    rows = rows[~rows["dose_inferred"].astype(bool)]
    mass = rows["daily_dose_mg"].notna()
    rows = rows.assign(
        route=rows["route"].fillna(UNSAID),
        daily_dose=rows["daily_dose_mg"].fillna(rows["daily_dose_value"]),
        daily_dose_unit=rows["daily_dose_unit"].mask(mass, "mg"),
    ).dropna(subset=["daily_dose", "daily_dose_unit"])
    each = last_told(rows, BY, "daily_dose")
    return finish(
        TreatmentDose,
        named(rows, BY, ["treatment_name"]),
        counted(rows, BY),
        quartiles(each, BY, "daily_dose", "daily_dose"),
    )
