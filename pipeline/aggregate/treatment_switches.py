"""From → to: who switched from one treatment to another, and why."""

import dataclasses
from typing import TYPE_CHECKING, get_args

from pipeline.aggregate._common import count_people, finish, had
from pipeline.records import ReasonKind, col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames


@dataclasses.dataclass(slots=True, kw_only=True)
class Row:
    """One switch between two treatments, over everybody who made it."""

    from_treatment_id: str = col("treatment left", key=True)
    to_treatment_id: str = col("treatment taken instead", key=True)
    from_treatment_name: str = col("its name")
    to_treatment_name: str = col("its name")
    n_people: int = col("people who switched", unit="people")
    n_posts: int = col("posts that tell of it", unit="posts")
    n_people_unknown_author: int = col("of these, people of posts whose author is unknown", unit="people")
    n_side_effect: int = col("because of a side effect", unit="people")
    n_no_effect: int = col("because it did not work", unit="people")
    n_improved: int = col("because they were better", unit="people")
    n_cost: int = col("because of the cost", unit="people")
    n_access: int = col("because they could not get it", unit="people")
    n_clinician: int = col("because a clinician said so", unit="people")
    n_other: int = col("for another reason", unit="people")


def build(frames: "Frames") -> "pd.DataFrame":
    """Sorted by the treatment left and the one taken instead."""
    events = frames["events"]
    events = events[(events["kind"] == "switch") & events["to_treatment_id"].notna()]
    told = had(frames)[["experience_id", "post_id", "patient_id", "treatment_id", "treatment_name", "unknown_author"]]
    rows = events.merge(told, on="experience_id", how="inner")
    rows = rows.rename(columns={"treatment_id": "from_treatment_id", "treatment_name": "from_treatment_name"})
    by = ["from_treatment_id", "to_treatment_id"]
    out = rows.groupby(by, observed=True).agg(
        from_treatment_name=("from_treatment_name", "first"), to_treatment_name=("to_treatment_name", "first"),
        n_people=("patient_id", "nunique"), n_posts=("post_id", "nunique"))  # fmt: skip
    out["n_people_unknown_author"] = count_people(rows, by, rows["unknown_author"])
    for reason in get_args(ReasonKind):
        out[f"n_{reason}"] = count_people(rows, by, rows["reason_kind"] == reason)
    return finish(Row, out.reset_index())
