"""Per experience: how much is told of what a regulator asks of a report (ICH E2B's core: who, what for, how much, how long,
what came of it, and for a side effect when it came and what happened on stopping and on restarting)."""

import dataclasses
from typing import TYPE_CHECKING

from pipeline.aggregate._people import had
from pipeline.aggregate._settings import STANDARD, Settings
from pipeline.aggregate._shares import finish
from pipeline.records import col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames

TAKEN = ("drug", "supplement")  # has a dose
DONE = ("procedure",)  # has no duration
NO = "; null where it does not apply"


@dataclasses.dataclass(slots=True, kw_only=True)
class ExperienceCompleteness:
    """One experience somebody in particular has had, and which of the fields a report should have it tells."""

    experience_id: str = col("the experience", key=True)
    has_age: bool = col("age is told")
    has_sex: bool = col("sex is told, or carried by the kin word")
    has_indication: bool = col("what it is taken for is told")
    has_dose: bool | None = col(f"a dose of a drug or supplement is told, not assumed{NO}", default=None)
    has_duration: bool | None = col(f"how long, or a first day, is told of anything but a procedure{NO}", default=None)
    has_outcome: bool = col("whether it worked is told, of the treatment or of a problem it treats")
    has_onset: bool | None = col("of somebody with a side effect: when it came is told" + NO, default=None)
    has_stopping: bool | None = col(
        "of somebody with a side effect who stopped, switched or no longer takes it: what became of it is told" + NO,
        default=None,
    )
    has_restarting: bool | None = col(
        "of somebody with a side effect who restarted: what became of it is told" + NO, default=None
    )
    n_told: int = col("fields told")
    n_applicable: int = col("fields that apply")
    completeness: float = col("n_told / n_applicable, 0–1")


def experience_completeness(frames: "Frames", settings: Settings = STANDARD) -> "pd.DataFrame":
    """One row an experience that counts (see `had`), by experience_id."""
    import pandas as pd

    rows = had(frames).set_index("experience_id")
    effects = frames["effects"]
    effects = effects[effects["polarity"] == "affirmed"]
    caused, treated = (effects[effects["relation"] == r] for r in ("causes", "treats"))

    def among(found: "pd.Series") -> "pd.Series":
        return pd.Series(rows.index.isin(found), index=rows.index)

    def steps(*kinds: str) -> "pd.Series":
        events = frames["events"]
        return among(events.loc[events["kind"].isin(kinds), "experience_id"])

    def of_caused(*columns: str) -> "pd.Series":
        return among(caused.loc[caused[list(columns)].notna().any(axis=1), "experience_id"])

    kind, hurt = rows["treatment_type"], among(caused["experience_id"])
    stopped = rows["status"].eq("past") | steps("stop", "switch")
    every = pd.Series(True, index=rows.index)
    fields = {  # whether it is told, and whether it applies
        "has_age": (rows["person_age_years"].notna(), every),
        "has_sex": (rows["person_sex"].notna(), every),
        "has_indication": (among(treated["experience_id"]), every),
        "has_dose": (rows["dose_low"].notna() & ~rows["dose_inferred"].astype(bool), kind.isin(TAKEN)),
        "has_duration": (rows["duration_days"].notna() | rows["started_on"].notna(), ~kind.isin(DONE)),
        "has_outcome": (rows["outcome"].notna() | among(treated.loc[treated["outcome"].notna(), "experience_id"]), every),
        "has_onset": (of_caused("onset_days"), hurt),
        "has_stopping": (of_caused("dechallenge", "resolved"), hurt & stopped),
        "has_restarting": (of_caused("rechallenge"), hurt & steps("restart")),
    }  # fmt: skip
    out = pd.DataFrame({name: told.astype("boolean").where(applies) for name, (told, applies) in fields.items()})
    n_told, n_applicable = out.sum(axis=1).astype("int64"), out.notna().sum(axis=1)
    out = out.assign(n_told=n_told, n_applicable=n_applicable, completeness=n_told / n_applicable)
    return finish(ExperienceCompleteness, out)
