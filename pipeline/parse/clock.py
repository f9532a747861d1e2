"""When a page was made, as the page itself says: relative dates are counted from it where the file tells no capture time."""

import datetime as dt
import functools
import re

from pipeline.parse.date_strings import find_date, read_date
from pipeline.parse.documents import Document
from pipeline.parse.lists import rows

EDGE = 10_000  # characters at the page's beginning and end in which a clock stands
REACH = 80  # characters behind the phrase


@functools.cache
def clocks() -> list[dict[str, str]]:
    return rows("page_clocks")


@functools.cache
def phrases() -> re.Pattern[str]:
    """What boards write before their clock, and the Wayback Machine into its copies."""
    found = "|".join(re.escape(r["phrase"]) for r in clocks())
    return re.compile(rf"(?:{found})\s*:?(?:&nbsp;|\s|<[^>]*>)*(?P<date>[^<]{{6,{REACH}}})", re.I)


def page_clock(doc: Document) -> dt.datetime | None:
    """The board's clock on the page, in the board's own zone; only where day and month are certain."""
    edges = doc.text[:EDGE] + "\n" + doc.text[max(EDGE, len(doc.text) - EDGE) :]
    folded = edges.lower()
    if not any(r["phrase"] in folded for r in clocks()):
        return None
    for m in phrases().finditer(edges):
        shown = find_date(" ".join(m["date"].replace("&nbsp;", " ").split()))
        reading = read_date(shown) if shown else None
        if reading and len(reading.times) == 1 and reading.precision == "minute":
            return next(iter(reading.times.values()))
    return None
