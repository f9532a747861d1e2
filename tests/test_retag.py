"""A changed vocabulary: only threads it can concern are tagged again, and no other would have been tagged otherwise."""

import dataclasses
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.records import Mention
from pipeline.run import retag
from pipeline.tag.spelling import everyday
from pipeline.tag.terms import TermMatcher
from pipeline.tag.touched import changes, concerned, linked_otherwise, words_of
from pipeline.vocabulary import HERE, Concept, Vocabulary, load_vocabulary, vocabulary_of
from pipeline.vocabulary.fold import fold
from tests.test_run import run, same_as_from_scratch


def concept(name: str, *terms: str, gated: bool = False, id: str = "TRX:new") -> Concept:
    every = tuple(fold(t) for t in (name, *terms))
    return Concept(id, name, "DRUG", "drug", every, frozenset(every if gated else ()), frozenset(), {"unit": "mg"})


def misspelt(rng: random.Random, word: str) -> str:
    for _ in range(rng.randint(0, 2) if len(word) > 2 else 0):
        at = rng.randrange(len(word))
        word = word[:at] + rng.choice(["", word[at] * 2, rng.choice("aeilrst")]) + word[at + 1 :]
    return word


def test_whatever_a_change_makes_of_a_text_it_is_concerned() -> None:
    rng = random.Random(3)
    every = sorted(load_vocabulary().concepts.values(), key=lambda c: c.id)
    plain = sorted(everyday())
    n_changed = n_spared = 0
    for _ in range(3):
        some = rng.sample(every, 400)
        gone, base = some[:40], some[40:]
        edited = [dataclasses.replace(c, terms=c.terms[:1], gated=frozenset(c.terms[:1]) - c.gated) for c in base[:20]]
        old, new = vocabulary_of(base), vocabulary_of([*edited, *base[20:], *rng.sample(gone, 20)])
        by = dataclasses.replace(changes(old, new), unsure="")  # what is unsure is all concerned: look at the rest
        before, after = TermMatcher(old), TermMatcher(new)
        for c in [*gone, *base[:80]]:
            name = " ".join(misspelt(rng, w) for w in rng.choice(c.terms).split(" "))
            text = f"{rng.choice(plain)} {name}, {rng.choice(plain)}; {rng.choice(every).name}"
            differs = before.find(text) != after.find(text)
            assert concerned(words_of([text]), by) or not differs, text
            n_changed += differs
            n_spared += not concerned(words_of([text]), by)
    assert n_changed > 30 and n_spared > 30  # both happen


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("I take Zorbatine every day", True),
        ("My zorbatines", True),  # a plural
        ("zorbatin helped", True),  # one letter less
        ("the blue moon pill", True),
        ("blue pill, full moon", True),  # its words, in another order: too often is right
        ("the blue pill", False),
        ("no word of it, only baclofen", False),
    ],
)
def test_a_text_is_concerned_by_the_words_of_an_entry(text: str, is_it: bool) -> None:
    old = load_vocabulary()
    new = vocabulary_of([*old.concepts.values(), concept("zorbatine", "blue moon pill")])
    for by in (changes(old, new), changes(new, old)):  # one that comes, one that goes
        assert not by.unsure
        assert concerned(words_of([text]), by) is is_it


def test_where_it_cannot_be_told_everything_is_concerned(monkeypatch: pytest.MonkeyPatch) -> None:
    old = load_vocabulary()
    new = vocabulary_of([*old.concepts.values(), concept("winter", gated=True)])
    assert "winter is an everyday word" in changes(old, new).unsure
    assert concerned(set(), changes(old, new))
    (led,) = re.findall(r"(?m)^concept = \"([A-Z]+:[\w-]+)\"", (HERE / "patterns/daily.toml").read_text())[:1]
    assert f"lead to {led} by other words" in changes(old, renamed(old, led)).unsure
    monkeypatch.setenv("THREADRX_MODEL", "en_some_model")
    assert "further tagger" in changes(old, old).unsure


def test_a_mention_is_concerned_that_is_linked_to_another_concept_now() -> None:
    def seen(text: str, concept: str | None, method: str) -> list[Mention]:
        return [Mention(mention_id="m", post_id="p", field="text", start=0, end=len(text), text=text, label="PROBLEM",
                        concept_id=concept, method=method, score=1.0)]  # fmt: skip

    now = load_vocabulary().terms["insomnia"][0].id
    assert not linked_otherwise(seen("insomnia", now, "model:problem; linked"))
    assert linked_otherwise(seen("insomnia", "HP:gone", "model:problem; linked"))
    assert linked_otherwise(seen("insomnia", None, "model:problem"))
    assert not linked_otherwise(seen("xyzzyq plughw", None, "model:problem"))
    assert not linked_otherwise(seen("insomnia", "HP:gone", "vocabulary:HP:gone"))  # told from its words


def renamed(vocabulary: Vocabulary, id: str) -> Vocabulary:
    return vocabulary_of(
        dataclasses.replace(c, name="renamed") if c.id == id else c for c in vocabulary.concepts.values()
    )


def test_a_new_entry_tags_only_threads_that_could_contain_it_again(
    archive: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, out = archive(7), tmp_path / "out"
    whole = load_vocabulary()
    (gabapentin,) = {c.id for t, (c, _) in whole.terms.items() if t == "gabapentin"}
    less = vocabulary_of(c for c in whole.concepts.values() if c.id != gabapentin)
    monkeypatch.setattr(retag, "load_vocabulary", lambda: less)
    assert run(raw, out).computed["extract"] == 7
    monkeypatch.setattr(retag, "load_vocabulary", lambda: whole)
    (out / "threads.parquet").unlink()  # a change that the build sees at once
    report = run(raw, out)
    assert report.computed == {"parse": 0, "enter": 0, "extract": 3}  # threads 1, 4 and 7
    assert report.note == "the vocabulary changed: 3 of 7 threads could contain what did, and are tagged again"
    same_as_from_scratch(raw, out, tmp_path)
    (out / "threads.parquet").unlink()
    assert run(raw, out).computed["extract"] == 0
    (out / ".cache" / retag.FILE).write_bytes(b"damaged")
    monkeypatch.setattr(retag, "load_vocabulary", lambda: less)
    (out / "threads.parquet").unlink()
    assert run(raw, out).computed["extract"] == 7
