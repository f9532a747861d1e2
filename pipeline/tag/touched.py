"""Which texts a change of the vocabulary can concern, so that all others need not be tagged again.

A text is concerned where it has all the words of a term that came, went or changed, or a word that may misspell one. Where it
cannot be told, everything is. It is right where it says too often yes, and wrong where it once says no; so each way by which
`pipeline.tag` comes from words to a concept has its counterpart here, and a test compares both.
"""

import dataclasses
import os
import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.records import Mention
from pipeline.spans import TREATMENT_LABELS
from pipeline.tag.linking import LINKED, link
from pipeline.tag.overlaps import UNLINKED
from pipeline.tag.spelling import FuzzyWords, everyday
from pipeline.tag.terms import spellings
from pipeline.vocabulary import ENTRIES, HERE, Concept, Vocabulary
from pipeline.vocabulary.fold import fold

WORDS = re.compile(r"[^\W_]+")  # as `terms` looks for the edges of a term
LETTERS = re.compile(r"[a-z]+")  # as `spelling` looks for words


@dataclasses.dataclass(slots=True)
class Changes:
    """What differs between two vocabularies: the words of each term, names that may be misspelt, and why it cannot be told which
    texts are concerned (empty where it can)."""

    terms: list[frozenset[str]]
    names: FuzzyWords
    unsure: str = ""


def words_of(texts: Iterable[str]) -> set[str]:
    """The words of texts, as terms and misspellings are looked for in them."""
    found = set()
    for text in texts:
        for word in WORDS.findall(fold(text)):
            found.add(word)
            if not word.isalpha() or not word.isascii():
                found.update(LETTERS.findall(word))
    return found


def changes(old: Vocabulary, new: Vocabulary) -> Changes:
    """What differs between two vocabularies."""
    terms = {t for t in old.terms.keys() | new.terms.keys() if old.terms.get(t) != new.terms.get(t)}
    names: dict[str, Concept] = {}
    membership: set[str] = set()
    (*before, known_before), (*after, known_after) = spellings(old), spellings(new)
    terms |= known_before ^ known_after  # a word of any term is no misspelling
    for a, b in zip(before, after, strict=True):
        names |= {n: b.get(n) or a[n] for n in a.keys() | b.keys() if a.get(n) != b.get(n)}
        membership |= a.keys() ^ b.keys()
    return Changes([frozenset(WORDS.findall(t)) for t in terms], FuzzyWords(names, ()), _unsure(old, new, membership))


def _unsure(old: Vocabulary, new: Vocabulary, membership: set[str]) -> str:
    """Why it cannot be told; empty where it can."""
    if os.environ.get("THREADRX_MODEL"):
        return "a further tagger is installed, and what it looks up is not known"
    if common := sorted(membership & everyday()):
        return f"{common[0]} is an everyday word, which other words may misspell"
    text = _rules(HERE)
    for id in sorted(old.concepts.keys() | new.concepts.keys()):
        a, b = old.concepts.get(id), new.concepts.get(id)
        if (
            a != b
            and (not a or not b or _identity(a) != _identity(b))
            and re.search(rf"(?<!\w){re.escape(id)}(?![\w-])", text)
        ):
            return f"patterns or cues lead to {id} by other words than its terms"
    return ""


def _identity(c: Concept) -> tuple[object, ...]:
    return c.name, c.label, c.treatment_type, c.facts


def _rules(folder: Path) -> str:
    """All files of the vocabulary that are no entries."""
    return "\n".join(
        p.read_text(encoding="utf-8")
        for p in sorted(folder.rglob("*"))
        if p.suffix in (".csv", ".toml") and p.relative_to(folder).as_posix() not in ENTRIES
    )


def concerned(words: set[str], by: Changes) -> bool:
    """Whether a text with these words may be tagged otherwise. What `pipeline.tag.linking` links is not told from words: see
    `linked_otherwise`."""
    if by.unsure or any(term <= words for term in by.terms):
        return True
    return any(by.names.near(w) for w in words if len(w) >= 5 and w.isalpha())


def linked_otherwise(mentions: Iterable[Mention]) -> bool:
    """Whether a mention that no list holds is linked to another concept by the vocabulary of today than it was."""
    for m in mentions:
        listed = m.concept_id is not None and not m.concept_id.startswith(UNLINKED)
        if m.label not in TREATMENT_LABELS and m.label != "PROBLEM":
            continue
        if listed and not (m.method or "").endswith(LINKED):
            continue
        concept = link(m.text, m.label == "PROBLEM")
        if (concept.id if concept else None) != (m.concept_id if listed else None):
            return True
    return False
