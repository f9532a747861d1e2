"""The encoder: its word pieces map back to the text, a pass is the same each time, answers are probabilities."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cli.application import Profile
from pipeline.encoder import Encoder, encoder, windows
from pipeline.encoder.labels import OUTCOMES, PERSONS, RELATIONS, STATUSES
from pipeline.encoder.pieces import Pieces, plain
from pipeline.run.work import PROFILES

TEXT = "I take baclofen 20mg and it makes me dizzy all day. My mum was on Lyrica for years."
PIECES = Pieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##able", "##ab", "##l", "##e", "a", "##a", "."])


def test_pieces_are_the_longest_first() -> None:
    assert PIECES.encode("Unable.") == ([4, 5, 11], [(0, 2), (2, 6), (6, 7)])
    assert PIECES.encode("unabl") == ([4, 6, 7], [(0, 2), (2, 4), (4, 5)])
    assert PIECES.encode("unx a") == ([1, 9], [(0, 3), (4, 5)])  # letters without a piece: one unknown word
    assert plain("Café") == "cafe"
    assert PIECES.encode("") == ([], [])


@settings(deadline=None)  # the first example loads the weights
@given(st.text(max_size=200))
def test_pieces_stand_in_order_and_cover_what_is_no_space(text: str) -> None:
    ids, spans = encoder()._pieces.encode(text)
    assert len(ids) == len(spans)
    assert all(0 <= a < b <= len(text) for a, b in spans)
    assert spans == sorted(spans)
    covered = {i for a, b in spans for i in range(a, b)}
    assert covered >= {i for i, c in enumerate(text) if not c.isspace()}


def test_windows_cover_a_text_and_end_where_sentences_do() -> None:
    text = "One two three. " * 40
    offsets = encoder()._pieces.encode(text)[1]
    cut = windows(offsets, text, 30)
    assert [a for a, _ in cut] == [0, *(b for _, b in cut[:-1])] and cut[-1][1] == len(offsets)
    assert all(b - a <= 30 for a, b in cut)
    assert all(text[: offsets[b - 1][1]].endswith(".") for _, b in cut)
    assert windows(offsets[:10], text, 30) == [(0, 10)]
    assert windows([(0, 1)] * 70, "x" * 70, 30)[-1][1] == 70  # no end of a sentence to cut at


def test_a_pass_is_the_same_each_time_and_does_not_depend_on_others() -> None:
    first = encoder().read("spasms", TEXT)
    encoder().read("", "Something else altogether. " * 30)
    again = Encoder().read("spasms", TEXT)
    at = TEXT.index("baclofen")
    assert all(
        np.array_equal(first.decide(at, at + 8)[k], again.decide(at, at + 8)[k]) for k in first.decide(at, at + 8)
    )
    assert first.tagged == again.tagged


def test_answers_are_probabilities() -> None:
    seen = encoder().read("spasms", TEXT)
    drug, dizzy = TEXT.index("baclofen"), TEXT.index("dizzy")
    said = seen.decide(drug, drug + 8)
    for name, classes in (("person", PERSONS), ("status", STATUSES), ("outcome", OUTCOMES)):
        assert said[name].shape == (len(classes),) and said[name].sum() == pytest.approx(1, abs=1e-4)
    assert ((said["events"] >= 0) & (said["events"] <= 1)).all()
    mum = TEXT.index("mum")
    related = seen.relate((drug, drug + 8), [(dizzy, dizzy + 5), (mum, mum + 3)])
    assert related.shape == (2, len(RELATIONS)) and related.sum(1) == pytest.approx([1, 1], abs=1e-4)
    assert np.allclose(related[:1], seen.relate((drug, drug + 8), [(dizzy, dizzy + 5)]), atol=1e-5)
    assert 0 <= seen.off(drug, drug + 8) <= 1


def test_what_was_not_read_together_is_not_related() -> None:
    text = "I take baclofen. " + "It rained again and nobody came to the allotment. " * 60 + "My knees are swollen."
    seen = encoder().read("", text)
    knees = text.index("knees are swollen")
    assert seen.window(7, 15) == 0 and (seen.window(knees, knees + 17) or 0) > 0
    assert seen.window(len(text) + 5, len(text) + 9) is None and seen.decide(len(text) + 5, len(text) + 9) == {}


def test_mentions_are_whole_words_in_order() -> None:
    found = encoder().read("", TEXT).tagged
    said = [(TEXT[s.start : s.end], s.label) for s in found]
    assert ("baclofen", "DRUG") in said and ("Lyrica", "DRUG") in said
    assert any("dizzy" in words and label == "PROBLEM" for words, label in said)
    for s in found:
        assert not (TEXT[s.start - 1 : s.start].isalnum() and TEXT[s.start].isalnum())
        assert not (TEXT[s.end - 1].isalnum() and TEXT[s.end : s.end + 1].isalnum())
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_the_command_line_names_every_profile() -> None:
    assert [p.value for p in Profile] == list(PROFILES)
