"""A page as arrays: its elements and stretches of text in reading order, so that every question about a part is one of ranges."""

import bisect
import collections
import dataclasses
import functools
import itertools
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from lxml import etree

from pipeline.parse.lists import rows

Element = Any  # lxml's; its stubs know too little of XPath
UNSEEN = frozenset({"script", "style", "template", "select", "textarea", "svg", "iframe", "button", "head"})
LABEL = 60  # characters of a text that, repeated, is furniture
CELLS = frozenset({"td", "th"})
NUMBER = re.compile(r"\d+")
INVISIBLE = re.compile(r"display\s*:\s*none", re.I)
STATE = re.compile(r"[-_]?(even|odd|alt|first|last)$", re.I)


@functools.cache
def states() -> frozenset[str]:
    """Class names that tell of a post's state (`even`, `unread`), not of what it is."""
    return frozenset(r["class"] for r in rows("state_classes"))


@dataclasses.dataclass
class Page:
    """Elements in document order; element `i` holds the elements `i … end[i]-1` and the texts `first[i] … last[i]-1`."""

    nodes: list[Element]
    parent: list[int]
    end: list[int]
    kind: list[str]  # tag and what of its class is no state: elements that play one part share it
    first: list[int]
    last: list[int]
    texts: list[str]
    owner: list[int]  # of a text: the element it stands in
    linked: list[bool]
    spoken: dict[int, int] = dataclasses.field(default_factory=dict)  # of an element: its own first text
    mass: list[float] = dataclasses.field(default_factory=list)  # of a text: its characters, weighed
    masses: list[float] = dataclasses.field(default_factory=list)  # running sums of `mass`
    _kinds: dict[int, dict[str, list[int]]] = dataclasses.field(default_factory=dict)
    _children: dict[int, list[int]] = dataclasses.field(default_factory=dict)

    def above(self, node: int) -> Iterator[int]:
        """The ancestors, from the parent up."""
        while (node := self.parent[node]) >= 0:
            yield node

    def ancestors(self, node: int) -> list[int]:
        return list(self.above(node))

    def children(self, node: int) -> list[int]:
        """The elements right below one."""
        found = self._children.get(node)
        if found is None:
            found = self._children[node] = []
            i = node + 1
            while i < self.end[node]:
                found.append(i)
                i = self.end[i]
        return found

    def like(self, above: int, kind: str) -> list[int]:
        """The elements of one kind right below one."""
        if above not in self._kinds:
            self._kinds[above] = collections.defaultdict(list)
            for i in self.children(above):
                self._kinds[above][self.kind[i]].append(i)
        return self._kinds[above][kind]

    def below(self, test: Callable[[Element], bool]) -> list[bool]:
        """Per element whether a test holds for it or for one it stands in."""
        out: list[bool] = []
        for e, above in zip(self.nodes, self.parent, strict=True):
            out.append((above >= 0 and out[above]) or test(e))
        return out

    def slot(self, node: int) -> tuple[str, str]:
        """The part an element plays, as its own kind and its parent's tell."""
        above = self.parent[node]
        return (self.kind[above] if above >= 0 else "", self.kind[node])

    def words(self, node: int) -> str:
        """All that an element says, white space made single."""
        return " ".join(" ".join(self.texts[self.first[node] : self.last[node]]).split())

    def weigh(self, dates: Collection[int]) -> None:
        """Set `mass` and `masses`: prose counts in full, labels for half, links, dates and what the page repeats for nothing."""
        seen = collections.Counter(self.texts)
        self.mass = [
            0 if linked or n in dates or (seen[text] > 2 and len(text) < LABEL) else len(text) / (1 + is_label(text))
            for n, (text, linked) in enumerate(zip(self.texts, self.linked, strict=True))
        ]
        self.masses = [0.0, *itertools.accumulate(self.mass)]

    def mass_of(self, node: int) -> float:
        """Characters of prose in an element."""
        return self.masses[self.last[node]] - self.masses[self.first[node]]

    def within(self, positions: list[int], start: int, end: int) -> list[int]:
        """Those of sorted element numbers that lie in a range."""
        return positions[bisect.bisect_left(positions, start) : bisect.bisect_left(positions, end)]


@functools.lru_cache(50_000)
def kind_of(tag: str, names: str, name: str, nth: int) -> str:
    """Tag and first telling class; without one, tag and the letters of the id; of a table cell, its column."""
    for one in names.split():
        plain = STATE.sub("", one)
        if plain and not any(c.isdigit() for c in one) and one not in states():
            return f"{tag}.{plain}"
    if letters := NUMBER.sub("", name):
        return f"{tag}#{letters}" if letters != name or tag == "div" else tag
    return f"{tag}:{nth}" if tag in CELLS else tag


def read_page(tree: Element) -> Page:
    """The arrays of a page's body; what no reader sees is left out. Time grows with the page."""
    page = Page([], [], [], [], [], [], [], [], [])
    body = next(iter(tree.xpath("//body")), tree)
    nodes, parent, end, kind, first, last = page.nodes, page.parent, page.end, page.kind, page.first, page.last
    texts, owner, linked, spoken = page.texts, page.owner, page.linked, page.spoken
    open_: list[int] = []
    cells: dict[int, int] = {}
    links = 0
    walk = etree.iterwalk(body, events=("start", "end", "comment", "pi"))
    for event, e in walk:
        if event == "start":
            tag = e.tag
            if tag in UNSEEN or hidden(e):
                walk.skip_subtree()
                open_.append(-1)
                continue
            i = len(nodes)
            above = open_[-1] if open_ else -1
            nth = 0
            if tag in CELLS:
                cells[above] = nth = cells.get(above, 0) + 1
            nodes.append(e)
            parent.append(above)
            end.append(0)
            last.append(0)
            kind.append(kind_of(tag, e.get("class") or "", e.get("id") or "", nth))
            first.append(len(texts))
            open_.append(i)
            links += tag == "a"
            text = e.text
        else:
            if event == "end":
                i = open_.pop()
                if i >= 0:
                    end[i], last[i] = len(nodes), len(texts)
                    links -= e.tag == "a"
            text = e.tail if e is not body else None
        if text and open_ and (text := " ".join(text.split())):
            spoken.setdefault(open_[-1], len(texts))
            texts.append(text)
            owner.append(open_[-1])
            linked.append(links > 0)
    return page


def is_label(text: str) -> bool:
    """Whether a text is too short for prose: a name, a count, a button."""
    return len(text) < 25 and text[-1] not in ".!?"


def hidden(e: Element) -> bool:
    """Whether the page says that nobody sees an element."""
    if e.get("hidden") is not None or e.get("role") == "dialog":
        return True
    style, names = e.get("style"), e.get("class")
    return bool(style and INVISIBLE.search(style)) or bool(names and "modal" in names.split())
