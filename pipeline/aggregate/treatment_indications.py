"""Treatment × indication: what people take it for, and whether it helped with that."""

import dataclasses
from typing import TYPE_CHECKING

from pipeline.aggregate._people import had, settled
from pipeline.aggregate._problems import OfProblem, affirmed, problems, tally
from pipeline.aggregate._settings import STANDARD, Settings
from pipeline.aggregate._shares import finish, outcomes
from pipeline.records import col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames

BY = ["treatment_id", "problem_id"]


@dataclasses.dataclass(slots=True, kw_only=True)
class TreatmentIndication(OfProblem):
    """One treatment and one problem people take it for. Outcomes are those told for this problem."""

    n_helped: int = col("people who take it for this and were helped", unit="people")
    n_partly: int = col("… helped in part", unit="people")
    n_none: int = col("… not helped", unit="people")
    n_worse: int = col("… made worse", unit="people")
    n_mixed: int = col("… with a mixed outcome, or whose posts disagree", unit="people")
    n_too_early: int = col("… who only say that it is too early to tell", unit="people")
    n_outcome: int = col("people who told an outcome, too early left out", unit="people")
    helped_share: float | None = col("n_helped / n_outcome; null below the floor of people", default=None)
    helped_share_low: float | None = col("lower end of its 95 % Wilson interval", default=None)
    helped_share_high: float | None = col("upper end of its 95 % Wilson interval", default=None)


def treatment_indications(frames: "Frames", settings: Settings = STANDARD) -> "pd.DataFrame":
    """One row a treatment and problem, by these. No share is given below `settings.min_people` people with an outcome."""
    rows = problems(frames, had(frames), ["treats"])
    return finish(TreatmentIndication, *tally(rows, BY), outcomes(settled(affirmed(rows), BY), BY, settings.min_people))
