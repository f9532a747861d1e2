"""Word lists of this package, kept in vocabulary/cues/lists.toml."""

import functools
import re
import tomllib
from typing import Any

from pipeline.vocabulary import HERE


@functools.cache
def _lists() -> dict[str, Any]:
    return tomllib.loads((HERE / "cues" / "lists.toml").read_text(encoding="utf-8"))


@functools.cache
def words(name: str) -> frozenset[str]:
    """The words of a list, as `view` spells them."""
    return frozenset(_lists()["words"][name])


@functools.cache
def phrase(name: str) -> re.Pattern[str]:
    """The phrases of a list as one pattern between word boundaries, in any case."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(_lists()['phrases'][name])})(?!\w)", re.I)
