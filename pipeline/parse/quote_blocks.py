"""Quotes in a post's element, of any board: which elements they are, whom and which post they quote.

What boards write above a quote is data: `data/quote_headers.csv`.
"""

import functools
import re
from typing import Any

from lxml import etree

from pipeline.parse.class_parts import parts_of
from pipeline.parse.lists import rows
from pipeline.parse.markup import text_of

Element = Any
BLOCKS = frozenset({"table", "div", "blockquote", "dl", "fieldset", "section", "aside"})
NAMED = ("data-author", "data-username", "data-quote", "data-ipsquote-username", "data-cite")
POSTS = ("data-post-id", "data-postid", "data-ipsquote-contentcommentid", "data-source", "data-pid")
SOURCE = re.compile(
    r"(?:#p(?:ost|id)?[-_]?|#msg|#c(?:omment)?[-_]?|[?&]p(?:id|ost)?=|post\?id=|/posts?/|msg=?|findComment&comment=)(\d+)",
    re.I,
)
TOLD = (
    "posted by",
    "wrote",
    "said",
    "schrieb",
    "geschrieben",
    "écrit",
    "escribió",
    "quote",
    "zitat",
    "citation",
    "cita",
)
LONGEST_HEADER = 160


@functools.cache
def headers() -> list[re.Pattern[str]]:
    return [re.compile(r["pattern"], re.I | re.S) for r in rows("quote_headers")]


def header(text: str) -> tuple[bool, str | None]:
    """(whether a text is the header of a quote, whom it names)."""
    text = " ".join(text.split()).strip(' :"“”»«…↑').strip()
    for pattern in headers():
        if m := pattern.match(text):
            who = (m.groupdict().get("who") or "").strip(' :"“”»«,')
            return True, who or None
    return False, None


def mark_quotes(tree: Element, sure: bool) -> bool:
    """`data-quoted` on every quote, holding whom it quotes; headers out. Whether there is any."""
    found = [e for e in tree.iter("blockquote") if e is not tree]
    if found and not sure:
        whole = squeezed(tree)
        found = [e for e in found if squeezed(e) != whole]
    for e in tree.iter():
        if isinstance(e.tag, str) and e is not tree and e.tag != "blockquote" and e.get("class"):
            parts = parts_of(e.get("class"))
            if (
                "quote" in parts
                and "quote_header" not in parts
                and e.tag not in ("a", "span", "p", "input", "li", "ul")
            ):
                found.append(e)
    words = "".join(tree.itertext()).lower()
    if any(told in words for told in TOLD):
        known = {d for e in found for d in e.iter()}
        for e in list(tree.iter()):
            if isinstance(e.tag, str) and e is not tree and e not in known:
                block = told_by_text(e, tree)
                if block is not None and block not in known:
                    found.append(block)
                    known.update(block.iter())
    for e in found:
        e.set("data-quoted", "")
    for e in sorted(found, key=depth):
        take_header(e)
    for e in sorted(found, key=depth, reverse=True):
        if e.get("data-head") is not None:  # called a quote's content, but only its header
            del e.attrib["data-quoted"]
            continue
        outer = next((a for a in e.iterancestors() if a.get("data-quoted") is not None), None)
        if outer is not None and squeezed(outer) == squeezed(e):  # two elements of one quote
            outer.set("data-quoted", outer.get("data-quoted") or e.get("data-quoted"))
            del e.attrib["data-quoted"]
    return bool(found)


def depth(element: Element) -> int:
    return sum(1 for _ in element.iterancestors())


def squeezed(element: Element) -> str:
    """The words of an element without white space and without headers already found."""
    out: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, e in walk:
        if event == "start":
            if e.get("data-head") is not None:
                walk.skip_subtree()
            else:
                out.append(e.text or "")
        elif e is not element:
            out.append(e.tail or "")
    return "".join("".join(out).split())


