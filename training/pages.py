"""Real pages read for scoring: with every parser, or by the structural fallback alone."""

import re
from pathlib import Path

import pipeline.parse
from pipeline.parse import SourceSettings, parse_bytes
from pipeline.parsed import ParsedPost, ParsedThread


def fallback_only() -> None:
    """Switch every parser of a known software off, for the rest of the run."""
    pipeline.parse.parsers = lambda: ()


def posts_of(page: Path) -> list[ParsedPost]:
    """The posts of a saved page."""
    items = parse_bytes(page.read_bytes(), page.name, settings=SourceSettings())
    return [p for t in items if isinstance(t, ParsedThread) for p in t.posts]


def words(text: str | None) -> list[str]:
    """The words of a text, folded: what two readings of a page may differ in counts for nothing."""
    return re.findall(r"\w+", (text or "").lower())
