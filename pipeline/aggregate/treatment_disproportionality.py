"""Treatment × effect against all other treatments: is it told of this one oftener than of the rest?

A description of what is written, never a signal and no risk: on forum posts such measures do worse than on spontaneous reports.
"""

import dataclasses
from typing import TYPE_CHECKING, Any

from pipeline.aggregate import _disproportionality as measures
from pipeline.aggregate._people import had, named
from pipeline.aggregate._problems import affirmed, problems
from pipeline.aggregate._settings import STANDARD, Settings
from pipeline.aggregate._shares import finish, wilsons
from pipeline.records import col

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.aggregate import Frames

BY = ["treatment_id", "problem_id"]
PAIRS_FOR_PRIOR = 50  # fewer do not tell five parameters


@dataclasses.dataclass(slots=True, kw_only=True)
class TreatmentDisproportionality:
    """One treatment and one problem people say it causes, against all people who have not told of the treatment. The four counts
    are different people and make up everybody; measures are null below the floor of cases, and where they are infinite."""

    treatment_id: str = col("vocabulary concept of the treatment", key=True)
    problem_id: str = col("concept of the problem, as in treatment_effects", key=True)
    treatment_name: str = col("preferred name of the treatment")
    problem_name: str = col("preferred name of the problem, else its words")
    n_both: int = col("people who have had the treatment and say it caused the problem", unit="people")
    n_treatment_only: int = col("people who have had it and do not say so", unit="people")
    n_problem_only: int = col("people without the treatment who say another caused the problem", unit="people")
    n_neither: int = col("all other people who have had any treatment", unit="people")
    told_share: float | None = col("n_both / people who have had it; null below the floor of people; no rate of a side effect: "
                                   "most do not say what they did not have", default=None)  # fmt: skip
    told_share_low: float | None = col("lower end of its 95 % Wilson interval", default=None)
    told_share_high: float | None = col("upper end of its 95 % Wilson interval", default=None)
    n_expected: float = col("people expected in n_both if problem and treatment had nothing to do with each other")
    prr: float | None = col("proportional reporting ratio (Evans 2001)", default=None)
    prr_low: float | None = col("lower end of its 95 % interval", default=None)
    prr_high: float | None = col("upper end", default=None)
    ror: float | None = col("reporting odds ratio", default=None)
    ror_low: float | None = col("lower end of its 95 % interval (Woolf)", default=None)
    ror_high: float | None = col("upper end", default=None)
    ic: float | None = col("information component, log2 with shrinkage (Norén 2013)", default=None)
    ic_low: float | None = col("lower end of its 95 % credibility interval, IC025", default=None)
    ic_high: float | None = col("upper end, IC975", default=None)
    ebgm: float | None = col(
        f"empirical Bayes geometric mean (DuMouchel 1999); null where fewer than {PAIRS_FOR_PRIOR} pairs tell the prior",
        default=None,
    )
    eb05: float | None = col("5 % quantile of its posterior", default=None)
    eb95: float | None = col("95 % quantile of its posterior", default=None)
    p_value: float | None = col("Fisher's exact test, one-sided: this many or more in n_both", default=None)
    q_value: float | None = col("the same after Benjamini and Hochberg 1995, over all pairs tested", default=None)


def treatment_disproportionality(frames: "Frames", settings: Settings = STANDARD) -> "pd.DataFrame":
    """One row a treatment and problem that somebody says it caused, by these."""
    told = had(frames)
    rows = affirmed(problems(frames, told, ["causes"]))
    table = fourfold(told, rows)
    n, k = table["n_both"] + table["n_treatment_only"], table["n_both"]
    share = wilsons(k, n, settings.min_people)
    share.columns = ["told_share", "told_share_low", "told_share_high"]
    return finish(
        TreatmentDisproportionality,
        named(rows, BY, ["treatment_name", "problem_name"]),
        table,
        share,
        measured(table, settings.min_cases),
    )


def fourfold(told: "pd.DataFrame", rows: "pd.DataFrame") -> "pd.DataFrame":
    """The four counts of people a pair, indexed by BY: of everybody in `told`, with the caused problems `rows`."""
    import pandas as pd

    takers = told[["patient_id", "treatment_id"]].drop_duplicates()
    cases = rows[["patient_id", *BY]].drop_duplicates()
    sufferers = cases[["patient_id", "problem_id"]].drop_duplicates()
    both = cases.groupby(BY).size().rename("n_both")
    # People with the treatment who have the problem by any: their problem may be another treatment's doing.
    with_any = takers.merge(sufferers, on="patient_id").groupby(BY).size().reindex(both.index)
    n_treatment = takers.groupby("treatment_id").size().reindex(both.index.get_level_values("treatment_id")).to_numpy()
    n_problem = sufferers.groupby("problem_id").size().reindex(both.index.get_level_values("problem_id")).to_numpy()
    problem_only = n_problem - with_any
    everybody = told["patient_id"].nunique()
    return pd.DataFrame({
        "n_both": both, "n_treatment_only": n_treatment - both, "n_problem_only": problem_only,
        "n_neither": everybody - n_treatment - problem_only,
    }).astype("int64")  # fmt: skip


def measured(table: "pd.DataFrame", min_cases: int) -> "pd.DataFrame":
    """The measures of fourfold counts; the prior is learned from all pairs, what is given only for those with `min_cases`."""
    import numpy as np
    import pandas as pd
    from scipy.stats import false_discovery_control

    a, b, c, d = (table[name].to_numpy(dtype="float64") for name in table)
    e = measures.expected(a, b, c, d)
    prior = measures.fit_prior(a, e) if len(a) >= PAIRS_FOR_PRIOR else None
    enough = a >= min_cases
    few = {name: counts[enough] for name, counts in zip("abcd", (a, b, c, d), strict=True)}
    found: dict[str, Any] = {}
    for name, triple in (("prr", measures.prr(**few)), ("ror", measures.ror(**few)),
                         ("ic", measures.information(few["a"], e[enough]))):  # fmt: skip
        found |= dict(zip((name, f"{name}_low", f"{name}_high"), triple, strict=True))
    if prior is not None:
        found |= dict(zip(("ebgm", "eb05", "eb95"), measures.ebgm(few["a"], e[enough], prior), strict=True))
    p = np.clip(measures.fisher(**few), 0, 1)
    found |= {"p_value": p, "q_value": false_discovery_control(p) if len(p) else p}
    given = pd.DataFrame(found, index=table.index[enough]).reindex(table.index)
    return given.assign(n_expected=e)
