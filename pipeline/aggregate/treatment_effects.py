"""Treatment × effect: how many people say it did, did not, or may have caused a problem."""

import dataclasses
from typing import TYPE_CHECKING

from pipeline.aggregate._common import count_people, finish, problems
from pipeline.records import col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames


@dataclasses.dataclass(slots=True, kw_only=True)
class Row:
    """One treatment and one effect somebody linked to it."""

    treatment_id: str = col("vocabulary concept of the treatment", key=True)
    effect_id: str = col("concept of the effect, or `words:` and its words where no concept is close enough", key=True)
    treatment_name: str = col("name of the treatment")
    effect_name: str = col("name of the effect")
    n_people: int = col("people who spoke of it, in any polarity", unit="people")
    n_posts: int = col("posts that speak of it", unit="posts")
    n_people_unknown_author: int = col("of these, people of posts whose author is unknown", unit="people")
    n_affirmed: int = col("people who had it", unit="people")
    n_denied: int = col("people who say they did not", unit="people")
    n_uncertain: int = col("people unsure of the cause", unit="people")
    n_severe: int = col("people who called it severe", unit="people")
    n_serious: int = col("people whose text tells of hospital, danger to life or lasting damage", unit="people")


def build(frames: "Frames") -> "pd.DataFrame":
    """Sorted by treatment and effect."""
    rows = problems(frames, "causes").rename(
        columns={"effect_id": "row", "problem_id": "effect_id", "problem_name": "effect_name"}
    )
    by = ["treatment_id", "effect_id"]
    out = rows.groupby(by, observed=True).agg(
        treatment_name=("treatment_name", "first"), effect_name=("effect_name", "first"),
        n_people=("patient_id", "nunique"), n_posts=("post_id", "nunique"))  # fmt: skip
    out["n_people_unknown_author"] = count_people(rows, by, rows["unknown_author"])
    for polarity in ("affirmed", "denied", "uncertain"):
        out[f"n_{polarity}"] = count_people(rows, by, rows["polarity"] == polarity)
    out["n_severe"] = count_people(rows, by, rows["severity"] == "severe")
    out["n_serious"] = count_people(rows, by, rows["serious"].fillna(False).astype(bool))
    return finish(Row, out.reset_index())
