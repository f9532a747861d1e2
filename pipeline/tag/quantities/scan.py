"""One pass over a text: at every word the longest rule that fits, so that a number is read once and as one thing."""

import dataclasses
import functools
import re

from pipeline.records import Label
from pipeline.spans import Quantity, Tagged
from pipeline.tag.quantities import doses
from pipeline.tag.quantities.grammar import NUMBER, Possible, Rule
from pipeline.tag.quantities.numbers import fold, table
from pipeline.tag.quantities.readings import read_duration, read_frequency

_TOKEN = re.compile(r"[a-z]+|[0-9½¼¾⅓⅔]|\.(?=\d)|[$£€#/']")
_DIGITS = re.compile(r"[\d.,½¼¾⅓⅔]*[\d½¼¾⅓⅔]|.")
LABELS: dict[str, Label] = {
    "dose": "DOSE",
    "frequency": "FREQUENCY",
    "route": "ROUTE",
    "form": "FORM",
    "duration": "DURATION",
}


@dataclasses.dataclass(slots=True)
class Item:
    """One reading of a stretch of text.

    `kind`: dose | frequency | route | form | duration | date, numbers that may yet be a dose beside a drug (strength, bare,
    percent), or not_dose. `role` refines it: a dose is an amount (None), maximum, step, concentration, combination or fall (20 mg
    to 10 mg); a frequency is times, every, fixed, ly, none, prn, slot (a time of the day), weekday, split, hours, total (a day) or
    count (N a day); a duration span, ordinal, ago, since, between or date.
    """

    start: int
    end: int
    kind: str
    role: str | None
    quantity: Quantity
    glued: bool = False


@functools.cache
def _number_leads() -> frozenset[str]:
    return frozenset(table()["numbers"]["words"]) | {"a", "an", "half", "quarter", "couple", "three", "one"}


@functools.lru_cache(maxsize=64)
def scan(text: str) -> tuple[Item, ...]:
    """Everything the grammar reads in a text, left to right, without overlap."""
    folded, numeric = fold(text), _number_leads()
    index = Possible(folded)
    items: list[Item] = []
    at = 0
    while m := _TOKEN.search(folded, at):
        start, word = m.span()[0], m[0]
        at = m.end()
        digit = word[0] in "0123456789.½¼¾⅓⅔"
        if (
            digit
            and start
            and folded[start - 1].isalpha()
            and not (folded[start - 1] == "x" and (start < 2 or not folded[start - 2].isalpha()))
        ):
            at = _DIGITS.match(folded, start).end()  # type: ignore[union-attr]
            continue
        number, words = digit or word in numeric, index[word]
        item = _longest(folded, start, words, number, index[NUMBER])
        if (
            item and item.glued and not stands(text, (*items[-4:], item), len(items[-4:]))
        ):  # "a month" alone is a duration, not a rate
            item = _longest(folded, start, tuple(r for r in words if not r.glued), number, index[NUMBER]) or item
        if item:
            items.append(item)
            at = item.end
        elif digit:
            at = _DIGITS.match(folded, start).end()  # type: ignore[union-attr]
    return tuple(items)


def _longest(text: str, start: int, words: tuple[Rule, ...], number: bool, numbers: tuple[Rule, ...]) -> Item | None:
    best: tuple[Rule, re.Match[str]] | None = None
    for rule in (*words, *numbers) if number else words:
        m = rule.regex.match(text, start)
        if m and (best is None or m.end() > best[1].end()):
            best = rule, m
    end = best[1].end() if best else start
    if number and (found := doses.match(text, start)):
        kind, stop, q = found
        if stop > end or (stop == end and kind in ("dose", "percent")):
            return Item(start, stop, kind, q.role, q)
    if best is None or end == start:
        return None
    return _item(text, *best)


def _item(text: str, rule: Rule, m: re.Match[str]) -> Item | None:
    q = Quantity(word=rule.word, role=rule.role)
    if rule.kind == "frequency":
        read_frequency(rule, m, q)
        if rule.role == "weekday" and q.per_day is None:
            return None
    elif rule.kind == "duration":
        read_duration(rule, m, q)
    kind = "date" if rule.role == "date" else rule.kind
    return Item(m.start(), m.end(), kind, rule.role, q, rule.glued or (rule.role == "weekday" and q.word == "once"))


