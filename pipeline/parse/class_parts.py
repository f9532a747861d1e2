"""What the class names of an element say that it is, on any board (`data/class_parts.csv`)."""

import functools
import re

from pipeline.parse.lists import rows


@functools.cache
def classes() -> list[tuple[str, re.Pattern[str]]]:
    """(part, pattern of class names), most telling first."""
    order = ["signature", "quote_header", "quote", "expand", "drop", "body", "person"]
    found = [(part, "|".join(f"(?:{r['class']})" for r in rows("class_parts") if r["part"] == part)) for part in order]
    return [(part, re.compile(pattern, re.I)) for part, pattern in found]


@functools.lru_cache(100_000)
def parts_of(names: str) -> frozenset[str]:
    """What the classes of an element say that it is."""
    return frozenset(part for part, pattern in classes() for name in names.split() if pattern.search(name))
