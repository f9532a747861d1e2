"""What repetition alone does not tell: opening posts laid out apart, posts nobody answered, lists of excerpts."""

import re

from pipeline.parse.structure import anchors
from pipeline.parse.structure.page import Page
from pipeline.parse.structure.records import Marks, Range, Segmentation, mass

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5"})
POSTLIKE = re.compile(r"(?:^|[-_ ])(?:post|message|comment|topic|question|reply|entry)", re.I)
THREADLIKE = re.compile(r"thread|topic|forum|viewtopic|discuss|board|community", re.I)
HEADS = 6  # so many blocks of date, name and heading may stand above the opening post's words
SHORTEST = 60  # characters of an opening post
LEAST = 40  # characters of prose beside the title, without which a block is a heading


def with_opening(marks: Marks, found: Segmentation) -> list[Range]:
    """The records, the first of them the opening post also where it is laid out apart from the answers."""
    page = marks.page
    like = [page.kind[a] == found.kind for a, _ in found.records]
    n = like.index(True)
    lead, answers = [span for span in found.records[:n] if not heading(page, span)], found.records[n:]
    first = opening(marks, answers) if n <= 2 else None
    told = sum(mass(page, span) for span in lead)
    return [first, *answers] if first and mass(page, first) >= told else lead + answers


def heading(page: Page, span: Range) -> bool:
    """Whether a range says nothing but the page's title and counts."""
    titles = sum(page.mass_of(i) for i in range(*span) if page.nodes[i].tag in ("h1", "h2"))
    return mass(page, span) - titles < LEAST


def opening(marks: Marks, answers: list[Range]) -> Range | None:
    """The block of prose next above the answers, dated and signed."""
    page = marks.page
    usual = sorted(mass(page, span) for span in answers)
    enough = max(SHORTEST, 0.3 * usual[len(usual) // 2])
    inside = answers[0][0]
    for above in page.ancestors(inside):
        before = [c for c in page.children(above) if page.end[c] <= inside]
        at = next((k for k in reversed(range(len(before))) if page.mass_of(before[k]) >= enough), None)
        if at is not None:
            for k in range(at, max(at - HEADS, -1), -1):
                span = before[k], page.end[before[at]]
                if page.within(marks.named, *span) and page.within(marks.date_nodes, *span):
                    return span
            return None
        inside = above
    return None


def teasers(page: Page, records: list[Range]) -> bool:
    """Whether records are excerpts: most have a heading that links to a page of its own."""
    links = []
    for a, b in records:
        for i in range(a, b):
            e = page.nodes[i]
            href = e.get("href") or ""
            above = page.nodes[page.parent[i]] if page.parent[i] >= 0 else e
            if e.tag != "a" or not href or "#" in href or not {above.tag, *(c.tag for c in e)} & HEADINGS:
                continue
            if not anchors.MEMBER.search(href) and len(page.words(i).split()) > 2:
                links.append((href, page.words(i)))
                break
    different = {href for href, _ in links}, {words for _, words in links}
    return len(records) > 2 and all(len(d) >= 0.6 * len(records) for d in different)


def single(marks: Marks, address: str) -> Segmentation | None:
    """The one post of a thread nobody has answered: called a post, dated and signed, with most of the page's prose, on a page
    that is called a thread."""
    page = marks.page
    if not THREADLIKE.search(f"{address} {page.nodes[0].get('class')} {page.nodes[0].get('id')}"):
        return None
    total = max(page.masses[-1], 1)
    for i in reversed(range(len(page.nodes))):
        e = page.nodes[i]
        called = f"{e.get('class') or ''} {e.get('id') or ''}"
        if POSTLIKE.search(called) and page.mass_of(i) >= 0.4 * total:
            span = i, page.end[i]
            if page.within(marks.named, *span) and page.within(marks.date_nodes, *span):
                return Segmentation([span], page.mass_of(i) / total, 1.0, 1.0, page.kind[i], 0.5)
    return None
