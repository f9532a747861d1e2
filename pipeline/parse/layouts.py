"""Forum software whose pages are laid out in one known way: a `Layout` of XPaths is its parser.

A module of `software/` needs three lines: `NAME`, `LAYOUT = Layout(…)`, `recognises, parse = LAYOUT.parser(NAME)`.
"""

import copy
import dataclasses
import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from pipeline.parse.addresses import thread_address
from pipeline.parse.authors import author_of
from pipeline.parse.bodies import RULE, read_body
from pipeline.parse.date_strings import SEEN, find_date, read_date
from pipeline.parse.dates import machine_date, read_dates
from pipeline.parse.documents import DateOrder, Document
from pipeline.parse.markup import text_of, tidy
from pipeline.parse.titles import page_title, with_title
from pipeline.parsed import ParsedPost, ParsedThread

Element = Any
Recognises = Callable[[Document], bool]
Parse = Callable[[Document], Iterator[ParsedThread]]
Mend = Callable[[Element, Document], None]


def has(name: str) -> str:
    """XPath test for one class name: `f"//div[{has('post')}]"`."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def numbered(name: str) -> str:
    """XPath test for an id of a name and a number: `f"//div[{numbered('post_')}]"`."""
    return f"starts-with(@id, '{name}') and boolean(number(substring-after(@id, '{name}')))"


def unlinked(link: str) -> str:
    """XPath test for a post without a link to its author, on a page that has such links: `unlinked("//a[…]")`."""
    return f"not(.{link}) and {link}"


def between(xpath: str, start: str, end: str) -> str:
    """XPath of the words between two others: a thread's number in a link to it."""
    return f"substring-before(concat(substring-after({xpath}, '{start}'), '{end}'), '{end}')"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layout:
    """Where a software's pages have what. All XPaths but `post`, `title`, `board` and `page` start at the post's element."""

    signs: tuple[str, ...]  # stand in the page's source, all of them: a cheap look before any XPath
    post: str
    body: str
    author: str
    date: str = ""
    stamp: str = ""  # a date for machines: ISO, seconds since 1970, or words
    post_title: str = ""
    signature: str = ""
    drop: str = ""  # within the body, what its author did not write: elements, or stretches of text
    also: str = ""  # outside the body, what its author did write
    native_id: str = "@id"
    reply_to: str = ""  # the native id of the post answered
    title: str = "//h1"
    board: str = ""
    page: str = ""
    key: str = ""  # the thread's number, where the address lacks it
    guest: str = ""  # true where the author has no account
    deleted: str = ""  # true where the author's account is gone
    opening_repeated: bool = False  # every page of a thread begins with the opening post
    mend: Mend | None = (
        None  # changes the body, a copy, before it is read: where a software tells of quotes in its own way
    )
    date_order: DateOrder | None = None  # of day and month, where the software prints no other

    def recognises(self, doc: Document) -> bool:
        """Whether a page is laid out so."""
        return (
            doc.kind == "html"
            and all(sign in doc.text for sign in self.signs)
            and any(select(e, self.body) for e in select(doc.tree, self.post)[:3])
        )

    def thread(self, doc: Document, name: str) -> ParsedThread:
        """The page's thread. A post without a body element is kept, empty: it is counted among the rejects."""
        found = [(e, self.read(doc, n, e)) for n, e in enumerate(once(select(doc.tree, self.post), self.native_id), 1)]
        posts = [post for _, post in found]
        place = {p.native_id: p.position for p in reversed(posts) if p.native_id}
        for element, post in found:
            if self.reply_to:
                post.reply_to_position = place.get(number(first(element, self.reply_to)) or "")
        address = thread_address(doc)
        page = int(number(first(doc.tree, self.page)) or address.page) if self.page else address.page
        title = first(doc.tree, self.title) or page_title(doc)
        for post in posts:
            post.text = with_title(post, title, 1 if self.opening_repeated else page)
        if self.date_order:
            self.read_dates(doc, posts)
        return ParsedThread(
            title=title,
            posts=posts,
            software=name,
            board=first(doc.tree, self.board) if self.board else None,
            url=address.url,
            key=address.key or (f"#t{n}" if self.key and (n := number(first(doc.tree, self.key))) else None),
            page=page,
        )

    def read_dates(self, doc: Document, posts: list[ParsedPost]) -> None:
        """Dates of a software that prints one order of day and month, unless the thread's own dates say another."""
        order = doc.settings.date_order or self.date_order
        settings = dataclasses.replace(doc.settings, date_order=order)
        undated = [p for p in posts if p.posted_at is None]
        read = read_dates([p.posted_at_text for p in undated], settings, doc.captured_at)
        for post, (time, precision, reason) in zip(undated, read, strict=True):
            post.posted_at, post.posted_at_precision = time, precision
            post.date_order = reason and reason.replace("source.toml", "as the software prints it")

    def read(self, doc: Document, position: int, element: Element) -> ParsedPost:
        """One post."""
        shown, stamp = first(element, self.date), first(element, self.stamp)
        post = ParsedPost(
            position=position,
            text="",
            author=first(element, self.author),
            posted_at_text=(date_in(shown) if shown else None) or stamp,
            native_id=number(first(element, self.native_id)),
            title=first(element, self.post_title),
        )
        if self.guest and author_of(post.author)[1] == "named" and select(element, f"boolean({self.guest})"):
            post.author_state = "guest"
        if self.deleted and select(element, f"boolean({self.deleted})"):
            post.author_state = "deleted"
        if stamp and (read := machine_date(shown, stamp, doc.settings, doc.captured_at)):
            post.posted_at, post.posted_at_precision = read
        bodies = select(element, self.body)
        if bodies:
            body = copy.deepcopy(bodies[0])
            drop(select(body, self.drop) if self.drop else [])
            if self.mend:
                self.mend(body, doc)
            post = read_body(post, body, sure=True, rules=not self.signature, copied=True)
        for e in select(element, self.also) if self.also else []:
            post.text = f"{post.text}\n\n{text_of(e)}"
        if self.signature and not post.signature:
            post.signature = next((text for e in select(element, self.signature) if (text := below_rule(e))), None)
        return post

    def parser(self, name: str) -> tuple[Recognises, Parse]:
        """What a module of `software/` has to offer."""

        def parse(doc: Document) -> Iterator[ParsedThread]:
            yield self.thread(doc, name)

        return self.recognises, parse


