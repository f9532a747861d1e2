"""The head line of a vBulletin archive page, `View Full Version : TITLE`, in the languages boards run in."""

import functools
import re

from pipeline.parse.lists import rows


@functools.cache
def head_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"\s*(?:{'|'.join(re.escape(r['head']) for r in rows('archive_heads'))})\s?:[^\S\n]*(?P<title>[^\n]*)", re.I
    )


def after_head(line: str) -> str | None:
    """The title a head line gives; the line itself where it is no head line."""
    m = head_pattern().match(line)
    return (m["title"] if m else line).strip() or None
