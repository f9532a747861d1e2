"""Measures of disproportionality on 2×2 tables of people: arrays in, arrays of the same length out.

a: had the treatment and say it brought the problem; b: had it and do not say so; c: never told of the treatment and say that
another brought the problem; d: neither. What cannot be computed (a zero where a logarithm or quotient would stand) is NaN.
The libraries there are take tables of reports and count them themselves, which here would count posts: hence the formulas.
"""

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

Z = 1.959963984540054  # of a two-sided 95 % interval
STARTS = ((0.2, 0.1, 2.0, 4.0, 1 / 3), (2.0, 4.0, 0.2, 0.1, 2 / 3))  # DuMouchel's, and the same turned round


def _interval(value: "Array", error: "Array") -> tuple["Array", "Array", "Array"]:
    """A ratio and its 95 % interval on the log scale; all NaN where it or its error is not finite."""
    import numpy as np

    good = np.isfinite(value) & np.isfinite(error) & (value > 0)
    value = np.where(good, value, np.nan)
    return value, value * np.exp(-Z * error), value * np.exp(Z * error)


def prr(a: "Array", b: "Array", c: "Array", d: "Array") -> tuple["Array", "Array", "Array"]:
    """Proportional reporting ratio with its 95 % interval (Evans, Waller & Davis 2001, Pharmacoepidemiol Drug Saf 10:483)."""
    import numpy as np

    with np.errstate(all="ignore"):
        value = (a / (a + b)) / (c / (c + d))
        return _interval(value, np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)))


def ror(a: "Array", b: "Array", c: "Array", d: "Array") -> tuple["Array", "Array", "Array"]:
    """Reporting odds ratio with Woolf's 95 % interval (Bland & Altman 2000, BMJ 320:1468)."""
    import numpy as np

    with np.errstate(all="ignore"):
        return _interval(a * d / (b * c), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d))


def fisher(a: "Array", b: "Array", c: "Array", d: "Array") -> "Array":
    """One-sided P of Fisher's exact test: a this large or larger, the margins given."""
    from scipy.stats import hypergeom

    return hypergeom.sf(a - 1, a + b + c + d, a + b, a + c)


def expected(a: "Array", b: "Array", c: "Array", d: "Array") -> "Array":
    """People expected in `a` if the problem had nothing to do with the treatment."""
    return (a + b) * (a + c) / (a + b + c + d)


def information(a: "Array", e: "Array") -> tuple["Array", "Array", "Array"]:
    """Information component with shrinkage and its 95 % credibility interval (Norén, Hopstadius & Bate 2013, Stat Methods Med
    Res 22:57): log2 of the ratio (a + ½) / (e + ½), whose posterior is a gamma."""
    import numpy as np
    from scipy.stats import gamma

    low, high = (np.log2(gamma.ppf(q, a + 0.5, scale=1 / (e + 0.5))) for q in (0.025, 0.975))
    return np.log2((a + 0.5) / (e + 0.5)), low, high


@dataclasses.dataclass(frozen=True, slots=True)
class Prior:
    """Two gammas (shape `alpha`, rate `beta`) that relative reporting rates are drawn from; `p` is the share of the first, whose
    mean is the larger."""

    alpha1: float
    beta1: float
    alpha2: float
    beta2: float
    p: float


def _log_counts(n: "Array", e: "Array", alpha: float, beta: float) -> "Array":
    """Log probability of n people where e are expected and the rate is drawn from a gamma: a negative binomial."""
    import numpy as np
    from scipy.special import gammaln

    ways = gammaln(alpha + n) - gammaln(alpha) - gammaln(n + 1)
    return ways - n * np.log1p(beta / e) - alpha * np.log1p(e / beta)


def _mixed(n: "Array", e: "Array", prior: Prior) -> tuple["Array", "Array"]:
    """Log probability of n under both gammas, weighted; and of the first alone, weighted."""
    import numpy as np

    first = np.log(prior.p) + _log_counts(n, e, prior.alpha1, prior.beta1)
    second = np.log1p(-prior.p) + _log_counts(n, e, prior.alpha2, prior.beta2)
    return np.logaddexp(first, second), first


def fit_prior(n: "Array", e: "Array") -> Prior | None:
    """The prior under which the counts n ≥ 1 are likeliest (DuMouchel 1999, Am Stat 53:177, with the probability of n given
    n ≥ 1, since pairs nobody tells of are not listed). None where the search does not settle.

    Equal counts of nearly equal expectation (1 %) are weighted together, as in DuMouchel & Pregibon 2001.
    """
    import numpy as np
    from scipy.optimize import minimize

    cells, weights = np.unique(np.stack([n, np.round(np.log(e), 2)]), axis=1, return_counts=True)
    n, e = cells[0], np.exp(cells[1])

    def prior(x: "Array") -> Prior:
        a1, b1, a2, b2 = np.exp(x[:4]).tolist()
        p = float(1 / (1 + np.exp(-x[4])))
        return Prior(a1, b1, a2, b2, p) if a1 / b1 >= a2 / b2 else Prior(a2, b2, a1, b1, 1 - p)

    def unlikely(x: "Array") -> float:
        one, none = _mixed(n, e, prior(x))[0], _mixed(np.zeros_like(n), e, prior(x))[0]
        with np.errstate(all="ignore"):
            told = one - np.log(-np.expm1(none))
        return float(-(weights * told).sum()) if np.isfinite(told).all() else np.inf

    found = []
    for *shape, p in STARTS:
        start = np.array([*np.log(shape), np.log(p / (1 - p))])
        found.append(minimize(unlikely, start, method="Nelder-Mead",
                              options={"maxiter": 5000, "xatol": 1e-6, "fatol": 1e-8, "adaptive": True}))  # fmt: skip
    best = min(found, key=lambda f: f.fun)
    return prior(best.x) if best.success and np.isfinite(best.fun) else None


def posterior_quantile(q: float, n: "Array", e: "Array", prior: Prior) -> "Array":
    """Quantile of the relative reporting rate of each pair, given its count; by bisection to 1e-9 of its logarithm."""
    import numpy as np
    from scipy.special import gammainc

    both, first = _mixed(n, e, prior)
    share = np.exp(first - both)
    low, high = np.full(len(n), -50.0), np.full(len(n), 50.0)
    while (high - low).max(initial=0) > 1e-9:
        middle = (low + high) / 2
        rate = np.exp(middle)
        below = share * gammainc(prior.alpha1 + n, (prior.beta1 + e) * rate)
        below += (1 - share) * gammainc(prior.alpha2 + n, (prior.beta2 + e) * rate)
        low, high = np.where(below < q, middle, low), np.where(below < q, high, middle)
    return np.exp((low + high) / 2)


def ebgm(n: "Array", e: "Array", prior: Prior) -> tuple["Array", "Array", "Array"]:
    """Empirical Bayes geometric mean of the relative reporting rate, EB05 and EB95 (DuMouchel 1999)."""
    import numpy as np
    from scipy.special import digamma

    both, first = _mixed(n, e, prior)
    share = np.exp(first - both)
    log1 = digamma(prior.alpha1 + n) - np.log(prior.beta1 + e)
    log2 = digamma(prior.alpha2 + n) - np.log(prior.beta2 + e)
    mean = np.exp(share * log1 + (1 - share) * log2)
    return mean, posterior_quantile(0.05, n, e, prior), posterior_quantile(0.95, n, e, prior)
