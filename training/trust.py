"""Set how much the encoder is believed beside vocabulary and rules: `python -m training.trust` writes pipeline/models/trust.toml.

One setting after another takes the value that scores best, until a round changes nothing (coordinate ascent). Scored are the
marked threads held back from training, rich in rare values, the set `heldout` of training/evaluate.py, plainer talk, and the
probes where they are beside the checkout, whose marker says less of outcomes and links than ours; the measure is the mean F1 of
experiences, exact rows, outcomes, effects and events, averaged over the sets. `fresh` and `blind` have no say.
"""

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

import pipeline.experience.learned
import pipeline.tag.learned
from pipeline.encoder import WEIGHTS, Encoder, Pass, Trust, trust
from training import threads
from training.evaluate import golds_of, scored
from training.marked import held
from training.score import Scores

GRID: dict[str, tuple[Any, ...]] = {
    "status": (0.75, 1.25, 2.0),
    "firm": (0.0, 2.0, 4.0),
    "relation": (1.0, 1.5, 2.5, 4.0),
    "unlinked": (0.6, 1.2, 2.0, 3.0),
    "tag_treatment": (0.6, 0.7, 0.8, 0.9, 0.97),
    "tag_problem": (0.4, 0.5, 0.65, 0.8, 0.9),
    "person": (1.0, 2.0, 3.0),
    "stand": (0.5, 0.65, 0.8, 0.9, 1.1),
    "outcome": (0.75, 1.5, 2.5),
    "unsaid": (-1.0, 0.0, 1.0),
    "off_treatment": (0.9, 0.97, 0.99, 1.1),
    "off_problem": (0.8, 0.9, 0.97, 1.1),
    "over_problem": (0.8, 0.95),
    "trim_problems": (True, False),
    "event_add": (0.4, 0.6, 0.75, 0.9),
    "event_drop": (0.0, 0.1, 0.2, 0.35),
    "reason_add": (0.3, 0.5, 0.7),
}
Golds = list[dict[str, Any]]
MEASURES = ("experience", "row exact", "outcome", "effects", "events")


class Remembering(Encoder):
    """The encoder, which reads each text once however often it is asked."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.known: dict[tuple[str, str], Pass] = {}

    def read(self, title: str, text: str) -> Pass:
        if (title, text) not in self.known:
            self.known[title, text] = super().read(title, text)
        return self.known[title, text]


def believe(settings: Trust) -> None:
    """Make the pipeline of this process use these settings."""
    for module in (pipeline.experience.learned, pipeline.tag.learned):
        module.trust = lambda: settings  # type: ignore[attr-defined]


def use(encoder: Encoder) -> None:
    """Make the pipeline of this process read with this encoder."""
    pipeline.tag.learned.encoder = lambda: encoder  # type: ignore[attr-defined, assignment, return-value]


def with_settings(sets: list[Golds], settings: Trust) -> list[Scores]:
    """The scores of each set with these settings."""
    believe(settings)
    return [scored(golds) for golds in sets]


def mean(scores: list[Scores]) -> float:
    return sum(s[m].f1 or 0.0 for s in scores for m in MEASURES) / len(MEASURES) / len(scores)


def climb(sets: list[Golds], best: Trust, rounds: int, show: Any = print) -> tuple[Trust, list[Scores]]:
    """The best settings found and their scores."""
    reached = with_settings(sets, best)
    for n in range(rounds):
        before = best
        for name, values in GRID.items():
            for value in values:
                if value == getattr(best, name):
                    continue
                tried = dataclasses.replace(best, **{name: value})
                result = with_settings(sets, tried)
                if mean(result) > mean(reached) + 1e-6:
                    best, reached = tried, result
            show(f"round {n + 1}, {name} = {getattr(best, name)}: {mean(reached):.4f}", flush=True)
        if best == before:
            break
    return best, reached


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--weights", type=Path, default=WEIGHTS)
    ap.add_argument("--threads", type=Path, default=threads.FOLDER)
    ap.add_argument("--rounds", type=int, default=2)
    ap.add_argument("--go-on", action="store_true", help="start from the trust.toml there is")
    a = ap.parse_args()
    use(Remembering(a.weights))
    own = [threads.as_gold(t) for t in threads.threads(a.threads) if held(t.id)]
    sets = {"threads held back": own}
    for name in ("heldout", "probes"):
        if golds := golds_of(name):
            sets[name] = golds
    best, reached = climb(list(sets.values()), trust() if a.go_on else Trust(), a.rounds)
    lines = ["# Chosen by training/trust.py; F1 there:"]
    for name, scores in zip(sets, reached, strict=True):
        lines.append(f"# {name}: " + ", ".join(f"{m} {scores[m].f1:.3f}" for m in MEASURES))
    print("\n".join(lines))
    lines += [f"{k} = {json.dumps(v)}" for k, v in dataclasses.asdict(best).items()]
    (a.weights / "trust.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
