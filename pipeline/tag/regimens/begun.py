"""When a treatment began and ended: `since 9/2010`, `began on the 1st of May`, `three weeks ago`, `March 2009 to June 2011`."""

import datetime as dt
import re

from pipeline.records import DatePrecision
from pipeline.spans import Regimen, When
from pipeline.tag.quantities.scan import Item
from pipeline.tag.regimens.dates import ago, resolve
from pipeline.tag.regimens.near import Near, cue

_NOT_OF_IT = re.compile(
    r"\b(?:diagnosed|lost|born|accident|crash|not|no|never|haven't|hasn't|without|free|fused)\b(?![^,;]*\b(?:since|start\w*|began)\b)[^,;]{0,40}$"
)
_CHANGED_TO = re.compile(r"\b(?:start|began|switched to|moved to|changed to)\w*[^,;]{0,40}$")
_BEGINNING = re.compile(
    r"\b(?:start\w*|began|begun|put|prescribed|added|implanted|in|fitted|placed|inserted|switched|moved|introduced|commenced|initiated)\b"
)
_BEGUN_AFTER = re.compile(
    r"\b(?:started|began|put on|prescribed|i have been on|been on|i've been on|went on|i went on)\b"
)
_PUT_ON = re.compile(r"\b(?:start|began|put (?:me|him|her)? ?on)\w*\b[^,;]{0,40}$")
_CLOSE, _BESIDE = 80, 25  # characters to the treatment


def dates(near: Near, mine: list[Item], r: Regimen, posted: dt.date | None) -> None:
    """Fills `started`, `stopped` and, where they follow from these, the duration of a regimen."""
    for item in mine:
        if item.kind not in ("duration", "date") or item.role not in ("since", "date", "ago", "between"):
            continue
        before, after = near.around(item)
        gap = near.distance(item)
        if not near.in_sentence(item) or gap > _CLOSE or _NOT_OF_IT.search(before):
            continue
        if item.role == "between":
            _from_to(item, r, posted, gap)
            continue
        when = (
            ago(near.words(item), item.quantity.days, posted)
            if item.role == "ago" and item.quantity.days is not None
            else resolve(item.quantity.word or "", posted)
        )
        if item.role == "ago" and posted is None and item.quantity.days and _PUT_ON.search(before):
            lasting(r, item.quantity.days, item, precision_of(near.words(item)))
        if when is not None and not (posted and when.first > posted):
            _place(near, item, when, r, posted, before, after, gap)


def _from_to(item: Item, r: Regimen, posted: dt.date | None, gap: int) -> None:
    first, last = ([*(item.quantity.word or "").split("|"), ""])[:2]
    start, stop = resolve(first, posted), resolve(last, posted)
    if start and stop and gap < _BESIDE and start.middle < stop.middle:
        r.started, r.stopped = start, stop
        if r.date_precision != "year" and r.duration_days is None:
            lasting(r, (stop.middle - start.middle).days, item, r.date_precision)
            _bounds(r, (stop.first - start.last).days, (stop.last - start.first).days, r.date_anchor)


def _place(
    near: Near, item: Item, when: When, r: Regimen, posted: dt.date | None, before: str, after: str, gap: int
) -> None:
    """The day as the start or the end, by the words around it."""
    stopped = cue("stop_words", "any").search(before[-45:]) and not _CHANGED_TO.search(before)
    if item.role != "since" and stopped:
        r.stopped = when
        return
    begun = cue("start_words", "any").search(before[-60:]) is not None or (item.role == "since" and gap < 30)
    here = begun and (item.role == "since" or _BEGINNING.search(before) is not None)
    if r.started is not None or not (here or _BEGUN_AFTER.search(after[:40])):
        return
    r.started = when
    if r.duration_days is not None or r.stopped is not None:
        return
    used = near.own[0].label != "PROCEDURE"  # an operation is not used for a time
    since = re.match(r"(?:ever )?since\b", near.words(item)) and when.precision != "year"
    if posted and (since or (when.precision in ("day", "week") and item.role == "date" and used)):
        lasting(r, (posted - when.middle).days, item, when.precision)
    elif item.role == "ago" and used:
        lasting(r, item.quantity.days or 0, item, precision_of(near.words(item)))
    else:
        return
    if posted:
        _bounds(r, (posted - when.last).days, (posted - when.first).days, posted)


def lasting(r: Regimen, days: float, item: Item, precision: DatePrecision | None) -> None:
    """Sets the duration, and its bounds to what the words of a stretch of time leave open."""
    if int(days) > 0:
        q = item.quantity
        r.duration_days, r.duration_span = round(days, 2), (item.start, item.end)
        r.duration_low, r.duration_high = (q.low, q.high) if q.low is not None else (r.duration_days, r.duration_days)
        r.duration_precision = precision


def _bounds(r: Regimen, low: int, high: int, anchor: dt.date | None) -> None:
    if r.duration_days is not None:
        r.duration_low, r.duration_high, r.duration_anchor = float(max(0, low)), float(high), anchor


_UNITS: tuple[tuple[str, DatePrecision], ...] = (
    (r"decade|y(?:ea)?rs?\b", "year"),
    (r"mo(?:nth|s?\b)|mths?\b", "month"),
    (r"w(?:ee)?ks?\b|fortnight", "week"),
)


def precision_of(words: str) -> DatePrecision:
    """The finest unit a stretch of time is told in: a year and two months is told in months."""
    return next((unit for pattern, unit in reversed(_UNITS) if re.search(pattern, words)), "day")
