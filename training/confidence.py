"""Make scores mean what they say: `python -m training.confidence` writes models/confidence.toml and docs/reliability.png.

A row is right where treatment, person and status are; an effect where its row's treatment is and the link and relation are
marked. Fitted (logistic regression, scikit-learn's defaults) on the sets `heldout` and `fresh`, which are plain talk: threads
held back from training/threads are rich in rare values by design, and scores fitted on them promise too little elsewhere (0.15
off on `blind`). Drawn and printed for `blind`, by which nothing is chosen. `--show` only measures what is there.
"""

import argparse
import itertools
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from pipeline.experience import confidence
from pipeline.experience.confidence import EFFECT, FILE, ROW, effect_features, row_features, sure
from training.evaluate import HERE, extract, golds_of
from training.score import agrees, pair, same_effect, same_name

PLOT = HERE.parent / "docs/reliability.png"
BINS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
Row = dict[str, Any]


def judged(golds: list[Row], profile: str) -> tuple[list[tuple[Row, bool]], list[tuple[Row, Row, bool]]]:
    """Experiences with whether they are right, and effects with their experience and whether they are right."""
    rows, effects = [], []
    for gold, pred in zip(golds, extract(golds, profile), strict=True):
        mentions = {m["mention_id"]: m for m in pred["mentions"]}
        texts = [p["text"] for p in gold["posts"]]
        marked = {id(p): g for g, p in pair(gold["experiences"], pred["experiences"], mentions, texts)}
        for e in pred["experiences"]:
            g = marked.get(id(e))
            if g is not None and g.get("optional"):
                continue
            named = g is not None and same_name(e["treatment_name"], g["treatment"])
            good = named and agrees(g["person"], e["person"]) and agrees(g["status"], e["status"])
            rows.append((e, bool(good)))
            for f in (f for f in pred["effects"] if f["experience_id"] == e["experience_id"]):
                said = g.get("effects", []) if named else []
                hit = any(same_effect(w, g, f, mentions, texts) for w in said)
                effects.append((f, e, hit))
    return rows, effects


def fit(features: list[list[float]], right: list[bool]) -> list[float]:
    """Weights of a logistic regression; the first feature is the constant."""
    model = LogisticRegression(fit_intercept=False, max_iter=1000).fit(np.array(features), np.array(right))
    return [round(float(w), 3) for w in model.coef_[0]]


def fitted(golds: list[Row], profile: str) -> dict[str, list[float]]:
    """Weights of a profile by table name."""
    known: dict[str, list[float]] = {}
    confidence._weights = lambda: known  # type: ignore[assignment]  # strengths as they are
    rows, effects = judged(golds, profile)
    seen = [row_features(e["score"], e["resolution"], e["method"]) for e, _ in rows]
    row = fit(seen, [good for _, good in rows])
    known[f"row-{profile}"] = row
    scores = {id(e): sure(f"row-{profile}", x) for (e, _), x in zip(rows, seen, strict=True)}
    seen = [
        effect_features(f["score"], scores[id(e)], f["method"], f["relation"], f["polarity"]) for f, e, _ in effects
    ]
    return {f"row-{profile}": row, f"effect-{profile}": fit(seen, [good for *_, good in effects])}


def table(pairs: list[tuple[float, bool]]) -> list[tuple[float, float, int, float, float]]:
    """(low, high, n, mean score, share right) of each bin that holds any."""
    out = []
    for low, high in itertools.pairwise(BINS):
        here = [(s, g) for s, g in pairs if low <= s < high or (s == high == 1)]
        if here:
            out.append((low, high, len(here), sum(s for s, _ in here) / len(here), sum(g for _, g in here) / len(here)))
    return out


def off(pairs: list[tuple[float, bool]]) -> float:
    """Expected calibration error: mean distance of score and share right over the bins, by their size."""
    return sum(n * abs(score - right) for _, _, n, score, right in table(pairs)) / max(1, len(pairs))


def draw(found: dict[str, list[tuple[float, bool]]]) -> None:
    """The reliability plot: share right by score, a dot's size the number of rows."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5.2, 4.6))
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for (name, pairs), marker, colour in zip(found.items(), "os", ("#1b6ca8", "#c2571a"), strict=False):
        bins = table(pairs)
        axes.plot([b[3] for b in bins], [b[4] for b in bins], color=colour, linewidth=1)
        axes.scatter([b[3] for b in bins], [b[4] for b in bins], s=[8 + b[2] for b in bins], marker=marker, color=colour,
                     label=f"{name} (n {len(pairs)}, off by {off(pairs):.3f})")  # fmt: skip
    axes.set(
        xlabel="score", ylabel="share right on blind threads", xlim=(0, 1), ylim=(0, 1), title="What a score means"
    )
    axes.legend(loc="upper left", frameon=False)
    figure.tight_layout()
    figure.savefig(PLOT, dpi=120, metadata={"Software": None})


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--show", action="store_true", help="fit nothing; print the tables and draw the plot")
    a = ap.parse_args()
    if not a.show:
        golds = golds_of("heldout") + golds_of("fresh")
        found = {k: v for profile in ("default", "fast") for k, v in fitted(golds, profile).items()}
        lines = ["# Chosen by training/confidence.py: weights of the logarithm of the odds that a row is right."]
        for kind, weights in found.items():
            names = ROW if kind.startswith("row") else EFFECT
            lines += ["", f"[{kind}]", *(f"{n} = {w}" for n, w in zip(names, weights, strict=True))]
        FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
        confidence._weights = lambda: found  # type: ignore[assignment]
    for profile in ("default", "fast"):
        rows, effects = judged(golds_of("blind"), profile)
        shown = {
            "rows": [(e["score"], good) for e, good in rows],
            "effects": [(f["score"], good) for f, _, good in effects],
        }
        for name, pairs in shown.items():
            print(
                f"\nblind, {profile}, {name}: n {len(pairs)}, off by {off(pairs):.3f}; score from–to, n, mean score, share right"
            )
            for low, high, n, score, right in table(pairs):
                print(f"{low:.1f}–{high:.1f} {n:5d} {score:.2f} {right:.2f}")
        if profile == "default":
            draw(shown)


if __name__ == "__main__":
    main()
