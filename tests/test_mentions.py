"""The mentions of a post, and how they are scored against marked posts."""

import pytest

from training.evaluate import extract
from training.mentions import SOURCES, Marked, score, source


def mentions(text: str) -> list[tuple[str, str]]:
    (row,) = extract([{"id": "t", "title": None, "posts": [{"text": text}]}], "fast")
    return [(m["text"], m["label"]) for m in row["mentions"]]


def test_a_bare_number_beside_its_drug_is_a_dose_mention() -> None:
    assert mentions("I take gabapentin 300 at night.") == [
        ("gabapentin", "DRUG"),
        ("300", "DOSE"),
        ("at night", "FREQUENCY"),
    ]
    assert ("300", "DOSE") not in mentions("I take gabapentin. The bus number is 300.")


def test_marks_are_met_exactly_by_overlap_or_not_at_all() -> None:
    text = "Gabapentin 300 mg helped my awful headaches, not my tinnitus."
    at = text.index
    marks = [
        (0, 10, "DRUG"),
        (11, 17, "DOSE"),
        (at("awful"), at(","), "PROBLEM"),
        (at("not my"), at("not my") + 3, "PROBLEM"),
    ]
    tables, sources, errors = score([Marked(text, marks)], "fast")
    assert (tables["DRUG"].exact, tables["DRUG"].met, tables["DRUG"].found) == (1, 1, 1)
    problem = tables["PROBLEM"]
    assert (problem.marks, problem.exact, problem.met, problem.found, problem.right) == (2, 0, 1, 2, 1)
    assert problem.figures(whole=True)[3:5] == [0.5, 0.5] and problem.figures(whole=False)[3] is None
    assert sources["DOSE", "grammar"].exact == 1
    assert [e.split(":")[0] for e in errors["PROBLEM"]] == ["missed 'not'", "wrong 'tinnitus' (vocabulary"]


def test_words_that_stand_for_a_treatment_are_no_false_drug() -> None:
    text = "My mum had Humira. It helped."
    tables, _, _ = score([Marked(text, [(11, 17, "DRUG"), (19, 21, "REF")])], "fast")
    assert (tables["DRUG"].found, tables["DRUG"].right) == (1, 1)


@pytest.mark.parametrize(
    ("method", "place"),
    [("vocabulary:DB1", "vocabulary"), ("vocabulary:TRX:1; model:problem", "model"), ("quantities:dose", "grammar"),
     ("pattern:cant-verb", "patterns"), (None, "vocabulary")],
)  # fmt: skip
def test_each_mention_has_one_source(method: str | None, place: str) -> None:
    assert source(method) == place and place in SOURCES