def take_header(quote: Element) -> None:
    """Whom a quote quotes, from its attributes or header; the header is taken out."""
    who = next((quote.get(a) for a in NAMED if quote.get(a)), None)
    before = quote.getprevious()
    bare = before is not None and not (before.tail or "").strip()
    # what stands above a quote is its header; then one inside it is a nested quote's
    for e in [] if bare and "quote_header" in parts_of(before.get("class") or "") else inside(quote)[:12]:
        told = e.tag in ("cite", "legend", "dt") or "quote_header" in parts_of(e.get("class") or "")
        text = " ".join("".join(e.itertext()).split())
        if not text or len(text) > LONGEST_HEADER:
            continue
        is_header, name = header(text)
        here, all_of_it = squeezed(e), squeezed(quote)
        if told or (is_header and here and all_of_it.startswith(here) and here != all_of_it):
            who = who or name or (text.strip(" :↑") if told and not is_header else None)
            e.set("data-head", "")
            if name or told:
                break
    if who is None and quote.text and (quote.text.strip()):
        first, _, rest = quote.text.strip().partition("\n")
        is_header, name = header(first) if first.endswith(":") else (False, None)
        if is_header:
            who, quote.text = name, rest
            quote.set("data-above", first)
    if who is None and bare and before.get("data-head") is None and before.get("data-quoted") is None:
        text = " ".join("".join(before.itertext()).split())
        is_header, name = header(text) if len(text) <= LONGEST_HEADER else (False, None)
        if "quote_header" in parts_of(before.get("class") or "") or (is_header and (name or before.tag != "p")):
            who = name
            quote.set("data-above", text)
            if source := linked(before):
                quote.set("data-source-id", source)
            cut_out(before)
    elif who is None and (holder := before if before is not None else quote.getparent()) is not None:
        where = "tail" if before is not None else "text"
        text = getattr(holder, where) or ""
        head, line, last = text.rstrip().rpartition("\n")
        is_header, name = header(last) if last.strip().endswith(":") else (False, None)
        if is_header:
            who = name
            quote.set("data-above", last)
            setattr(holder, where, head + line)
    quote.set("data-quoted", who or "")
    if source := source_of(quote):
        quote.set("data-source-id", source)


def inside(quote: Element) -> list[Element]:
    """The elements of a quote, but for quotes within it and the line above one (`Ann said:`): those headers are not its own."""
    inner = [
        e for e in quote.iter() if e is not quote and (e.tag == "blockquote" or any(e.get(name) for name in NAMED))
    ]
    for e in quote.iter("p") if quote.tag == "blockquote" else ():
        if e.getnext() in inner and text_of(e).endswith(":") and next(e.iter("cite"), None) is None:
            inner.append(e)
    other = {i for e in inner for i in e.iter()}
    return [e for e in quote.iter() if isinstance(e.tag, str) and e is not quote and e not in other]


def source_of(quote: Element) -> str | None:
    """The number of the quoted post, from the quote's attributes or the link in its header."""
    for name in POSTS:
        if m := re.search(r"(\d+)$", quote.get(name) or ""):
            return m[1]
    for head in quote.xpath(".//*[@data-head]")[:3]:
        if source := linked(head):
            return source
    m = SOURCE.search(quote.get("cite") or "")
    return m[1] if m else None


def linked(head: Element) -> str | None:
    """The number of the post that a quote's header links to."""
    for a in head.xpath("descendant-or-self::a/@href")[:3]:
        if m := SOURCE.search(a):
            return m[1]
    return None


def cut_out(element: Element) -> None:
    """Remove an element; what follows it stays."""
    if element.getparent() is not None:
        element.drop_tree()


def told_by_text(e: Element, tree: Element) -> Element | None:
    """The quote of which an element is the header by its words alone, as old boards lay them out in tables."""
    if e.tag in ("blockquote", "p", "a", "br", "img"):
        return None
    text = " ".join("".join(e.itertext()).split())
    if not 4 < len(text) <= 80 or (not text.endswith(":") and "posted by" not in text.lower()):
        return None
    if not header(text)[0]:
        return None
    node, same = e, squeezed(e)
    while node is not tree and node.getparent() is not None and squeezed(node.getparent()) == same:
        node = node.getparent()
    above = node.getparent()
    if node is tree or above is None:
        return None
    if above is tree or len(squeezed(above)) < len(same) + 2:
        beside = node.getnext()
        block = beside if beside is not None and beside.tag in BLOCKS and not (node.tail or "").strip() else None
        if block is not None:
            block.set("data-above", text)
            cut_out(node)
        return block
    return above if above.tag in BLOCKS or above.tag in ("tbody", "tr", "td") else None
