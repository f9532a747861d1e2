"""Per treatment: who has had it, what came of it, doses, durations, why people stopped."""

import dataclasses
from typing import TYPE_CHECKING, get_args

from pipeline.aggregate._people import counted, had, last_told, named, people, quartiles
from pipeline.aggregate._problems import affirmed, problems, tally
from pipeline.aggregate._settings import STANDARD, Settings
from pipeline.aggregate._shares import finish, outcomes
from pipeline.records import ReasonKind, Sex, TreatmentType, col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames

TOP = 5
BY = ["treatment_id"]


@dataclasses.dataclass(slots=True, kw_only=True)
class Treatment:
    """One treatment, over everybody who has had it."""

    treatment_id: str = col("vocabulary concept", key=True)
    treatment_name: str = col("its preferred name")
    treatment_type: TreatmentType = col("kind of treatment")
    n_people: int = col("people who have had it", unit="people")
    n_posts: int = col("posts that tell of it; a signature counts once a person", unit="posts")
    n_people_unknown_author: int = col("of n_people, those of posts whose author is unknown", unit="people")
    n_self: int = col("of n_people, those who tell of themselves", unit="people")
    n_family: int = col("… whom a relative tells of", unit="people")
    n_other: int = col("… whom somebody else tells of", unit="people")
    n_female: int = col("of n_people, those who are said to be female", unit="people")
    n_male: int = col("… male", unit="people")
    n_current: int = col("people on it when they last told", unit="people")
    n_past: int = col("people no longer on it when they last told", unit="people")
    n_helped: int = col("people it helped", unit="people")
    n_partly: int = col("people it helped in part", unit="people")
    n_none: int = col("people it did nothing for", unit="people")
    n_worse: int = col("people it made worse", unit="people")
    n_mixed: int = col("people with a mixed outcome, or whose posts disagree", unit="people")
    n_too_early: int = col("people who only say that it is too early to tell", unit="people")
    n_outcome: int = col("people who told an outcome, too early left out", unit="people")
    helped_share: float | None = col("n_helped / n_outcome; null below the floor of people", default=None)
    helped_share_low: float | None = col("lower end of its 95 % Wilson interval", default=None)
    helped_share_high: float | None = col("upper end of its 95 % Wilson interval", default=None)
    n_dose: int = col("people who told a daily dose that is a mass", unit="people")
    daily_dose_mg_min: float | None = col(
        "smallest of the daily doses people told last, all routes", unit="mg/day", default=None
    )
    daily_dose_mg_q1: float | None = col("lower quartile of these", unit="mg/day", default=None)
    daily_dose_mg_median: float | None = col("median of these", unit="mg/day", default=None)
    daily_dose_mg_q3: float | None = col("upper quartile of these", unit="mg/day", default=None)
    daily_dose_mg_max: float | None = col("largest of these", unit="mg/day", default=None)
    n_duration: int = col("people who told how long", unit="people")
    duration_days_min: float | None = col("shortest of the longest durations each told", unit="days", default=None)
    duration_days_q1: float | None = col("lower quartile of these", unit="days", default=None)
    duration_days_median: float | None = col("median of the longest duration each told", unit="days", default=None)
    duration_days_q3: float | None = col("upper quartile of these", unit="days", default=None)
    duration_days_max: float | None = col("longest of these", unit="days", default=None)
    n_stop_side_effect: int = col("people who last stopped or switched for a side effect", unit="people")
    n_stop_no_effect: int = col("… because it did not work", unit="people")
    n_stop_improved: int = col("… because they were better", unit="people")
    n_stop_cost: int = col("… because of the cost", unit="people")
    n_stop_access: int = col("… because they could not get it", unit="people")
    n_stop_clinician: int = col("… because a clinician said so", unit="people")
    n_stop_other: int = col("… for another reason", unit="people")
    top_effects: list[str] = col(f"up to {TOP} effects most people say it had, each with how many: `nausea (3)`")
    top_indications: list[str] = col(f"up to {TOP} problems most people take it for, likewise")
    first_year: int | None = col("year it was first told of", default=None)
    last_year: int | None = col("year it was last told of", default=None)


def treatments(frames: "Frames", settings: Settings = STANDARD) -> "pd.DataFrame":
    """One row a treatment somebody has had, by treatment_id.

    Status, outcome, duration and reason are those of `courses`; the dose is the one each person told last. No share is
    given below `settings.min_people` people with an outcome.
    """
    told, courses = had(frames), frames["courses"]
    courses = courses[courses["status"].isin(["current", "past"])]
    doses = last_told(told, BY, "daily_dose_mg")
    lasted = courses.dropna(subset=["duration_days"])
    return finish(
        Treatment,
        named(told, BY, ["treatment_name", "treatment_type"]),
        counted(told, BY),
        people(told, BY, "person", ["self", "family", "other"]),
        people(told, BY, "person_sex", get_args(Sex)),
        people(courses, BY, "status", ["current", "past"]),
        outcomes(courses, BY, settings.min_people),
        doses.groupby("treatment_id").size().rename("n_dose").to_frame(),
        quartiles(doses, BY, "daily_dose_mg", "daily_dose_mg"),
        lasted.groupby(BY).size().rename("n_duration").to_frame(),
        quartiles(lasted, BY, "duration_days", "duration_days"),
        people(courses, BY, "stop_reason_kind", get_args(ReasonKind), "n_stop_"),
        top(affirmed(problems(frames, told, ["causes"])), "top_effects"),
        top(affirmed(problems(frames, told, ["treats"])), "top_indications"),
        years(told),
    )


def years(told: "pd.DataFrame") -> "pd.DataFrame":
    """First and last year told of."""
    posted = told.groupby("treatment_id")["posted_at"]
    return posted.min().dt.year.rename("first_year").to_frame().assign(last_year=posted.max().dt.year)


def top(rows: "pd.DataFrame", name: str) -> "pd.DataFrame":
    """Per treatment the problems of most people with their number; of equals the first in the alphabet."""
    import pandas as pd

    found = pd.concat(tally(rows, ["treatment_id", "problem_id"]), axis=1).reset_index()
    found = found.sort_values(["treatment_id", "n_people", "problem_name"], ascending=[True, False, True])
    found = found.groupby("treatment_id").head(TOP)
    words = found["problem_name"].astype("object").str.cat(found["n_people"].map("({})".format), " ")
    return words.groupby(found["treatment_id"]).agg(list).rename(name).to_frame()
