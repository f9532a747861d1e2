"""spaCy component `threadrx_linker`: which concept of the vocabulary a mention names whose words no list holds.

scispaCy's knowledge base and candidate generator over our own index: the terms as TF-IDF of their character trigrams, neighbours
by exact sparse cosine (scispaCy's `create_tfidf_ann_index` is made for UMLS and refuses on Python 3.11). Only mentions without
a concept are looked up (`unlinked:…`, problems without an id), so a text of listed words costs nothing; the index is built when
first asked for. `training/linking.py` says what the thresholds rest on.
"""

import functools
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc
from wordfreq import zipf_frequency

from pipeline.spans import Tagged
from pipeline.tag.overlaps import UNLINKED
from pipeline.vocabulary import Concept, load_vocabulary
from pipeline.vocabulary.fold import LEAD, fold

if TYPE_CHECKING:
    from scispacy.candidate_generation import CandidateGenerator

LINKED = "linked"  # how the method of a mention linked here ends
NEIGHBOURS = 30  # terms asked for; several name one concept
NEAR = 0.75  # cosine from which a term is near enough …
APART = 0.1  # … and how much nearer than any term of another concept it has to be
EVERYDAY = 5.5  # zipf frequency from which a word tells nothing: `all four`, `it out`


class Index:
    """Exact neighbours of trigram vectors, with the one method scispaCy asks of an index."""

    def __init__(self, vectors: Any):
        self.terms = vectors.T.tocsr()

    def knnQueryBatch(self, queries: Any, k: int) -> list[tuple[Any, Any]]:
        """For each row of `queries` the places of its k nearest terms and their cosine distances, ties by place.

        Terms under half of the best one's cosine are left out, so that there is little to sort.
        """
        near = (queries @ self.terms).tocsr()
        out = []
        for first, last in itertools.pairwise(near.indptr):
            places, cosines = near.indices[first:last], near.data[first:last].round(4)
            kept = np.flatnonzero(cosines >= cosines.max(initial=0) / 2)
            kept = kept[np.lexsort((places[kept], -cosines[kept]))][:k]
            out.append((places[kept], 1 - cosines[kept]))
        return out


@functools.cache
def generator(problems: bool) -> "CandidateGenerator":
    """scispaCy's candidates over the terms of problems, or over those of treatments."""
    from scispacy.candidate_generation import CandidateGenerator
    from scispacy.linking_utils import Entity, KnowledgeBase
    from sklearn.feature_extraction.text import TfidfVectorizer

    concepts = [c for _, c in sorted(load_vocabulary().concepts.items()) if (c.label == "PROBLEM") == problems]
    base = KnowledgeBase([Entity(c.id, c.name, list(c.terms), [c.label]) for c in concepts])
    terms = sorted(base.alias_to_cuis)
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
    return CandidateGenerator(Index(vectorizer.fit_transform(terms)), vectorizer, terms, base)


@functools.lru_cache(maxsize=100_000)
def ranked(words: str, problems: bool) -> list[tuple[float, str]]:
    """(cosine, id) of the concepts nearest to folded words, the nearest first."""
    near = generator(problems)([words], NEIGHBOURS)[0]
    return sorted(((max(c.similarities), c.concept_id) for c in near), key=lambda x: (-x[0], x[1]))


def link(words: str, problems: bool) -> Concept | None:
    """The concept that words name: exactly, or the one whose terms are near while those of all others are not."""
    folded = LEAD.sub("", fold(words)).strip()
    held = load_vocabulary().terms.get(folded)
    if held is not None and (held[0].label == "PROBLEM") == problems:
        return held[0]
    if len(folded) < 4 or all(zipf_frequency(w, "en") >= EVERYDAY for w in folded.split()):
        return None
    best = ranked(folded, problems)
    if not best or best[0][0] < NEAR or (len(best) > 1 and best[0][0] - best[1][0] < APART):
        return None
    return load_vocabulary().concepts[best[0][1]]


def _linked(t: Tagged) -> None:
    concept = link(t.text, t.label == "PROBLEM")
    if concept is not None:
        t.label, t.treatment_type = concept.label, concept.treatment_type
        t.concept_id, t.concept_name = concept.id, concept.name
        t.method = f"{t.method}; {LINKED}"


@Language.component("threadrx_linker", requires=["doc._.threadrx"], assigns=["doc._.threadrx"])
def linker(doc: Doc) -> Doc:
    """Give mentions without a concept the one their words are near to; what is near to none, or to several, stays as it is."""
    for t in doc._.threadrx:
        if t.quantity is None and (t.concept_id or UNLINKED).startswith(UNLINKED):
            _linked(t)
    return doc
