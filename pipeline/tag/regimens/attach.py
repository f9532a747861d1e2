"""Which treatment each quantity belongs to: the nearest by the words between, sentence by sentence and list by list."""

import re

from pipeline.spans import Tagged
from pipeline.tag.quantities.scan import Item
from pipeline.tag.regimens.candidates import is_drug

_BOUNDARY = re.compile(r"[.!?]+[\"')]*(?=\s+\S)|\n+")
_ABBREVIATION = re.compile(r"(?:\b(?:dr|mr|mrs|ms|st|vs|approx|eg|e\.g|i\.e|etc|no|inc|[a-z])\.)\Z", re.I)
_RIGHT = re.compile(
    r"[ ]?(?:(?:of|worth of|in) )?(?:(?:my|the|that|this|her|his|their|a|an|some|oral|generic|daily|each of) )*(?:(?:\w+ )?(?:tablets?|tabs?|pills?|capsules?|caps|patch(?:es)?) (?:of )?)?",
    re.I,
)
_LEFT = re.compile(
    r"[ ]?(?:[:,(=@\-–—/]+[ ]?)?(?:(?:at|is|was|to|of|on|for me|here|now|currently|still|tablets?|tabs?|pills?|patch(?:es)?|the|my) ?)*[:,]?[ ]?",
    re.I,
)
_GLUE = re.compile(
    r"[ ,;.(/+&:\-–—]{0,3}(?:(?:and|or|at|to|then|also|taken|each|a dose|total|by|via|given|it's|its) )?", re.I
)
_TAKING = re.compile(
    r"\b(?:tak(?:e|es|ing|en)|took|us(?:e|es|ed|ing)|inject\w*|on (?:it|this|them|that)|it'?s|dose|get|have|having|got)\b|\d ?(?:mg|mcg|g|units?|ml)\b",
    re.I,
)
SENTENCE, LIMIT = 6.0, 30.0


def sentence_ends(text: str, items: list[Item]) -> list[int]:
    """Offsets at which a sentence or a line ends; a stop inside a quantity ("q.d.") or an abbreviation is none."""
    inside = [(i.start, i.end) for i in items]
    ends = []
    for m in _BOUNDARY.finditer(text):
        if any(a <= m.start() < b and not (m.end() == b and text[m.end() :].lstrip()[:1].isupper()) for a, b in inside):
            continue
        if m[0][0] == "." and _ABBREVIATION.search(text[max(0, m.start() - 6) : m.start() + 1]):
            continue
        ends.append(m.end())
    return ends


def _cost(text: str, a: int, b: int, ends: list[int], between: int) -> float:
    gap = text[a:b]
    cost = (
        len(gap) / 25
        + gap.count(",") * 0.4
        + len(re.findall(r"[;:]|\b(?:and|plus|but|then|with)\b", gap)) * 0.6
        + between * 5
    )
    crossed = sum(a < e <= b for e in ends)
    return cost + crossed * SENTENCE + text.count("\n\n", a, b) * SENTENCE


def attach(text: str, treatments: list[Tagged], items: list[Item], ends: list[int]) -> dict[int, int]:
    """Index of an item -> index of its treatment; items that belong to none are left out."""
    order = sorted(range(len(treatments)), key=lambda i: (treatments[i].start, i))
    any_drug = any(is_drug(t) for t in treatments)
    owner: dict[int, int] = {}
    for k, item in enumerate(items):
        able = [i for i in order if item.kind not in ("dose",) or is_drug(treatments[i]) or not any_drug]
        inside = [i for i in able if treatments[i].start < item.end and item.start < treatments[i].end]
        if inside:
            via = [
                i
                for i in able
                if is_drug(treatments[i])
                and treatments[i].end <= item.start
                and not any(treatments[i].end < e <= item.start for e in ends)
            ]
            owner[k] = via[-1] if via and not is_drug(treatments[inside[0]]) and item.kind == "route" else inside[0]
            continue
        if k and k - 1 in owner and items[k - 1].end <= item.start and owner[k - 1] in able:
            t = treatments[owner[k - 1]]
            gap = text[items[k - 1].end : item.start]
            close = _GLUE.fullmatch(gap) or (items[k - 1].kind == "dose" and re.fullmatch(r" (?:[\w']+ ){1,3}", gap))
            if (
                item.kind != "dose"
                and close
                and not (items[k - 1].end <= t.start < item.start)
                and not _adjacent_right(text, item, able, treatments)
            ):
                owner[k] = owner[k - 1]
                continue
            if (
                item.kind == "dose"
                and items[k - 1].kind == "dose"
                and re.fullmatch(r"[,/>;-]+ ?(?:\w+ )?", gap)
                and not _adjacent_right(text, item, able, treatments)
                and not any(items[k - 1].end <= o.start < item.start for o in treatments)
            ):
                owner[k] = owner[k - 1]  # a list of doses stays together
                continue
        best = _nearest(text, treatments, able, item, ends)
        if best is not None and not _stray(text, item, best, treatments, ends):
            owner[k] = best
    _respectively(text, treatments, items, ends, owner)
    return owner


