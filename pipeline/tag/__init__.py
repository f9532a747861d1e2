"""Tagging: spaCy components that find treatments, problems and quantities in the text of a post."""

import dataclasses
from collections.abc import Sequence

from pipeline.encoder import Pass
from pipeline.spans import Tagged


@dataclasses.dataclass(slots=True)
class Found:
    """Tagged stretches of a text, sorted by start; ambiguous words without a second sign are included as `weak`. `seen` is the
    encoder's pass over it, None where it was not read."""

    tagged: list[Tagged]
    seen: Pass | None


def tag(texts: Sequence[str], learned: Sequence[bool] | None = None, title: str = "") -> list[Found]:
    """What is tagged in each text. The encoder reads those for which `learned` is true, with the thread's title before them."""
    import warnings

    from pipeline.tag.components import build_nlp
    from pipeline.tag.learned import PASS, TITLE

    nlp = build_nlp()
    docs = [nlp.make_doc(text) for text in texts]
    for doc, wanted in zip(docs, learned or [False] * len(docs), strict=True):
        if wanted:
            doc.user_data[TITLE] = title
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message=r"\[W036\]"
        )  # scispaCy's matcher is empty where no abbreviation is explained
        return [Found(list(doc._.threadrx), doc.user_data.get(PASS)) for doc in nlp.pipe(docs)]
