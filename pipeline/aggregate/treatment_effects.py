"""Treatment × effect: how many people say it, or stopping it, did, did not or may have brought a problem."""

import dataclasses
from typing import TYPE_CHECKING, Literal, get_args

from pipeline.aggregate._people import had, people, strongest
from pipeline.aggregate._problems import OfProblem, affirmed, problems, tally
from pipeline.aggregate._settings import STANDARD, Settings
from pipeline.aggregate._shares import finish
from pipeline.records import Severity, col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames

Brought = Literal["causes", "withdrawal"]
BY = ["treatment_id", "problem_id", "relation"]


@dataclasses.dataclass(slots=True, kw_only=True)
class TreatmentEffect(OfProblem):
    """One treatment and one problem people say it causes, or stopping it brings."""

    relation: Brought = col("`causes`: the treatment brings it; `withdrawal`: stopping brings it", key=True)
    n_mild: int = col("people who had it and call it mild, at its worst", unit="people")
    n_moderate: int = col("… moderate, at its worst", unit="people")
    n_severe: int = col("… severe", unit="people")
    n_serious: int = col("people who had it with hospital, emergency, lasting damage or danger to life", unit="people")


def treatment_effects(frames: "Frames", settings: Settings = STANDARD) -> "pd.DataFrame":
    """One row a treatment, problem and relation, by these."""
    rows = problems(frames, had(frames), get_args(Brought))
    yes = affirmed(rows)
    severity = strongest(yes, BY, "severity", get_args(Severity))
    serious = yes[yes["serious"].fillna(False).astype(bool)].groupby(BY)["patient_id"].nunique()
    return finish(
        TreatmentEffect,
        *tally(rows, BY),
        people(severity, BY, "severity", get_args(Severity)),
        serious.rename("n_serious").to_frame(),
    )
