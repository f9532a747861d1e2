"""The repeated records of a page: which stretches of it are one post each."""

import bisect
import collections
import dataclasses
import functools
import itertools

from pipeline.parse.class_parts import parts_of
from pipeline.parse.structure import anchors
from pipeline.parse.structure.page import Element, Page

INLINE = frozenset({"p", "br", "a", "span", "b", "i", "em", "strong", "font"})

Range = tuple[int, int]  # elements a … b-1
FAMILIES = 300  # of anchors that are tried
HEIGHT = 60  # levels from an anchor to its record
MOST = 5000  # records on a page
ENOUGH = 100  # dates in one record say that it is none
TWICE = 3  # a record may show its date so often
FINER = 0.85  # a guess of more and smaller records wins from so near
LONGEST = 6  # times the middle record


def is_part(element: Element, part: str) -> bool:
    """Whether a class of an element says that it plays a part."""
    names = element.get("class")
    return bool(names) and part in parts_of(names)


@dataclasses.dataclass(eq=False)
class Marks:
    """The anchors of a page, each list sorted."""

    page: Page
    dates: list[anchors.DateAt]
    members: list[int]
    numbered: dict[str, list[int]]

    @functools.cached_property
    def date_nodes(self) -> list[int]:
        return [d.node for d in self.dates if not anchors.JOINED.search(d.label)]

    def slots_within(self, node: int) -> set[tuple[str, str]]:
        """The parts that dates and names in an element play."""
        end = self.page.end[node]
        return {
            self.page.slot(i) for nodes in (self.date_nodes, self.named) for i in self.page.within(nodes, node, end)
        }

    @functools.cached_property
    def named(self) -> list[int]:
        """Links to members and what is called a name by its class."""
        return sorted({*self.members, *anchors.called_names(self.page)})

    @functools.cached_property
    def said(self) -> dict[int, str | None]:
        """What the date at an element says."""
        return {d.node: d.shown or d.stamp for d in self.dates}

    def dates_within(self, a: int, b: int) -> collections.Counter[tuple[str, str]]:
        """How many dates of a range, but for those in quotes, play which part."""
        return collections.Counter(
            self.page.slot(i) for i in self.page.within(self.date_nodes, a, b)[:ENOUGH] if not self.quoted(i)
        )

    @functools.cached_property
    def _quoted(self) -> list[bool]:
        return self.page.below(lambda e: e.tag in ("blockquote", "cite"))

    def quoted(self, node: int) -> bool:
        return self._quoted[node]

    @functools.cached_property
    def signed_off(self) -> list[bool]:
        """Per element whether it stands in a signature."""
        return self.page.below(lambda e: is_part(e, "signature"))

    def families(self) -> list[list[int]]:
        """Anchors that play one part, two or more."""
        out = list(self.numbered.values())
        said = self.said | {i: self.page.nodes[i].get("href") or self.page.words(i) for i in self.named}
        alike = [[b for a, b in zip([-1, *nodes], nodes, strict=False) if said.get(a) != said[b]]
                 for nodes in (self.date_nodes, self.named)]  # fmt: skip
        exact = [i for i in self.date_nodes if ":" in (self.said[i] or "")]
        for nodes in (self.date_nodes, exact, self.named, *alike):
            by_slot: dict[tuple[str, ...], list[int]] = collections.defaultdict(list)
            by_kind: dict[str, list[int]] = collections.defaultdict(list)
            for i in nodes:
                by_slot[self.page.slot(i)].append(i)
                by_kind[self.page.kind[i]].append(i)
            out += [*by_slot.values(), *by_kind.values()]
        unique = {tuple(f): f for f in out if 2 <= len(f) <= MOST}
        return sorted(unique.values(), key=len, reverse=True)[:FAMILIES]


def marks_of(page: Page) -> Marks:
    dates = anchors.dates(page)
    page.weigh({d.text for d in dates if d.text is not None})
    return Marks(page, dates, anchors.member_links(page), anchors.numbered(page))


