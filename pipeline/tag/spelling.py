"""Misspelt names of the vocabulary, never an English word, another term, another drug or a likelier word's misspelling.

A word is compared by edits (Damerau–Levenshtein: a letter more, less, other, or two swapped) and by sound (Metaphone, Philips
1990). How many edits pass depends on its length; a name nobody writes is no guess for a short word.
"""

import functools
import re
from collections.abc import Iterable, Mapping

from jellyfish import metaphone
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein
from wordfreq import top_n_list, zipf_frequency

from pipeline.vocabulary import HERE, Concept

WORD = re.compile(r"[a-z][a-z']*[a-z]")
COMMON = 1.0  # zipf frequency (log10 of uses in a billion words) from which a word is English enough to be meant
RARER = 1.5  # … unless it is a misspelling so usual that it is counted: then its name is thirty times as frequent
SHORTEST = 6


def _frequency(word: str) -> float:
    return zipf_frequency(word, "en")


def allowed(word: str, name: str, sounds: bool, most: int) -> int:
    """How many edits may part word and name: one up to eight letters, then two, three from thirteen, one more of one sound."""
    n = min(len(word), len(name))
    return min(1 + (n > 8) + (n > 12), most) + (sounds and most > 1)


class FuzzyWords:
    """Names and what misspells them. `most` edits at most; `known` are the words of all terms, which are none."""

    def __init__(self, names: Mapping[str, Concept], known: Iterable[str], most: int = 3):
        self.names = dict(names)
        self.most = most
        self.known = set(known) | _other_drugs()
        self.by_length: dict[int, list[str]] = {}
        self.by_sound: dict[str, list[str]] = {}
        for name in sorted(names):
            self.by_length.setdefault(len(name), []).append(name)
            self.by_sound.setdefault(metaphone(name), []).append(name)
        self.search = functools.lru_cache(maxsize=100_000)(self._search)

    def __call__(self, word: str) -> str | None:
        """The name that `word` (folded) misspells, or None."""
        if len(word) < SHORTEST or word in self.known or "'" in word:
            return None
        return self.search(word)

    def _search(self, word: str) -> str | None:
        if word in self.names:  # two words of a name run together
            return word
        common = _english(word)
        if common >= COMMON + RARER / 2:
            return None
        near = self.near(word)
        if not near:
            return None
        least = min(near.values())
        if (common >= COMMON and all(_frequency(n) < common + RARER for n in near)) or self._misspelt_english(
            word, least
        ):
            return None
        best = [n for n, far in near.items() if far == least]
        best.sort(key=lambda n: (-_frequency(n), n))
        others = [n for n in best if self.names[n].id != self.names[best[0]].id]
        return None if others and _frequency(others[0]) > _frequency(best[0]) - 1 else best[0]

    def near(self, word: str) -> dict[str, float]:
        """Names a word may misspell, and how far they are; of one sound counts as half an edit nearer."""
        sound = metaphone(word)
        # more edits pass only where names sound alike, and those are added below
        most = allowed(word, word, False, self.most)
        close = [n for k in range(len(word) - most, len(word) + most + 1) for n in self.by_length.get(k, ())]
        hits = process.extract(word, close, scorer=DamerauLevenshtein.distance, score_cutoff=most, limit=None)
        alike = self.by_sound.get(sound, ()) if self.most > 1 and len(sound) > 2 else ()
        hits += [(n, DamerauLevenshtein.distance(word, n), 0) for n in alike]
        out = {}
        for name, edits, _ in hits:
            sounds = name in alike
            if edits <= allowed(word, name, sounds, self.most) and _plausible(word, name, edits, sounds):
                out[name] = edits - sounds / 2
        return out

    def _misspelt_english(self, word: str, edits: float) -> bool:
        """Whether an everyday word that is no name of ours is as near ("differece" is no Differin)."""
        most = max(1, int(edits))
        near = [
            w
            for k in range(len(word) - most, len(word) + most + 1)
            for w in _everyday().get(k, ())
            if w not in self.names
        ]
        return bool(process.extractOne(word, near, scorer=DamerauLevenshtein.distance, score_cutoff=most))


def _plausible(word: str, name: str, edits: int, sounds: bool) -> bool:
    """The first letter is rarely wrong, a short word rarely means a name hardly anybody writes."""
    if word[0] != name[0] and not sounds and not (edits == 1 and len(word) >= 8 and _frequency(name) >= COMMON):
        return False
    return sounds or len(word) >= 8 or _frequency(name) >= COMMON


def sure(word: str, name: str) -> bool:
    """Whether a misspelling speaks for itself; else it counts only where the words beside it speak of taking something."""
    edits = DamerauLevenshtein.distance(word, name)
    if word[0] != name[0] or _english(word) >= COMMON:
        return False
    return edits <= 1 + (len(word) > 8) and (_frequency(name) >= COMMON or len(word) > 8)


def _english(word: str) -> float:
    """How frequent a word is, or what it is a form of."""
    forms = (word, word.removesuffix("s"), word.removesuffix("ed"), word.removesuffix("ing"))
    return max(_frequency(f) for f in forms if len(f) > 3)


@functools.cache
def _everyday() -> dict[int, list[str]]:
    """Words everybody writes, by length: those that people misspell most."""
    by_length: dict[int, list[str]] = {}
    for word in top_n_list("en", 10_000):
        by_length.setdefault(len(word), []).append(word)
    return by_length


@functools.cache
def everyday() -> frozenset[str]:
    """The words of `_everyday`."""
    return frozenset(w for words in _everyday().values() for w in words)


@functools.cache
def _other_drugs() -> frozenset[str]:
    """Names of drugs the vocabulary does not have that are near to one it has."""
    lines = (HERE / "other_drugs.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(w for w in lines if not w.startswith("#"))
