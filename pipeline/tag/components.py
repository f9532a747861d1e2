"""spaCy components: `threadrx_terms`, `threadrx_patterns`, `threadrx_learned`, `threadrx_linker`, `threadrx_abbreviations`,
`threadrx_quantities`, `threadrx_installed`.

Each adds what it finds to `doc._.threadrx` (a list of `pipeline.spans.Tagged`, exact offsets into `doc.text`) and, for
tools that read spaCy spans, to `doc.spans["threadrx"]` (widened to whole tokens). They need nothing of each other and work
in anybody's pipeline::

    import spacy, pipeline.tag.components
    nlp = spacy.blank("en")
    nlp.add_pipe("threadrx_terms")
    nlp.add_pipe("threadrx_quantities")
    [(t.text, t.label, t.concept_name) for t in nlp("I take 20 mg of Lexapro")._.threadrx]
"""

import functools
import re

import spacy
from scispacy.abbreviation import AbbreviationDetector
from spacy.language import Language
from spacy.tokens import Doc

import pipeline.tag.learned
import pipeline.tag.linking  # noqa: F401  (registers `threadrx_linker`)
from pipeline.spans import Tagged
from pipeline.tag.gates import gate, gate_lists, gate_reasons
from pipeline.tag.installed import setting
from pipeline.tag.overlaps import TYPES, UNLINKED, add, text_of
from pipeline.tag.patterns import find_patterns
from pipeline.tag.quantities import find_quantities
from pipeline.tag.terms import default_matcher
from pipeline.vocabulary import load_vocabulary
from pipeline.vocabulary.fold import fold

LEAD = re.compile(r"(?:(?:the|a|an|my|his|her|their|so|very|really|quite|a bit|extremely) +)+(?=\w)(?!bit\b)")


def shortest(t: Tagged, folded: str) -> Tagged:
    """A problem without what only leads up to it: `the runs` → `runs`, `really dizzy` → `dizzy`."""
    lead = LEAD.match(folded, t.start, t.end)
    if t.label == "PROBLEM" and lead and lead.end() < t.end:
        t.start = lead.end()
        t.text = t.text[-(t.end - t.start) :]
    return t


@Language.component("threadrx_terms", assigns=["doc._.threadrx", "doc.spans"])
def terms(doc: Doc) -> Doc:
    """Vocabulary terms, and misspelt drug names; words that need a second sign and lack it come out `weak`."""
    folded = fold(text_of(doc))
    found = (gate(t, folded) for t in default_matcher().find(text_of(doc)))
    held = [shortest(t, folded) for t in found if t is not None]
    return add(doc, gate_lists(gate_reasons(held, folded), folded))


@Language.component("threadrx_patterns", assigns=["doc._.threadrx", "doc.spans"])
def patterns(doc: Doc) -> Doc:
    """Phrases no list holds (`hands went numb`, `gallbladder out`), by the patterns of the vocabulary.

    A treatment phrase that names no concept of the vocabulary goes by its own words (`unlinked:…`).
    """
    folded = fold(text_of(doc))
    found = [t for t in find_patterns(text_of(doc)) if t.label != "PROBLEM" or gate(t, folded) is not None]
    for t in found:
        concept = load_vocabulary().concepts.get(t.concept_id or "")
        if concept is not None:
            t.concept_name = concept.name
        elif t.label in TYPES:
            t.concept_name = fold(t.text)
            t.concept_id = UNLINKED + t.concept_name
        t.treatment_type = concept.treatment_type if concept is not None else TYPES.get(t.label)
        shortest(t, folded)
    return add(doc, found)


@Language.factory("threadrx_explained", assigns=["doc._.abbreviations"])
class Explained(AbbreviationDetector):
    """scispaCy's detector of abbreviations a text explains, where there is a bracket to explain one in."""

    def __call__(self, doc: Doc) -> Doc:
        return super().__call__(doc) if "(" in text_of(doc) else doc


@Language.component("threadrx_abbreviations", requires=["doc._.abbreviations"], assigns=["doc._.threadrx", "doc.spans"])
def abbreviations(doc: Doc) -> Doc:
    """Short forms the text explains (`hidradenitis suppurativa (HS)`) carry the long form's concept wherever they stand."""
    held = {(t.start, t.end): t for t in doc._.threadrx}
    found = []
    for short in sorted(doc._.abbreviations, key=lambda a: a.start_char):
        if short.text.islower():  # "raised beds (i.e., beds with frames)" explains no abbreviation
            continue
        long = short._.long_form
        full = next((t for (a, b), t in held.items() if long.start_char <= a and b <= long.end_char), None)
        if full is not None and full.concept_id is not None:
            found.append(
                Tagged(
                    short.start_char,
                    short.end_char,
                    short.text,
                    full.label,
                    full.concept_id,
                    full.concept_name,
                    full.treatment_type,
                    method=f"abbreviation:{full.concept_id}",
                    score=0.9,
                )
            )
    return add(doc, found)


@Language.component("threadrx_quantities", assigns=["doc._.threadrx", "doc.spans"])
def quantities(doc: Doc) -> Doc:
    """Doses, frequencies, routes, forms and durations."""
    return add(doc, find_quantities(text_of(doc)))


@functools.cache
def build_nlp() -> Language:
    """The project's pipeline: the components and scispaCy's abbreviations, and an installed model where one is set."""
    nlp = spacy.blank("en")
    nlp.max_length = 100_000_000
    nlp.add_pipe("threadrx_terms")
    nlp.add_pipe("threadrx_patterns")
    nlp.add_pipe("threadrx_learned")
    nlp.add_pipe("threadrx_linker")
    nlp.add_pipe("threadrx_explained", config={"make_serializable": False})
    nlp.add_pipe("threadrx_abbreviations")
    nlp.add_pipe("threadrx_quantities")
    if model := setting():
        nlp.add_pipe("threadrx_installed", config={"model": model})
    return nlp
