"""What the elements of records are for, by what their classes say and by how they repeat."""

import collections
import dataclasses
import functools
import re

from pipeline.parse.bodies import parts_of
from pipeline.parse.lists import rows
from pipeline.parse.structure import anchors
from pipeline.parse.structure.page import Element, Page
from pipeline.parse.structure.records import Marks, Range

NO_NAME = re.compile(r"[\W\d_]*|\d+ .*|.*(?:https?:|www\.).*", re.S)
LABELLED = re.compile(r"[^:]{2,20}: ?[\d.,]+$|.*: .*")
LONGEST_NAME = 50
FLOW = 0.4  # of the words, without which in one element the record itself is the body
ALL_BUT = 0.97  # of the body's words stand in the element that is the body


def is_part(element: Element, part: str) -> bool:
    """Whether a class of an element says that it plays a part."""
    names = element.get("class")
    return bool(names) and part in parts_of(names)


@functools.cache
def no_names() -> frozenset[str]:
    """Words beside posts that are links or labels, never names; folded."""
    return frozenset(r["text"].casefold() for r in rows("no_names"))


@dataclasses.dataclass
class Record:
    """One record: its own elements (those of records within it left out), and what was found in it."""

    range: Range
    own: list[int]
    date: anchors.DateAt | None = None
    author: int | None = None
    body: int | None = None
    after: int | None = None  # the body's words begin behind this element
    signature: int | None = None


def own_elements(page: Page, records: list[Range]) -> list[Record]:
    """The records with their elements, each element in the innermost."""
    out = []
    for n, (a, b) in enumerate(records):
        inner = [r for r in records[n + 1 :] if r[0] < b]
        own = list(range(a, b))
        if inner:
            taken = {i for c, d in inner for i in range(c, d)}
            own = [i for i in own if i not in taken]
        out.append(Record((a, b), own))
    return out


def find_dates(marks: Marks, records: list[Record]) -> None:
    """The date of each record: of the part that most records have one in, to the minute rather than the day, the first."""
    page = marks.page
    at = {d.node: d for d in marks.dates if not anchors.JOINED.search(d.label) and not marks.quoted(d.node)}
    by_slot: dict[object, dict[int, anchors.DateAt]] = collections.defaultdict(dict)
    for n, record in enumerate(records):
        for i in record.own:
            if i in at and not is_part_within(page, i, record, "signature"):
                by_slot[page.slot(i)].setdefault(n, at[i])
    order = {slot: k for k, slot in enumerate(by_slot)}
    names = {n: page.words(r.author) for n, r in enumerate(records) if r.author is not None}

    def worth(slot: object) -> tuple[float, float]:
        found = by_slot[slot]
        exact = sum(has_clock(d) for d in found.values()) / len(found)
        varied = len({d.shown or d.stamp for d in found.values()}) > 1 or len(records) < 4
        by_author = {(names[n], d.shown or d.stamp) for n, d in found.items() if n in names}
        fixed = len(by_author) == len({name for name, _ in by_author}) < len([n for n in found if n in names]) and varied
        return round(len(found) / len(records), 1) + 0.15 * exact + 0.3 * varied - 0.5 * fixed, -order[slot]

    ranked = sorted(by_slot, key=worth, reverse=True)
    for n, record in enumerate(records):
        record.date = next((by_slot[s][n] for s in ranked if n in by_slot[s]), None)


def has_clock(date: anchors.DateAt) -> bool:
    return ":" in (date.shown or "") or bool(date.stamp)


def is_part_within(page: Page, node: int, record: Record, part: str) -> bool:
    """Whether an element or one around it, within the record, says that it is a part."""
    return any(is_part(page.nodes[i], part) for i in [node, *page.ancestors(node)] if i >= record.range[0])


