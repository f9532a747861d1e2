"""The rungs of a dose ladder as events: started, raised, lowered, tapered, stopped."""

import itertools
import re

from pipeline.records import EventKind
from pipeline.spans import Step
from pipeline.tag.regimens.levels import Level, course, says


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
        elif amount is not None and amount != before:
            kind = "increase" if amount > before else "taper" if tapering else "decrease"
        before = amount
        if kind:
            out.append(Step(kind, level.dose.start, level.dose.end, amount, level.q.unit, days))
    if stopped and ended:
        out.append(Step("stop", at + ended.start(), at + ended.end()))
    return out, stopped
