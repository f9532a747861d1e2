"""One date as a forum shows it → the points in time it may mean.

What a date may look like is data: `data/date_shapes.csv` (order of its parts) and `data/date_words.csv` (months, units, fillers).
A date is read only where every word of it is understood, so that a name or a sentence with a date in it is no date.
"""

import dataclasses
import datetime as dt
import functools
import re

from dateutil.relativedelta import relativedelta

from pipeline.parse.lists import rows
from pipeline.records import Precision

LONGEST = 80  # characters; a longer line is no date
CLOCK = re.compile(
    r"(?:\ba las? )?(?<![\d:])(?P<h>\d{1,2})\s?[:h]\s?(?P<m>\d\d)(?::(?P<s>\d\d)(?:\.\d+)?)?(?:\smin\b)?"
    r"(?:\s*(?P<p>[ap])\.?m\b\.?)?(?![:\d])"
    r"|(?<!\d)(?P<h2>\d{1,2})\s*(?P<p2>[ap])\.?m\b\.?",
    re.I,
)
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:?\d\d(:?\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?", re.I)
OFFSET = re.compile(r"\b(?:gmt|utc)\s*[+-]\s*\d{1,2}(?::\d\d)?", re.I)
TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’][^\W\d_]+)?|[^\w\s]|_")
DOTTED = re.compile(r"\d\.\d{1,2}\.\d")
NEAR = dt.timedelta(hours=26)  # a page shows the board's zone, the capture time may be in another


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """One date string as understood: a time for every order of its parts it allows (`""` where there is nothing to decide)."""

    times: dict[str, dt.datetime]
    precision: Precision
    half_day_clock: bool = False
    dotted: bool = False  # 03.04.2010: written where the day comes first


@functools.cache
def words() -> dict[str, tuple[str, str]]:
    """Word → (kind, value)."""
    return {r["word"]: (r["kind"], r["value"]) for r in rows("date_words")}


@functools.cache
def shapes() -> dict[str, tuple[list[str], Precision]]:
    """Shape → (orders its parts may be read in, precision)."""
    return {r["shape"]: (r["reads"].split(), r["precision"]) for r in rows("date_shapes")}  # type: ignore[misc]


@functools.lru_cache(20_000)
def read_date(text: str, captured_at: dt.datetime | None = None) -> Reading | None:
    """The reading of one date string, None where any of it is not understood.

    Relative dates and dates without a year need `captured_at` (naive, in the board's zone); today's date is never used.
    """
    text = " ".join(text.replace("\xad", "").split()).strip(" ,.·•|-–—»«()[]")
    if not 3 <= len(text) <= LONGEST:
        return None
    if ISO.fullmatch(text):
        try:
            return Reading({"": dt.datetime.fromisoformat(text.upper()).replace(tzinfo=None, microsecond=0)}, "minute")
        except ValueError:
            return None
    clock = CLOCK.search(text)
    time = clock_time(clock) if clock else None
    if clock and time is None:
        return None
    rest = text[: clock.start()] + " " + text[clock.end() :] if clock else text
    found = day_parts(OFFSET.sub(" ", rest))
    if found is None:
        return None
    shape, numbers = found
    half = bool(clock and (clock["p"] or clock["p2"]))
    if any(kind in shape for kind in "DUW"):
        return relative(shape, numbers, time, captured_at)
    if shape not in shapes():
        return None
    orders, precision = shapes()[shape]
    dotted = DOTTED.search(rest) is not None
    if dotted:
        orders = [o for o in orders if o != "mdy"]
    times = {o if len(orders) > 1 or o in ("mdy", "dmy", "ymd") else "": t
             for o in orders if (t := assemble(o, numbers, time, captured_at))}  # fmt: skip
    return Reading(times, "minute" if time and precision == "day" else precision, half, dotted) if times else None


SEEN = dt.datetime(2099, 12, 31)  # a capture later than any page, to see whether a relative date is one at all
SIGNS = frozenset("-/.,'’‘|@·•–—():")
MOST_TOKENS = 16
NAME = re.compile(r"[^\W\d]+\d+", re.I)  # "jan2010" is somebody


