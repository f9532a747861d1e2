"""Text dumps of vBulletin archive pages: a head line, then per post the name (or nothing), the date line, the body.

The date line is the only separator. It counts as one where it is a date with a time and nothing else, where the names of the dump
(if it has names) stand where they stand in the others, and where time does not run backwards: bodies hold date-like lines too.
"""

import bisect
import dataclasses
import datetime as dt
import functools
import re
from collections.abc import Iterator

from pipeline.parse.archive_titles import head_pattern
from pipeline.parse.date_strings import LONGEST, read_date
from pipeline.parse.dates import read_dates
from pipeline.parse.documents import Document
from pipeline.parse.lists import rows
from pipeline.parse.markup import tidy
from pipeline.parse.software.vbulletin_archive import thread_address
from pipeline.parsed import ParsedPost, ParsedThread

NAME = "vbulletin_archive_text"
DATE_ORDER = "mdy"
LONGEST_NAME = 60
NUMBERS = r"(?:\d{4}|\d{1,2})[-/.]\d{1,2}[-/.](?:\d{4}|\d{1,2})"
DAY_FIRST = r"\d{1,2}(?:st|nd|rd|th)?[- ][^\W\d]{3,9}[- ,]+\d{2,4}"
MONTH_FIRST = r"[^\W\d]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
TIME = r",?(?: at)? +\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?"
DATED = re.compile(rf"(?P<name>.*?)(?P<date>(?:{NUMBERS}|{DAY_FIRST}|{MONTH_FIRST}){TIME})\s*")
LINK = re.compile(r"\s*\((?P<url>https?://\S+)\)\s*$")
FUNCTION_WORD = re.compile(r"\b(the|and|is|was|my|you|have|it)\b", re.I)


@dataclasses.dataclass(slots=True)
class Separator:
    """A line that may begin a post: `line` holds the date, `start` is the name's line or the date's own.

    `blank`: no words stand directly above it.
    """

    line: int
    start: int
    date: str
    name: str | None
    blank: bool


def recognises(doc: Document) -> bool:
    if doc.kind != "text":
        return False
    lines = doc.text[:200_000].split("\n")
    heads = [n for n, line in enumerate(lines) if len(line) < 1000 and head_pattern().match(line)]
    return bool(heads) and any(dated(line) for line in lines[heads[0] :])


def parse(doc: Document) -> Iterator[ParsedThread]:
    lines = doc.text.split("\n")
    heads = [n for n, line in enumerate(lines) if len(line) < 1000 and head_pattern().match(line)]
    for start, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        yield read_thread(lines[start:end], doc)


def read_thread(lines: list[str], doc: Document) -> ParsedThread:
    """One head line and what follows it up to the next."""
    match = head_pattern().match(lines[0])
    title = match["title"].strip() if match else ""
    link = LINK.search(title)
    url, key = thread_address(link["url"], "") if link else (None, None)
    while len(lines) > 1 and (not lines[-1].strip() or furniture().fullmatch(lines[-1].strip())):
        lines.pop()
    marks = separators(lines, doc)
    posts = []
    ends = [*(m.start for m in marks), len(lines)][1:]
    for n, (mark, end) in enumerate(zip(marks, ends, strict=True), 1):
        body = tidy("\n".join(lines[mark.line + 1 : end]))
        posts.append(ParsedPost(position=n, author=mark.name, posted_at_text=mark.date, text=body))
    top = " ".join(lines[1 : marks[0].start if marks else 12])
    page = re.search(r"Pages\s?:[\d\s]*\[(\d+)\]", top)
    return ParsedThread(
        title=(title[: link.start()] if link else title) or None,
        posts=posts,
        url=url,
        key=key,
        page=int(page[1]) if page else 1,
    )


@functools.cache
def furniture() -> re.Pattern[str]:
    """Lines of the page that are nobody's words."""
    return re.compile("|".join(f"(?:{r['pattern']})" for r in rows("archive_furniture")), re.I)


