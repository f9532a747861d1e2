"""The rungs of a dose ladder as events: started, raised, lowered, tapered, stopped."""

import itertools
import re

from pipeline.records import EventKind
from pipeline.spans import Step
from pipeline.tag.quantities.scan import Item
from pipeline.tag.regimens.levels import Level, course, says

_RATES = ("times", "every", "fixed", "ly", "slot", "weekday", "everyday")
_TO = re.compile(r"(?:\bto|\bnow|->|=>|→)(?:\W+(?:just|only|taking|take|the|about|a|it|is|on))*\W*$")
_CLAUSE = re.compile(r"[.!?\n]")


def moved(folded: str, items: list[Item]) -> tuple[list[Item], list[Step]]:
    """`from three times a day to twice`, `upped it to four times daily`: the frequencies that still hold, and the steps.

    A step of how often has no amount: `value` is None. It is an increase or a decrease by the two rates where both are told, else by
    the verb; where neither says which, it is none. A frequency the words leave behind is dropped.
    """
    out: list[Item] = []
    moves: list[Step] = []
    for item in items:
        before = _CLAUSE.split(folded[max(0, item.start - 50) : item.start])[-1]
        to = _TO.search(before) if item.kind == "frequency" and item.role in _RATES and item.quantity.per_day else None
        if to:
            last = next((i for i in reversed(out) if i.kind in ("frequency", "dose")), None)
            old = last if last and last.kind == "frequency" and last.role in (*_RATES, "total") else None
            lead = before[: to.start()][-30:]
            kind = _direction(old.quantity.per_day or 1.0 if old else None, item.quantity.per_day or 0.0, lead, to[0])
            if kind:
                moves.append(Step(kind, item.start, item.end))
                out = [i for i in out if i is not old]
        out.append(item)
    return out, moves


def _direction(old: float | None, new: float, lead: str, to: str) -> EventKind | None:
    if old is not None and old != new:
        return "increase" if new > old else "decrease"
    if old is None and to.startswith("to"):
        return "increase" if says("up", lead) else "decrease" if says("down", lead) else None
    return None


def steps(folded: str, found: list[Level]) -> tuple[list[Step], bool]:
    """The rungs of a dose ladder and whether it ended in nothing."""
    real = [
        level for level in found if level.cue != "proposed" and level.q.role != "maximum" and level.q.low is not None
    ]
    if not real:
        return [], False
    real.sort(key=lambda level: (not (level.begins and level.cue == "past"), level.dose.start))
    last = max(real, key=lambda level: level.dose.start)
    at = max(last.end, last.lasted.end if last.lasted else 0)
    after = folded[at : at + 200]
    ended = re.match(
        rf"[^.!?\n]{{0,25}}?(?:,|;|>|->|\band\b|\bthen\b|\bto\b)[ ,]*(?:and |then |to |now |finally |i was |just )*(?:{course('stopped').pattern})",
        after,
    )
    stopped = (
        ended is not None
        and len(real) > 1
        and not re.match(r" (?:at|in|on|for|work|sick|days?)\b", after[ended.end() :])
    )
    context = folded[max(0, real[0].dose.start - 80) : last.end + 120]
    amounts = [level.q.low or 0.0 for level in real]
    falling = len(amounts) > 1 and all(a >= b for a, b in itertools.pairwise(amounts))
    tapering = falling and (stopped or says("taper", context) or any(level.lasted for level in real))
    out: list[Step] = []
    before: float | None = None
    unit: str | None = None
    for level in real:
        amount, days = level.q.low, level.lasted.quantity.days if level.lasted else None
        clause = re.split(r"[.!?\n]", folded[max(0, level.dose.start - 45) : level.dose.start])[-1]
        kind: EventKind | None = None
        if before is None:
            if level.begins:
                kind = "start"
            elif (
                len(real) == 1
                and (says("up", clause) or says("down", clause))
                and re.search(r"\bto (?:the |a |about )?$", clause)
            ):
                kind = "increase" if says("up", clause) else "decrease"
        elif amount is not None and amount != before and level.q.unit == unit:
            kind = "increase" if amount > before else "taper" if tapering else "decrease"
        before, unit = amount, level.q.unit
        if kind:
            out.append(Step(kind, level.dose.start, level.dose.end, amount, level.q.unit, days))
    if stopped and ended:
        out.append(Step("stop", at + ended.start(), at + ended.end()))
    return out, stopped
