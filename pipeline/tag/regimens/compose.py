"""From the quantities of one treatment to its regimen: one intake, how often, the day's amount, the way in."""

import re

from pipeline.records import DoseBasis
from pipeline.spans import Regimen
from pipeline.tag.quantities.numbers import table
from pipeline.tag.quantities.scan import Item
from pipeline.tag.regimens.ladder import moved, steps
from pipeline.tag.regimens.levels import Level, current, levels, multiplied, uneven

_BASIS: dict[str, DoseBasis] = {
    "day": "day",
    "week": "week",
    "month": "month",
    "fortnight": "week",
    "year": "course",
    "hour": "hour",
    "minute": "hour",
}


def compose(folded: str, items: list[Item], unit: str | None) -> tuple[Regimen, list[Item]]:
    """The regimen a treatment's quantities (in order of the text) amount to, and the durations that are only a rung's.

    `unit` is what a bare number would be in.
    """
    r = Regimen()
    for item in items:
        if item.kind == "dose" and item.quantity.inferred and item.quantity.unit is None and item.role != "count":
            item.quantity.unit = unit
    items, moves = moved(folded, items)
    found, loose = levels(folded, items)
    counts = [i for i in items if i.kind == "dose" and i.role == "count"]
    found = multiplied(folded, [level for level in found if level.dose not in counts])
    found, loose = _counted(found, loose, counts)
    if found:
        _dose(folded, r, found, loose)
    else:
        _often(folded, r, loose, None)
    r.steps = sorted([*r.steps, *moves], key=lambda s: s.start)
    _way_in(r, items, found)
    _concentration(r, items, found)
    return r, [level.lasted for level in found if level.lasted and len(found) > 1]


def _counted(found: list[Level], loose: list[Item], counts: list[Item]) -> tuple[list[Level], list[Item]]:
    """`4 a day` is how often where a strength stands before it, else that many tablets a day."""
    for item in counts:
        before = [level for level in found if level.dose.end <= item.start]
        if item.quantity.role == "maximum" and before:
            continue  # `10 mg …, up to 6 a day`: 10 mg is taken
        number = item.quantity.low or 0
        if (
            before
            and all(o.quantity.as_needed for o in before[-1].often)
            and number <= 12
            and before[-1].q.unit not in ("tablet", "capsule")
        ):
            item.quantity.per_day = number if item.quantity.low == item.quantity.high else None
            item.role, item.quantity.role = "times", "times"
            before[-1].often.append(item)
        else:
            item.quantity.unit = item.quantity.unit or ("tablet" if number <= 12 else None)
            item.quantity.role = None
            found.append(
                Level(
                    item,
                    [
                        Item(
                            item.end,
                            item.end,
                            "frequency",
                            "total",
                            type(item.quantity)(per=item.quantity.per, role="total"),
                        )
                    ],
                )
            )
    return sorted(found, key=lambda level: level.dose.start), loose


def _dose(folded: str, r: Regimen, found: list[Level], loose: list[Item]) -> None:
    day = uneven(folded, found)
    ladder = [level for level in found if day is None or level not in day[1:]]
    r.steps, ended = steps(folded, ladder) if len(ladder) > 1 or not day else ([], False)
    level = current(folded, found)
    totals = [x for x in found if _total(x) == "day" and x.q.low == x.q.high]
    if day and (level is None or level in day or level in totals):
        _whole_day(r, day)
        return
    if level is None or ended:
        return
    part = _part_of(found, totals)
    if part:
        whole, piece, count = part
        r.low = r.high = piece.q.low
        r.unit, r.doses_per_day, r.basis = whole.q.unit or piece.q.unit, count, "intake"
        _daily(r, whole.q.low, whole.q.inferred)
        r.dose_span = (min(whole.dose.start, piece.dose.start), max(whole.dose.end, piece.dose.end))
        r.high = None
        return
    q, often = level.q, level.often or (loose if level is found[0] else [])
    r.low, r.high, r.unit, r.inferred = q.low, q.high if q.high != q.low else None, q.unit, q.inferred
    if q.role == "combination":
        r.high = None
    r.dose_span = (level.dose.start, level.end)
    per = _total(level) or q.per
    r.basis = _BASIS[per] if per else "intake"
    _often(folded, r, often, per)
    split = next((o for o in often if o.role == "split"), None)
    hours = next((o.quantity.low for o in often if o.role == "hours"), None)
    amount = q.low if q.low == q.high else None
    if split and per == "day":
        r.low, r.basis = None, "intake"
        r.doses_per_day = split.quantity.per_day
        _daily(r, amount, q.inferred)
    elif per == "day":
        _daily(r, amount, q.inferred)
    elif per == "hour" and hours and amount and q.unit:
        r.unit = q.unit.removesuffix("/hr")
        _daily(r, amount * hours, q.inferred)
        r.unit = q.unit
    elif per is None and r.doses_per_day and r.doses_per_day >= 1 and amount is not None:
        _daily(r, amount * r.doses_per_day, q.inferred)
    if q.role == "combination":
        r.daily_mg = r.daily_mg