def dated(line: str) -> tuple[str, str] | None:
    """(what stands before the date, the date) of a line that ends in a date with a time; None for other lines."""
    if len(line) > LONGEST + LONGEST_NAME or ":" not in line:
        return None
    m = DATED.fullmatch(line.strip())
    return (m["name"].strip(" \t|,–—-"), m["date"]) if m and read_date(m["date"]) else None


def separators(lines: list[str], doc: Document) -> list[Separator]:
    """The lines that begin posts, in order."""
    found = [(n, *d) for n, line in enumerate(lines) if (d := dated(line))]
    if not found:
        return []
    if found[0][1]:
        marks = [Separator(n, n, date, name or None, blank(lines, n)) for n, name, date in found
                 if (plausible(name) if name else blank(lines, n))]  # fmt: skip
    else:
        alone = [(n, date) for n, name, date in found if not name]
        gap = name_gap(lines, [n for n, _ in alone])
        marks = [m for n, date in alone if (m := mark(lines, n, date, gap))]
    if sum(m.blank for m in marks) * 2 > len(marks):
        marks = [m for m in marks if m.blank or m is marks[0]]
    return in_order(marks, doc)


def name_gap(lines: list[str], dates: list[int]) -> int:
    """Lines from a name down to its date, 1 or 2; 0 where the dump has no names, so that few dates have one at a fixed place."""
    for gap in (1, 2):
        named = [n for n in dates if name_at(lines, n, gap) and (gap == 1 or blank(lines, n - gap))]
        if len(named) > 0.7 * len(dates):
            return gap
    return 0


def name_at(lines: list[str], n: int, gap: int) -> str | None:
    """What may be the name of the post whose date is on line n."""
    name = lines[n - gap].strip() if n > gap else ""
    between = any(line.strip() for line in lines[n - gap + 1 : n])
    return name if plausible(name) and not between and not furniture().fullmatch(name) else None


def mark(lines: list[str], n: int, date: str, gap: int) -> Separator | None:
    """The separator at a date line, with the name `gap` lines above it where the dump has names."""
    if not gap:
        return Separator(n, n, date, None, blank(lines, n))
    name = name_at(lines, n, gap)
    if name:
        return Separator(n, n - gap, date, name, blank(lines, n - gap))
    # a guest without a name prints an empty line
    return Separator(n, n, date, None, True) if blank(lines, n) else None


def blank(lines: list[str], n: int) -> bool:
    """Whether nothing of a post stands directly above line n."""
    above = lines[n - 1].strip()
    return n <= 1 or not above or bool(furniture().fullmatch(above))


def plausible(name: str) -> bool:
    """Whether a line may be a user name: short, and no sentence."""
    words = len(name.split())
    sentence = words > 3 and (name[-1] in ".!?,;:" or FUNCTION_WORD.search(name))
    return 0 < words <= 6 and len(name) <= LONGEST_NAME and not sentence


def in_order(marks: list[Separator], doc: Document) -> list[Separator]:
    """The longest run of marks whose times do not go back (an hour is forgiven: clocks change); archives print oldest first.

    A date somebody mentions on a line of its own mostly lies before the post it stands in, or after the next.
    """
    times = [t for t, _, _ in read_dates([m.date for m in marks], doc.settings, doc.captured_at, "mdy")]
    tails: list[float] = []
    ends: list[int] = []
    before: list[int] = []
    for n, time in enumerate(times):
        value = (time - dt.datetime(1970, 1, 1)).total_seconds() if time else 0.0
        at = bisect.bisect_right(tails, value + 3600)
        before.append(ends[at - 1] if at else -1)
        tails[at : at + 1] = [value]
        ends[at : at + 1] = [n]
    keep, n = [], ends[-1] if ends else -1
    while n >= 0:
        keep.append(marks[n])
        n = before[n]
    return keep[::-1]
