"""Scores on marked threads, and of the vocabulary by itself: `make evaluate`, or `python -m training.evaluate --help`."""

import argparse
import collections
import json
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.parsed import Rejected
from pipeline.run.lines import extract_lines
from pipeline.run.work import PROFILES
from pipeline.share.corrections import read_gold
from training import spelling, vocabulary
from training.score import Count, Scores, places, score_thread, touches

HERE = Path(__file__).parent
PROBES = HERE.parent.parent / "shared/probes"
SETS = {
    "heldout": [HERE / "heldout/threads.jsonl", HERE / "heldout/single.jsonl"],
    "fresh": [HERE / "heldout/fresh.jsonl"],
    "blind": [HERE / "heldout/threads2.jsonl", HERE / "heldout/single2.jsonl"],
    "dev": [HERE / "dev/threads.jsonl", HERE / "dev/threads2.jsonl", HERE / "dev/single.jsonl"],
    "probes": [PROBES / f"{n}.jsonl" for n in ("judgement", "regimens", "threads", "seed")],
}
FLOORS = HERE / "floors.toml"
WRITTEN = HERE.parent / "pipeline/share/scores.json"  # what a release's datasheet says of the quality of each column
ORDER = [
    "rows", "row exact", "experience", "name", "person", "status", "dose_low", "dose_unit", "doses_per_day", "daily_dose_mg",
    "route", "duration_days", "outcome", "effects", "polarity", "events", "reason",
]  # fmt: skip
Row = dict[str, Any]


def golds_of(name: str) -> list[Row]:
    """The marked threads of a set; none where its files are not beside this checkout."""
    return [json.loads(line) for f in SETS[name] if f.exists() for line in f.open(encoding="utf-8")]


def extract(golds: list[Row], profile: str = "default") -> list[Row]:
    """What `threadrx extract` prints for marked threads. Raises ValueError where one is rejected."""
    lines = (json.dumps({"thread_id": g["id"], "title": g.get("title"), "posts": g["posts"]}).encode() for g in golds)
    out = []
    for line in extract_lines(lines, PROFILES[profile]):
        if isinstance(line, Rejected):
            raise ValueError(f"{line.place}: {line.detail}")
        out.append(json.loads(line))
    return out


def total(parts: Iterable[Scores]) -> Scores:
    """Counts of several threads together."""
    out: Scores = collections.defaultdict(Count)
    for part in parts:
        for name, count in part.items():
            out[name] += count
    return out


def scored(golds: list[Row], profile: str = "default") -> Scores:
    """The scores of marked threads together."""
    return total(score_thread(g, p)[0] for g, p in zip(golds, extract(golds, profile), strict=True))


def interval(parts: list[Scores], measure: str, draws: int = 500) -> tuple[float, float]:
    """95 % bootstrap interval of an F1, resampling threads with a fixed seed."""
    rng = np.random.default_rng(0)
    table = np.array([[p[measure].tp, p[measure].fp, p[measure].fn] for p in parts])
    sums = table[rng.integers(0, len(parts), (draws, len(parts)))].sum(axis=1)
    f1 = 2 * sums[:, 0] / np.maximum(2 * sums[:, 0] + sums[:, 1] + sums[:, 2], 1)
    low, high = np.percentile(f1, [2.5, 97.5])
    return float(low), float(high)


def coverage(golds: list[Row], preds: list[Row]) -> dict[str, tuple[int, int]]:
    """Of the words marked as treatment or problem, how many tagging found (found, marked), whatever was made of them."""
    out: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    for g, p in zip(golds, preds, strict=True):
        texts = [q["text"] for q in g["posts"]]
        for row in g["experiences"]:
            if row.get("optional"):
                continue
            if row.get("resolution", "explicit") == "explicit":
                kind = row["type"] if isinstance(row["type"], str) else row["type"][0]
                _cover(out[kind], p, row, row["post"], texts, problem=False)
            for effect in row.get("effects", []):
                if not effect.get("optional"):
                    _cover(out["problem"], p, effect, effect.get("post", row["post"]), texts, problem=True)
    return {k: (v[0], v[1]) for k, v in sorted(out.items())}


def _cover(count: list[int], pred: Row, marked: Row, post: int, texts: list[str], problem: bool) -> None:
    spans = places(texts[post - 1], marked["text"], marked.get("start"))
    quantities = ("DOSE", "FREQUENCY", "ROUTE", "FORM", "DURATION")
    mine = [m for m in pred["mentions"] if m["post"] == post and m["label"] not in quantities]
    count[0] += any(touches(spans, m) for m in mine if (m["label"] == "PROBLEM") == problem)
    count[1] += 1


