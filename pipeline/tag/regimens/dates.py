"""Days, months, seasons and years as people write them, counted from the post's own date."""

import datetime as dt
import re

from pipeline.records import Precision
from pipeline.tag.quantities.numbers import table

Dated = tuple[dt.date, Precision]


def resolve(words: str, posted: dt.date | None) -> Dated | None:
    """The date folded words say, in the middle of what they leave open, with the smallest unit they state.

    Without a year it is the last such day, month or season before the post; without a post date it is nothing. Day and
    month in figures count as day first only where month first is impossible.
    """
    months, seasons = table()["months"]["words"], table()["seasons"]["words"]
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
    day_m = re.search(r"(?<![\d'])(\d{1,2})(?:st|nd|rd|th)?(?!\d)", words)
    month = next((months[n] for n in names if n in months), None)
    season = next((seasons[s] for s in seasons if re.search(rf"\b{s}\b", words)), None)
    if month is not None:
        if year is None and posted is not None:
            year = (
                posted.year
                if month < posted.month or (month == posted.month and not words.startswith("last"))
                else posted.year - 1
            )
        if year is None:
            return None
        return (_day(year, month, int(day_m[1])) if day_m else None) or _month(year, month)
    if season is not None:
        return _season(season, year, posted, "last" in names)
    if year is not None:
        return dt.date(year, 7, 1), "year"
    if posted is not None and names[:1] == ["last"]:
        units: dict[str, tuple[int, Precision]] = {"week": (7, "day"), "month": (30, "month"), "year": (365, "year")}
        back = units.get(names[-1])
        if back:
            return posted - dt.timedelta(days=back[0]), back[1]
    return None


def _season(middle: str, year: int | None, posted: dt.date | None, last: bool) -> Dated | None:
    month, day = int(middle[:2]), int(middle[3:])
    if year is None:
        if posted is None:
            return None
        year = posted.year
        if dt.date(year, month, day) > posted - dt.timedelta(days=45 if last else 0):
            year -= 1
    return dt.date(year, month, day), "month"


def _year(text: str) -> int:
    year = int(text)
    return year if year > 99 else 2000 + year if year < 50 else 1900 + year


def _day(year: int, month: int, day: int) -> Dated | None:
    try:
        return dt.date(year, month, day), "day"
    except ValueError:
        return None


def _month(year: int, month: int) -> Dated | None:
    return (dt.date(year, month, 15), "month") if 1 <= month <= 12 else None
