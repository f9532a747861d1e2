"""Words of the vocabulary in a text, by Aho–Corasick over the folded text; misspelt names by guarded fuzzy search."""

import functools
import re

import ahocorasick
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein
from wordfreq import top_n_list, zipf_frequency

from pipeline.spans import Tagged
from pipeline.vocabulary import Concept, Vocabulary, load_vocabulary
from pipeline.vocabulary.fold import fold

WORD = re.compile(r"[a-z][a-z']*[a-z]")
COMMON = 1.0  # zipf frequency from which a word is English enough never to be a misspelling


def _edge(text: str, i: int) -> bool:
    """True where position i is outside the text or no letter or digit."""
    return not (0 <= i < len(text)) or not text[i].isalnum()


class TermMatcher:
    """Finds vocabulary terms. Longest match wins; one stretch carries one concept."""

    def __init__(self, vocabulary: Vocabulary):
        self.vocabulary = vocabulary
        self.automaton = ahocorasick.Automaton()
        for term, (concept, gated) in vocabulary.terms.items():
            self.automaton.add_word(term, (len(term), concept, gated and not _unmistakable(term, concept)))
        self.automaton.make_automaton()
        words = {t: c for t, (c, _) in vocabulary.terms.items() if t.isalpha()}
        self.fuzzy = FuzzyWords({t: c for t, c in words.items() if c.label == "DRUG" and len(t) >= 5}, vocabulary)
        self.fuzzy_problem = FuzzyWords(
            {t: c for t, c in words.items() if c.label == "PROBLEM" and len(t) >= 8}, vocabulary, longest=1
        )

    def find(self, text: str) -> list[Tagged]:
        """Vocabulary and fuzzy matches of `text`, sorted by start; gated words come out `weak`."""
        folded = fold(text)
        hits = []
        shouted = _shouted(text)
        for last, (length, concept, gated) in self.automaton.iter(folded):
            start, end = last - length + 1, last + 1
            if (
                _edge(folded, start - 1)
                and _edge(folded, end)
                and not (gated and _small(text, start, end, folded, concept))
            ):
                plain = concept.label == "PROBLEM" and not shouted and folded[start:end] in concept.capitals
                hits.append((start, end, concept, gated and not plain))
        found = [_tagged(text, s, e, c, "vocabulary", 1.0, g) for s, e, c, g in longest(hits)]
        rest, at = [], 0
        for t in found:
            rest += [folded[at : t.start], "." * (t.end - t.start)]
            at = t.end
        for m in WORD.finditer("".join([*rest, folded[at:]])):
            word = m.group().removesuffix("'s")
            concept = self.fuzzy(word) or self.fuzzy_problem(word)
            if concept is not None:
                end = m.start() + len(word)
                found.append(_tagged(text, m.start(), end, concept, "fuzzy", 0.9, False))
        return sorted(found, key=lambda t: (t.start, t.end))


def _unmistakable(term: str, concept: Concept) -> bool:
    """A short drug name that is hardly a word of English (`pred`, `doxy`) needs no second sign where patients write."""
    return (
        concept.label == "DRUG"
        and len(term) >= 4
        and term.isalpha()
        and term not in concept.capitals
        and zipf_frequency(term, "en") < 3.0
    )


def _small(text: str, start: int, end: int, folded: str, concept: Concept) -> bool:
    """True for an abbreviation that must stand in capitals and does not."""
    return folded[start:end] in concept.capitals and sum(c.isupper() for c in text[start:end]) < 2


def _shouted(text: str) -> bool:
    """True where most letters of a text are capitals, so that capitals say nothing."""
    letters = [c for c in text[:2000] if c.isalpha()]
    return sum(c.isupper() for c in letters) * 2 > len(letters)


def _tagged(text: str, start: int, end: int, c: Concept, method: str, score: float, weak: bool) -> Tagged:
    return Tagged(start, end, text[start:end], c.label, c.id, c.name, c.treatment_type,
                  method=f"{method}:{c.id}", score=score, weak=weak)  # fmt: skip


def longest(hits: list[tuple[int, int, Concept, bool]]) -> list[tuple[int, int, Concept, bool]]:
    """Non-overlapping hits, the longer first; on a tie a treatment (`flu jab`) before a problem (`the flu`), then the earlier."""
    out: list[tuple[int, int, Concept, bool]] = []
    taken = bytearray(max((h[1] for h in hits), default=0))
    for hit in sorted(hits, key=lambda h: (h[0] - h[1], h[2].label == "PROBLEM", h[0])):
        if not any(taken[hit[0] : hit[1]]):
            taken[hit[0] : hit[1]] = b"\1" * (hit[1] - hit[0])
            out.append(hit)
    return sorted(out, key=lambda h: h[0])


class FuzzyWords:
    """Misspelt names: one edit up to eight letters, two from nine, never where the word is English or another term."""

    def __init__(self, names: dict[str, Concept], vocabulary: Vocabulary, longest: int = 2):
        self.names = names
        self.longest = longest
        self.known = {w for term in vocabulary.terms for w in term.split()}
        self.by_length: dict[int, list[str]] = {}
        for name in sorted(names):
            self.by_length.setdefault(len(name), []).append(name)
        self.search = functools.lru_cache(maxsize=100_000)(self._search)

    def __call__(self, word: str) -> Concept | None:
        """The concept whose name `word` (folded) misspells, or None."""
        if len(word) < 6 or word in self.known or "'" in word or _english(word):
            return None
        return self.search(word)

    def _search(self, word: str) -> Concept | None:
        near = 1 if len(word) < 9 else self.longest
        choices = [n for k in range(len(word) - near, len(word) + near + 1) for n in self.by_length.get(k, ())]
        hits = process.extract(word, choices, scorer=DamerauLevenshtein.distance, score_cutoff=near, limit=5)
        hits = [h for h in hits if h[0][0] == word[0] and h[1] <= (1 if len(h[0]) < 9 else self.longest)]
        if hits and _misspelt_english(word, min(x[1] for x in hits)):
            return None
        best = [h[0] for h in hits if h[1] == min(x[1] for x in hits)]
        ids = {self.names[n].id for n in best}
        return self.names[min(best)] if len(ids) == 1 else None


def _english(word: str) -> bool:
    forms = (word, word.removesuffix("s"), word.removesuffix("ed"), word.removesuffix("ing"))
    return any(zipf_frequency(f, "en") >= COMMON for f in forms if len(f) > 3)


@functools.cache
def _everyday() -> dict[int, list[str]]:
    """Words everybody writes, by length: those that people misspell most."""
    by_length: dict[int, list[str]] = {}
    for word in top_n_list("en", 10_000):
        by_length.setdefault(len(word), []).append(word)
    return by_length


def _misspelt_english(word: str, edits: int) -> bool:
    """Whether an everyday word is as near ("differece" is no Differin)."""
    near = [w for k in range(len(word) - edits, len(word) + edits + 1) for w in _everyday().get(k, ())]
    return bool(process.extractOne(word, near, scorer=DamerauLevenshtein.distance, score_cutoff=edits))


@functools.cache
def default_matcher() -> TermMatcher:
    """The matcher over the project's own vocabulary."""
    return TermMatcher(load_vocabulary())
