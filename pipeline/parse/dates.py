"""The dates of a thread → points in time; day and month are told apart per thread, not per date (strings: `date_strings`)."""

import datetime as dt
import itertools
import re
import zoneinfo
from collections.abc import Sequence

from pipeline.parse.date_strings import NEAR, Reading, find_date, read_date
from pipeline.parse.documents import DateOrder, SourceSettings
from pipeline.parsed import ParsedPost
from pipeline.records import Precision


def decide(
    readings: Sequence[Reading | None],
    settings: SourceSettings,
    captured_at: dt.datetime | None,
    default: DateOrder = "mdy",
) -> tuple[str, str]:
    """How a thread's dates order day and month, and why: the first of these that leaves one order.

    A part above 12 (or another impossible day); a date after the capture; posts that must not go back in time; what
    source.toml says; a 12-hour
    clock (American) or else the software's own default, both marked `assumed`.
    """
    open_ = [r for r in readings if r and "" not in r.times]
    if not open_:
        return "", ""
    known = {o for r in open_ for o in r.times}
    possible = {o for o in known if all(o in r.times for r in open_)}
    if len(known) == 1:
        dotted = all(r.dotted for r in open_)
        return next(iter(known)), "year first" if known == {"ymd"} else "dotted" if dotted else "a part above 12"
    if len(possible) == 1:
        return next(iter(possible)), "a part above 12"
    left = possible or known
    if captured_at:
        past = {o for o in left if all(r.times[o] <= captured_at + NEAR for r in open_ if o in r.times)}
        if len(past) == 1:
            return next(iter(past)), "the other order is after the capture"
        left = past or left
    times = {o: [r.times[o] for r in open_ if o in r.times] for o in left}
    inorder = {o for o in left if all(a <= b + NEAR for a, b in itertools.pairwise(times[o]))}
    if len(inorder) == 1:
        return next(iter(inorder)), "posts in order"
    left = inorder or left
    if settings.date_order in left:
        return settings.date_order, "source.toml"
    if "mdy" in left and any(r.half_day_clock for r in open_):
        return "mdy", "assumed: 12-hour clock"
    return (default if default in left else min(left)), "assumed: the software's default"


def read_dates(
    texts: Sequence[str | None],
    settings: SourceSettings,
    captured_at: dt.datetime | None = None,
    default: DateOrder = "mdy",
) -> list[tuple[dt.datetime | None, Precision | None, str | None]]:
    """For the dates of one thread, in order: time (naive, in the board's zone), precision, how day and month were told apart."""
    captured_at = board_time(captured_at, settings)
    readings = [read_date(t, captured_at) if t else None for t in texts]
    order, reason = decide(readings, settings, captured_at, default)
    out: list[tuple[dt.datetime | None, Precision | None, str | None]] = []
    for r in readings:
        if r is None:
            out.append((None, None, None))
        elif "" in r.times:
            out.append((r.times[""], r.precision, None))
        elif len(r.times) == 1:  # this date says its order itself, whatever the others do
            own, time = next(iter(r.times.items()))
            out.append(
                (
                    time,
                    r.precision,
                    f"{own}: {'year first' if own == 'ymd' else 'dotted' if r.dotted else 'a part above 12'}",
                )
            )
        else:
            out.append((r.times[order], r.precision, f"{order}: {reason}"))
    return out


def board_time(captured_at: dt.datetime | None, settings: SourceSettings) -> dt.datetime | None:
    """The capture time on the board's clock, naive."""
    if captured_at is None or captured_at.tzinfo is None:
        return captured_at
    zone = zoneinfo.ZoneInfo(settings.time_zone) if settings.time_zone else dt.UTC
    return captured_at.astimezone(zone).replace(tzinfo=None)


def date_posts(
    posts: Sequence[ParsedPost], settings: SourceSettings, captured_at: dt.datetime | None, default: DateOrder
) -> None:
    """Fill in the date columns of a thread's posts from `posted_at_text`, where the parser has not read a machine date."""
    for post, (time, precision, order) in zip(
        posts, read_dates([p.posted_at_text for p in posts], settings, captured_at, default), strict=True
    ):
        if post.posted_at is None:
            post.posted_at, post.posted_at_precision, post.date_order = time, precision, order
        elif time == post.posted_at and not (order or "").startswith("ymd"):  # read with a stamp that says the same
            post.date_order = order and re.sub("assumed.*", "its stamp", order)


EPOCH = re.compile(r"\d{10}(?:\d{3})?")
DAY = dt.timedelta(days=1)


def machine_date(
    shown: str | None, stamp: str, settings: SourceSettings, captured_at: dt.datetime | None
) -> tuple[dt.datetime, Precision] | None:
    """A post's time from what the page's mark-up says of it, where that tells more than the date as shown.

    A date shown to the minute wins: it is in the board's own zone; the stamp only tells its day and month apart. UTC is brought
    to that zone where source.toml names it.
    """
    seen = read_date(shown, board_time(captured_at, settings)) if shown else None
    absolute = seen is not None and read_date(shown or "", None) is not None
    whole = absolute and seen is not None and seen.precision == "minute"
    if whole and seen and len(seen.times) == 1:
        return None
    if EPOCH.fullmatch(stamp):
        time = board_time(dt.datetime.fromtimestamp(int(stamp[:10]), dt.UTC), settings)
    else:
        try:
            parsed = dt.datetime.fromisoformat(stamp.strip().replace("z", "Z"))
            time = (
                board_time(parsed, settings) if parsed.utcoffset() == dt.timedelta(0) else parsed.replace(tzinfo=None)
            )
        except ValueError:
            reading = read_date(find_date(stamp) or stamp, None)
            if reading is None or len(reading.times) != 1:
                return None
            time = next(iter(reading.times.values()))
            if reading.precision != "minute":
                return time, reading.precision
    if whole and seen and time:
        near = {t for t in seen.times.values() if abs(t - time) <= DAY}
        return (near.pop(), "minute") if len(near) == 1 else None
    if time is None or (absolute and seen and all(t.date() != time.date() for t in seen.times.values())):
        return None
    return time.replace(microsecond=0, second=0), "minute"
