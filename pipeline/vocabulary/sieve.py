"""Which of many patterns can match a text at all: each is tried only where words it cannot do without stand.

The idea of RE2's FilteredRE2 (Cox, Regular expression matching with a trigram index, 2012): from a pattern's parse follow
strings of which every match holds one; one pass over the text finds those of all patterns together (Aho and Corasick 1975).
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from re import _constants as op  # type: ignore[attr-defined]  # re's own parse of a pattern has no public name
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import ahocorasick

MOST = 100  # strings a pattern may be known by
Strings = frozenset[str]
EMPTY: Strings = frozenset([""])


class Sieve:
    """Patterns (of texts in lower case, where capitals are symbols), by the strings each needs."""

    def __init__(self, patterns: Iterable[str]):
        self.always: list[int] = []
        self._automaton = ahocorasick.Automaton()
        by_string: dict[str, list[int]] = {}
        for i, pattern in enumerate(patterns):
            needed = strings_of(pattern)
            if needed is None:
                self.always.append(i)
            for string in needed or ():
                by_string.setdefault(string, []).append(i)
        for string, found in by_string.items():
            self._automaton.add_word(string, found)
        self._automaton.make_automaton()

    def of(self, text: str) -> set[int]:
        """Places of the patterns that may match the text; those left out cannot."""
        known = self._automaton.iter(text) if len(self._automaton) else ()
        return set(self.always).union(*(found for _, found in known))


def strings_of(pattern: str) -> Strings | None:
    """Strings of which every match of a pattern holds one; None where there are none such."""
    parse = _parser.parse(pattern)
    if parse.state.flags & re.IGNORECASE:
        return None
    whole, needed = _read(parse)
    return _better(needed, whole)


def _worth(strings: Strings) -> tuple[int, int]:
    """How much a set says: by its string of fewest letters; the symbols of a reading stand in nearly every text."""
    return min(sum(c.islower() for c in s) for s in strings), -len(strings)


def _better(*known: Strings | None) -> Strings | None:
    able = [s for s in known if s and "" not in s]
    return max(able, key=_worth) if len(able) > 1 else able[0] if able else None


def _read(parse: Iterable[tuple[Any, Any]]) -> tuple[Strings | None, Strings | None]:
    """(all strings a sequence can match, None where they are too many; strings of which it needs one, None likewise)."""
    run: Strings = EMPTY
    whole, needed = True, None
    for literal, group in itertools.groupby(parse, lambda node: node[0] is op.LITERAL):
        nodes = list(group)
        word = frozenset(["".join(chr(said) for _, said in nodes)]) if literal else EMPTY
        for part, inner in [(word, None)] if literal else [_read_one(*node) for node in nodes]:
            if inner is not None:
                needed = _better(needed, inner)
            if part is not None and len(run) * len(part) <= MOST:
                run = frozenset(a + b for a in run for b in part)
                continue
            whole, needed = False, _better(needed, run, part)
            run = part if part is not None else EMPTY
    return (run, needed) if whole else (None, _better(needed, run))


def _read_one(kind: Any, said: Any) -> tuple[Strings | None, Strings | None]:
    if kind in (op.AT, op.ASSERT, op.ASSERT_NOT):
        return EMPTY, None
    if kind is op.IN and all(k is op.LITERAL for k, _ in said):
        return frozenset(chr(c) for _, c in said), None
    if kind is op.SUBPATTERN:
        _, flags, _, inner = said
        return (None, None) if flags else _read(inner)
    if kind is op.BRANCH:
        return _any_of([_read(branch) for branch in said[1]])
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, high, inner = said
        part, needed = _read(inner)
        if (low, high) == (0, 1) and part is not None:
            return part | EMPTY, None
        return (part, needed) if (low, high) == (1, 1) else (None, _better(needed, part) if low else None)
    return None, None


def _any_of(branches: Sequence[tuple[Strings | None, Strings | None]]) -> tuple[Strings | None, Strings | None]:
    wholes, needs = [b[0] for b in branches], [_better(*b) for b in branches]
    whole = frozenset().union(*wholes) if None not in wholes else None  # type: ignore[arg-type]
    needed = frozenset().union(*needs) if None not in needs else None  # type: ignore[arg-type]
    return (whole if whole is not None and len(whole) <= MOST else None, needed)
