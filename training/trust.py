"""Set how much the encoder is believed beside vocabulary and rules: `python -m training.trust` writes pipeline/models/trust.toml.

One setting after another takes the value that scores best on the marked threads held back from training, until a round changes
nothing (coordinate ascent). The measure is the mean F1 of experiences, exact rows, outcomes, effects and events.
"""

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

import pipeline.experience.learned
import pipeline.tag.learned
from pipeline.encoder import WEIGHTS, Encoder, Pass, Trust
from pipeline.run.lines import extract_lines
from training import threads
from training.evaluate import total
from training.marked import held
from training.score import Scores, score_thread

GRID: dict[str, tuple[Any, ...]] = {
    "tag_problem": (0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    "trim_problems": (True, False),
    "off_problem": (0.9, 0.97, 0.99, 0.997, 1.1),
    "tag_treatment": (0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    "off_treatment": (0.9, 0.97, 0.99, 0.997, 1.1),
    "over_problem": (0.6, 0.8, 0.95),
    "stand": (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.1),
    "person": (0.5, 1.0, 1.5, 2.0, 3.0),
    "status": (0.05, 0.1, 0.2, 0.3, 0.45, 0.6),
    "outcome": (0.05, 0.1, 0.2, 0.3, 0.45),
    "relation": (0.1, 0.2, 0.3, 0.45, 0.6),
    "unlinked": (-0.5, 0.0, 0.3, 0.6, 1.0),
    "event_add": (0.3, 0.4, 0.5, 0.6, 0.75, 1.1),
    "event_drop": (0.0, 0.03, 0.06, 0.1, 0.2),
    "reason_add": (0.3, 0.4, 0.5, 0.6, 1.1),
}
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


def believe(trust: Trust) -> None:
    """Make the pipeline of this process use these settings."""
    for module in (pipeline.experience.learned, pipeline.tag.learned):
        module.trust = lambda: trust  # type: ignore[attr-defined]


def use(encoder: Encoder) -> None:
    """Make the pipeline of this process read with this encoder."""
    pipeline.tag.learned.encoder = lambda: encoder  # type: ignore[attr-defined, assignment, return-value]


def scored(golds: list[dict[str, Any]], trust: Trust) -> Scores:
    believe(trust)
    lines = (json.dumps({"thread_id": g["id"], "title": g.get("title"), "posts": g["posts"]}).encode() for g in golds)
    found = [json.loads(x) for x in extract_lines(lines) if isinstance(x, bytes)]
    return total(score_thread(g, p)[0] for g, p in zip(golds, found, strict=True))


def mean(scores: Scores) -> float:
    return sum(scores[m].f1 or 0.0 for m in MEASURES) / len(MEASURES)


def climb(golds: list[dict[str, Any]], rounds: int, show: Any = print) -> tuple[Trust, Scores]:
    """The best settings found and their scores."""
    best = Trust()
    reached = scored(golds, best)
    for n in range(rounds):
        before = best
        for name, values in GRID.items():
            for value in values:
                if value == getattr(best, name):
                    continue
                tried = dataclasses.replace(best, **{name: value})
                result = scored(golds, tried)
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
    a = ap.parse_args()
    use(Remembering(a.weights))
    golds = [threads.as_gold(t) for t in threads.threads(a.threads) if held(t.id)]
    best, reached = climb(golds, a.rounds)
    said = ", ".join(f"{m} {reached[m].f1:.3f}" for m in MEASURES)
    lines = [f"# Chosen by training/trust.py on {len(golds)} threads held back from training; F1 there: {said}."]
    lines += [f"{k} = {json.dumps(v)}" for k, v in dataclasses.asdict(best).items()]
    (a.weights / "trust.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(lines[0])


if __name__ == "__main__":
    main()
