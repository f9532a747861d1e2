"""Posts of a page of unknown software: its repeated records, each with a date, a name and a body, found by their structure."""

import copy

from pipeline.parse.addresses import thread_address
from pipeline.parse.bodies import read_body
from pipeline.parse.documents import Document
from pipeline.parse.dates import machine_date
from pipeline.parse.markup import text_of
from pipeline.parse.structure import parts
from pipeline.parse.structure.page import Element, Page, read_page
from pipeline.parse.structure.records import marks_of, segmentations, with_opening
from pipeline.parse.titles import page_title, with_title
from pipeline.parsed import ParsedPost, ParsedThread

NAME = "unknown"
SURE = 0.28  # score of a segmentation that is believed


def find_thread(doc: Document) -> ParsedThread | None:
    """The thread of a page whose software no parser knows, None where its structure shows none with certainty."""
    page = read_page(doc.tree)
    marks = marks_of(page)
    guesses = segmentations(marks)
    if not guesses or guesses[0].score < SURE:
        return None
    records = parts.own_elements(page, with_opening(marks, guesses[0]))
    parts.find_authors(marks, records)
    parts.find_dates(marks, records)
    parts.find_bodies(marks, records)
    parts.find_signatures(page, records)
    posts = [read_post(doc, page, n, r) for n, r in enumerate(records, 1)]
    posts = [p for p in posts if p.text or p.quotes or p.author]
    title = page_title(doc)
    for n, post in enumerate(posts, 1):
        post.position = n
        post.text = with_title(post, title)
    address = thread_address(doc)
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
        body = page.nodes[record.body]
        post = read_body(post, body if record.after is None else behind(body, page.nodes[record.after]))
    if record.signature is not None and not post.signature:
        post.signature = text_of(page.nodes[record.signature]) or None
    return post


def behind(element: Element, last: Element) -> Element:
    """A copy of an element without what comes before the end of one within it."""
    path = []
    while last is not element and last.getparent() is not None:
        path.append(last.getparent().index(last))
        last = last.getparent()
    out = node = copy.deepcopy(element)
    for at in reversed(path):
        node.text = None
        for before in node[:at]:
            node.remove(before)
        node = node[0]
    if node is not out:
        node.drop_tree()
    return out
