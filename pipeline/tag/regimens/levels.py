"""The doses of one treatment in the order told: which one holds now, which are rungs of a ladder, which make up one day."""

import dataclasses
import functools
import re

from pipeline.spans import Quantity
from pipeline.tag.quantities.numbers import GAP, table
from pipeline.tag.quantities.scan import Item

_SLOTS = ("slot", "weekday", "fixed", "ly")
_MOST = 120  # quantities of one treatment that are read; a post with more is no prose
_SENTENCE = re.compile(r"[.!?](?=\s)|\n")


@dataclasses.dataclass(slots=True)
class Level:
    """One dose with how often it is taken and, on a ladder, how long."""

    dose: Item
    often: list[Item] = dataclasses.field(default_factory=list)
    lasted: Item | None = None
    cue: str = ""  # proposed | past | now | ""
    begins: bool = False

    @property
    def q(self) -> Quantity:
        return self.dose.quantity

    @property
    def end(self) -> int:
        return max([self.dose.end, *(o.end for o in self.often)])


@functools.cache
def course(name: str) -> re.Pattern[str]:
    inner = "|".join(table()["course"][name]).replace(" ", GAP)
    return re.compile(rf"(?<![\w'])(?:{inner})(?![\w])")


def says(name: str, text: str) -> bool:
    """Whether folded text holds one of the cues `[course] name`."""
    return course(name).search(text) is not None


def levels(folded: str, items: list[Item]) -> tuple[list[Level], list[Item]]:
    """Doses in order, each with the frequencies after it, and the frequencies told before any dose."""
    found: list[Level] = []
    loose: list[Item] = []
    for item in items[:_MOST]:
        if item.kind == "dose" and item.role not in ("step", "concentration"):
            if (
                item.role == "maximum"
                and found
                and (found[-1].q.low or 0) < (item.quantity.high or 0)
                and re.search(r"[,;.>-] ?(?:then |and )?up to $", folded[max(0, item.start - 16) : item.start])
            ):
                item.quantity.low, item.quantity.role, item.role = (
                    item.quantity.high,
                    None,
                    None,
                )  # `started at 5, up to 10 after a week`
            for dose in _ends(folded, item):
                found.append(Level(dose))
        elif item.kind == "frequency":
            (found[-1].often if found else loose).append(item)
        elif (
            item.kind == "duration"
            and found
            and found[-1].lasted is None
            and item.role == "span"
            and re.fullmatch(
                r"[ ,(]*(?:(?:[a-z]+ ){0,3}for (?:the |about |around )?|x ?|× ?)", folded[found[-1].end : item.start]
            )
        ):
            found[-1].lasted = item
    for k, level in enumerate(found):
        since = found[k - 1].dose.end if k else 0
        since = max(since, level.dose.start - 70)
        stops = [m.end() for m in _SENTENCE.finditer(folded, since, level.dose.start)]
        clause = folded[stops[-1] if stops else since : level.dose.start]
        rest = folded[level.end : level.end + 40]
        rest = re.split(r"[.;!?\n,]", rest)[0]
        if k and found[k - 1].dose.start == level.dose.start:  # the second of `from 30 to 45 mg`
            level.cue = "proposed" if found[k - 1].cue == "proposed" else ""
            continue
        level.begins = level.begins or says("start", clause) or says("start_after", rest)
        if not level.cue:
            level.cue = (
                "proposed"
                if says("proposed", clause)
                else "past"
                if course("too_much").match(folded, level.end + 1)
                else "now"
                if says("now", clause)
                else "past"
                if level.begins or says("past", clause)
                else ""
            )
        if (
            re.match(
                r",? ?(?:\w+ )?(?:which is |and that'?s |that is )?(?:where i|now\b|currently|atm\b|at the moment|these days|still\b|at present)",
                folded[level.end : level.end + 40],
            )
            and level.cue != "proposed"
            and all(
                other.dose.start != level.dose.start for other in found[k + 1 : k + 2]
            )  # not the first of `from 1 to 3 mg`
        ):
            level.cue = "now"
    return found, loose


def _ends(folded: str, item: Item) -> list[Item]:
    """`from 20 to 40 mg` and `20 mg to 10 mg` are two doses, not a range."""
    q = item.quantity
    if q.low is None or q.high is None or q.low == q.high or item.role in ("combination", "maximum"):
        return [item]
    before = folded[max(0, item.start - 40) : item.start]
    moved = re.search(
        r"(?:from|went|increased|raised|upped|bumped|reduced|dropped|cut|tapered|moved)(?: it| me| him| her| my \w+)?(?: up| down)?(?: from)? $",
        before,
    )
    if q.low < q.high and not (moved and re.search(r"\bto\b|-", folded[item.start : item.end])):
        return [item]
    return [
        dataclasses.replace(item, quantity=dataclasses.replace(q, low=v, high=v, role=None), role=None)
        for v in (q.low, q.high)
    ]


def _things(level: Level) -> bool:
    return (
        level.q.unit in ("tablet", "capsule")
        and level.q.low is not None
        and level.q.low == level.q.high
        and level.q.low <= 20
    )


