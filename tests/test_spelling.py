"""Misspelt names are found, and what is near to a name and none is left alone: the figures of training/spelling.py, with floors."""

import pytest

from pipeline.tag import tag
from training.spelling import REDMED, missed, misspelt, mistaken, near_words


def found(text: str) -> list[str | None]:
    return [t.concept_name for t in tag([text])[0].tagged if t.method.startswith("fuzzy") and not t.weak]


def test_near_words_are_left_alone() -> None:
    words = near_words()
    assert len(words) == 2000
    assert len(mistaken(words)) <= 0.005 * len(words)


@pytest.mark.skipif(not REDMED.exists(), reason="RedMed's list is not beside this checkout")
def test_misspelt_drugs_are_found() -> None:
    cases = misspelt("blind")
    assert len(cases) == 500
    assert len(missed(cases)) <= 0.09 * len(cases)


@pytest.mark.parametrize(
    ("written", "drug"),
    [
        ("escitalopran", "escitalopram"),  # another letter
        ("metoprlol", "metoprolol"),  # one missing
        ("amitryptylline", "amitriptyline"),  # several, of one sound
        ("mscontin", "morphine"),  # two words run together
        ("xantac", "ranitidine"),  # the first letter, of one sound
        ("caffine", "caffeine"),  # so usual that word lists count it
        ("marijuanna", "cannabis"),  # an everyday word, which is a drug itself
        ("benzodiazpine", "benzodiazepine"),  # a class
    ],
)
def test_ways_of_misspelling(written: str, drug: str) -> None:
    assert found(f"I take {written} daily") == [drug]


@pytest.mark.parametrize("word", ["differece", "grilse", "saclofen", "alclofenac", "sonate", "claverie"])
def test_no_misspelling(word: str) -> None:
    """Misspelt English, an English word, other drugs, a foreign word, a surname."""
    assert found(f"I take {word} daily") == []


def test_a_short_far_guess_needs_a_second_sign() -> None:
    assert found("we met the Donette sisters") == [] and found("I was put on donette 50 mg") != []
