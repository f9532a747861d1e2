"""First names: somebody a post calls by name, with or without a kinship word (`Theo had levamisole`, `my son Theo`).

Posters' own names are masked before a post is read, so a name left is most often the child, partner or parent told of.
"""

import csv
import functools

from pipeline.experience.lists import phrase, words
from pipeline.experience.view import DATA, Sentence, Token


@functools.cache
def given_names() -> dict[str, str]:
    """First names with the sex they tell, if any (vocabulary/cues/names.csv)."""
    with (DATA / "cues" / "names.csv").open(encoding="utf-8", newline="") as f:
        return {row["name"]: row["sex"] for row in csv.DictReader(f)}


def name_at(tokens: list[Token], i: int) -> str | None:
    """The first name that token i is, without its possessive."""
    if not 0 <= i < len(tokens) or tokens[i].tagged is not None or not tokens[i].capital:
        return None
    bare = tokens[i].norm.removesuffix("'s")
    return bare if bare in given_names() else None


def told_of(sentence: Sentence, i: int) -> str | None:
    """The first name at token i where it is spoken of, not to: it owns something, acts, or is given something."""
    tokens = sentence.tokens
    name = name_at(tokens, i)
    if name is None:
        return None
    before, after = (tokens[k].norm if 0 <= k < len(tokens) else "" for k in (i - 1, i + 1))
    if before in words("greeting") or before == "@":
        return None
    if tokens[i].norm.endswith("'s"):
        return name
    acts = bool(phrase("name_acts").match(" ".join(t.norm for t in tokens[i + 1 : i + 4])))
    parent = before in ("to", "of") and i > 1 and tokens[i - 2].norm in words("parents")
    given = bool(phrase("gives").fullmatch(before)) and after in words("after_given")
    ours = before in words("calling")  # `our Grace`, `wee Sam`
    return name if (acts and not (sentence.question and i == 0)) or given or parent or ours else None


def addressed(sentence: Sentence) -> bool:
    """True where a sentence speaks to one reader: `you`, a name (masked or not) at its head, an `@`."""
    tokens = sentence.tokens
    return (
        name_at(tokens, 0) is not None
        or tokens[0].norm.startswith("█")
        or any(t.norm in ("you", "your", "ur", "@") for t in tokens)
    )
