"""Which treatment each quantity belongs to: the nearest by the words between, sentence by sentence and list by list."""

import re

from pipeline.spans import Tagged
from pipeline.tag.quantities.scan import Item
from pipeline.tag.regimens.candidates import is_drug
from pipeline.tag.regimens.places import Row, crossed, sentence_start

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
    r"\b(?:tak(?:e|es|ing|en)|took|us(?:e|es|ed|ing)|inject\w*|on (?:it|this|them|that)|it'?s|dose|get|have|having|got)\b|\b(?:upp|rais|increas|cut|reduc|dropp|bump|mov|chang|switch|lower|down|back|gone|went)\w* (?:it|them|me|him|her|up|down|to|from)\b|\d ?(?:mg|mcg|g|units?|ml)\b",
    re.I,
)
SENTENCE, LIMIT = 6.0, 30.0


def _cost(text: str, a: int, b: int, ends: list[int]) -> float:
    """How far apart two places are: the longer, the more joined and the more often ended, the farther."""
    stops = crossed(ends, a, b)
    if (b - a) / 25 + stops * SENTENCE > LIMIT:
        return LIMIT + 1
    gap = text[a:b]
    joints = len(re.findall(r"[;:]|\b(?:and|plus|but|then|with)\b", gap))
    return len(gap) / 25 + gap.count(",") * 0.4 + joints * 0.6 + (stops + gap.count("\n\n")) * SENTENCE


def attach(text: str, treatments: list[Tagged], items: list[Item], ends: list[int]) -> dict[int, int]:
    """Index of an item -> index of its treatment; items that belong to none are left out. Linear in both."""
    every, drugs = Row(treatments), Row(treatments, is_drug)
    owner: dict[int, int] = {}
    for k, item in enumerate(items):
        able = drugs if item.kind == "dose" and drugs.ids else every
        if inside := able.over(item.start, item.end):
            owner[k] = _named(treatments, item, inside[0], drugs.left(item.start), ends)
        elif (last := owner.get(k - 1)) is not None and _continues(text, treatments, items, k, last, every, able):
            owner[k] = last
        else:
            best = _nearest(text, treatments, able, item, ends)
            if best is not None and not _stray(text, item, best, treatments, ends, len(drugs.ids)):
                owner[k] = best
    _in_order(text, treatments, items, ends, owner, drugs)
    return owner


def _named(treatments: list[Tagged], item: Item, inside: int, drug: int | None, ends: list[int]) -> int:
    """A quantity inside a treatment's words is its own; a device it names as the way in ("pump") serves the drug before it."""
    by = item.kind == "route" and not is_drug(treatments[inside]) and drug is not None
    return drug if by and drug is not None and not crossed(ends, treatments[drug].end, item.start) else inside


def _continues(
    text: str, treatments: list[Tagged], items: list[Item], k: int, last: int, every: Row, able: Row
) -> bool:
    """Whether an item goes with the one before it, owned by `last`: `10 mg at night`, `20 mg, 40 mg`."""
    item, before = items[k], items[k - 1]
    if before.end > item.start or last not in able.over(treatments[last].start, treatments[last].start + 1):
        return False
    if before.end <= treatments[last].start < item.start or _adjacent_right(text, item, able, treatments):
        return False
    gap = text[before.end : item.start]
    if item.kind != "dose":
        return bool(_GLUE.fullmatch(gap) or (before.kind == "dose" and re.fullmatch(r" (?:[\w']+ ){1,3}", gap)))
    listed = before.kind == "dose" and re.fullmatch(r"[,/>;-]+ ?(?:\w+ )?", gap)
    return bool(listed) and not every.between(before.end, item.start)


def _adjacent_right(text: str, item: Item, able: Row, treatments: list[Tagged]) -> bool:
    i = able.right(item.end) if item.kind == "dose" else None
    return (
        i is not None
        and treatments[i].start - item.end < 80
        and bool(_RIGHT.fullmatch(text[item.end : treatments[i].start]))
    )


