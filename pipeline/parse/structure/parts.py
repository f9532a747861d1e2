"""What the elements of records are for, by what their classes say and by how they repeat."""

import bisect
import collections
import dataclasses
import functools
import re
from collections.abc import Collection

from pipeline.parse.lists import rows
from pipeline.parse.structure import anchors
from pipeline.parse.structure.page import Page, is_label
from pipeline.parse.structure.records import Marks, Range, is_part, mass

NO_NAME = re.compile(r"[\W\d_]*|\d+ .*|.*(?:https?:|www\.).*", re.S)
LABELLED = re.compile(r"[^:]{2,20}: ?[\d.,]+$|.*: .*")
LONGEST_NAME = 50
SIGNS = 1.1  # that speak for a name shown in another way than the others
FLOW = 0.5  # of a record's words must stand in its body, else the record itself is it
SEVERAL = 0.2  # in more records than that, an element that comes twice in one is no body
CALLED = 0.1  # for one that is called a body
ALL_BUT = 0.97  # of the body's words stand in the element that is the body


@functools.cache
def no_names() -> frozenset[str]:
    """Words beside posts that are links or labels, never names; folded."""
    return frozenset(r["text"].casefold() for r in rows("no_names"))


@dataclasses.dataclass
class Record:
    """One record: its own elements (those of records within it left out), and what was found in it."""

    range: Range
    own: list[int]
    answers: "Record | None" = None
    date: anchors.DateAt | None = None
    author: int | None = None  # the text that names
    body: int | None = None
    flows: bool = False  # no element is the body: it is all that comes behind date and name
    signature: int | None = None

    def fixed(self) -> list[int]:
        """The texts that are date and name."""
        return [t for t in (self.date.text if self.date else None, self.author) if t is not None]


def own_elements(page: Page, records: list[Range]) -> list[Record]:
    """The records with their elements, each element in the innermost; a record laid out within another's branch answers it."""
    out: list[Record] = []
    for n, (a, b) in enumerate(records):
        inner = [r for r in records[n + 1 :] if r[0] < b]
        own = list(range(a, b))
        if inner:
            taken = {i for c, d in inner for i in range(c, d)}
            own = [i for i in own if i not in taken]
        out.append(Record((a, b), own, parent_of(page, out, a)))
    return out


def parent_of(page: Page, before: list[Record], node: int) -> Record | None:
    """The record that another, at `node`, is nested below: of its kind, less deep, in the nearest branch that holds both."""
    starts = [r.range[0] for r in before]
    for above in page.ancestors(node):
        first = bisect.bisect_left(starts, above)
        for record in reversed(before[first:]):
            start = record.range[0]
            if page.kind[start] == page.kind[node] and len(page.ancestors(start)) < len(page.ancestors(node)):
                return record
        if first < len(before):
            return None
    return None


def find_dates(marks: Marks, records: list[Record]) -> None:
    """The date of each record: of the part that most records have one in, to the minute rather than the day, the first."""
    page = marks.page
    at = {d.node: d for d in marks.dates if not anchors.JOINED.search(d.label) and not marks.quoted(d.node)}
    by_slot: dict[object, dict[int, anchors.DateAt]] = collections.defaultdict(dict)
    for n, record in enumerate(records):
        for i in record.own:
            if i in at and not marks.signed_off[i]:
                by_slot[page.slot(i)].setdefault(n, at[i])
    order = {slot: k for k, slot in enumerate(by_slot)}
    names = {n: page.texts[r.author] for n, r in enumerate(records) if r.author is not None}

    def worth(slot: object) -> tuple[float, float]:
        found = by_slot[slot]
        exact = sum(has_clock(d) for d in found.values()) / len(found)
        varied = len({d.shown or d.stamp for d in found.values()}) > 1 or len(records) < 4
        by_author = {(names[n], d.shown or d.stamp) for n, d in found.items() if n in names}
        fixed = (
            len(by_author) == len({name for name, _ in by_author}) < len([n for n in found if n in names]) and varied
        )
        return round(len(found) / len(records), 1) + 0.15 * exact + 0.3 * varied - 0.5 * fixed, -order[slot]

    ranked = sorted(by_slot, key=worth, reverse=True)
    for n, record in enumerate(records):
        record.date = next((by_slot[s][n] for s in ranked if n in by_slot[s]), None)


def has_clock(date: anchors.DateAt) -> bool:
    return ":" in (date.shown or "") or bool(date.stamp)


def find_authors(marks: Marks, records: list[Record]) -> None:
    """The author of each record: of the short texts that most records have one of, the one most like a name.

    For a name speak a link to a member, a class, an echo of it in the record's addresses and images, and that it varies.
    """
    page = marks.page
    members, called = set(marks.members), set(marks.named)
    echoes = [echo(page, r) for r in records]
    by_slot: dict[tuple[str, str], dict[int, int]] = collections.defaultdict(dict)
    shown: dict[tuple[str, str], dict[int, int]] = collections.defaultdict(dict)  # also what looks like no name
    for n, record in enumerate(records):
        for i in record.own:
            own = page.spoken.get(i)
            if own is not None and len(page.texts[own]) <= LONGEST_NAME and not marks.quoted(i):
                shown[page.slot(i)].setdefault(n, own)
                if name_like(page.texts[own]):
                    by_slot[page.slot(i)].setdefault(n, own)
    order = {slot: k for k, slot in enumerate(by_slot)}

    def signs(n: int, text: int) -> float:
        around = [page.owner[text], *page.ancestors(page.owner[text])[:2]]
        linked, told = any(a in members for a in around), any(a in called for a in around)
        return 0.6 * linked + 0.8 * told + 0.8 * (squeeze(page.texts[text]) in echoes[n])

    def worth(slot: tuple[str, str]) -> tuple[float, int]:
        found = by_slot[slot]
        names = {page.texts[t].casefold() for t in found.values()}
        same = -2.0 if len(names) == 1 and len(found) > 2 else 0.0
        own = sum(signs(n, t) for n, t in found.items()) / len(found)
        return 2 * len(found) / len(records) + own + 0.5 * len(names) / len(found) + same, -order[slot]

    if not by_slot:
        return
    best = max(by_slot, key=worth)
    for n, record in enumerate(records):
        record.author = by_slot[best].get(n)
        if record.author is None and len(by_slot[best]) >= 0.5 * len(shown[best]):  # a name like a date among names
            record.author = shown[best].get(n)
        if record.author is None:  # a moderator's or guest's name is often shown in another way, but in the same place
            others = [
                (signs(n, found[n]) + 0.5 * (slot[0] == best[0]), -order[slot], found[n])
                for slot, found in by_slot.items()
                if n in found
            ]
            chosen = max(others, default=(0.0, 0, 0))
            record.author = chosen[2] if chosen[0] >= SIGNS else None