def _total(level: Level) -> str | None:
    return next((o.quantity.per for o in level.often if o.role == "total"), None)


def _part_of(found: list[Level], totals: list[Level]) -> tuple[Level, Level, float] | None:
    """`900 mg a day (3 x 300)`: the day's amount, one intake, how many."""
    for whole in totals:
        for piece in found:
            if piece is not whole and piece.q.count and abs((piece.q.low or 0) - (whole.q.low or -1)) < 1e-6:
                one = (piece.q.low or 0) / piece.q.count
                piece.q.low = piece.q.high = one
                return whole, piece, piece.q.count
            if (
                piece is not whole
                and piece.q.low
                and not piece.often
                and piece.dose.start - whole.end < 25
                and piece.dose.start > whole.end
            ):
                continue
    return None


def _whole_day(r: Regimen, day: list[Level]) -> None:
    """Intakes told one by one: their number, their sum, and the intake itself where all are alike."""
    units = {level.q.unit for level in day}
    inferred = any(level.q.inferred for level in day)
    lows, highs = [level.q.low or 0.0 for level in day], [level.q.high or 0.0 for level in day]
    rates = [_rate(level) for level in day]
    r.inferred, r.basis = inferred, "intake"
    r.dose_span = (day[0].dose.start, day[-1].end)
    r.doses_per_day = round(sum(rates), 4)
    weekly = any(o.role == "weekday" for level in day for o in level.often)
    alike = len(set(lows)) == 1 and lows == highs and len(units) == 1
    if alike:
        r.low, r.unit = lows[0], units.pop()
    elif weekly and len(units) == 1:
        r.low, r.high, r.unit = min(lows), max(highs), units.pop()
        return
    if len(units) <= 1 and lows == highs and r.doses_per_day >= 1:
        unit, r.unit = r.unit, next(iter(units), r.unit)
        _daily(r, sum(low * rate for low, rate in zip(lows, rates, strict=True)), inferred)
        r.unit = unit


def _rate(level: Level) -> float:
    week = next((o for o in level.often if o.role == "weekday"), None)
    if week and week.quantity.per_day:
        return week.quantity.per_day
    slots = [o for o in level.often if o.role in ("slot", "fixed")]
    if slots:
        return float(sum(o.quantity.per_day or 0 for o in slots))
    return (
        next((o.quantity.per_day for o in level.often if o.role in ("times", "every") and o.quantity.per_day), None)
        or 1.0
    )


def _often(folded: str, r: Regimen, often: list[Item], per: str | None) -> None:
    """Intakes a day: a stated number wins over the times of the day that spell it out; `as needed` leaves it open."""
    often = _glued(folded, r, often)
    r.as_needed = any(o.quantity.as_needed for o in often)
    if r.as_needed or per not in (None, "hour"):
        return
    rare = [o for o in often if o.role in ("times", "every", "fixed", "ly", "weekday")]
    if rare:
        if all(o.quantity.per_day is not None for o in rare):
            r.doses_per_day = _steady([o.quantity.per_day or 0.0 for o in rare], often)
        return
    slots = [o for o in often if o.role == "slot"]
    if slots:
        parts: dict[str, float] = {}
        for o in slots:
            part = _part(folded[o.start : o.end])
            parts[part] = max(parts.get(part, 0.0), o.quantity.per_day or 1.0)
        r.doses_per_day = sum(parts.values())
    elif any(o.role == "everyday" for o in often) and r.basis == "intake":
        r.doses_per_day = 1.0


