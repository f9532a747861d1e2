"""Posts of a page of unknown software: its repeated records, each with a date, a name and a body, found by their structure."""

import copy
from collections.abc import Iterator

import lxml.html
from lxml import etree

from pipeline.parse.addresses import thread_address
from pipeline.parse.bodies import read_body
from pipeline.parse.dates import machine_date
from pipeline.parse.documents import Document
from pipeline.parse.markup import text_of
from pipeline.parse.structure import parts
from pipeline.parse.structure.edges import single, teasers, with_opening
from pipeline.parse.structure.page import UNSEEN, Element, Page, hidden, read_page
from pipeline.parse.structure.records import marks_of, segmentations
from pipeline.parse.titles import page_title, with_title
from pipeline.parsed import ParsedPost, ParsedThread, Rejected

NAME = "unknown"
SURE = 0.28  # score of a segmentation that is believed
MAYBE = 0.15  # one that is worth telling of


def parse(doc: Document) -> Iterator[ParsedThread | Rejected]:
    """As the parsers of `software/`; nothing where the document is no page or nothing on it looks like posts."""
    if doc.kind == "html" and (found := find_thread(doc)):
        yield found


def find_thread(doc: Document) -> ParsedThread | Rejected | None:
    """The thread of a page whose software no parser knows; None where nothing in its structure looks like posts.

    A guess that is not good enough is a reject `unsure`: posts are never made up.
    """
    page = read_page(doc.tree)
    marks = marks_of(page)
    guesses = segmentations(marks) or [lone for lone in [single(marks, doc.url or doc.path)] if lone]
    if not guesses or guesses[0].score < MAYBE:
        return None
    best = guesses[0]
    if best.score < SURE:
        what = f"{len(best.records)} repeated blocks that may be posts"
        how = f"score {best.score:.2f}, {SURE} needed"
        detail = f"{what}, too little like a thread ({how}); CONTRIBUTING says how to add a parser"
        return Rejected(reason="unsure", detail=detail, kind="page", place=doc.place)
    records = parts.own_elements(page, with_opening(marks, best))
    parts.find_authors(marks, records)
    parts.find_dates(marks, records)
    parts.find_bodies(marks, records)
    parts.find_signatures(page, records)
    if teasers(page, records):
        return Rejected(
            reason="not_a_thread",
            detail="a list of links with excerpts; capture the pages it links to",
            kind="page",
            place=doc.place,
        )
    found = [(r, read_post(doc, page, n, r)) for n, r in enumerate(records, 1)]
    kept = [(r, p) for r, p in found if p.text or p.quotes or p.author]
    if 2 * sum(bool(p.text or p.quotes) for _, p in kept) < len(kept) or not any(p.author for _, p in kept):
        detail = f"{len(kept)} repeated blocks without words or without names; CONTRIBUTING says how to add a parser"
        return Rejected(reason="unsure", detail=detail, kind="page", place=doc.place)
    title, address = page_title(doc), thread_address(doc)
    place = {id(record): n for n, (record, _) in enumerate(kept, 1)}
    for n, (record, post) in enumerate(kept, 1):
        post.position = n
        post.reply_to_position = place.get(id(record.answers))
        post.text = with_title(post, title, address.page)
    posts = [post for _, post in kept]
    return ParsedThread(title=title, posts=posts, software=NAME, url=address.url, key=address.key, page=address.page)


def read_post(doc: Document, page: Page, position: int, record: parts.Record) -> ParsedPost:
    date = record.date
    post = ParsedPost(
        position=position,
        text="",
        author=page.texts[record.author] if record.author is not None else None,
        posted_at_text=(date.shown or date.stamp) if date else None,
    )
    if date and date.stamp and (read := machine_date(date.shown, date.stamp, doc.settings, doc.captured_at)):
        post.posted_at, post.posted_at_precision = read
    if record.body is not None:
        post = read_body(post, page.nodes[record.body])
    elif record.flows:
        post = read_body(post, rest_of(page, record), copied=True)
    if record.signature is not None and not post.signature:
        post.signature = text_of(page.nodes[record.signature]) or None
    return post


def rest_of(page: Page, record: parts.Record) -> Element:
    """A copy of what a record holds behind its date and name."""
    a, b = record.range
    out = lxml.html.Element("div")
    top = a
    while top < b:
        out.append(copy.deepcopy(page.nodes[top]))
        top = page.end[top]
    if page.end[a] == b:
        out[0].tail = None
    last = max(record.fixed(), default=page.first[a] - 1) - page.first[a]
    seen = -1
    for holder, where in texts_of(out):
        if not (text := " ".join((getattr(holder, where) or "").split())):
            continue
        seen += 1
        if seen > last:
            break
        date = record.date.shown if record.date and record.date.text == page.first[a] + seen else None
        kept = text[text.find(date) + len(date) :].lstrip(" )]»:-–—|,.") if date and date in text else ""
        setattr(holder, where, kept)
    return out


def texts_of(element: Element) -> Iterator[tuple[Element, str]]:
    """Where an element's visible texts are, in order: (element, `text` or `tail`), as `read_page` counts them."""
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, e in walk:
        if event == "start" and (e.tag in UNSEEN or hidden(e)):
            walk.skip_subtree()
        elif event == "start":
            yield e, "text"
        elif e is not element:
            yield e, "tail"
