"""spaCy component `threadrx_learned`: what the encoder tags beside the vocabulary.

The vocabulary says what a name is; the encoder, which reads the whole post, says where it is one. It adds mentions no list holds
(`unlinked:…`, which `threadrx_linker` links where it can), makes a gated word count, and takes back a listed word that
is none here. The pass over the text is kept in `doc.user_data["threadrx_pass"]` for the experience stage.
"""

import bisect
import dataclasses

from spacy.language import Language
from spacy.tokens import Doc
from wordfreq import zipf_frequency

from pipeline.encoder import Pass, Stretch, encoder, trust
from pipeline.spans import TREATMENT_LABELS, Tagged
from pipeline.tag.overlaps import TYPES, UNLINKED, add, text_of
from pipeline.vocabulary import load_vocabulary
from pipeline.vocabulary.fold import LEAD, fold

TITLE = "threadrx_title"
PASS = "threadrx_pass"
KINDS = {"SUPPLEMENT": "DRUG"}
# what stands for a treatment is read later; classes it finds no list holds are mostly none
PASSED_OVER = ("REF", "DRUG_CLASS")
EVERYDAY = 6.0  # zipf frequency from which a word by itself names nothing


def _empty(words: str) -> bool:
    """Words that say nothing by themselves (`are`, `of it`)."""
    return all(zipf_frequency(w, "en") >= EVERYDAY for w in fold(words).split())


@Language.component("threadrx_learned", assigns=["doc._.threadrx", "doc.spans"])
def learned(doc: Doc) -> Doc:
    """Read the text with the encoder and settle what is tagged. Texts whose `user_data` has no title key are left alone."""
    text = text_of(doc)
    if TITLE not in doc.user_data or not text.strip():
        return doc
    seen = encoder().read(doc.user_data[TITLE], text)
    doc.user_data[PASS] = seen
    found = [s for s in seen.tagged if s.label not in PASSED_OVER and not _empty(text[s.start : s.end])]
    held: list[Tagged] = doc._.threadrx
    held[:] = [t for t in held if t.quantity is not None or _stays(t, seen)]
    new = []
    for s in found:
        last = bisect.bisect_left(held, s.end, key=lambda t: t.start)
        first = last
        while first > 0 and held[first - 1].end > s.start:
            first -= 1
        made = _made(s, [t for t in held[first:last] if t.quantity is None], text)
        if made is not None:
            held[first:last] = [t for t in held[first:last] if t.quantity is not None]
            new.append(made)
    return add(doc, new)


def _stays(t: Tagged, seen: Pass) -> bool:
    """A listed word stays unless the encoder is sure that it is no mention; a gated word it tags counts."""
    limit = trust().off_problem if t.label == "PROBLEM" else trust().off_treatment
    if t.weak or seen.off(t.start, t.end) < limit:
        return True
    if t.label in TREATMENT_LABELS:
        t.weak = True
        return True
    return False


def _made(s: Stretch, over: list[Tagged], text: str) -> Tagged | None:
    """The mention a stretch becomes beside those it overlaps; None where they stay as they are."""
    label = KINDS.get(s.label, s.label)
    words = text[s.start : s.end]
    same = [t for t in over if (t.label == "PROBLEM") == (label == "PROBLEM")]
    strong = [t for t in same if not t.weak]
    if label == "PROBLEM":
        if any(t.label != "PROBLEM" and not t.weak for t in over) or s.score < trust().tag_problem:
            return None
        if strong and not trust().trim_problems:
            return None
        concept = max(strong, key=lambda t: t.end - t.start, default=None)
        if concept is not None:
            method = f"{concept.method}; model:problem"
            return dataclasses.replace(concept, start=s.start, end=s.end, text=words, method=method)
        return Tagged(s.start, s.end, words, "PROBLEM", method="model:problem", score=round(s.score, 3))
    if strong:
        return None
    if any(t.label == "PROBLEM" for t in over) and s.score < trust().over_problem:
        return None
    weak = [t for t in same if t.weak]
    if weak and s.score >= trust().tag_treatment:
        return dataclasses.replace(max(weak, key=lambda t: t.end - t.start), weak=False)
    if s.score < trust().tag_treatment:
        return None
    name = LEAD.sub("", fold(words))
    listed = load_vocabulary().terms.get(name)
    if listed is not None and listed[0].label == "PROBLEM":
        return None
    return Tagged(
        s.start, s.end, words, label, UNLINKED + name, name,  # type: ignore[arg-type]
        "supplement" if s.label == "SUPPLEMENT" else TYPES[label], method=f"model:{label.lower()}", score=round(s.score, 3),
    )  # fmt: skip
