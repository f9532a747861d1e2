"""Words of the vocabulary in a text, by Aho–Corasick over the folded text; misspelt names by guarded fuzzy search."""

import functools

import ahocorasick
from wordfreq import zipf_frequency

from pipeline.spans import Tagged
from pipeline.tag.spelling import SHORTEST, WORD, FuzzyWords, sure
from pipeline.vocabulary import Concept, Vocabulary, load_vocabulary
from pipeline.vocabulary.fold import fold

EVERYDAY = 5.0  # zipf frequency from which a word is one whatever its letters
UNWORDLY = 3.3  # zipf frequency under which an abbreviation is no word of everyday English


def _edge(text: str, i: int) -> bool:
    """True where position i is outside the text or no letter or digit."""
    return not (0 <= i < len(text)) or not text[i].isalnum()


class TermMatcher:
    """Finds vocabulary terms. Longest match wins; one stretch carries one concept."""

    def __init__(self, vocabulary: Vocabulary):
        self.vocabulary = vocabulary
        self.automaton = ahocorasick.Automaton()
        self.gated = {term for term, (_, gated) in vocabulary.terms.items() if gated}
        for term, (concept, gated) in vocabulary.terms.items():
            self.automaton.add_word(term, (len(term), concept, gated and not _unmistakable(term, concept)))
        self.automaton.make_automaton()
        drugs, problems, known = spellings(vocabulary)
        self.fuzzy, self.fuzzy_problem = FuzzyWords(drugs, known), FuzzyWords(problems, known, most=1)

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
                and not (gated and _small(text, start, end, folded, concept, shouted))
            ):
                plain = not shouted and _plain_capitals(text, start, end, folded[start:end], concept)
                hits.append((start, end, concept, gated and not plain))
        found = [_tagged(text, s, e, c, "vocabulary", 1.0, g) for s, e, c, g in longest(hits)]
        rest, at = [], 0
        for t in found:
            rest += [folded[at : t.start], "." * (t.end - t.start)]
            at = t.end
        for m in WORD.finditer("".join([*rest, folded[at:]])):
            word = m.group().removesuffix("'s")
            for spelt in (self.fuzzy, self.fuzzy_problem):
                if (name := spelt(word)) is not None:
                    gated = not sure(word, name) or (name in self.gated and not _unmistakable(name, spelt.names[name]))
                    end = m.start() + len(word)
                    found.append(_tagged(text, m.start(), end, spelt.names[name], "fuzzy", 0.9, gated))
                    break
        return sorted(found, key=lambda t: (t.start, t.end))


def spellings(vocabulary: Vocabulary) -> tuple[dict[str, Concept], dict[str, Concept], set[str]]:
    """Names of drugs and of problems that may be misspelt, each a single word, and the words that misspell none."""
    known = {w for term in vocabulary.terms for w in term.split()}
    drugs = {t: c for t, (c, _) in vocabulary.terms.items() if c.label in ("DRUG", "DRUG_CLASS")}
    joined = {t.replace(" ", ""): c for t, c in drugs.items() if t.replace(" ", "").isalpha()}
    names = {t: c for t, c in joined.items() if len(t) >= SHORTEST - 1 and t not in known}
    names |= {t: c for t, c in drugs.items() if t.isalpha() and len(t) >= SHORTEST - 1}
    problems = {t: c for t, (c, _) in vocabulary.terms.items() if c.label == "PROBLEM" and t.isalpha() and len(t) >= 8}
    return names, problems, known


def _unmistakable(term: str, concept: Concept) -> bool:
    """A short drug name that is hardly a word of English (`pred`, `doxy`) needs no second sign where patients write."""
    return (
        concept.label == "DRUG"
        and len(term) >= 4
        and term.isalpha()
        and term not in concept.capitals
        and zipf_frequency(term, "en") < 3.0
    )


def _small(text: str, start: int, end: int, folded: str, concept: Concept, shouted: bool) -> bool:
    """True for an abbreviation that must stand in capitals and does not, or is a word (`GET`) where all is in capitals."""
    if folded[start:end] not in concept.capitals:
        return False
    if shouted and zipf_frequency(folded[start:end], "en") >= EVERYDAY:
        return True
    return sum(c.isupper() for c in text[start:end]) < 2


def _plain_capitals(text: str, start: int, end: int, term: str, concept: Concept) -> bool:
    """True for an abbreviation in capitals that needs no second sign: a problem's, or one that is no word by itself (`TMS`)."""
    if term not in concept.capitals:
        return False
    return concept.label == "PROBLEM" or (
        len(term) >= 3 and zipf_frequency(term, "en") < UNWORDLY and text[start:end].isupper()
    )


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


@functools.cache
def default_matcher() -> TermMatcher:
    """The matcher over the project's own vocabulary."""
    return TermMatcher(load_vocabulary())
