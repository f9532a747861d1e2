"""The second sign: an ambiguous word counts as a treatment or problem only where the words beside it say so.

Signs are regexes on the folded text before or after the word (vocabulary/cues/gates.csv); `never` signs rule even an
unambiguous name out, as in `little Lyrica` or `Hi Ginger`.
"""

import functools
import re

from pipeline.spans import Tagged
from pipeline.vocabulary import HERE, read_rows

REACH = 60  # characters a sign may look back or ahead


@functools.cache
def signs() -> dict[tuple[str, str], list[re.Pattern[str]]]:
    """(label, side) → patterns; sides are `before`, `after`, `never before`, `never after`."""
    out: dict[tuple[str, str], list[re.Pattern[str]]] = {}
    for row in read_rows(HERE / "cues" / "gates.csv"):
        pattern = row["pattern"] if row["side"].endswith("after") else rf"(?<!\w)(?:{row['pattern']})"
        out.setdefault((row["label"], row["side"]), []).append(re.compile(pattern))
    return out


def _any(label: str, side: str, text: str) -> bool:
    patterns = signs().get((label, side), ())
    return any(p.match(text) if side.endswith("after") else p.search(text) for p in patterns)


def gate(found: Tagged, folded: str) -> Tagged | None:
    """`found` with `weak` settled by the words around it, or None where they rule it out."""
    before, after = folded[max(0, found.start - REACH) : found.start], folded[found.end : found.end + REACH]
    if _any(found.label, "never before", before) or _any(found.label, "never after", after):
        return None
    if found.weak and (_any(found.label, "before", before) or _any(found.label, "after", after)):
        found.weak = False
        found.score = 0.8
    return found