def find_authors(marks: Marks, records: list[Record]) -> None:
    """The author of each record: of the short elements that most records have one of, the one most like a name."""
    page = marks.page
    members, called = set(marks.members), set(marks.named)
    by_slot: dict[object, dict[int, int]] = collections.defaultdict(dict)
    for n, record in enumerate(records):
        for i in record.own:
            if name_like(page, i) and not marks.quoted(i):
                by_slot[page.slot(i)].setdefault(n, i)
    order = {slot: k for k, slot in enumerate(by_slot)}

    def worth(slot: object) -> tuple[float, int]:
        found = by_slot[slot].values()
        n = len(found)
        share = n / len(records)
        names = {page.words(i).casefold() for i in found}
        varied = len(names) / n
        linked = sum(i in members for i in found) / n
        told = sum(i in called or any(a in called for a in page.ancestors(i)[:2]) for i in found) / n
        same = -2.0 if len(names) == 1 and n > 2 else 0.0
        return 2 * share + 0.8 * linked + 1.2 * told + 0.5 * varied + same, -order[slot]

    ranked = sorted(by_slot, key=worth, reverse=True)[:6]
    for n, record in enumerate(records):
        record.author = next((by_slot[s][n] for s in ranked if n in by_slot[s]), None)


def name_like(page: Page, node: int) -> bool:
    """Whether an element's words may be a name: few, no number, no date, no label."""
    if page.last[node] - page.first[node] != 1:
        return False
    text = page.words(node)
    if len(text) > LONGEST_NAME or text.casefold().strip(" :") in no_names():
        return False
    if LABELLED.match(text):
        return False
    return not NO_NAME.fullmatch(text) and text[-1] not in ".!?" and not anchors.find_date(text)


def find_bodies(marks: Marks, records: list[Record]) -> None:
    """The body of each record: of the parts without its date and name in them, the one most of the prose stands in."""
    page = marks.page
    by_slot: dict[object, dict[int, int]] = collections.defaultdict(dict)
    for n, record in enumerate(records):
        fixed = [i for i in (record.date.node if record.date else None, record.author) if i is not None]
        for i in record.own:
            if page.last[i] == page.first[i] and not is_part(page.nodes[i], "body"):
                continue
            if any(i <= f < page.end[i] for f in fixed) or is_part_within(page, i, record, "signature"):
                continue
            old = by_slot[page.slot(i)].get(n)
            if old is None or weight(page, i) > weight(page, old):
                by_slot[page.slot(i)][n] = i

    def worth(slot: object) -> float:
        found = by_slot[slot].values()
        hint = 1.25 if is_part(page.nodes[next(iter(found))], "body") else 1.0
        return sum(weight(page, i) for i in found) * hint

    whole = sum(prose(page, r) for r in records)
    ranked = sorted(by_slot, key=worth, reverse=True)
    if not ranked or sum(page.mass_of(i) for i in by_slot[ranked[0]].values()) < FLOW * whole:
        flow(page, records)
        return
    best = worth(ranked[0])
    # of those that hold nearly all of it, the innermost
    near = [s for s in ranked if worth(s) >= ALL_BUT * best and len(by_slot[s]) >= 0.9 * len(by_slot[ranked[0]])]
    chosen = max(near, key=lambda s: len(page.ancestors(next(iter(by_slot[s].values())))))
    for n, record in enumerate(records):
        record.body = next((by_slot[s][n] for s in [chosen, *ranked] if n in by_slot[s]), None)


def prose(page: Page, record: Record) -> int:
    """Characters of a record but for its date and name."""
    fixed = [i for i in (record.date.node if record.date else None, record.author) if i is not None]
    a, b = record.range
    return max(page.masses[page.last[b - 1]], page.masses[page.last[a]]) - page.masses[page.first[a]] - sum(
        page.mass_of(i) for i in fixed
    )


def flow(page: Page, records: list[Record]) -> None:
    """Bodies that have no element of their own: the words of the record behind its name and date."""
    for record in records:
        fixed = [i for i in (record.date.node if record.date else None, record.author) if i is not None]
        a, b = record.range
        record.body = a if page.end[a] == b else page.parent[a]
        record.after = max(fixed, default=None)


def find_signatures(page: Page, records: list[Record]) -> None:
    """Signatures that stand beside the body."""
    for record in records:
        record.signature = next((i for i in record.own if is_part(page.nodes[i], "signature")), None)


def weight(page: Page, node: int) -> float:
    """Characters of an element, linked ones for little."""
    return page.mass_of(node) + 0.05 * sum(len(t) for t in page.texts[page.first[node] : page.last[node]])
