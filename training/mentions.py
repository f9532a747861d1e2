"""What tagging finds, by label and by where a mention comes from: precision, recall, F1, strict and relaxed.

    python -m training.mentions [--set own|bc5cdr|phee] [--profile default|fast] [--errors LABEL]      (part of make evaluate)

`strict` asks for the label and the same limits, `relaxed` for the label and an overlap. Drugs and supplements are one label.

- `own`: the posts of training/text and training/threads that no training reads (`training.marked.held`), every mention marked.
  Rules and vocabulary may have been written with others of the same writers in sight; the writers knew no rules.
- `bc5cdr`: chemicals and diseases of PubMed abstracts (BC5CDR, Li et al. 2016, development part): text of another kind.
- `phee`: drugs and adverse effects of case reports (PHEE, Sun et al. 2022, development part). Only what takes part in an event
  is marked there, so only recall means something. Both are read from ../shared; nothing is trained on them.
"""

import argparse
import collections
import dataclasses
import json
import sys
from collections.abc import Iterable, Iterator

from training import threads
from training.evaluate import extract
from training.marked import LABELS, held, posts
from training.vocabulary import BC5CDR, around
from training.vocabulary import bc5cdr as bc5cdr_texts

PHEE = BC5CDR.parent.parent.parent / "phee/dev.json"
SAME = {"SUPPLEMENT": "DRUG"}
SOURCES = ("vocabulary", "fuzzy", "patterns", "grammar", "model")
Span = tuple[int, int, str]


@dataclasses.dataclass(slots=True)
class Marked:
    """A text with all its marks (start, end, label); `whole` False where only some mentions are marked."""

    text: str
    marks: list[Span]
    title: str = ""
    whole: bool = True


@dataclasses.dataclass(slots=True)
class Counts:
    """Marks; found; exact matches; marks overlapped (`met`) and finds that overlap one (`right`)."""

    marks: int = 0
    found: int = 0
    exact: int = 0
    met: int = 0
    right: int = 0

    def figures(self, whole: bool) -> list[float | None]:
        """P, R, F1 strict, then relaxed; None where there is nothing to count or precision says nothing."""
        out: list[float | None] = []
        for hit, good in ((self.exact, self.exact), (self.met, self.right)):
            p = good / self.found if self.found and whole else None
            r = hit / self.marks if self.marks else None
            out += [p, r, 2 * p * r / (p + r) if p and r else None]
        return out


def source(method: str | None) -> str:
    """Where a mention comes from, of SOURCES: what made it, or last changed it."""
    last = (method or "").rsplit("; ", 1)[-1].split(":")[0]
    named = {"quantities": "grammar", "pattern": "patterns", "model": "model", "fuzzy": "fuzzy", "spelling": "fuzzy"}
    return named.get(last, "vocabulary")


def own() -> Iterator[Marked]:
    """The project's marked posts that are held back from training."""
    for p in posts():
        if held(p.id):
            yield Marked(p.text, [(a, b, SAME.get(k, k)) for a, b, k in p.spans])
    for t in threads.threads():
        for post in t.posts if held(t.id) else ():
            yield Marked(post.text, [(m.start, m.end, SAME.get(m.label, m.label)) for m in post.marks], t.title)


def bc5cdr() -> Iterator[Marked]:
    """Sentences of BC5CDR."""
    for t in bc5cdr_texts():
        yield Marked(t.text, [(*m.spans[0], m.kinds[0]) for m in t.marks])


def phee() -> Iterator[Marked]:
    """Sentences of PHEE: drugs, and the effects of adverse events."""
    for line in PHEE.open(encoding="utf-8"):
        row = json.loads(line)
        marks = set()
        for event in (e for a in row["annotations"] for e in a["events"]):
            marks |= _spans(event.get("Treatment", {}).get("Drug"), "DRUG")
            if event["event_type"] == "Adverse_event":
                marks |= _spans(event.get("Effect"), "PROBLEM")
        yield Marked(row["context"], sorted(marks), whole=False)


def _spans(part: object, label: str) -> set[Span]:
    parts = part if isinstance(part, list) else [part] if isinstance(part, dict) else []
    return {
        (start, start + len(words), label)
        for p in parts
        for texts, starts in zip(p["text"], p["start"], strict=True)
        for words, start in zip(texts, starts, strict=True)
    }


