"""Per treatment: who has had it, what came of it, doses, durations, why people stopped."""

import dataclasses
from typing import TYPE_CHECKING, get_args

from pipeline.aggregate._common import FLOOR, finish, had, problems, wilson
from pipeline.records import Outcome, ReasonKind, TreatmentType, col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames

TOP = 5


@dataclasses.dataclass(slots=True, kw_only=True)
class Row:
    """One treatment, over everybody who has had it."""

    treatment_id: str = col("vocabulary concept", key=True)
    treatment_name: str = col("its preferred name")
    treatment_type: TreatmentType = col("kind of treatment")
    n_people: int = col("people who have had it", unit="people")
    n_posts: int = col("posts that tell of it", unit="posts")
    n_people_unknown_author: int = col("of these, people of posts whose author is unknown", unit="people")
    n_current: int = col("people on it when they last told", unit="people")
    n_past: int = col("people no longer on it", unit="people")
    n_helped: int = col("people it helped", unit="people")
    n_partly: int = col("people it helped in part", unit="people")
    n_none: int = col("people it did nothing for", unit="people")
    n_worse: int = col("people it made worse", unit="people")
    n_mixed: int = col("people with a mixed outcome, or posts that disagree", unit="people")
    n_too_early: int = col("people who cannot say yet", unit="people")
    n_outcome: int = col("people who told an outcome, too early left out", unit="people")
    helped_share: float | None = col(f"n_helped / n_outcome; null below {FLOOR} people", default=None)
    helped_share_low: float | None = col("lower end of its 95 % Wilson interval", default=None)
    helped_share_high: float | None = col("upper end", default=None)
    n_dose: int = col("people with a daily mass told", unit="people")
    daily_dose_mg_min: float | None = col("smallest of their largest daily doses", unit="mg/day", default=None)
    daily_dose_mg_q1: float | None = col("lower quartile", unit="mg/day", default=None)
    daily_dose_mg_median: float | None = col("median", unit="mg/day", default=None)
    daily_dose_mg_q3: float | None = col("upper quartile", unit="mg/day", default=None)
    daily_dose_mg_max: float | None = col("largest", unit="mg/day", default=None)
    n_duration: int = col("people with a duration told", unit="people")
    duration_days_median: float | None = col("median of their longest durations", unit="days", default=None)
    n_stop_side_effect: int = col("people who stopped or switched for a side effect", unit="people")
    n_stop_no_effect: int = col("… because it did not work", unit="people")
    n_stop_improved: int = col("… because they were better", unit="people")
    n_stop_cost: int = col("… because of the cost", unit="people")
    n_stop_access: int = col("… because they could not get it", unit="people")
    n_stop_clinician: int = col("… because a clinician said so", unit="people")
    n_stop_other: int = col("… for another reason", unit="people")
    top_effects: list[str] = col("effects most people affirmed, most frequent first")
    top_indications: list[str] = col("what most people take it for, most frequent first")
    first_year: int | None = col("year of the earliest post", default=None)
    last_year: int | None = col("year of the latest post", default=None)


def build(frames: "Frames") -> "pd.DataFrame":
    """Sorted by treatment_id; people and their outcome, dose and reasons are those of `courses`."""
    import pandas as pd

    rows, courses = had(frames), frames["courses"]
    courses = courses[courses["status"].isin(["current", "past"])]
    by = courses.groupby("treatment_id", observed=True)
    out = rows.groupby("treatment_id", observed=True).agg(
        treatment_name=("treatment_name", "first"), treatment_type=("treatment_type", "first"), n_posts=("post_id", "nunique"),
        first=("posted_at", "min"), last=("posted_at", "max"))  # fmt: skip
    out["n_people"] = by["patient_id"].nunique()
    out["n_people_unknown_author"] = (
        rows[rows["unknown_author"]].groupby("treatment_id", observed=True)["patient_id"].nunique()
    )
    for status in ("current", "past"):
        out[f"n_{status}"] = (
            courses[courses["status"] == status].groupby("treatment_id", observed=True)["patient_id"].nunique()
        )
    for outcome in get_args(Outcome):
        out[f"n_{outcome}"] = (
            courses[courses["outcome"] == outcome].groupby("treatment_id", observed=True)["patient_id"].nunique()
        )
    for reason in get_args(ReasonKind):
        out[f"n_stop_{reason}"] = (
            courses[courses["stop_reason_kind"] == reason]
            .groupby("treatment_id", observed=True)["patient_id"]
            .nunique()
        )
    out["n_outcome"] = out[["n_helped", "n_partly", "n_none", "n_worse", "n_mixed"]].fillna(0).sum(axis=1)
    enough = out[out["n_outcome"] >= FLOOR]
    shares = {i: (r.n_helped or 0, r.n_outcome) for i, r in enough.fillna({"n_helped": 0}).iterrows()}
    out["helped_share"] = pd.Series({i: k / n for i, (k, n) in shares.items()}, dtype="float64")
    ends = {i: wilson(int(k), int(n)) for i, (k, n) in shares.items()}
    out["helped_share_low"] = pd.Series({i: e[0] for i, e in ends.items()}, dtype="float64")
    out["helped_share_high"] = pd.Series({i: e[1] for i, e in ends.items()}, dtype="float64")
    dose = by["daily_dose_mg_max"]
    out["n_dose"] = dose.count()
    for name, q in (("min", 0.0), ("q1", 0.25), ("median", 0.5), ("q3", 0.75), ("max", 1.0)):
        out[f"daily_dose_mg_{name}"] = dose.quantile(q)
    out["n_duration"] = by["duration_days"].count()
    out["duration_days_median"] = by["duration_days"].median()
    for column, relation in (("top_effects", "causes"), ("top_indications", "treats")):
        out[column] = _top(problems(frames, relation))
        out[column] = out[column].map(lambda v: v if isinstance(v, list) else [])
    out["first_year"], out["last_year"] = out["first"].dt.year.astype("Int64"), out["last"].dt.year.astype("Int64")
    return finish(Row, out.reset_index())


def _top(rows: "pd.DataFrame") -> "pd.Series":
    """Per treatment the names of the problems most people affirmed, by people then name."""
    affirmed = rows[rows["polarity"] == "affirmed"]
    people = (
        affirmed.groupby(["treatment_id", "problem_name"], observed=True)["patient_id"]
        .nunique()
        .rename("n")
        .reset_index()
    )
    people = people.sort_values(["treatment_id", "n", "problem_name"], ascending=[True, False, True])
    return people.groupby("treatment_id", observed=True)["problem_name"].agg(lambda s: list(s.head(TOP)))
