"""The spaCy components work by themselves in anybody's pipeline, with exact offsets."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.run import fingerprints
from pipeline.spans import Tagged
from pipeline.tag import tag
from pipeline.tag.components import build_nlp, terms
from pipeline.tag.linking import linker
from pipeline.vocabulary import load_vocabulary


def found(text: str, *pipes: str) -> list[tuple[str, str, str | None]]:
    nlp = spacy.blank("en")
    for pipe in pipes:
        nlp.add_pipe(pipe)
    doc = nlp(text)
    assert all(doc.text[t.start : t.end] == t.text for t in doc._.threadrx)
    return [(t.text, t.label, t.concept_name) for t in doc._.threadrx if not t.weak]


def test_terms_alone() -> None:
    assert found("I take Lexapro daily", "threadrx_terms") == [("Lexapro", "DRUG", "escitalopram")]


def test_quantities_alone() -> None:
    assert ("20 mg", "DOSE", None) in found("I take 20 mg twice a day", "threadrx_quantities")


def test_patterns_alone() -> None:
    assert found("My hands went numb", "threadrx_patterns")[0][1] == "PROBLEM"


def test_an_explained_abbreviation_carries_the_long_form() -> None:
    pipes = ("threadrx_terms", "abbreviation_detector", "threadrx_abbreviations")
    hits = found("I have hidradenitis suppurativa (HDS). My HDS is bad.", *pipes)
    assert [h[0] for h in hits].count("HDS") == 2 and len({h[2] for h in hits}) == 1


def test_the_longer_of_two_overlapping_stretches_stays() -> None:
    spans = tag(["They want to put a baclofen pump in me"])[0].tagged
    assert [(t.text, t.label) for t in spans if not t.weak and t.label != "PROBLEM"][:1] == [
        ("baclofen pump", "DEVICE")
    ]


@pytest.mark.parametrize(
    ("text", "word", "counts"),
    [
        ("I take iron 65mg at night", "iron", True), ("I used to pump iron at the gym", "iron", False),
        ("I started taking soma 350mg", "soma", True), ("My cousin Soma called today", "soma", False),
        ("Off to see little Lyrica get christened", "lyrica", False), ("Lyrica makes me dizzy", "lyrica", True),
        ("Hi Ginger, welcome aboard", "ginger", False), ("I take ginger capsules for the sickness", "ginger", True),
    ],
)  # fmt: skip
def test_an_ambiguous_word_needs_a_second_sign(text: str, word: str, counts: bool) -> None:
    strong = [t.text.lower() for t in tag([text])[0].tagged if not t.weak and t.label == "DRUG"]
    assert any(word in s for s in strong) == counts


def test_a_real_word_or_another_drug_is_never_a_misspelling() -> None:
    spans = tag(["The grilse ran up the river and we met Saclofen's maker"])[0].tagged
    assert not [t for t in spans if t.method.startswith("fuzzy")]


def test_a_misspelt_drug_is_found() -> None:
    assert ("gabapentin", "fuzzy") in [
        (t.concept_name, t.method.split(":")[0]) for t in tag(["he takes gabapentinn nightly"])[0].tagged
    ]


@Language.component("says_what_it_is_told")
def says(doc: Doc) -> Doc:
    """Mentions as a tagger without a vocabulary leaves them; the text is `label: words`."""
    label, _, words = doc.text.partition(": ")
    named = None if label == "PROBLEM" else f"unlinked:{words}"
    doc._.threadrx.append(Tagged(len(label) + 2, len(doc.text), words, label, named, None, method="model:test"))  # type: ignore[arg-type]
    return doc


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("PROCEDURE: the scope on my knee", "knee arthroscopy"), ("PROCEDURE: took the whole thyroid out", "thyroidectomy"),
        ("DRUG: nebulized albuterol", "albuterol"), ("DEVICE: orange spacer with the mask", "spacer"),
        ("PROBLEM: gone off his food", "anorexia"), ("PROBLEM: skin coming off in sheets", "skin peeling"),
        ("DRUG: zorbitane", None), ("PROBLEM: quillon blight", None), ("PROCEDURE: all four", None), ("DRUG: pills", None),
        ("PROCEDURE: replaced", None),
    ],
)  # fmt: skip
def test_a_mention_of_no_listed_words_is_linked_where_one_concept_is_near(text: str, concept: str | None) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("says_what_it_is_told")
    nlp.add_pipe("threadrx_linker")
    (found,) = nlp(text)._.threadrx
    assert found.concept_name == concept
    assert found.method.endswith("; linked") == (concept is not None)
    known = load_vocabulary().concepts.get(found.concept_id or "")
    assert known is None or (known.label, known.treatment_type) == (found.label, found.treatment_type)


def test_what_a_list_holds_is_not_linked_anew() -> None:
    doc = spacy.blank("en")("Lexapro")
    terms(doc)
    before = [dataclasses.replace(t) for t in doc._.threadrx]
    assert linker(doc)._.threadrx == before


@pytest.fixture
def stand_in(tmp_path: Path) -> str:
    """A model on disk that knows a chemical and a disease no vocabulary has."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(  # type: ignore[attr-defined]
        [
            {"label": "CHEMICAL", "pattern": "zorbitane"},
            {"label": "DISEASE", "pattern": "quillon blight"},
            {"label": "CHEMICAL", "pattern": "Lexapro"},
            {"label": "GENE", "pattern": "brca1"},
        ]
    )
    nlp.to_disk(tmp_path / "model")
    return str(tmp_path / "model")


def test_one_setting_adds_an_installed_model(stand_in: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "zorbitane and Lexapro for quillon blight, brca1"
    plain = [t.text for t in build_nlp()(text)._.threadrx]
    monkeypatch.setenv("THREADRX_MODEL", stand_in)
    before = fingerprints.installed_model()
    found = build_nlp.__wrapped__()(text)._.threadrx
    assert "zorbitane" not in plain
    assert [(t.text, t.label, t.concept_id) for t in found] == [
        ("zorbitane", "DRUG", "unlinked:zorbitane"),
        ("Lexapro", "DRUG", "DB01175"),
        ("quillon blight", "PROBLEM", None),
    ]
    assert [t.method.split(":")[0] for t in found] == ["model", "vocabulary", "model"]
    assert before and monkeypatch.delenv("THREADRX_MODEL") is None and fingerprints.installed_model() == ""


def test_a_model_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADRX_MODEL", "en_ner_nowhere_md")
    with pytest.raises(ValueError, match=r"en_ner_nowhere_md.*install it"):
        build_nlp.__wrapped__()


def test_the_documented_example_runs() -> None:
    """The lines of CONTRIBUTING.md, run as they stand, print what they say."""
    text = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text()
    code = text.split("```python\n")[1].split("```")[0]
    said: dict[str, Any] = {}
    exec(compile(code, "CONTRIBUTING.md", "exec"), said)
    assert repr(said["found"]) == code.rsplit("# ", 1)[1].strip()