def _adjacent_right(text: str, item: Item, able: list[int], treatments: list[Tagged]) -> bool:
    return item.kind == "dose" and any(
        _RIGHT.fullmatch(text[item.end : treatments[i].start]) for i in able if treatments[i].start >= item.end
    )


def _nearest(text: str, treatments: list[Tagged], able: list[int], item: Item, ends: list[int]) -> int | None:
    left = [i for i in able if treatments[i].end <= item.start]
    right = [i for i in able if treatments[i].start >= item.end]
    options: list[tuple[float, int, int]] = []
    if left:
        i = left[-1]
        gap = text[treatments[i].end : item.start]
        cost = (
            0.5 + len(gap) / 100 + 0.1 * gap.count(",")
            if _LEFT.fullmatch(gap) and "\n" not in gap
            else 1 + _cost(text, treatments[i].end, item.start, ends, 0)
        )
        options.append((cost, 0, i))
    if right:
        i = right[0]
        gap = text[item.end : treatments[i].start]
        if _RIGHT.fullmatch(gap) and "\n" not in gap:
            cost = 0.0 if re.match(r"\s?(?:of|worth)\b", gap) else 0.45
        else:
            crossed = any(item.end <= e <= treatments[i].start for e in ends)
            cost = (
                (3.5 if item.kind == "duration" else 2)
                + _cost(text, item.end, treatments[i].start, ends, 0)
                + (SENTENCE if crossed else 0)
            )
            start = max((e for e in ends if e <= item.start), default=0)
            if (
                left
                and item.kind == "duration"
                and re.search(r"\b(?:it|them|that one|this one)\b", text[start : item.start], re.I)
            ):
                cost += 2 * SENTENCE  # `I stuck with it for four years, so he moved me to …`
            cost += 99 if crossed and item.kind in ("duration", "date") else 0
        options.append((cost, 1, i))
    if not options:
        return None
    cost, _, i = min(options)
    return i if cost <= LIMIT else None


def _stray(text: str, item: Item, i: int, treatments: list[Tagged], ends: list[int]) -> bool:
    """Times of the day, routes and forms said in another sentence belong to no treatment."""
    t = treatments[i]
    a, b = (t.end, item.start) if t.end <= item.start else (item.end, t.start)
    crossed = sum(a < e <= b for e in ends)
    if item.kind == "route" and crossed == 1 and sum(map(is_drug, treatments)) == 1:
        return False
    if item.kind in ("route", "form") or item.role in ("slot", "total", "everyday", "none"):
        return crossed > 0 or b - a > 120
    if item.kind != "frequency":
        return False
    if not crossed and t.end <= item.start:
        gap = text[t.end : item.start]
        return len(gap) > 30 and not _TAKING.search(gap[-40:]) and not re.fullmatch(r"[^,;]{0,60}", gap)
    if not crossed:
        return False
    start = max((e for e in ends if e <= item.start), default=0)
    return crossed > 1 or not (item.start - start < 12 or _TAKING.search(text[start : item.start]))


def _respectively(
    text: str, treatments: list[Tagged], items: list[Item], ends: list[int], owner: dict[int, int]
) -> None:
    """`A and B, 5 mg and 10 mg respectively`."""
    for m in re.finditer(r"\brespectively\b|\bin that order\b", text, re.I):
        start = max((e for e in ends if e <= m.start()), default=0)
        doses = [k for k, item in enumerate(items) if item.kind == "dose" and start <= item.start < m.start()]
        drugs = [
            i
            for i, t in sorted(enumerate(treatments), key=lambda p: p[1].start)
            if start <= t.start < m.start() and is_drug(t)
        ]
        if len(doses) == len(drugs):
            owner.update(zip(doses, drugs, strict=True))