@functools.lru_cache(20_000)
def find_date(text: str) -> str | None:
    """The first stretch of a short text that is a date to the day or month, as in `Reply #1 on: May 12, 2020`."""
    tokens = list(TOKEN.finditer(text))
    known = [
        t[0].isdecimal() or t[0] in SIGNS or t[0].lower() in words() or t[0].lower() in ("h", "t", "z") for t in tokens
    ]
    start = 0
    while start < len(tokens):
        end = start
        while end < len(tokens) and known[end]:
            end += 1
        run = tokens[start:end]
        if (
            any(t[0].isdecimal() or words().get(t[0].lower(), ("",))[0] == "day" for t in run)
            and len(run) <= 2 * MOST_TOKENS
        ):
            for a in range(len(run)):
                if run[a][0] in SIGNS or words().get(run[a][0].lower(), ("",))[0] == "filler":
                    continue
                for b in range(len(run), max(a, len(run) - 4), -1):
                    shown = text[run[a].start() : run[b - 1].end()]
                    reading = read_date(shown, SEEN)
                    if reading and (reading.precision != "year" or not shown.isdecimal()) and not NAME.fullmatch(shown):
                        return shown.strip(" -–—|·•,.:")
        start = end + 1
    return None


def clock_time(m: re.Match[str]) -> dt.time | None:
    """Time of day of a match of `CLOCK`; None where the clock has no such time."""
    hour, half = int(m["h"] or m["h2"]), (m["p"] or m["p2"] or "").lower()
    if half and (not 1 <= hour <= 12):
        if hour > 12 and half == "p" and hour < 24:  # "15:06 PM": boards print it
            half = ""
        else:
            return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return dt.time(hour, int(m["m"] or 0), int(m["s"] or 0))
    except ValueError:
        return None


def day_parts(text: str) -> tuple[str, list[int]] | None:
    """The parts of a date without its time as a shape (`n M Y`) and their numbers; None where a word is unknown."""
    kinds: list[str] = []
    values: list[int] = []
    weekday = None
    for token in TOKEN.findall(text):
        if token.isdecimal():
            if len(token) not in (1, 2, 4):
                return None
            kinds.append("Y" if len(token) == 4 else "n")
            values.append(int(token))
            continue
        if not token[0].isalpha():
            if token not in "-/.,'’‘|@·•–—()":
                return None
            continue
        kind, value = words().get(token.lower(), ("", ""))
        if kind == "month" or kind == "unit" or kind == "day" or kind == "one":
            kinds.append({"month": "M", "unit": "U", "day": "D", "one": "n"}[kind])
            values.append(
                {"second": 0, "minute": 1, "hour": 2, "day": 3, "week": 4, "month": 5, "year": 6}[value]
                if kind == "unit"
                else int(value)
            )
        elif kind == "ago":
            kinds.append("R")
            values.append(0)
        elif kind == "weekday":
            weekday = int(value)
        elif kind not in ("filler", "meridiem"):
            return None
    if not kinds and weekday is not None:
        return "W", [weekday]
    return (" ".join(kinds), values) if kinds else None


UNITS: list[tuple[str, Precision]] = [("seconds", "minute"), ("minutes", "minute"), ("hours", "day"), ("days", "day"),
                                      ("weeks", "month"), ("months", "month"), ("years", "year")]  # fmt: skip


def relative(shape: str, values: list[int], time: dt.time | None, captured_at: dt.datetime | None) -> Reading | None:
    """`Yesterday, 10:12 PM`, `Tuesday at 5 PM`, `3 weeks ago`. Precision is one coarser than the unit: "3 weeks" was rounded."""
    if captured_at is None:
        return None
    if shape in ("D", "W"):
        back = -values[0] if shape == "D" else (captured_at.weekday() - values[0]) % 7
        day = captured_at.date() - dt.timedelta(days=back)
        return Reading({"": dt.datetime.combine(day, time or dt.time())}, "minute" if time else "day")
    if shape not in ("n U R", "R n U"):
        return None
    number, unit = [v for v, kind in zip(values, shape.split(), strict=True) if kind != "R"]
    name, precision = UNITS[unit]
    try:
        moment = captured_at - relativedelta(**{name: number})  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None
    moment = moment.replace(second=0, microsecond=0)
    if UNITS[unit][1] != "minute" and name != "hours":
        moment = moment.replace(hour=0, minute=0)
    return Reading({"": moment}, precision)


def assemble(
    order: str, values: list[int], time: dt.time | None, captured_at: dt.datetime | None
) -> dt.datetime | None:
    """The point in time if the values stand in this order; None where the calendar has no such day."""
    part = dict(zip(order.replace("-", ""), values, strict=True))
    year = part.get("y")
    if year is None:  # "July 4": the latest such day before the capture
        if captured_at is None:
            return None
        this = assemble(order + "-y", [*values, captured_at.year], time, None)
        return (
            this
            if this and this <= captured_at + NEAR
            else assemble(order + "-y", [*values, captured_at.year - 1], time, None)
        )
    if year < 100:
        year += 1900 if year >= 70 else 2000
    if not 1970 <= year <= 2099:
        return None
    try:
        return dt.datetime.combine(dt.date(year, part.get("m", 1), part.get("d", 1)), time or dt.time())
    except ValueError:
        return None
