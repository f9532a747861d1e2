"""Tagging: spaCy components that find treatments, problems and quantities in the text of a post."""

from pipeline.spans import Tagged


def tag(texts: list[str]) -> list[list[Tagged]]:
    """Tagged stretches of each text, sorted by start; ambiguous words without a second sign are included as `weak`."""
    import warnings

    from pipeline.tag.components import build_nlp

    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message=r"\[W036\]"
        )  # scispaCy's matcher is empty where no abbreviation is explained
        return [list(doc._.threadrx) for doc in build_nlp().pipe(texts)]