def _nearest(text: str, treatments: list[Tagged], able: Row, item: Item, ends: list[int]) -> int | None:
    left, right = able.left(item.start), able.right(item.end)
    options: list[tuple[float, int, int]] = []
    if left is not None:
        a = treatments[left].end
        gap = text[a : min(item.start, a + 200)]
        beside = item.start - a < 200 and "\n" not in gap and _LEFT.fullmatch(gap)
        cost = 0.5 + len(gap) / 100 + 0.1 * gap.count(",") if beside else 1 + _cost(text, a, item.start, ends)
        options.append((cost, 0, left))
    if right is not None:
        options.append((_to_the_right(text, item, treatments[right], left is not None, ends), 1, right))
    cost, _, best = min(options, default=(LIMIT + 1, 0, -1))
    return best if cost <= LIMIT else None


def _to_the_right(text: str, item: Item, t: Tagged, also_left: bool, ends: list[int]) -> float:
    gap = text[item.end : min(t.start, item.end + 200)]
    if t.start - item.end < 200 and "\n" not in gap and _RIGHT.fullmatch(gap):
        return 0.0 if re.match(r"\s?(?:of|worth)\b", gap) else 0.45
    stopped = crossed(ends, item.end - 1, t.start) > 0
    cost = (3.5 if item.kind == "duration" else 2) + _cost(text, item.end, t.start, ends) + stopped * SENTENCE
    before = text[sentence_start(ends, item.start) : item.start][-400:]
    if also_left and item.kind == "duration" and re.search(r"\b(?:it|them|that one|this one)\b", before, re.I):
        cost += 2 * SENTENCE  # `I stuck with it for four years, so he moved me to …`
    return cost + (99 if stopped and item.kind in ("duration", "date") else 0)


def _stray(text: str, item: Item, i: int, treatments: list[Tagged], ends: list[int], n_drugs: int) -> bool:
    """Times of the day, routes and forms said in another sentence belong to no treatment."""
    t = treatments[i]
    a, b = (t.end, item.start) if t.end <= item.start else (item.end, t.start)
    stops = crossed(ends, a, b)
    if item.kind == "route" and stops == 1 and n_drugs == 1:
        return False
    if item.kind in ("route", "form") or item.role in ("slot", "total", "everyday", "none"):
        return stops > 0 or b - a > 120
    if item.kind != "frequency":
        return False
    if not stops and t.end <= item.start:
        gap = text[t.end : item.start]
        return len(gap) > 30 and not _TAKING.search(gap[-40:]) and not re.fullmatch(r"[^,;]{0,60}", gap)
    if not stops:
        return False
    start = sentence_start(ends, item.start)
    return stops > 1 or not (item.start - start < 12 or _TAKING.search(text[start : item.start]))


_LISTED = re.compile(r",? ?(?:and|&|\+|,) ?(?:the |my )?")
_THEN_DOSES = re.compile(r"(?:,| at| are| is| -|:)* ?(?:at |both at |in doses of )?")


def _in_order(
    text: str, treatments: list[Tagged], items: list[Item], ends: list[int], owner: dict[int, int], drugs: Row
) -> None:
    """`A and B, 5 mg and 10 mg (respectively)`: as many doses in a row as drugs in a row before them go in turn."""
    doses = [k for k, item in enumerate(items) if item.kind == "dose"]
    row: list[int] = []
    for n, k in enumerate(doses):
        following = n + 1 < len(doses) and _LISTED.fullmatch(text[items[k].end : items[doses[n + 1]].start][:20])
        row.append(k)
        if following:
            continue
        names = _names_before(text, treatments, items[row[0]].start, drugs)
        said = re.match(r"[^.!?\n]{0,60}?\b(?:respectively|in that order)\b", text[items[k].end :][:90], re.I)
        if said and len(names) != len(row):
            names = drugs.between(sentence_start(ends, items[row[0]].start), items[k].end)
        if len(row) > 1 and len(names) == len(row):
            owner.update(zip(row, names, strict=True))
        row = []


def _names_before(text: str, treatments: list[Tagged], at: int, drugs: Row) -> list[int]:
    """The drugs listed without anything between them right before `at`."""
    names: list[int] = []
    i = drugs.left(at)
    if i is None or not _THEN_DOSES.fullmatch(text[treatments[i].end : at][:30]):
        return names
    while i is not None:
        names.insert(0, i)
        j = drugs.left(treatments[i].start)
        i = j if j is not None and _LISTED.fullmatch(text[treatments[j].end : treatments[i].start][:20]) else None
    return names