SETS = {"own": own, "bc5cdr": bc5cdr, "phee": phee}
NEEDS = {"bc5cdr": BC5CDR, "phee": PHEE}


def score(
    texts: Iterable[Marked], profile: str
) -> tuple[dict[str, Counts], dict[tuple[str, str], Counts], dict[str, list[str]]]:
    """Counts by label, by (label, source) of what was found, and the relaxed errors by label."""
    tables: dict[str, Counts] = collections.defaultdict(Counts)
    sources: dict[tuple[str, str], Counts] = collections.defaultdict(Counts)
    errors: dict[str, list[str]] = collections.defaultdict(list)
    texts = list(texts)
    threads = [{"id": str(i), "title": t.title, "posts": [{"text": t.text}]} for i, t in enumerate(texts)]
    for text, row in zip(texts, extract(threads, profile), strict=True):
        said = [
            (m["start"], m["end"], SAME.get(m["label"], m["label"]), m["method"])
            for m in row["mentions"]
            if m["field"] == "text"
        ]
        # words that stand for a treatment are tagged as it would be
        standing = [m for m in text.marks if m[2] == "REF"]
        said = [s for s in said if not any(r[0] < s[1] and s[0] < r[1] for r in standing)]
        for a, b, label in (m for m in text.marks if m[2] != "REF"):
            table = tables[label]
            table.marks += 1
            hit = any(_touch((a, b, label), s[:3]) for s in said)
            table.met += hit
            if not hit:
                errors[label].append(f"missed {text.text[a:b]!r}: {around(text.text, a, b)}")
        for *place, method in said:
            span = (place[0], place[1], place[2])
            good = any(_touch(span, m) for m in text.marks)
            for table in (tables[span[2]], sources[span[2], source(method)]):
                table.found += 1
                table.exact += span in text.marks
                table.right += good
            if not good and text.whole:
                words = text.text[span[0] : span[1]]
                errors[span[2]].append(f"wrong {words!r} ({method}): {around(text.text, span[0], span[1])}")
    return tables, sources, errors


def _touch(a: Span, b: Span) -> bool:
    return a[2] == b[2] and a[0] < b[1] and b[0] < a[1]


def report(name: str, profile: str, errors: str | None = None) -> dict[str, Counts]:
    """Print the table of a set."""
    texts = list(SETS[name]())
    tables, sources, wrong = score(texts, profile)
    whole = all(t.whole for t in texts)
    words = sum(len(t.text.split()) for t in texts)
    print(
        f"\nmentions, {name} ({profile}): {len(texts)} texts, {words} words; strict P R F1, relaxed P R F1, marked, found"
    )
    for label in (x for x in LABELS if tables[x].marks):
        c = tables[label]
        shown = [f"{x:.3f}" if x is not None else "  -  " for x in c.figures(whole)]
        print(f"{label:12s} {' '.join(shown)} {c.marks:6d} {c.found:6d}")
    if whole:
        print("of what was found, by source: share exact, share right, found")
        for (label, place), c in sorted(sources.items(), key=lambda x: (LABELS.index(x[0][0]), SOURCES.index(x[0][1]))):
            if tables[label].marks:
                print(f"{label:12s} {place:10s} {c.exact / c.found:.3f} {c.right / c.found:.3f} {c.found:6d}")
    print(*wrong[errors] if errors else (), sep="\n", end="")
    return tables


def main(argv: list[str] | None = None) -> int:
    """Print the tables; a corpus that is not there is skipped, and said so."""
    ap = argparse.ArgumentParser(description=__doc__, prog="python -m training.mentions",
                                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    ap.add_argument("--set", choices=list(SETS), action="append", help="which set (default: all)")
    ap.add_argument("--profile", choices=("default", "fast"), action="append", help="default: both")
    ap.add_argument("--errors", choices=LABELS, help="print the errors of one label")
    a = ap.parse_args(argv)
    for name in a.set or SETS:
        if name in NEEDS and not NEEDS[name].exists():
            print(f"\nmentions, {name}: skipped, {NEEDS[name]} is not there")
            continue
        for profile in a.profile or ("default", "fast"):
            report(name, profile, a.errors)
    return 0


if __name__ == "__main__":
    sys.exit(main())
