"""What a doc holds of tagged stretches, and how new ones are put beside them."""

import bisect
from collections.abc import Iterable

from spacy.tokens import Doc

from pipeline.records import TreatmentType
from pipeline.spans import Tagged

UNLINKED = "unlinked:"  # the id of a treatment that no concept of the vocabulary is known for: this and its own words
TYPES: dict[str, TreatmentType] = {
    "DRUG": "drug",
    "DRUG_CLASS": "drug_class",
    "PROCEDURE": "procedure",
    "DEVICE": "device",
    "THERAPY": "therapy",
}

if not Doc.has_extension("threadrx"):
    Doc.set_extension("threadrx", getter=lambda doc: doc.user_data.setdefault("threadrx", []))


def text_of(doc: Doc) -> str:
    """A doc's text, put together once: spaCy does it anew from the tokens each time it is asked."""
    if "threadrx_text" not in doc.user_data:
        doc.user_data["threadrx_text"] = doc.text
    text: str = doc.user_data["threadrx_text"]
    return text


def add(doc: Doc, found: Iterable[Tagged]) -> Doc:
    """Put `found` beside what the doc holds: the longer of two overlapping stretches stays, what was there first on a tie."""
    held: list[Tagged] = doc._.threadrx
    for new in found:
        last = bisect.bisect_left(held, new.end, key=lambda t: t.start)
        first = last
        while first > 0 and held[first - 1].end > new.start:
            first -= 1
        over = held[first:last]
        if any(_rank(h) >= _rank(new) for h in over):
            continue
        for h in over:
            if new.concept_id is None and h.label == new.label:
                new.concept_id, new.concept_name = h.concept_id, h.concept_name  # a longer phrase keeps the one inside
        held[first:last] = [new]
    spans = [doc.char_span(t.start, t.end, label=t.label, alignment_mode="expand") for t in held if not t.weak]
    doc.spans["threadrx"] = [s for s in spans if s is not None]
    return doc


def _rank(t: Tagged) -> tuple[bool, bool, int]:
    return (not t.weak, t.quantity is None, t.end - t.start)
