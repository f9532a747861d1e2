"""A regimen put in plain words, such as the grammar reads back: for reports, and to hold the grammar to what it says."""

from pipeline.spans import Regimen
from pipeline.tag.quantities.numbers import table


def in_words(r: Regimen) -> str:
    """Amount, way in, how often and how long, as far as stated: `5-10 mg by mouth twice a day for 14 days`.

    Intakes that differ ("300 in the morning, 600 at night") come out as the day's amount. Form, dates and steps are left out.
    """
    parts = [_amount(r), table()["route"][r.route][0] if r.route and not r.route_inferred else None, _often(r)]
    parts += ["as needed" if r.as_needed else None, f"for {r.duration_days:g} days" if r.duration_days else None]
    return " ".join(p for p in parts if p)


def _amount(r: Regimen) -> str | None:
    low, high, unit, per = r.low, r.high, r.unit, r.basis
    if low is None and high is None:
        low, unit, per = r.daily_value, r.daily_unit, "day"
    number = "-".join(f"{x:.10g}" for x in (low, high) if x is not None)
    if not number:
        return None
    rate = f" a {per}" if per in ("day", "week", "month") else ""
    return ("up to " if low is None else "") + number + _unit(unit, low == 1 and high is None) + rate


def _unit(unit: str | None, one: bool) -> str:
    """The unit as it stands after a number: `%` and measures as they are, things in the plural."""
    words = table()["count_units"].get(unit, [unit or ""])
    return unit if unit == "%" else f" {words[0] if one else words[min(1, len(words) - 1)]}".rstrip()


def _often(r: Regimen) -> str | None:
    n = r.doses_per_day
    if not n or (r.low is None and r.high is None and r.daily_value is not None):
        return None
    weekly = n * 7
    if n >= 1 or (weekly > 1.5 and abs(weekly - round(weekly)) < 0.01):
        times, period = (round(n), "day") if n >= 1 else (round(weekly), "week")
        return f"{ {1: 'once', 2: 'twice'}.get(times, f'{times} times') } a {period}"
    return "every other day" if n == 0.5 else f"every {round(1 / n)} days"
