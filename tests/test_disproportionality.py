"""Measures of disproportionality: published worked examples to the digits they print, and simulation with a known truth."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from pipeline.aggregate import _disproportionality as measures
from pipeline.aggregate._disproportionality import Prior
from pipeline.aggregate._people import had
from pipeline.aggregate.treatment_disproportionality import fourfold, measured
from tests.test_aggregate import effect, experience, frames

CASES: dict[str, Any] = tomllib.loads((Path(__file__).parent / "cases/published.toml").read_text())


def arrays(*values: float) -> list[Any]:
    return [np.array([float(v)]) for v in values]


def printed(values: Any, like: list[str]) -> list[str]:
    """Values with as many decimals as the source prints."""
    return [f"{float(v):.{len(w.partition('.')[2])}f}" for v, w in zip(values, like, strict=False)]


@pytest.mark.parametrize(
    "case", [(m, c) for m in ("prr", "ror", "fisher") for c in CASES[m]], ids=lambda c: c[1]["source"][:30]
)
def test_published_examples_to_the_digits_printed(case: tuple[str, dict[str, Any]]) -> None:
    measure, told = case
    found = getattr(measures, measure)(*arrays(*told["table"]))
    found = found if isinstance(found, tuple) else (found,)
    assert printed([f[0] for f in found], told["expect"]) == told["expect"]


def test_the_information_component_has_the_tabled_bound_and_is_near_its_published_approximation() -> None:
    (case,) = CASES["ic"]
    for n, chi2 in zip(case["observed"], case["chi2"], strict=True):
        for e in (0.5, 4.0, 30.0):
            ic, low, high = (float(x[0]) for x in measures.information(*arrays(n, e)))
            assert low == pytest.approx(np.log2(chi2 / 2 / (e + 0.5)), abs=0.001)
            # Norén et al. 2013, eq. 12: "a very good approximation"
            assert low == pytest.approx(ic - 3.3 * (n + 0.5) ** -0.5 - 2 * (n + 0.5) ** -1.5, abs=0.1)
            assert high == pytest.approx(ic + 2.4 * (n + 0.5) ** -0.5 - 0.5 * (n + 0.5) ** -1.5, abs=0.1)


def test_empirical_bayes_scores_to_the_digits_printed() -> None:
    prior = Prior(*CASES["ebgm"]["prior"])
    for pair in CASES["ebgm"]["pairs"]:
        found = [float(x[0]) for x in measures.ebgm(*arrays(pair["n"], pair["e"]), prior)]
        assert printed(found, pair["expect"]) == pair["expect"]


def test_false_discovery_control_rejects_what_its_authors_reject() -> None:
    case = CASES["benjamini_hochberg"]
    q = false_discovery_control(case["p"])
    assert (q <= 0.05).sum() == case["rejected"] and (np.array(case["p"]) <= 0.05).sum() == 9


def drawn(prior: Prior, pairs: int, seed: int) -> tuple[Any, Any, Any]:
    """Rates drawn from a prior, expectations, and the counts seen."""
    rng = np.random.default_rng(seed)
    first = rng.random(pairs) < prior.p
    one, two = rng.gamma(prior.alpha1, 1 / prior.beta1, pairs), rng.gamma(prior.alpha2, 1 / prior.beta2, pairs)
    e = np.exp(rng.normal(0.5, 1.2, pairs))
    rate = np.where(first, one, two)
    return rate, e, rng.poisson(rate * e).astype(float)


def test_the_prior_that_made_the_counts_is_found_and_its_bounds_hold_as_often_as_they_promise() -> None:
    truth = Prior(1.0, 0.2, 4.0, 5.0, 0.2)
    rate, e, n = drawn(truth, 40_000, seed=1)
    seen = n > 0
    rate, e, n = rate[seen], e[seen], n[seen]
    prior = measures.fit_prior(n, e)
    assert prior is not None
    assert prior.p == pytest.approx(truth.p, abs=0.05)
    means = (prior.alpha1 / prior.beta1, prior.alpha2 / prior.beta2)
    assert means == pytest.approx((truth.alpha1 / truth.beta1, truth.alpha2 / truth.beta2), rel=0.15)
    mean, low, high = measures.ebgm(n, e, prior)
    at_all = n >= 1  # given that the pair is told at all, the smallest rates are rarer than the prior says
    assert np.mean(rate[at_all] < low[at_all]) == pytest.approx(0.05, abs=0.015)
    assert np.mean(rate[at_all] > high[at_all]) == pytest.approx(0.05, abs=0.015)
    assert np.mean((np.log(mean) - np.log(rate)) ** 2) < np.mean((np.log(n / e) - np.log(rate)) ** 2)  # shrinking helps


def test_intervals_cover_the_truth_and_nothing_is_found_where_there_is_nothing() -> None:
    rng = np.random.default_rng(2)
    n_treatment, n_rest, draws = 400, 6000, 4000
    for p, q in ((0.10, 0.05), (0.05, 0.05)):
        a, c = rng.binomial(n_treatment, p, draws).astype(float), rng.binomial(n_rest, q, draws).astype(float)
        b, d = n_treatment - a, n_rest - c
        for measure, truth in ((measures.prr, p / q), (measures.ror, p / (1 - p) / (q / (1 - q)))):
            _, low, high = measure(a, b, c, d)
            assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(0.95, abs=0.015)
        table = pd.DataFrame({"n_both": a, "n_treatment_only": b, "n_problem_only": c, "n_neither": d})
        found = measured(table, 3)
        discovered = (found.q_value <= 0.05).mean()
        assert discovered < 0.001 if p == q else discovered > 0.9
        assert (found.ic_low > 0).mean() < 0.05 if p == q else (found.ic_low > 0).mean() > 0.9


def test_counts_are_of_different_people_and_below_the_floors_nothing_is_given() -> None:
    people = [experience(f"e{n:03}", t, f"a{n}") for n in range(60) for t in ["A" if n < 20 else "B"]]
    effects = [effect(1, e, "itch") for e in people if e.author_id in {"a0", "a1", "a25"}]
    tables = frames({"experiences": people, "effects": effects})
    from pipeline.aggregate import AGGREGATES, Settings

    told = had(tables)
    rows = effects_of(tables)
    assert fourfold(told, rows).sum(axis=1).eq(60).all()
    for floor, given in ((2, [True, False]), (3, [False, False])):
        found = AGGREGATES["treatment_disproportionality"](tables, Settings(min_cases=floor))
        assert found.treatment_id.tolist() == ["A", "B"]
        assert [found[c].notna().tolist() for c in ("prr", "ror", "ic", "p_value", "q_value")] == [given] * 5
    few = AGGREGATES["treatment_disproportionality"](tables, Settings(min_people=30))
    assert few.told_share.notna().tolist() == [False, True]
    assert few.ebgm.isna().all()  # two pairs tell no prior


def effects_of(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    from pipeline.aggregate._problems import affirmed, problems

    return affirmed(problems(tables, had(tables), ["causes"]))
