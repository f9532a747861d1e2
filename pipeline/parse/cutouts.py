"""A post's HTML or Markdown, as APIs and mails give it → own words, quotes apart."""

import dataclasses
import functools
import html as entities
import re
from collections.abc import Callable
from typing import Any

import lxml.html
from lxml import etree
from markdown_it import MarkdownIt

from pipeline.parse.documents import html_parser
from pipeline.parse.lists import rows
from pipeline.parse.markup import soup_text, text_of, tidy
from pipeline.parse.quotes import take_out
from pipeline.parsed import ParsedPost, ParsedQuote

MARK = "\ue000"  # where a quote was taken out
UNWRITTEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ue000\ufffe\uffff\ud800-\udfff]")
MARKED_UP = re.compile(r"[*_`~<>&|\[\]\\]|^\s*#", re.M)
SPOILER = re.compile(r">!(.*?)!<", re.S)
AFTER_QUOTE = re.compile(r"^([^\S\n]{0,3}>[^\n]*)\n(?=[^\S\n]*[^\s>])", re.M)
LONGEST = 1_000_000  # characters; longer ones are refused as posts anyway, see `MAX_POST`

Element = Any  # lxml's; its stubs know too little of XPath
ReadQuote = Callable[[Element], ParsedQuote]


def blockquote(element: Element) -> ParsedQuote:
    """A quote of which nothing but the words is known."""
    return ParsedQuote(text=text_of(element))


def from_html(
    post: ParsedPost, html: str, *, quotes: str = "//blockquote", drop: str = "", read: ReadQuote = blockquote
) -> ParsedPost:
    """The post with the words of `html`. `quotes`, `drop`: XPaths of quotes, which `read` reads, and of what nobody wrote.

    A quote within a quote comes before it, at the same place, and its words are not repeated in the outer one.
    """
    html = UNWRITTEN.sub("", html[:LONGEST])
    if "<" not in html:
        return dataclasses.replace(post, text=tidy(entities.unescape(html)))
    try:
        parser = html_parser()
        tree: Element = lxml.html.document_fromstring(f"<div>{html}</div>".encode(), parser=parser)
    except etree.LxmlError:  # what lxml makes no tree of, BeautifulSoup still reads
        return dataclasses.replace(post, text=tidy(soup_text(html)))
    for element in tree.xpath(drop) if drop else []:
        if element.getparent() is not None:
            element.drop_tree()
    return from_tree(post, tree, quotes=quotes, read=read)


def from_tree(post: ParsedPost, tree: Element, *, quotes: str, read: ReadQuote) -> ParsedPost:
    """As `from_html`, of a tree, which it changes."""
    outer = [e for e in tree.xpath(quotes) if e.tag == "aside" or e.getparent().tag != "aside"]
    known = set(outer)
    found: list[list[ParsedQuote]] = []
    inside: dict[Element, list[ParsedQuote]] = {}
    for element in reversed(outer):  # innermost first
        own = read(element)
        here = [*inside.pop(element, []), *([own] if re.search(r"\w", own.text) or own.author else [])]
        above = next((a for a in element.iterancestors() if a in known), None)
        if above is not None:
            inside[above] = here + inside.get(above, [])
        elif here:
            found.append(here)
        place = etree.Element("p")
        place.text, place.tail = MARK if above is None and here else "", element.tail
        element.getparent().replace(element, place)
    return put_quotes(dataclasses.replace(post, text=text_of(tree)), found[::-1])


def put_quotes(post: ParsedPost, found: list[list[ParsedQuote]]) -> ParsedPost:
    """The post without the marks in its text, the quotes at their places."""
    marks = [m.start() for m in re.finditer(MARK, post.text)]
    cuts = [(at, at + 1, quotes[-1]) for at, quotes in zip(marks, found, strict=True)]
    if not cuts:
        return post
    post = take_out(post, cuts)
    for quotes in found:
        for quote in quotes[:-1]:
            quote.offset = quotes[-1].offset
    return dataclasses.replace(post, quotes=[q for quotes in found for q in quotes])


@functools.cache
def markdown() -> MarkdownIt:
    """Markdown as forums render it, but for lists and code: they would lose numbers and line breaks."""
    rules = MarkdownIt("commonmark", {"breaks": True, "html": False}).enable(["table", "strikethrough"])
    return rules.disable(["list", "code", "lheading"])


def from_markdown(post: ParsedPost, text: str) -> ParsedPost:
    """The post with the words of Markdown. A line without `>` below a quoted one is an answer, whatever Markdown says."""
    text = UNWRITTEN.sub("", entities.unescape(text[:LONGEST])).replace("\r\n", "\n")
    if not MARKED_UP.search(text):
        return dataclasses.replace(post, text=tidy(text))
    text = AFTER_QUOTE.sub(r"\1\n\n", SPOILER.sub(r"\1", text))
    return from_html(post, markdown().render(text))


@functools.cache
def removed() -> frozenset[str]:
    """What sites print in place of words taken away, folded."""
    return frozenset(r["text"].casefold() for r in rows("removed_words"))


def written(text: str | None) -> str:
    """The words of a post; nothing where the site says that they were removed."""
    text = (text or "").strip()
    return "" if len(text) < 200 and text.casefold() in removed() else text
