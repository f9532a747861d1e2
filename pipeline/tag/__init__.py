"""Tagging: spaCy components that find treatments, problems and quantities in the text of a post."""

from pipeline.spans import Tagged


def tag(texts: list[str]) -> list[list[Tagged]]:
    """Tagged stretches of each text, sorted by start; ambiguous words without a second sign are included as `weak`."""
    from pipeline.tag.components import build_nlp

    return [list(doc._.threadrx) for doc in build_nlp().pipe(texts)]
