"""Treatment × route: the daily masses people take, one value a person."""

import dataclasses
from typing import TYPE_CHECKING

from pipeline.aggregate._common import finish, had
from pipeline.records import col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames


@dataclasses.dataclass(slots=True, kw_only=True)
class Row:
    """One treatment by one route, over the people who told a daily mass."""

    treatment_id: str = col("vocabulary concept of the treatment", key=True)
    route: str = col("route of administration, `not stated` where neither text nor product says", key=True)
    treatment_name: str = col("name of the treatment")
    n_people: int = col("people with a daily mass told", unit="people")
    n_posts: int = col("posts that tell it", unit="posts")
    n_people_unknown_author: int = col("of these, people of posts whose author is unknown", unit="people")
    daily_dose_mg_min: float = col("smallest of each person's largest daily dose", unit="mg/day")
    daily_dose_mg_q1: float = col("lower quartile", unit="mg/day")
    daily_dose_mg_median: float = col("median", unit="mg/day")
    daily_dose_mg_q3: float = col("upper quartile", unit="mg/day")
    daily_dose_mg_max: float = col("largest", unit="mg/day")


def build(frames: "Frames") -> "pd.DataFrame":
    """Sorted by treatment and route; doses that had to be inferred are left out."""
    rows = had(frames)
    rows = rows[rows["daily_dose_mg"].notna()].assign(route=lambda r: r["route"].fillna("not stated"))
    by = ["treatment_id", "route"]
    each = rows.groupby([*by, "patient_id"], observed=True)["daily_dose_mg"].max().groupby(by, observed=True)
    out = rows.groupby(by, observed=True).agg(
        treatment_name=("treatment_name", "first"), n_people=("patient_id", "nunique"), n_posts=("post_id", "nunique"))  # fmt: skip
    out["n_people_unknown_author"] = rows[rows["unknown_author"]].groupby(by, observed=True)["patient_id"].nunique()
    for name, q in (("min", 0.0), ("q1", 0.25), ("median", 0.5), ("q3", 0.75), ("max", 1.0)):
        out[f"daily_dose_mg_{name}"] = each.quantile(q)
    return finish(Row, out.reset_index())
