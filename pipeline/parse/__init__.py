"""Pages and dumps → threads of posts. The registry is the folder `software/`: see there for what a parser is."""

import datetime as dt
import functools
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from pipeline.parse import software, structure
from pipeline.parse.authors import author_of
from pipeline.parse.clock import page_clock
from pipeline.parse.dates import board_time, date_posts
from pipeline.parse.documents import DateOrder, Document, SourceSettings, UnreadableError, read_documents
from pipeline.parse.markup import tidy
from pipeline.parse.quotes import separate_cited, separate_matched
from pipeline.parse.refusals import why_no_thread
from pipeline.parse.signatures import separate_signatures
from pipeline.parsed import ParsedPost, ParsedThread, Rejected

MAX_POST = 500_000  # characters; what is longer was written by no person, and would take minutes to match

__all__ = ["Document", "SourceSettings", "parse_bytes", "parsers"]


@functools.cache
def parsers() -> tuple[ModuleType, ...]:
    """Every module of `software/`, by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(software.__path__))
    return tuple(importlib.import_module(f"{software.__name__}.{n}") for n in names)


def parse_bytes(
    data: bytes, name: str, *, settings: SourceSettings, captured_at: dt.datetime | None = None
) -> Iterator[ParsedThread | Rejected]:
    """The threads in a file's bytes, and what of it had to be left out. Never raises on bad input.

    `name` is the file's name (a hint for thread and page number only, never for the format); `captured_at` when the page was
    saved: relative dates are counted from it and unknown without it. Pages of one thread are put together by `join.join`.
    """
    nothing = True
    for doc in read_documents(data, name, settings=settings, captured_at=captured_at):
        nothing = False
        if isinstance(doc, Rejected):
            yield doc
            continue
        try:
            # a list, so that a parser that breaks half-way leaves no half thread behind
            yield from list(parse_document(doc))
        except UnreadableError as e:
            yield Rejected(reason="unreadable", detail=f"{e}; capture the page again", kind="page", place=doc.place)
        except Exception as e:  # one bad page must not end a run over a million; it is reported with its cause
            what = f"{type(e).__name__}: {e}; the fault is the parser's: please report the page"
            yield Rejected(reason="crashed", detail=what, kind="page", place=doc.place)
    if nothing:
        yield Rejected(reason="no_posts", detail="an archive without a page in it; leave it out or download it again")


def parse_document(doc: Document) -> Iterator[ParsedThread | Rejected]:
    """The threads of one page or dump, with dates read, quotes apart and empty posts out."""
    if doc.captured_at is None and doc.kind == "html":
        doc.captured_at = page_clock(doc)
    parser = next((p for p in parsers() if p.recognises(doc)), structure)
    number = 0
    items = list(parser.parse(doc))
    if not items and parser is structure:
        yield why_no_thread(doc)
    elif not items:
        yield Rejected(reason="no_posts", detail=f"{parser.NAME} without a post in it", kind="page", place=doc.place)
    for thread in items:
        if isinstance(thread, Rejected):
            thread.place = ", ".join(filter(None, [doc.place, thread.place])) or None
            yield thread
            continue
        number += 1
        thread.url = thread.url or doc.url
        thread.software = thread.software or parser.NAME
        thread.captured_at = board_time(doc.captured_at, doc.settings)
        thread.time_zone = thread.time_zone or doc.settings.time_zone
        thread.title = tidy(thread.title) if thread.title else None
        default: DateOrder = getattr(parser, "DATE_ORDER", "dmy")
        date_posts(thread.posts, doc.settings, doc.captured_at, default)
        place = doc.place or (f"thread {number}" if number > 1 else None)
        yield from finish(thread, place)


def finish(thread: ParsedThread, place: str | None) -> Iterator[ParsedThread | Rejected]:
    """Quotes apart, authors' states told, empty posts out, positions 1…n; a thread without posts is a reject."""
    too_long = [p for p in thread.posts if len(p.text) > MAX_POST]
    for post in too_long:
        detail = f"{len(post.text):,} characters, more than anybody writes ({MAX_POST:,}); is its end found right?"
        yield Rejected(reason="too_large", detail=detail, kind="post", place=within(place, post))
        thread.posts.remove(post)
    for post in thread.posts:
        if post.author_state == "named":
            post.author, post.author_state = author_of(post.author)
        post.text = tidy(post.text)
    numbered = {p.native_id: p.position for p in thread.posts if p.native_id}
    for quote in (q for p in thread.posts for q in p.quotes):
        quote.quoted_position = quote.quoted_position or numbered.get(quote.quoted_id or "")
    separate_signatures(thread.posts)
    thread.posts = separate_matched([separate_cited(p) for p in thread.posts])
    kept = [p for p in thread.posts if p.text or p.quotes or p.signature]
    renumber = {p.position: n for n, p in enumerate(kept, 1)}
    for post in thread.posts:
        if post.position not in renumber:
            yield Rejected(reason="empty_post", detail="no words in it", kind="post", place=within(place, post))
    for post in kept:
        post.position = renumber[post.position]
        post.reply_to_position = renumber.get(post.reply_to_position or 0)
        for quote in post.quotes:
            quote.quoted_position = renumber.get(quote.quoted_position or 0)
    thread.posts = kept
    if kept:
        yield thread
    else:
        yield Rejected(
            reason="no_posts", detail=f"a {thread.software} page whose posts hold no words", kind="page", place=place
        )


def within(place: str | None, post: ParsedPost) -> str:
    """The place of a post within its file."""
    return ", ".join(filter(None, [place, f"post {post.position}"]))
