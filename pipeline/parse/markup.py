"""A cut-out of a page → text: paragraphs parted by a blank line, lines by a newline."""

import re

import lxml.html
from bs4 import BeautifulSoup, NavigableString, PageElement, Tag
from lxml import etree

BLOCK = "\x1e"  # the edge of a block: however many meet, they make one line break
EDGES = re.compile(rf"\s*{BLOCK}[\s{BLOCK}]*")
BREAKS = {
    **dict.fromkeys(["p", "blockquote", "ul", "ol", "table", "pre", "h1", "h2", "h3", "h4", "hr"], "\n\n"),
    **dict.fromkeys(["div", "li", "tr", "dd", "dt"], BLOCK),
}
UNREAD = frozenset({"script", "style", "template", "head", "title"})
SPACES = re.compile(r"[^\S\n]+")
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def text_of(element: lxml.html.HtmlElement) -> str:
    """The words of an element as a reader sees them; scripts and styles dropped, a smiley image becomes its alt text.

    Time grows with its length, however it is nested.
    """
    parts: list[str] = []
    kept = 0  # depth in `pre`, whose line breaks are kept
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, e in walk:
        if event == "start":
            if e.tag in UNREAD:
                walk.skip_subtree()
                continue
            edge = BREAKS.get(e.tag)
            if edge:
                parts.append(edge)
            elif e.tag == "br":
                parts.append("\n")
            elif e.tag == "img" and (alt := e.get("alt")):
                parts.append(smiley(alt))
            kept += e.tag == "pre"
            if e.text:
                parts.append(e.text if kept else one_line(e.text))
            continue
        if event == "end" and e.tag not in UNREAD:
            kept -= e.tag == "pre"
            if edge := BREAKS.get(e.tag):
                parts.append(edge)
        if e is not element and e.tail:
            parts.append(e.tail if kept else one_line(e.tail))
    return tidy(EDGES.sub(lambda m: "\n\n" if m[0].count("\n") > 1 else "\n", "".join(parts)))


def one_line(text: str) -> str:
    """HTML's white space is a space; only `<br>` and blocks begin a line."""
    return text.replace("\n", " ")


def soup_text(html: str) -> str:
    """Text of a piece of HTML of any kind. Time grows with its length, however it is nested."""
    parts: list[str] = []
    todo: list[PageElement | str] = [BeautifulSoup(one_line(html), "lxml")]
    while todo:
        node = todo.pop()
        if isinstance(node, Tag):
            edge = BREAKS.get(node.name, "")
            inside = "\n" if node.name == "br" else smiley(str(node.get("alt") or "")) if node.name == "img" else ""
            todo += [edge, *reversed(node.contents), inside, edge]
        elif type(node) in (str, NavigableString):  # comments and scripts are strings of other types
            parts.append(str(node))
    return EDGES.sub(lambda m: "\n\n" if m[0].count("\n") > 1 else "\n", "".join(parts))


def smiley(alt: str) -> str:
    """The alternative text of an image where it stands for a smiley; of a picture it is a file name or a title."""
    return alt if len(alt) <= 24 and not re.search(r"\.\w{3,4}$|^image|^img|^attachment|^avatar", alt, re.I) else ""


def tidy(text: str) -> str:
    """Single spaces, no spaces at line ends, at most one blank line, nothing invisible."""
    if not text.isascii():
        text = text.translate(INVISIBLE)
    if "\n" not in text:
        return SPACES.sub(" ", text).strip()
    lines = (line.strip() for line in SPACES.sub(" ", text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
