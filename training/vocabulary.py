"""What share of marked mentions the vocabulary alone finds, and how much of what it finds is marked, by kind of term.

    python -m training.vocabulary [--set text|threads|dev|heldout|fresh|blind|bc5cdr] [--errors KIND]      (part of make evaluate)

The vocabulary is its terms with their misspellings and its patterns (`threadrx_terms`, `threadrx_patterns`). `strict` asks
for the kind and the same limits, `relaxed` for the kind and an overlap; `other kind` is what was found as another kind of
treatment.

- `text`, `threads`: the posts of training/text and training/threads, every mention marked. They were read while the vocabulary
  grew: development figures.
- `dev` (read, too), `heldout`, `fresh`, `blind`: marked by rows, so only what a row rests on counts. A treatment found is wrong
  where neither its words nor its concept is in a row of the thread; problems without a row abound, so these sets tell no
  precision of problems.
- `bc5cdr`: chemicals and diseases of PubMed abstracts (BC5CDR, Li et al. 2016, development part), read from ../shared.
"""

import argparse
import collections
import dataclasses
import functools
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import spacy

import pipeline.tag.components  # noqa: F401  (registers the components)
from pipeline.spans import Tagged
from training.marked import posts
from training.score import alternatives, places
from training.threads import threads

HERE = Path(__file__).parent
BC5CDR = HERE.parent.parent / "shared/corpora/bc5cdr/BC5CDR-IOB/devel.tsv"
ROWS = {
    "dev": [HERE / "dev/threads.jsonl", HERE / "dev/threads2.jsonl", HERE / "dev/single.jsonl"],
    "heldout": [HERE / "heldout/threads.jsonl", HERE / "heldout/single.jsonl"],
    "fresh": [HERE / "heldout/fresh.jsonl"],
    "blind": [HERE / "heldout/threads2.jsonl", HERE / "heldout/single2.jsonl"],
}
BLIND = {"heldout", "fresh", "blind"}
KINDS = {
    "DRUG": "DRUG", "SUPPLEMENT": "DRUG", "DRUG_CLASS": "DRUG_CLASS", "PROCEDURE": "PROCEDURE", "DEVICE": "DEVICE",
    "THERAPY": "THERAPY", "PROBLEM": "PROBLEM", "Chemical": "DRUG", "Disease": "PROBLEM",
}  # fmt: skip
Span = tuple[int, int]


@dataclasses.dataclass(slots=True)
class Mark:
    """Marked words: where they may stand, and the kinds that are right. An `optional` one need not be found."""

    spans: list[Span]
    kinds: list[str]
    optional: bool = False


@dataclasses.dataclass(slots=True)
class Text:
    """A text and its marks. `whole`: every mention in it is marked; else rows of its thread are, and of problems only some."""

    text: str
    marks: list[Mark]
    thread: str = ""
    whole: bool = True


@dataclasses.dataclass(slots=True)
class Table:
    """Counts of one kind: marks, those met (`hit`) and met with the same limits (`exact`), met as another kind of treatment
    (`other`); stretches found, and of those the right ones. `errors` are the relaxed ones.
    """

    marks: int = 0
    hit: int = 0
    exact: int = 0
    other: int = 0
    found: int = 0
    right: int = 0
    errors: list[str] = dataclasses.field(default_factory=list)


@functools.cache
def nlp() -> spacy.Language:
    """The vocabulary's two components, and nothing else."""
    out = spacy.blank("en")
    for pipe in ("threadrx_terms", "threadrx_patterns"):
        out.add_pipe(pipe)
    return out


def find(text: str) -> list[Tagged]:
    """What the vocabulary is sure of."""
    return [t for t in nlp()(text)._.threadrx if not t.weak and t.label in KINDS]


def score(texts: Iterable[Text]) -> dict[str, Table]:
    """Counts by kind over texts."""
    tables = {k: Table() for k in dict.fromkeys(KINDS.values())}
    named: dict[str, set[str | None]] = collections.defaultdict(set)  # thread → concepts of its marks
    doubtful: list[tuple[Text, Tagged]] = []
    for text in texts:
        found = find(text.text)
        for mark in (m for m in text.marks if not m.optional):
            _recall(tables, text, mark, found)
        for t in found:
            kinds = {k for m in text.marks if _over(m, t) for k in m.kinds}
            if kinds:
                named[text.thread].add(t.concept_id)
            if t.label == "PROBLEM" and not text.whole:
                continue
            if t.label in kinds:
                tables[t.label].found += 1
                tables[t.label].right += 1
            else:
                doubtful.append((text, t))
    for text, t in doubtful:
        table = tables[t.label]
        table.found += 1
        if not text.whole and t.concept_id in named[text.thread]:
            table.right += 1
        else:
            table.errors.append(f"wrong  {t.text!r} ({t.method}): {around(text.text, t.start, t.end)}")
    return tables


def _over(mark: Mark, t: Tagged) -> bool:
    return any(a < t.end and t.start < b for a, b in mark.spans)


