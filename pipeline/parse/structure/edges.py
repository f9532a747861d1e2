"""What repetition alone does not tell: opening posts laid out apart, posts nobody answered, lists of excerpts."""

import re

from pipeline.parse.addresses import THREAD
from pipeline.parse.date_strings import find_date
from pipeline.parse.structure import anchors
from pipeline.parse.structure.page import Page
from pipeline.parse.structure.parts import Record
from pipeline.parse.structure.records import Marks, Range, Segmentation, mass

EXCERPTS = 0.6  # of the records begin with a link of their own
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


def teasers(page: Page, records: list[Record]) -> bool:
    """Whether records are excerpts: most begin with a link, above their words, to a page of its own with words of its own."""
    places: set[str] = set()
    titles: set[str] = set()
    for record in records:
        for i in record.own if record.body is None else [i for i in record.own if i < record.body]:
            href = page.nodes[i].get("href")
            words = page.words(i)
            if not href or anchors.MEMBER.search(href) or len(words.split()) < 3 or find_date(words):
                continue
            m = THREAD.search(href)
            places.add(next(g for g in m.groups() if g) if m else href.partition("#")[0].partition("?")[0])
            titles.add(words.casefold())
            break
    return len(records) > 2 and min(len(places), len(titles)) >= EXCERPTS * len(records)


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
