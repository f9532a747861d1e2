"""What each part of the reading is worth, and how each rule does: `python -m training.ablation` (--rules for the second).

One part after another is left out and the sets `dev` and `heldout` are scored: a table of rules (vocabulary/cues), or one kind of
decision of the encoder, with rules and encoder otherwise as shipped. `--rules` writes pipeline/models/rules.csv: for each rule
how many values of rows it decided, by rules alone, in the marked threads that are not held back and in training/dev, how many of
those were right, and what was marked there. The encoder's judge weighs a rule by it.
"""

import argparse
import collections
import csv
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pipeline.encoder import WEIGHTS
from pipeline.experience import anaphora, rules
from pipeline.experience.learned import RECORD, Judge
from pipeline.experience.rules import Rule, load_rules
from training import threads, trust
from training.evaluate import extract, golds_of, scored
from training.marked import held
from training.score import Row, agrees, alternatives, pair, same_effect

TABLES = ("status", "outcome", "relations", "events", "reasons", "anaphora", "conditions")
DECISIONS: dict[str, Callable[..., Any]] = {
    "person": lambda self, story, told: None,
    "status": lambda self, places, main: None,
    "outcome": lambda self, places, main: None,
    "links": lambda self, story, places, found, problems: list(found),
    "events": lambda self, places, main, steps: steps,
}
MEASURES = ("experience", "row exact", "person", "status", "outcome", "effects", "events")


@contextmanager
def without_rules(table: str) -> Iterator[None]:
    """A table of rules that never fires."""
    possible = rules.possible

    def left(name: str, text: str) -> list[Rule]:
        return [] if name == table else possible(name, text)

    with patch.object(rules, "possible", left), patch.object(anaphora, "possible", left):
        yield


@contextmanager
def without_decision(name: str) -> Iterator[None]:
    """The encoder without a say in one thing."""
    with patch.object(Judge, name, DECISIONS[name]):
        yield


@contextmanager
def without_tags() -> Iterator[None]:
    """The encoder without a say in what is a mention, and in which words stand for a treatment."""
    settings = trust.trust()
    never = ("off_treatment", "off_problem", "tag_treatment", "tag_problem", "over_problem", "stand")
    trust.believe(dataclasses.replace(settings, **dict.fromkeys(never, 1.1)))
    try:
        yield
    finally:
        trust.believe(settings)


def table(sets: dict[str, list[Row]]) -> None:
    """Print the scores of each set with everything, and with each part left out."""
    trust.use(trust.Remembering(WEIGHTS))
    parts: list[tuple[str, Any]] = [("(everything)", None)]
    parts += [(f"rules: {t}", lambda t=t: without_rules(t)) for t in TABLES]
    parts += [(f"encoder: {d}", lambda d=d: without_decision(d)) for d in DECISIONS]
    parts += [("encoder: mentions", without_tags)]
    for name, golds in sets.items():
        print(f"\nF1 on {name} without\n| part left out | " + " | ".join(MEASURES) + " |")
        print("|---" * (len(MEASURES) + 1) + "|")
        for part, off in parts:
            if off is None:
                scores = scored(golds)
            else:
                with off():
                    scores = scored(golds)
            print(f"| {part} | " + " | ".join(f"{scores[m].f1 or 0:.3f}" for m in MEASURES) + " |", flush=True)


def per_rule(golds: list[Row], path: Path = RECORD) -> None:
    """Write how often each rule decided a value, and how often rightly."""
    decided: collections.Counter[str] = collections.Counter()
    right: collections.Counter[str] = collections.Counter()
    marked: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for gold, pred in zip(golds, extract(golds, "fast"), strict=True):
        for rule, good, value in _judged(gold, pred):
            decided[rule] += 1
            right[rule] += good
            marked[rule][value] += 1
    named = [rule.id for t in TABLES for rule in load_rules(t)]
    with path.open("w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["rule", "decided", "right", "marked"])
        for rule in named:
            told = "; ".join(f"{value} {n}" for value, n in sorted(marked[rule].items()) if value)
            out.writerow([rule, decided[rule], right[rule], told])
    print(f"{path}: {len(named)} rules, {sum(decided[r] > 0 for r in named)} of them decided something, "
          f"{sum(decided[r] for r in named)} decisions, {sum(right[r] for r in named)} right")  # fmt: skip


def _judged(gold: Row, pred: Row) -> Iterator[tuple[str, bool, str]]:
    """(rule, whether it was right, the marked status or outcome) of each value a rule decided in rows that are marked."""
    mentions = {m["mention_id"]: m for m in pred["mentions"]}
    texts = [p["text"] for p in gold["posts"]]
    for g, e in pair(gold["experiences"], pred["experiences"], mentions, texts):
        if g.get("optional"):
            continue
        for rule in e["method"].split("; "):
            field = rule.split(":")[0]
            if field in ("status", "outcome"):
                good = agrees(g.get(field), e[field])
                yield rule, good, e[field] if good else str(alternatives(g.get(field))[0] or "unsaid")
        for f in (f for f in pred["effects"] if f["experience_id"] == e["experience_id"]):
            yield f["method"], any(same_effect(w, g, f, mentions, texts) for w in g.get("effects", [])), ""
        kinds = {k for w in g.get("events", []) for k in (w["kind"] if isinstance(w["kind"], list) else [w["kind"]])}
        for v in (v for v in pred["events"] if v["experience_id"] == e["experience_id"]):
            yield v["method"], v["kind"] in kinds, ""


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--rules", action="store_true", help="write pipeline/models/rules.csv instead")
    a = ap.parse_args()
    if a.rules:
        per_rule(golds_of("dev") + [threads.as_gold(t) for t in threads.threads() if not held(t.id)])
    else:
        table({name: golds_of(name) for name in ("dev", "heldout")})


if __name__ == "__main__":
    main()