def drop(found: list[Element]) -> None:
    """Take out what an XPath has found; stretches of text first, for they hang on elements."""
    for text in [t for t in found if isinstance(t, str)]:
        holder = text.getparent()  # type: ignore[attr-defined]
        setattr(holder, "tail" if text.is_tail else "text", None)  # type: ignore[attr-defined]
    for e in found:
        if not isinstance(e, str) and e.getparent() is not None:
            e.drop_tree()


def once(posts: list[Element], native_id: str) -> list[Element]:
    """Posts without copies: a best answer is shown behind the opening post and again in its place, others again further down."""
    kept: dict[str, int] = {}
    out: list[Element | None] = []
    for post in posts:
        name = first(post, native_id) or f"nameless {len(out)}"
        if kept.get(name) == 1:
            out[1] = None
        if kept.get(name, 1) == 1:
            kept[name] = len(out)
            out.append(post)
    return [post for post in out if post is not None]


@functools.lru_cache(1000)
def compiled(xpath: str) -> etree.XPath:
    return etree.XPath(xpath)


def select(element: Element, xpath: str) -> Any:
    """What an XPath finds; each is compiled once."""
    return compiled(xpath)(element)


def first(element: Element, xpath: str) -> str | None:
    """The first words that an XPath finds: an attribute's, a text's or an element's."""
    found = select(element, xpath) if xpath else []
    for item in found if isinstance(found, list) else [found]:
        text = tidy(item if isinstance(item, str) else item.text_content()).replace("\n", " ").strip()
        if text:
            return text
    return None


def date_in(shown: str) -> str:
    """The date among the words around it, as `Reply #1 on: May 12, 2020`; all of them where none is found."""
    return shown.strip("»« ") if read_date(shown, SEEN) else find_date(shown) or shown


def below_rule(signature: Element) -> str:
    """The words of a signature, without the rules above it."""
    text = text_of(signature).lstrip()
    while rule := RULE.match(text):
        text = text[rule.end() :].lstrip()
    return text


def number(text: str | None) -> str | None:
    """The last number in an id or address."""
    found = re.findall(r"\d+", text or "")
    return found[-1] if found else None
