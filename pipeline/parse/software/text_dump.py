"""Text dumps of threads in any layout: lines of one shape, each with a date and mostly a name, begin the posts.

`Posted by ann on 12 May 2011, 10:22`, `ann (12/05/2011 10:22):`, a name above a date, or labelled lines (`Author: ann`).
A dump without such lines is refused: who said what cannot be known.
"""

import collections
import dataclasses
import functools
import re
from collections.abc import Iterator

from pipeline.parse.archive_titles import head_pattern
from pipeline.parse.date_strings import find_date
from pipeline.parse.documents import Document
from pipeline.parse.lists import rows
from pipeline.parse.markup import tidy
from pipeline.parsed import ParsedPost, ParsedThread

NAME = "text_dump"
LONGEST_LINE = 160
LONGEST_NAME = 40
LOOK = 300_000  # characters in which a dump must show itself
WORD = re.compile(r"#?\d+|[^\W\d][\w.'’-]*|[^\w\s]")
RULE = re.compile(r"[\s_=*~#-]{3,}")
LABEL = re.compile(r"(?P<label>author|from|name|user(?:name)?|poster|posted by|member)\s*:\s*(?P<name>\S.{0,60})", re.I)
OTHER_LABEL = re.compile(r"(?:subject|title|topic|re|date|posted|time|post|message|reply)\s*(?:#?\d+)?\s*:.*", re.I)
SENTENCE = re.compile(r"[.!?]\s|[.!?]$|,\s\w+\s\w+\s\w+")


@dataclasses.dataclass(slots=True)
class Head:
    """A line that may begin a post: its shape, its date, and the name in it."""

    line: int
    shape: tuple[str, ...]
    date: str
    name: str | None


@functools.cache
def header_words() -> frozenset[str]:
    """Words of a head that are no name, folded."""
    return frozenset(r["word"] for r in rows("header_words"))


def recognises(doc: Document) -> bool:
    if doc.kind != "text":
        return False
    lines = doc.text[:LOOK].split("\n")
    if any(len(line) < 1000 and head_pattern().match(line) for line in lines):
        return False
    return len(heads(lines)) > 1


def parse(doc: Document) -> Iterator[ParsedThread]:
    lines = doc.text.split("\n")
    found = heads(lines)
    above, below = name_lines(lines, found)
    starts = [above.get(h.line, (h.line, None))[0] for h in found]
    posts = []
    for n, (head, end) in enumerate(zip(found, [*starts[1:], len(lines)], strict=True), 1):
        first, name = below.get(head.line, (head.line, None))
        name = name or above.get(head.line, (0, None))[1] or head.name
        body = lines[first + 1 : end]
        while body and (not body[0].strip() or OTHER_LABEL.fullmatch(body[0].strip()) or RULE.fullmatch(body[0])):
            body.pop(0)
        while body and (not body[-1].strip() or RULE.fullmatch(body[-1])):
            body.pop()
        posts.append(ParsedPost(position=n, author=name, posted_at_text=head.date, text=tidy("\n".join(body))))
    yield ParsedThread(title=title_of(lines[: starts[0]], lines[starts[0] :]), posts=posts)


def heads(lines: list[str]) -> list[Head]:
    """The lines that begin posts: those of the commonest shape, two at least, that mostly stand apart from what is above."""
    by_shape: dict[tuple[str, ...], list[Head]] = collections.defaultdict(list)
    for n, line in enumerate(lines):
        if head := read_head(n, line.strip()):
            by_shape[head.shape].append(head)
    good = [group for group in by_shape.values() if len(group) > 1 and apart(lines, group)]
    return max(good, key=len, default=[])


def read_head(n: int, line: str) -> Head | None:
    """A short line with a date in it, all its other words header words but for one run, the name."""
    if not 6 <= len(line) <= LONGEST_LINE or not any(c.isdigit() for c in line):
        return None
    date = find_date(line)
    if date is None or (":" not in date and not re.search(r"\d{4}|\d[./-]\d+[./-]\d", date)):
        return None
    at = line.find(date)
    shape: list[str] = []
    names: list[tuple[int, int]] = []
    for start, part in ((0, line[:at]), (at + len(date), line[at + len(date) :])):
        if start:
            shape.append("<date>")
        for m in WORD.finditer(part):
            word = m[0].casefold()
            if word in header_words() or (not word[0].isalnum() and word[0] != "#") or re.fullmatch(r"#?\d+", word):
                shape.append("#" if word[-1].isdigit() else word)
            elif shape and shape[-1] == "<name>":
                names[-1] = (names[-1][0], start + m.end())
            else:
                shape.append("<name>")
                names.append((start + m.start(), start + m.end()))
    if len(names) > 1 or (names and names[0][1] - names[0][0] > LONGEST_NAME):
        return None
    name = line[names[0][0] : names[0][1]] if names else None
    return Head(n, tuple(shape), date, name)


def apart(lines: list[str], group: list[Head]) -> bool:
    """Whether heads are no dates in somebody's words or diary: they stand apart from what is above, and say who."""
    free = sum(h.line == 0 or not lines[h.line - 1].strip() or bool(RULE.fullmatch(lines[h.line - 1])) for h in group)
    named = sum(h.name is not None for h in group)
    headed = sum(h.line > 0 and name_like(lines[h.line - 1]) for h in group)
    return max(free, headed) >= 0.8 * len(group) and named + headed + labelled(lines, group) >= 0.8 * len(group)


def labelled(lines: list[str], group: list[Head]) -> int:
    """How many heads have a labelled name beside them."""
    return sum(any(LABEL.fullmatch(x.strip()) for x in lines[max(h.line - 2, 0) : h.line + 3]) for h in group)


def name_like(line: str) -> bool:
    line = line.strip()
    return 0 < len(line) <= LONGEST_NAME and len(line.split()) <= 4 and not SENTENCE.search(line)


Found = dict[int, tuple[int, str | None]]  # line of a head → line its head begins or ends on, name


def name_lines(lines: list[str], found: list[Head]) -> tuple[Found, Found]:
    """Names on lines of their own, above or below the date: labelled, or on the line above in four of five posts."""
    above: Found = {}
    below: Found = {}
    for head in found:
        for step, where in ((-1, above), (-2, above), (1, below), (2, below)):
            n = head.line + step
            if 0 <= n < len(lines) and (m := LABEL.fullmatch(lines[n].strip())):
                where.setdefault(head.line, (n, m["name"].strip()))
    if not above and not below and not any(h.name for h in found):
        bare = {
            h.line: (h.line - 1, lines[h.line - 1].strip()) for h in found if h.line and name_like(lines[h.line - 1])
        }
        if len(bare) >= 0.8 * len(found):
            above = dict(bare)
    return above, below


def title_of(before: list[str], after: list[str]) -> str | None:
    """The subject of the first post, else the first short line above it."""
    for line in [*before[:3], *after[:6]]:
        if m := re.fullmatch(r"(?:subject|title|topic)\s*:\s*(.+)", line.strip(), re.I):
            return m[1]
    return next((t for line in before if 3 < len(t := line.strip()) <= 150 and not RULE.fullmatch(t)), None)