def _glued(folded: str, r: Regimen, often: list[Item]) -> list[Item]:
    """Where a frequency stands right after the dose, one further on ("eyes checked every year") is another thing's."""
    if not often or r.dose_span is None:
        return often
    kept, end = [], None
    for o in often:
        gap = folded[(end if end is not None else r.dose_span[0]) : o.start]
        if (
            end is not None
            and not re.fullmatch(
                r"[ ,;(/+&-]*(?:(?:and|at|or|then|with|taken|in|for the \w+|for \w+|changed|prn) ?)*[ ,;(]*", gap
            )
            and not (o.quantity.as_needed and len(gap) < 20)
        ):
            continue
        kept.append(o)
        end = o.end
    return kept


def _part(words: str) -> str:
    """The part of the day a time of the day falls in: "at bedtime" and "every night" are one."""
    found = re.search(
        r"night|nite|bed|sleep|evening|last thing|\bpm|morning|wak|rising|first thing|breakfast|\bam\b|noon|midday|lunch|supper|dinner",
        words,
    )
    names = {
        "nite": "night",
        "bed": "night",
        "sleep": "night",
        "last thing": "night",
        "wak": "morning",
        "rising": "morning",
        "first thing": "morning",
        "am": "morning",
        "breakfast": "morning",
        "midday": "noon",
        "lunch": "noon",
    }
    return names.get(found[0], found[0]) if found else words


def _steady(rates: list[float], often: list[Item]) -> float:
    nights = [o for o in often if o.role == "fixed" and (o.quantity.per_day or 0) == 1.0]
    if len(nights) > 1 and len(nights) == len(rates):
        return float(len(nights))
    return round(min(rates) if min(rates) < 1 else rates[0], 4)


def _daily(r: Regimen, amount: float | None, inferred: bool) -> None:
    if amount is None or r.unit is None or "/" in r.unit:
        return
    r.daily_value, r.daily_unit = round(amount, 6), r.unit
    mass = table()["mass_mg"]
    if r.unit in mass and not inferred:
        r.daily_mg = round(amount * mass[r.unit], 6)


def _way_in(r: Regimen, items: list[Item], found: list[Level]) -> None:
    route = next((i for i in items if i.kind == "route"), None)
    form = next((i for i in items if i.kind == "form"), None)
    forms, of_unit = table()["form"], table()["route_of_unit"]
    if form:
        r.form = form.quantity.word
    counted = next((level.q.word or level.q.unit for level in found if (level.q.word or level.q.unit) in of_unit), None)
    if counted and not r.form:
        r.form = counted if counted in forms else r.form
    if route:
        r.route, r.route_span = route.quantity.word, (route.start, route.end)
    elif form and "route" in forms[r.form or ""]:
        r.route, r.route_span, r.route_inferred = forms[r.form or ""]["route"], (form.start, form.end), True
    elif counted:
        r.route, r.route_inferred = of_unit[counted], True


def _concentration(r: Regimen, items: list[Item], found: list[Level]) -> None:
    """`20 mg/5 ml … 2.5 ml every morning`: the volume taken at that strength is 10 mg."""
    strong = next((i for i in items if i.role == "concentration"), None)
    if strong is None or r.unit != "ml" or r.low is None or r.high is not None:
        return
    unit = re.split("/", strong.quantity.unit or "")[0]
    if unit in table()["mass_mg"] and r.doses_per_day and r.doses_per_day >= 1:
        amount = r.low * (strong.quantity.low or 0) * r.doses_per_day
        r.low, r.unit = None, unit
        _daily(r, amount, False)
        r.unit = None
