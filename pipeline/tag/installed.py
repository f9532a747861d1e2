"""`threadrx_installed`: an installed spaCy model (scispaCy's `en_ner_bc5cdr_md`, …) as a further tagger.

`THREADRX_MODEL=en_ner_bc5cdr_md threadrx build` is all it takes; the model's version is part of what makes a build stale. Its
entities come last: what the vocabulary found stays, unless an entity is longer.
"""

import os
from collections.abc import Callable

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.records import Label
from pipeline.spans import Tagged
from pipeline.tag.overlaps import TYPES, UNLINKED, add
from pipeline.vocabulary import load_vocabulary
from pipeline.vocabulary.fold import fold

SETTING = "THREADRX_MODEL"
LABELS: dict[str, Label] = {
    "CHEMICAL": "DRUG", "DRUG": "DRUG", "DISEASE": "PROBLEM", "PROBLEM": "PROBLEM", "PROCEDURE": "PROCEDURE",
    "DEVICE": "DEVICE", "THERAPY": "THERAPY", "DRUG_CLASS": "DRUG_CLASS",
}  # fmt: skip
SCORE = 0.6


def setting() -> str | None:
    """The model to add, a package's name or a folder; None where none is set."""
    return os.environ.get(SETTING) or None


@Language.factory("threadrx_installed", assigns=["doc._.threadrx", "doc.spans"], default_config={"model": ""})
def installed(nlp: Language, name: str, model: str) -> Callable[[Doc], Doc]:
    """The component for a model. Raises ValueError, with what to install, where there is no such model."""
    try:
        tagger = spacy.load(model)
    except OSError as error:
        raise ValueError(
            f"{SETTING}={model}: no such spaCy model here; install it into this environment, or unset it"
        ) from error

    def tag(doc: Doc) -> Doc:
        return add(
            doc,
            [
                _tagged(e.start_char, e.text, LABELS[e.label_], model)
                for e in tagger(doc.text).ents
                if e.label_ in LABELS
            ],
        )

    return tag


def _tagged(start: int, text: str, label: Label, model: str) -> Tagged:
    """An entity with the concept of the vocabulary its words name, else unlinked."""
    concept, _ = load_vocabulary().terms.get(fold(text), (None, False))
    out = Tagged(start, start + len(text), text, label, method=f"model:{model}", score=SCORE)
    if concept is not None:
        out.label, out.treatment_type = concept.label, concept.treatment_type
        out.concept_id, out.concept_name = concept.id, concept.name
    elif label != "PROBLEM":
        out.concept_name = fold(text)
        out.concept_id = UNLINKED + out.concept_name
        out.treatment_type = TYPES[label]
    return out
