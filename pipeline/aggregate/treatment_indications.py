"""Treatment × indication: what people take it for, and whether it helped with that."""

import dataclasses
from typing import TYPE_CHECKING, get_args

from pipeline.aggregate._common import count_people, finish, problems
from pipeline.records import Outcome, col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames


@dataclasses.dataclass(slots=True, kw_only=True)
class Row:
    """One treatment and one problem it is taken for."""

    treatment_id: str = col("vocabulary concept of the treatment", key=True)
    indication_id: str = col(
        "concept of the problem, or `words:` and its words where no concept is close enough", key=True
    )
    treatment_name: str = col("name of the treatment")
    indication_name: str = col("name of the problem")
    n_people: int = col("people who take it for that", unit="people")
    n_posts: int = col("posts that say so", unit="posts")
    n_people_unknown_author: int = col("of these, people of posts whose author is unknown", unit="people")
    n_helped: int = col("people it helped", unit="people")
    n_partly: int = col("people it helped in part", unit="people")
    n_none: int = col("people it did nothing for", unit="people")
    n_worse: int = col("people it made worse", unit="people")
    n_mixed: int = col("people with a mixed outcome", unit="people")
    n_too_early: int = col("people who cannot say yet", unit="people")


def build(frames: "Frames") -> "pd.DataFrame":
    """Sorted by treatment and indication."""
    rows = problems(frames, "treats").rename(columns={"problem_id": "indication_id", "problem_name": "indication_name"})
    by = ["treatment_id", "indication_id"]
    out = rows.groupby(by, observed=True).agg(
        treatment_name=("treatment_name", "first"), indication_name=("indication_name", "first"),
        n_people=("patient_id", "nunique"), n_posts=("post_id", "nunique"))  # fmt: skip
    out["n_people_unknown_author"] = count_people(rows, by, rows["unknown_author"])
    for outcome in get_args(Outcome):
        out[f"n_{outcome}"] = count_people(rows, by, rows["outcome"] == outcome)
    return finish(Row, out.reset_index())
