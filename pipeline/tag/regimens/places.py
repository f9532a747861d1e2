"""Where treatments and sentences stand in a text, found by bisection: a post may name thousands of treatments."""

import bisect
import re
from collections.abc import Callable

from pipeline.spans import Tagged
from pipeline.tag.quantities.scan import Item

_BOUNDARY = re.compile(r"[.!?]+[\"')]*(?=\s+\S)|\n+")
_ABBREVIATION = re.compile(r"(?:\b(?:dr|mr|mrs|ms|st|vs|approx|eg|e\.g|i\.e|etc|no|inc|[a-z])\.)\Z", re.I)
_NESTED = 8  # stretches that begin later than one may still end before it does


def sentence_ends(text: str, items: list[Item]) -> list[int]:
    """Offsets at which a sentence or a line ends; a stop inside a quantity ("q.d.") or an abbreviation is none."""
    starts = [i.start for i in items]
    ends = []
    for m in _BOUNDARY.finditer(text):
        n = bisect.bisect_right(starts, m.start()) - 1
        item = items[n] if n >= 0 and m.start() < items[n].end else None
        if item and not (m.end() == item.end and text[m.end() :].lstrip()[:1].isupper()):
            continue
        if m[0][0] == "." and _ABBREVIATION.search(text[max(0, m.start() - 6) : m.start() + 1]):
            continue
        ends.append(m.end())
    return ends


def crossed(ends: list[int], a: int, b: int) -> int:
    """How many sentences end after `a` and up to `b`."""
    return max(0, bisect.bisect_right(ends, b) - bisect.bisect_right(ends, a))


def sentence_start(ends: list[int], at: int) -> int:
    """Where the sentence begins that `at` stands in."""
    n = bisect.bisect_right(ends, at)
    return ends[n - 1] if n else 0


def sentence_end(ends: list[int], at: int, length: int) -> int:
    """Where that sentence ends in a text of `length`."""
    n = bisect.bisect_left(ends, at)
    return ends[n] if n < len(ends) else length


class Row:
    """The treatments of a text that satisfy `fits`, in order of their start; every answer is an index into `treatments`."""

    def __init__(self, treatments: list[Tagged], fits: Callable[[Tagged], bool] = lambda _: True) -> None:
        self.all = treatments
        self.ids = sorted((i for i, t in enumerate(treatments) if fits(t)), key=lambda i: (treatments[i].start, i))
        self.starts = [treatments[i].start for i in self.ids]

    def left(self, at: int) -> int | None:
        """The last that ends at or before `at`."""
        n = bisect.bisect_right(self.starts, at)
        return next((i for i in reversed(self.ids[max(0, n - _NESTED) : n]) if self.all[i].end <= at), None)

    def right(self, at: int) -> int | None:
        """The first that starts at or after `at`."""
        n = bisect.bisect_left(self.starts, at)
        return self.ids[n] if n < len(self.ids) else None

    def between(self, a: int, b: int) -> list[int]:
        """Those that start at or after `a` and before `b`."""
        return self.ids[bisect.bisect_left(self.starts, a) : bisect.bisect_left(self.starts, b)]

    def over(self, a: int, b: int) -> list[int]:
        """Those that share a character with `a:b`."""
        n = bisect.bisect_left(self.starts, b)
        return [i for i in self.ids[max(0, n - _NESTED) : n] if self.all[i].end > a]