def _recall(tables: dict[str, Table], text: Text, mark: Mark, found: list[Tagged]) -> None:
    """Count one mark as met or missed; of several right kinds it belongs to the one that was found, else to the first."""
    met = [t for t in found if _over(mark, t)]
    kind = next((t.label for t in met if t.label in mark.kinds), mark.kinds[0])
    table = tables[kind]
    table.marks += 1
    if any(t.label in mark.kinds for t in met):
        table.hit += 1
        table.exact += any((t.start, t.end) in mark.spans for t in met)
        return
    as_other = [t for t in met if (t.label == "PROBLEM") == (kind == "PROBLEM")]
    table.other += bool(as_other)
    start, end = mark.spans[0]
    said = f"as {as_other[0].label}" if as_other else "missed"
    table.errors.append(f"{said}  {text.text[start:end]!r}: {around(text.text, start, end)}")


def around(text: str, start: int, end: int) -> str:
    """The words of a stretch with some before and after, on one line."""
    return " ".join(text[max(0, start - 50) : end + 40].split())


def marked_text() -> Iterator[Text]:
    """The posts of training/text."""
    for post in posts():
        yield Text(post.text, [Mark([(a, b)], [KINDS[k]]) for a, b, k in post.spans if k in KINDS])


def marked_threads() -> Iterator[Text]:
    """The posts of training/threads. Words that stand for a treatment (`it`) need not be found."""
    for post in (p for thread in threads() for p in thread.posts):
        marks = [Mark([(m.start, m.end)], [KINDS[m.label]]) for m in post.marks if m.label in KINDS]
        refs = [Mark([(m.start, m.end)], list(KINDS.values()), optional=True) for m in post.marks if m.label == "REF"]
        yield Text(post.text, marks + refs)


def marked_rows(name: str) -> Iterator[Text]:
    """The posts of a set marked by rows. Optional rows are no marks to be found, but what is found there is not wrong."""
    for line in (line for path in ROWS[name] for line in path.open(encoding="utf-8")):
        thread = json.loads(line)
        texts = [Text(p["text"], [], thread["id"], whole=False) for p in thread["posts"]]
        for row in thread["experiences"]:
            if row.get("resolution", "explicit") == "explicit":
                kinds = [KINDS.get(k.upper(), "DRUG") for k in alternatives(row["type"])]
                _mark(texts[row["post"] - 1], row, kinds)
            for effect in row.get("effects", []):
                _mark(texts[effect.get("post", row["post"]) - 1], effect, ["PROBLEM"])
        yield from texts


def _mark(text: Text, row: dict[str, Any], kinds: list[str]) -> None:
    spans = places(text.text, row["text"], row.get("start"))
    if spans:
        text.marks.append(Mark(spans, kinds, optional=bool(row.get("optional"))))


def bc5cdr(path: Path = BC5CDR) -> Iterator[Text]:
    """Sentences of BC5CDR, its tokens joined by blanks."""
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        text, marks = "", []
        for token, tag in (line.split("\t") for line in block.splitlines() if line):
            start = len(text) + bool(text)
            text += " " * bool(text) + token
            if tag.startswith("I-") and marks:
                marks[-1].spans = [(marks[-1].spans[0][0], len(text))]
            elif tag != "O":
                marks.append(Mark([(start, len(text))], [KINDS[tag[2:]]]))
        if text:
            yield Text(text, marks)


def report(name: str, tables: dict[str, Table], errors: str | None = None) -> None:
    """Print the table of a set, and the relaxed errors of one kind."""
    print(
        f"\nvocabulary alone, {name}: strict R, relaxed R, relaxed P, marked, found, met as another kind of treatment"
    )
    for kind, t in tables.items():
        if t.marks:
            share = [t.exact / t.marks, t.hit / t.marks, t.right / t.found if t.found else None]
            shown = [f"{x:.3f}" if x is not None else "  -  " for x in share]
            print(f"{kind:12s} {' '.join(shown)} {t.marks:6d} {t.found or '-':>6} {t.other:4d}")
    print(*tables[errors].errors if errors else (), sep="\n", end="")


def run(names: Iterable[str], errors: str | None = None) -> None:
    """Score and print sets; a corpus that is not there is skipped, and said so."""
    for name in names:
        if name == "bc5cdr" and not BC5CDR.exists():
            print(f"\nvocabulary alone, bc5cdr: skipped, {BC5CDR} is not there")
            continue
        report(name, score(READ[name]() if name in READ else marked_rows(name)), errors)


READ = {"text": marked_text, "threads": marked_threads, "bc5cdr": bc5cdr}
SETS = ("text", "threads", *ROWS, "bc5cdr")


def main(argv: list[str] | None = None) -> int:
    ap = argparse.ArgumentParser(description=__doc__, prog="python -m training.vocabulary",
                                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    ap.add_argument("--set", choices=SETS, action="append", help="which set (default: all)")
    ap.add_argument("--errors", choices=list(dict.fromkeys(KINDS.values())), help="print the errors of one kind")
    a = ap.parse_args(argv)
    if a.errors and BLIND & set(a.set or SETS):
        ap.error(
            "--errors is for --set text, threads, dev or bc5cdr: what is held out is not read while the vocabulary is written"
        )
    run(a.set or SETS, a.errors)
    return 0


if __name__ == "__main__":
    sys.exit(main())