def multiplied(folded: str, found: list[Level]) -> list[Level]:
    """Tablets told beside their strength become an amount: `10/325, one every six hours`, `four 25 mg … another two`."""
    out: list[Level] = []
    strength: tuple[float, str | None, bool] | None = None
    for level in found:
        q = level.q
        last = out[-1] if out else None
        mass = q.low and q.high and q.unit not in ("tablet", "capsule") and q.count is None and q.per is None
        if (
            last
            and mass
            and _things(last)
            and last.often
            and not level.often
            and re.match(
                r" ?(?:a pop|a go|each time|at a time|per dose|a time|altogether|in all|total)\b",
                folded[level.dose.end :],
            )
        ):
            out[-1] = dataclasses.replace(level, often=last.often)  # `4 Advil every 6 hours. 800 mg a pop.`
            continue
        told = (
            q.word in ("tablet", "capsule")
            or (last is not None and re.match(r" of (?:\w+ ){0,3}$", folded[last.dose.end : level.dose.start] or "x"))
            or (
                last is not None
                and q.role == "combination"
                and re.fullmatch(r" (?:[\w'-]+ ){1,3}", folded[last.dose.end : level.dose.start])
            )
            or (
                last is not None and re.fullmatch(r" ?[x×](?: [\w'-]+){1,3} ", folded[last.dose.end : level.dose.start])
            )
            or re.match(r" ?(?:each|apiece)\b", folded[level.dose.end :])
        )
        if (
            last
            and mass
            and told
            and _things(last)
            and (not last.often or q.word is None)
            and q.low
            and q.high
            and level.dose.start - last.dose.end < 40
        ):
            count = last.q.low or 1.0  # `8 prednisone 5 mg tablets`
            strength = (q.low, q.unit, q.inferred)
            new = dataclasses.replace(
                q, low=q.low * count, high=q.high * count, count=count, word=q.word or last.q.unit
            )
            out[-1] = dataclasses.replace(
                level,
                dose=dataclasses.replace(level.dose, start=last.dose.start, quantity=new),
                often=level.often or last.often,
            )
            continue
        tablets = q.unit in ("tablet", "capsule") and q.role not in ("maximum",)
        if tablets and strength and q.low is not None and q.high is not None and q.low <= 12:
            amount, unit, inferred = strength
            new = dataclasses.replace(
                q, low=q.low * amount, high=q.high * amount, unit=unit, inferred=inferred, role=None
            )
            if out and not out[-1].often and out[-1].q.count is None and out[-1].lasted is None:
                out.pop()
            level = dataclasses.replace(level, dose=dataclasses.replace(level.dose, quantity=new, role=None))
        elif q.unit not in ("tablet", "capsule") and q.low is not None and q.low == q.high and q.per is None:
            strength = (q.low / (q.count or 1.0), q.unit, q.inferred)
        out.append(level)
    return out


def uneven(folded: str, found: list[Level]) -> list[Level] | None:
    """The doses that make up one day or one week, where intakes are told one by one; None where they are not."""
    for first in range(len(found)):
        group = [found[first]]
        for level in found[first + 1 :]:
            gap = folded[group[-1].end : level.dose.start]
            if (
                re.search(r"[.!?]\s|\n\n", gap)
                or len(gap.split()) > 9
                or says("now", gap)
                or says("up", gap)
                or says("down", gap)
                or re.search(r"\b(?:to|was|before that|or|than|instead)\b", gap)
                or "->" in gap
                or ">" in gap
            ):
                break
            group.append(level)
        if (
            len(group) > 2
            and all(o.role == "total" for o in group[0].often)
            and group[0].q.low
            and abs(group[0].q.low - sum(g.q.low or 0 for g in group[1:])) < 1e-6
        ):
            group = group[1:]  # `90 mg: 60 in the morning, 30 at night`
        slots = [[o for o in level.often if o.role in _SLOTS or o.role == "count"] for level in group]
        times = [" ".join(folded[o.start : o.end].split()) for s in slots for o in s]
        if (
            len(group) > 1
            and sum(bool(s) for s in slots) >= len(group) - (len(group) > 2 or _joined(folded, group))
            and len(set(times)) == len(times)
            and all(g.lasted is None for g in group)
        ):
            return group
    return None


def _joined(folded: str, group: list[Level]) -> bool:
    return (
        re.fullmatch(r"[ ,]*(?:and|plus|then|\+|&)[ ,]*(?:then |another )?", folded[group[0].end : group[1].dose.start])
        is not None
    )


def current(folded: str, found: list[Level]) -> Level | None:
    """The level that holds at the time of writing; None where a ladder has reached nothing."""
    real = [level for level in found if level.cue != "proposed"] or found
    real = [level for level in real if level.q.role != "maximum"] or real  # "2 mg, max 8 a day": 2 mg is taken
    if not real:
        return None
    told = (
        [level for level in real if level.cue == "now"]
        or [level for level in real if level.cue != "past" or len(real) == 1]
        or real
    )
    return told[-1]