def find_quantities(text: str) -> list[Tagged]:
    """Doses, frequencies, routes, forms and durations of a text as numbers, in order, without overlap.

    Numbers that only a drug beside them makes a dose ("lexapro 20") are left to `pipeline.tag.regimens`; times of the day
    and "a day" count only where an amount stands before them or something is taken.
    """
    items, found = scan(text), list[Tagged]()
    for i, item in enumerate(items):
        kind = item.kind
        if kind == "percent" and strength_of_form(text, items, i):
            kind = "dose"
        if kind not in LABELS or not stands(text, items, i):
            continue
        found.append(
            Tagged(
                item.start,
                item.end,
                text[item.start : item.end],
                LABELS[kind],
                quantity=item.quantity,
                method=f"quantities:{item.role or kind}",
            )
        )
    return found


@functools.cache
def _taking() -> re.Pattern[str]:
    return re.compile(
        r"\b(?:tak(?:e|es|ing|en)|took|us(?:e|es|ed|ing)|inject\w*|swallow\w*|pop|dos(?:e|es|ed|ing)|tablets?|pills?|appl(?:y|ied)|spray|inhale\w*|drops?|cream|gel|patch(?:es)?|given|gave|put on|prescribed|steroids?|meds?|i do|i'm on|im on)\b",
        re.I,
    )


def strength_of_form(text: str, items: tuple[Item, ...], i: int) -> bool:
    """A percentage is a strength where a cream, gel or the like follows or precedes."""
    beside = [items[j] for j in (i - 1, i + 1) if 0 <= j < len(items) and items[j].kind == "form"]
    near = any(-1 < gap < 25 for b in beside for gap in (b.start - items[i].end, items[i].start - b.end))
    return near or bool(
        re.match(r" (?:\w+ )?(?:solution|saline|strength|wash|soap)\b", text[items[i].end : items[i].end + 30], re.I)
    )


def stands(text: str, items: tuple[Item, ...], i: int) -> bool:
    """Whether a frequency that means little alone has an amount, another frequency or a verb of taking to lean on."""
    item = items[i]
    if item.kind == "route" and item.glued and text[item.start : item.end].isupper() and not text.isupper():
        return True
    if item.kind == "route" and not item.glued:  # "nasal congestion" is no route
        around = text[max(0, item.start - 60) : item.end + 40]
        beside = [p for p in items[max(0, i - 3) : i + 4] if p.kind in ("dose", "form", "frequency") and p is not item]
        return bool(_taking().search(around)) or any(abs(p.start - item.start) < 40 for p in beside)
    before = [p for p in items[max(0, i - 4) : i] if p.kind in ("dose", "bare", "strength", "percent", "frequency")]
    if item.kind not in ("frequency", "route") or not (item.glued or item.role in ("slot", "count", "none", "hours")):
        return True
    if item.role == "total":
        last = [p for p in before if p.kind != "frequency" or p.role in ("count", "split")]
        if (
            last
            and last[-1].kind == "bare"
            and not re.fullmatch(r"[ ,]{0,2}(?:of .{1,30})?", text[last[-1].end : item.start])
        ):
            return False  # 10,000 steps a day
        return (
            bool(last) and item.start - last[-1].end < 50 and not re.search(r"[.!?\n]", text[last[-1].end : item.start])
        )
    if item.glued:
        before = [p for p in items[max(0, i - 1) : i] if p.kind in ("route", "form")] or before  # `160 mg po qday`
        return (
            bool(before)
            and re.fullmatch(r"[ ,.(/+&-]{0,3}(?:and |or |[xisecl][rl] )?", text[before[-1].end : item.start], re.I)
            is not None
        )
    sentence = re.split(r"[.!?\n]", text[max(0, item.start - 120) : item.start])[-1]
    return any(item.start - p.end < len(sentence) for p in before if p.kind != "frequency") or bool(
        _taking().search(sentence)
    )
