"""From → to: how many people went from one treatment to another, and why."""

import dataclasses
from typing import TYPE_CHECKING, get_args

from pipeline.aggregate._people import counted, had, named, people
from pipeline.aggregate._settings import STANDARD, Settings
from pipeline.aggregate._shares import finish
from pipeline.records import ReasonKind, col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames

BY = ["from_treatment_id", "to_treatment_id"]


@dataclasses.dataclass(slots=True, kw_only=True)
class TreatmentSwitch:
    """One switch between two treatments, over everybody who made it. Who gives two reasons counts under both."""

    from_treatment_id: str = col("treatment left", key=True)
    to_treatment_id: str = col("treatment taken instead", key=True)
    from_treatment_name: str = col("name of the treatment left")
    to_treatment_name: str = col("name of the treatment taken instead")
    n_people: int = col("people who switched", unit="people")
    n_posts: int = col("posts that tell of it", unit="posts")
    n_people_unknown_author: int = col("of n_people, those of posts whose author is unknown", unit="people")
    n_reason: int = col("people who give a reason", unit="people")
    n_side_effect: int = col("people who switched because of a side effect", unit="people")
    n_no_effect: int = col("… because it did not work", unit="people")
    n_improved: int = col("… because they were better", unit="people")
    n_cost: int = col("… because of the cost", unit="people")
    n_access: int = col("… because they could not get it", unit="people")
    n_clinician: int = col("… because a clinician said so", unit="people")
    n_other: int = col("… for another reason", unit="people")


def treatment_switches(frames: "Frames", settings: Settings = STANDARD) -> "pd.DataFrame":
    """One row a pair of treatments, by these. A switch that does not say to what is left out."""
    events = frames["events"]
    events = events[(events["kind"] == "switch") & events["to_treatment_id"].notna()]
    whose = had(frames)[["experience_id", "post_id", "patient_id", "treatment_id", "treatment_name", "unknown_author"]]
    whose = whose.rename(columns={"treatment_id": "from_treatment_id", "treatment_name": "from_treatment_name"})
    rows = events.merge(whose, on="experience_id")
    rows = rows.assign(to_treatment_name=rows["to_treatment_name"].fillna(rows["to_treatment_id"]))
    giving = rows.dropna(subset=["reason_kind"]).groupby(BY)["patient_id"].nunique()
    return finish(
        TreatmentSwitch,
        named(rows, BY, ["from_treatment_name", "to_treatment_name"]),
        counted(rows, BY),
        giving.rename("n_reason").to_frame(),
        people(rows, BY, "reason_kind", get_args(ReasonKind)),
    )
