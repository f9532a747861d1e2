"""Every hand-written entry of the vocabulary fires: put into a sentence, each of its words is found and names its concept."""

import random

import pytest

from pipeline.spans import Tagged
from pipeline.tag.gates import gate
from pipeline.tag.terms import default_matcher
from pipeline.vocabulary import HERE, KINDS, Concept, load_vocabulary, read_rows, split
from pipeline.vocabulary.fold import fold

BULK = {"drugs", "problems"}  # long lists taken over from open ones: what is curated in them is looked at by sample
SAMPLE = 400
# sentences of talk in which a word that needs a second sign has one; the first that a word is found in will do
SIGNED = [
    "{}", "I started taking {} 50 mg tablets for my pain.", "I was prescribed {} and {} helped.", "My surgeon did {} surgery.",
    "I had {} last year.", "I wear {} all day.", "I tried {} twice a week and {} helped my pain.", "My doctor recommended {}.",
    "I am still on {}.", "I have {} every day.", "I've got {} in my knee.", "I suffer from {} since the tablets.", "I feel {}.",
    "The {} got worse.", "We went to {} sessions.", "I had my {} removed.",
    "The midwife did an {} and I was dilated at last.", "The pump feeds him by {} into the stomach.", "My stoma was {} in May.",
]  # fmt: skip


def terms(kind: str) -> list[tuple[str, Concept]]:
    """(term as written, concept) of a file; of a bulk list a sample."""
    concepts = load_vocabulary().concepts
    written = [
        (word, concepts[row["id"]])
        for row in read_rows(HERE / f"{kind}.csv")
        for word in [row["name"], *split(row["synonyms"]), *split(row["lay"])]
    ]
    return random.Random(4).sample(written, SAMPLE) if kind in BULK else written


def named(sentence: str, word: str) -> set[str | None]:
    """Ids of what is surely found on a word of a sentence."""
    text = sentence.replace("{}", word)
    start = text.index(word)
    found: list[Tagged | None] = [gate(t, fold(text)) for t in default_matcher().find(text)]
    return {t.concept_id for t in found if t and not t.weak and t.start < start + len(word) and start < t.end}


def examples() -> dict[str, list[str]]:
    """Folded word → the examples of its senses, which name its subject."""
    out: dict[str, list[str]] = {}
    for row in read_rows(HERE / "cues" / "senses.csv"):
        for word in split(row["words"]):
            out.setdefault(fold(word), []).append(row["example"])
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_every_entry_fires(kind: str) -> None:
    silent, subjects = [], examples()
    for word, concept in terms(kind):
        written = word.upper() if fold(word) in concept.capitals else word
        told = [e.replace(written, "{}") for e in subjects.get(fold(word), ()) if written in e]
        if not any(concept.id in named(s, written) for s in [*SIGNED, *told]):
            silent.append(f"{concept.name}: {word}")
    print(*silent, sep="\n")
    assert silent == []
