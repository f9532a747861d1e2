"""How sure a row is: the strength of what decided it, as the share of such rows that are right.

A logistic regression for each kind of row and each profile, fitted on marked threads nothing was trained on
(training/confidence.py, which also draws the plot in docs/SCORES.md); its weights are `pipeline/models/confidence.toml`.
"""

import functools
import math
import tomllib
from collections.abc import Sequence

from pipeline.encoder import WEIGHTS

FILE = WEIGHTS / "confidence.toml"
EDGE = 0.01  # no score is nearer to 0 or 1 than the marked threads can tell
ROW = ("base", "strength", "explicit", "by_word", "named_by_model", "rules_overruled")
EFFECT = ("base", "strength", "row", "by_model", "causes", "denied")


def probability(weight: float) -> float:
    """Rule weight → strength, on the scale of a probability; `sure` makes a score of it."""
    return round(1 / (1 + math.exp(-(0.25 * weight - 0.1))), 3)


def row_features(strength: float, resolution: str, method: str) -> list[float]:
    """What the score of an experience rests on, in the order of ROW. `strength`: probability of its status and words."""
    first, *rest = method.split("; ")
    by_word = resolution != "explicit" and first.startswith("refers to")
    overruled = sum("(" in part for part in rest)
    return [
        1.0,
        _logit(strength),
        float(resolution == "explicit"),
        float(by_word),
        float(first.startswith("model:")),
        overruled,
    ]


def effect_features(strength: float, row: float, method: str, relation: str, polarity: str) -> list[float]:
    """What the score of an effect rests on, in the order of EFFECT. `row`: the score of its experience."""
    return [
        1.0,
        _logit(strength),
        _logit(row),
        float(method.startswith("model:")),
        float(relation == "causes"),
        float(polarity == "denied"),
    ]


def sure(kind: str, features: Sequence[float]) -> float:
    """Probability that a row is right; `kind` is a table of FILE."""
    weights = _weights().get(kind)
    if weights is None:
        return round(1 / (1 + math.exp(-features[1])), 3)
    p = 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, features, strict=True))))
    return round(min(max(p, EDGE), 1 - EDGE), 3)


def _logit(p: float) -> float:
    p = min(max(p, EDGE), 1 - EDGE)
    return math.log(p / (1 - p))


@functools.cache
def _weights() -> dict[str, list[float]]:
    if not FILE.exists():
        return {}
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        kind: [table[name] for name in (ROW if kind.startswith("row") else EFFECT)] for kind, table in found.items()
    }