def climbs(page: Page, family: list[int]) -> list[list[int]]:
    """The record elements of a family: its anchors' ancestors, as high as they stay apart; several heights where they differ."""
    heights = []
    paths = []
    for at in family:
        path = [at, *itertools.islice(page.above(at), HEIGHT)]
        height = 0
        for k, node in enumerate(path):
            if bisect.bisect_left(family, page.end[node]) - bisect.bisect_left(family, node) > 1:
                break
            height = k
        heights.append(height)
        paths.append(path)
    ranked = sorted(heights)
    out: list[list[int]] = []
    for height in {ranked[0], ranked[len(ranked) // 5], ranked[len(ranked) // 2]}:
        nodes = sorted({path[min(height, len(path) - 1)] for path in paths})
        if nodes not in out and len(nodes) > 1:
            out.append(nodes)
    return out


def extend(marks: Marks, nodes: list[int]) -> list[int]:
    """With those beside them that play the same part."""
    page = marks.page
    by_slot = collections.Counter((page.parent[i], page.kind[i]) for i in nodes)
    (above, kind), _ = by_slot.most_common(1)[0]
    if above < 0 or page.nodes[nodes[0]].tag in INLINE:
        return nodes
    known = set(nodes)
    beside = [i for i in page.like(above, kind) if i not in known]
    if not beside:
        return nodes
    usual = set().union(*(marks.slots_within(i) for i in nodes))
    return sorted({*nodes, *(i for i in beside if marks.slots_within(i) & usual)})


def ranges(page: Page, nodes: list[int]) -> list[Range]:
    """Each element by itself."""
    return [(i, page.end[i]) for i in nodes]


def runs(page: Page, nodes: list[int], ahead: bool) -> list[Range] | None:
    """Each element with its siblings up to the next (`ahead`: those before it), where all have one parent."""
    parents = {page.parent[i] for i in nodes}
    if len(parents) != 1 or -1 in parents:
        return None
    beside = page.children(next(iter(parents)))
    if len(beside) <= len(nodes):
        return None
    if ahead:
        edges = [beside[0], *(page.end[i] for i in nodes)]
        return list(itertools.pairwise(edges))
    at = [bisect.bisect_left(beside, i) for i in nodes]
    usual = sorted(b - a for a, b in itertools.pairwise(at))[(len(at) - 1) // 2]
    last = beside[min(at[-1] + usual, len(beside)) - 1]
    return list(zip(nodes, [*nodes[1:], page.end[last]], strict=True))


def tangled(page: Page, records: list[Range]) -> bool:
    """Whether one record holds another that is not its like (an answer may stand in what it answers)."""
    return any(d <= b and page.kind[a] != page.kind[c] for (a, b), (c, d) in itertools.pairwise(records))


def nested(records: list[Range]) -> bool:
    return any(d <= b for (_, b), (_, d) in itertools.pairwise(records))


@dataclasses.dataclass
class Segmentation:
    """A guess at the records of a page, and how much speaks for it."""

    records: list[Range]
    share: float  # of the page's prose
    dated: float  # of the records
    named: float
    kind: str  # that most records are of
    score: float


def judge(marks: Marks, records: list[Range]) -> Segmentation:
    """How well records tell all of the page's prose, each with one date and one member, all of one kind."""
    page = marks.page
    n = len(records)
    kinds: collections.Counter[str] = collections.Counter()
    dated = named = full = 0
    masses: list[float] = []
    regular: collections.Counter[tuple[tuple[str, str], int]] = collections.Counter()
    for a, b in records:
        masses.append(mass(page, (a, b)))
        full += masses[-1] > 0
        inside = marks.dates_within(a, b)
        dated += bool(inside)
        regular.update(item for item in inside.items() if item[1] <= TWICE)
        named += bool(page.within(marks.named, a, b))
        kinds[page.kind[a]] += 1
    usual, same = kinds.most_common(1)[0]
    same += page.kind[records[0][0]] != usual and n > 2  # the opening post is often shown in a way of its own
    most = (
        LONGEST * sorted(masses)[(n - 1) // 2] + 200
    )  # one record of its own kind that swallows half the page is none
    prose = sum(m if page.kind[a] == usual and same > 1 else min(m, most) * (0.5 + 0.5 * (a == records[0][0] and n > 2))
                for m, (a, _) in zip(masses, records, strict=True))  # fmt: skip
    share = min(prose / max(page.masses[-1], 1), 1.0)
    alone = max(regular.values(), default=0 if dated else n)
    score = (
        (0.3 + 0.7 * share)
        * (1 - 0.5 / n)
        * (0.3 + 0.7 * dated / n)
        * (0.6 + 0.4 * named / n)
        * (full / n)
        * (alone / n) ** 2
        * (0.5 + 0.5 * same / n)
    )
    return Segmentation(records, share, dated / n, named / n, usual, score)


def segmentations(marks: Marks) -> list[Segmentation]:
    """All guesses, best first."""
    page = marks.page
    seen: dict[tuple[Range, ...], Segmentation] = {}
    for family in marks.families():
        for nodes in climbs(page, family):
            for some in (nodes, extend(marks, nodes)):
                for records in (ranges(page, some), runs(page, some, False), runs(page, some, True)):
                    if records and tuple(records) not in seen and not tangled(page, records):
                        seen[tuple(records)] = judge(marks, records)
    ranked = sorted(seen.values(), key=lambda s: (-s.score, len(s.records)))
    for one in ranked[1:]:
        best = ranked[0]
        if one.score < FINER * best.score:
            break
        if (
            len(one.records) > len(best.records)
            and one.share >= 0.97 * best.share
            and one.kind == best.kind
            and not nested(one.records)
        ):
            ranked.remove(one)
            ranked.insert(0, one)
    return ranked


def mass(page: Page, span: Range) -> float:
    """Characters of prose in a range."""
    a, b = span
    top = b - 1
    while page.parent[top] >= a:
        top = page.parent[top]
    return page.masses[page.last[top]] - page.masses[page.first[a]]