def report(name: str, golds: list[Row], errors: int, show: Any, profile: str = "default") -> Scores:
    """Score one set and print its table."""
    preds = extract(golds, profile)
    scored = [score_thread(g, p) for g, p in zip(golds, preds, strict=True)]
    parts = [s for s, _ in scored]
    sums = total(parts)
    posts = [p["text"] for g in golds for p in g["posts"]]
    show(f"\n{name}: {len(golds)} threads, {len(posts)} posts, {sum(len(t.split()) for t in posts)} words")
    show(f"{'':16s}     P     R    F1      n")
    for measure in ORDER:
        if measure in sums:
            c = sums[measure]
            line = f"{measure:16s} {number(c.p)} {number(c.r)} {number(c.f1)} {c.n:6d}"
            if measure in ("experience", "effects"):
                line += "   F1 between {:.3f} and {:.3f} (bootstrap over threads, 95 %)".format(
                    *interval(parts, measure)
                )
            show(line)
    found = ", ".join(f"{k} {a}/{b}" for k, (a, b) in coverage(golds, preds).items())
    show(f"words marked that tagging found: {found}")
    for (_, said), g in list(zip(scored, golds, strict=True))[: errors or 0]:
        for error in said:
            show(f"  {g['id']}: {error}")
    return sums


def number(x: float | None) -> str:
    """Three decimals, or a dash where there is nothing to count."""
    return "  -  " if x is None else f"{x:.3f}"


def below(name: str, sums: Scores) -> list[str]:
    """Measures of a set under their floor."""
    floors = tomllib.loads(FLOORS.read_text(encoding="utf-8")).get(name, {})
    reached = {m: sums[m].f1 or 0.0 for m in floors}
    return [f"{name} {m}: F1 {reached[m]:.3f} is below its floor {f}" for m, f in floors.items() if reached[m] < f]


def score_files(files: list[Path], errors: int) -> int:
    """Print the scores of marked threads somebody brings. 2 where a file holds none."""
    try:
        golds = [gold for path in files for gold in read_gold(path)]
    except (OSError, ValueError) as e:
        print(f"training.evaluate: {e}", file=sys.stderr)
        return 2
    report(", ".join(p.name for p in files), golds, errors, print)
    return 0


def write_scores(sums: dict[str, Scores]) -> None:
    """F1, precision, recall and number of marked values by set and measure, into WRITTEN; other sets there stay as they are."""
    told = json.loads(WRITTEN.read_text(encoding="utf-8")) | {
        name: {m: {k: v if v is None else round(v, 3) for k, v in (("f1", c.f1), ("p", c.p), ("r", c.r), ("n", c.n))}
               for m in ORDER if m in scores and (c := scores[m])}
        for name, scores in sums.items() if name != "probes"  # they are beside some checkouts only
    }  # fmt: skip
    WRITTEN.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def main(argv: list[str] | None = None) -> int:
    """Print the tables; 1 where a measure fell below its floor in floors.toml."""
    ap = argparse.ArgumentParser(description=__doc__, prog="python -m training.evaluate")
    ap.add_argument("--set", choices=list(SETS), action="append", help="which set (default: all there are)")
    ap.add_argument("--file", type=Path, action="append", metavar="FILE",
                    help="instead of a set: marked threads (JSON lines), or what Label Studio exports")  # fmt: skip
    ap.add_argument("--write", action="store_true", help="also write pipeline/share/scores.json, for datasheets")
    ap.add_argument("--errors", type=int, default=0, metavar="N", help="print the errors of the first N threads")
    ap.add_argument(
        "--profile", choices=list(PROFILES), default="default", help="with the encoder, or rules alone (fast)"
    )
    a = ap.parse_args(argv)
    if a.file and (a.set or a.write):
        ap.error("--file is scored by itself; leave --set and --write out")
    held_out = any(HERE / "heldout" in p.resolve().parents for p in a.file or ())
    if a.errors and (held_out or (not a.file and {"heldout", "fresh", "blind"} & set(a.set or SETS))):
        ap.error("--errors is for --set dev or probes: what is held out is not read while rules are written")
    if a.file:
        return score_files(a.file, a.errors)
    missed, sums = [], {}
    for name in a.set or SETS:
        golds = golds_of(name)
        if not golds:
            print(f"\n{name}: skipped, {SETS[name][0].parent} is not beside this checkout")
            continue
        sums[name] = report(name, golds, a.errors, print, a.profile)
        missed += below(name if a.profile == "default" else f"{name} {a.profile}", sums[name])
    if not a.set:
        vocabulary.run(vocabulary.SETS)
        from training import mentions  # which extracts with this module

        mentions.main([])
        print()
        spelling.main([])
    if a.write:
        write_scores(sums)
    print("\n" + ("\n".join(missed) if missed else "all measures at or above their floors (training/floors.toml)"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
