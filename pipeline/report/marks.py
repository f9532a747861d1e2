"""Marked words: a text cut at the bounds of its mentions."""

import dataclasses
import itertools
from collections.abc import Iterable
from typing import Any

KINDS = {"PROBLEM": "problem", "DOSE": "quantity", "FREQUENCY": "quantity", "ROUTE": "quantity", "FORM": "quantity",
         "DURATION": "quantity"}  # fmt: skip
TREATMENT = "treatment"  # every other label


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """A stretch to mark: code points of its text, what kind, what a reader is told of it, and the rows that rest on it."""

    start: int
    end: int
    kind: str
    tells: str
    rows: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """Words with the same marks; `kind` is None between marks."""

    words: str
    kind: str | None = None
    tells: str = ""
    rows: str = ""


def mark(mention: dict[str, Any], rows: Iterable[str] = ()) -> Mark:
    """The mark of a row of `mentions`; what is denied or uncertain says so in its kind."""
    kind = KINDS.get(mention["label"], TREATMENT)
    if mention["polarity"] not in (None, "affirmed"):
        kind += f" {mention['polarity']}"
    told = [mention["label"].lower().replace("_", " "), mention["concept_name"], mention["polarity"], mention["role"],
            f"by {mention['method']}", f"score {mention['score']:.2f}"]  # fmt: skip
    return Mark(mention["start"], mention["end"], kind, " · ".join(filter(None, told)), frozenset(rows))


def pieces(text: str, marks: Iterable[Mark], start: int = 0, end: int | None = None) -> list[Piece]:
    """text[start:end] in pieces. Where marks overlap, the words have the kind of the longest and tell of all of them."""
    end = len(text) if end is None else end
    marks = sorted(
        (m for m in marks if m.start < end and m.end > start), key=lambda m: (m.start - m.end, m.start, m.tells)
    )
    cuts = sorted({start, end, *(min(max(c, start), end) for m in marks for c in (m.start, m.end))})
    found = []
    for a, b in itertools.pairwise(cuts):
        here = [m for m in marks if m.start <= a and b <= m.end]
        rows = " ".join(sorted({r for m in here for r in m.rows}))
        tells = "; ".join(m.tells for m in here)
        found.append(Piece(text[a:b], here[0].kind if here else None, tells, rows))
    return found
