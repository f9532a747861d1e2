"""Days, months, seasons and years as people write them, as intervals, counted from the post's own day where they need it."""

import calendar
import datetime as dt
import re

from pipeline.records import DatePrecision
from pipeline.spans import When
from pipeline.tag.quantities.numbers import table


def resolve(words: str, posted: dt.date | None) -> When | None:
    """The days folded words leave open, with the unit they name; None where they name none or need a post date that is unknown.

    Without a year it is the last such day, month or season before the post. Day and month in figures count as day first
    only where month first is impossible. What would reach beyond the post ends with it ("since 2007", written in 2007).
    """
    when = _resolve(words, posted)
    if when and posted and when.first <= posted < when.last:
        return When(when.first, posted, when.precision, posted)
    return when


def ago(words: str, days: float, posted: dt.date | None) -> When | None:
    """`three weeks ago`, `two years back`: that far before the post, give or take half the unit."""
    if posted is None:
        return None
    unit, precision = next((u for u in _UNITS if re.search(rf"{u[0]}", words)), _UNITS[-1])[1:]
    half = min(unit / 2, days / 2) if unit > 1 else 0
    first, last = (posted - dt.timedelta(days=round(days + by)) for by in (half, -half))
    return When(first, last, precision, posted)


_UNITS: tuple[tuple[str, float, DatePrecision], ...] = (
    (r"decade", 3650, "year"),
    (r"y(?:ea)?rs?\b", 365, "year"),
    (r"mo(?:nth|s\b|\b)|mths?\b", 30, "month"),
    (r"w(?:ee)?ks?\b|fortnight", 7, "week"),
    (r"", 1, "day"),
)


def _resolve(words: str, posted: dt.date | None) -> When | None:
    words = " ".join(re.sub(r"[.,]", " ", words).split())
    if m := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", words):
        return _day(int(m[1]), int(m[2]), int(m[3]))
    if m := re.fullmatch(r"(\d{1,2})[/ .](\d{1,2})[/ .](\d{2,4})", words):
        a, b = int(m[1]), int(m[2])
        return _day(_year(m[3]), a, b) or _day(_year(m[3]), b, a)
    if m := re.fullmatch(r"(\d{1,2})/(\d{4})", words):
        return _month(int(m[2]), int(m[1]))
    names = re.findall(r"[a-z]+", words)
    year_m = re.search(r"(?<!\d)((?:19|20)\d\d)(?!\d)|'(\d\d)\b", words)
    year = _year(year_m[1] or year_m[2]) if year_m else None
    month = next((m for n in names if (m := table()["months"]["words"].get(n))), None)
    if month is not None:
        return _named_month(words, month, year, posted)
    for kind in ("words", "holidays"):
        for name, (first, last) in table()["seasons"][kind].items():
            if re.search(rf"\b{name}\b", words):
                return _season(first, last, year, posted, "last" in names, "season" if kind == "words" else "month")
    if year is not None:
        return When(dt.date(year, 1, 1), dt.date(year, 12, 31), "year")
    return _last(names, posted) if posted is not None and names[:1] == ["last"] else None


def _named_month(words: str, month: int, year: int | None, posted: dt.date | None) -> When | None:
    anchor = posted if year is None else None
    if year is None and posted is not None:
        past = month < posted.month or (month == posted.month and not words.startswith("last"))
        year = posted.year if past else posted.year - 1
    if year is None:
        return None
    day = re.search(r"(?<![\d'])(\d{1,2})(?:st|nd|rd|th)?(?!\d)", words)
    return (_day(year, month, int(day[1]), anchor) if day else None) or _month(year, month, anchor)


def _season(
    first: str, last: str, year: int | None, posted: dt.date | None, is_last: bool, precision: DatePrecision
) -> When | None:
    """A season over New Year is the one of the year it ends in, unless a year is told: `winter 2004` began in 2004."""
    if year is None and posted is None:
        return None
    (m, d), (n, e) = ((int(x[:2]), int(x[3:])) for x in (first, last))
    over = n < m
    if year is not None:
        return When(dt.date(year, m, d), dt.date(year + over, n, e), precision)
    assert posted is not None
    begun = posted - dt.timedelta(days=90 if is_last else 0)  # "last fall" is not the one that has just begun
    at = max(y for y in range(posted.year - 2, posted.year + 1) if dt.date(y, m, d) <= begun)
    return When(dt.date(at, m, d), dt.date(at + over, n, e), precision, posted)


def _last(names: list[str], posted: dt.date) -> When | None:
    """`last week`, `last month`, `last year`."""
    first = posted.replace(day=1)
    match names[-1]:
        case "week":
            return When(posted - dt.timedelta(days=10), posted - dt.timedelta(days=3), "week", posted)
        case "month":
            before = first - dt.timedelta(days=1)
            return _month(before.year, before.month, posted)
        case "year":
            return When(dt.date(posted.year - 1, 1, 1), dt.date(posted.year - 1, 12, 31), "year", posted)
    return None


def _year(text: str) -> int:
    year = int(text)
    return year if year > 99 else 2000 + year if year < 50 else 1900 + year


def _day(year: int, month: int, day: int, anchor: dt.date | None = None) -> When | None:
    try:
        at = dt.date(year, month, day)
    except ValueError:
        return None
    return When(at, at, "day", anchor)


def _month(year: int, month: int, anchor: dt.date | None = None) -> When | None:
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    return When(dt.date(year, month, 1), dt.date(year, month, last), "month", anchor)