def squeeze(text: str) -> str:
    """Letters and digits of a text, folded."""
    return re.sub(r"[\W_]+", "", text.casefold())


def echo(page: Page, record: Record) -> str:
    """What the addresses and images of a record say, squeezed."""
    said = []
    for i in record.own:
        e = page.nodes[i]
        if e.tag in ("a", "img"):
            said += [e.get("href") or "", e.get("alt") or "", e.get("title") or ""]
    return squeeze(" ".join(said))


def name_like(text: str) -> bool:
    """Whether a text may be a name: short, no number, no date, no label."""
    if len(text) > LONGEST_NAME or text.casefold().strip(" :") in no_names() or (text[-1] in ":.!?" and len(text) > 12):
        return False
    return not (text[-1] == ":" or LABELLED.match(text) or NO_NAME.fullmatch(text) or anchors.find_date(text))


def find_bodies(marks: Marks, records: list[Record]) -> None:
    """The body of each record: of the parts without its date and name in them, the one most of the prose stands in."""
    page = marks.page
    by_slot: dict[object, dict[int, int]] = collections.defaultdict(dict)

    several: collections.Counter[object] = collections.Counter()

    def part(i: int) -> object:
        return page.kind[i] if "." in page.kind[i] else page.slot(i)

    for n, record in enumerate(records):
        fixed = record.fixed()
        for i in record.own:
            if page.last[i] == page.first[i] and not is_part(page.nodes[i], "body"):
                continue
            if any(page.first[i] <= t < page.last[i] for t in fixed) or marks.signed_off[i]:
                continue
            old = by_slot[part(i)].get(n)
            if old is not None and page.mass_of(i) and page.mass_of(old):
                several[part(i)] += 1
            if old is None or weight(page, i) > weight(page, old):
                by_slot[part(i)][n] = i

    def worth(slot: object) -> float:
        return sum(worth_of(page, i) for i in by_slot[slot].values())

    for slot, times in several.items():
        if page.nodes[next(iter(by_slot[slot].values()))].tag == "p" or times > SEVERAL * len(by_slot[slot]):
            del by_slot[slot]  # parts of a body, not bodies
    whole = sum(prose(page, r) for r in records)
    ranked = sorted(by_slot, key=worth, reverse=True)
    if not ranked or not holds(page, by_slot[ranked[0]].values(), whole):
        flow(records)
        return
    # of those that hold nearly all of its sentences, the innermost
    best = by_slot[ranked[0]]
    least = ALL_BUT * sum(solid(page, i) for i in best.values())
    near = [
        s
        for s in ranked
        if len(by_slot[s]) >= 0.9 * len(best) and sum(solid(page, i) for i in by_slot[s].values()) >= least
    ]
    chosen = max(near, key=lambda s: len(page.ancestors(next(iter(by_slot[s].values())))))
    for n, record in enumerate(records):
        record.body = by_slot[chosen].get(n)
        if record.body is None:  # laid out in another way: its own best
            own = [(worth_of(page, found[n]), -k, found[n]) for k, found in enumerate(by_slot.values()) if n in found]
            record.body = max(own)[2] if own else None
            if record.body is None or not holds(page, [record.body], prose(page, record)):
                flow([record])


def holds(page: Page, bodies: Collection[int], whole: float) -> bool:
    """Whether elements are bodies: called so, or with half of the words."""
    named = any(is_part(page.nodes[i], "body") for i in bodies)
    return sum(page.mass_of(i) for i in bodies) >= (CALLED if named else FLOW) * whole


def worth_of(page: Page, node: int) -> float:
    """How much an element looks like a body."""
    e = page.nodes[node]
    return weight(page, node) * (1.25 if is_part(e, "body") else 0.3 if is_part(e, "person") else 1.0)


def solid(page: Page, node: int) -> float:
    """Characters of an element in texts that are no labels."""
    return sum(page.mass[t] for t in range(page.first[node], page.last[node]) if not is_label(page.texts[t]))


def prose(page: Page, record: Record) -> float:
    """Characters of a record but for its date and name."""
    return mass(page, record.range) - sum(page.mass[t] for t in record.fixed())


def flow(records: list[Record]) -> None:
    """Bodies that have no element of their own."""
    for record in records:
        record.body, record.flows = None, True


def find_signatures(page: Page, records: list[Record]) -> None:
    """Signatures that stand beside the body."""
    for record in records:
        record.signature = next((i for i in record.own if is_part(page.nodes[i], "signature")), None)


def weight(page: Page, node: int) -> float:
    """Characters of an element; linked words count for little."""
    return page.mass_of(node) + 0.05 * sum(len(t) for t in page.texts[page.first[node] : page.last[node]])
