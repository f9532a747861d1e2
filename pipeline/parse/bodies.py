"""The element a post's words stand in → own words, quotes and signature apart, furniture out, on any board.

What tells a part is data: `class_parts.csv` (class names), `quote_headers.csv` (what boards write above a quote) and
`body_lines.csv` (lines boards print into a post).
"""

import copy
import functools
import re
from typing import Any

from pipeline.parse import cutouts
from pipeline.parse.class_parts import parts_of
from pipeline.parse.lists import rows
from pipeline.parse.markup import text_of, tidy
from pipeline.parse.quote_blocks import mark_quotes
from pipeline.parsed import ParsedPost, ParsedQuote

Element = Any
NO_PARTS: frozenset[str] = frozenset()
NEVER = frozenset({"script", "style", "button", "select", "textarea", "iframe", "svg", "form", "template"})
RULE = re.compile(r"^[^\S\n]*(?:[_]{5,}|-- ?|[-=*~]{12,})[^\S\n]*$", re.M)
RULED = re.compile(r"___|--|==|\*\*\*|~~")
LONGEST_LINE = 300  # characters of a line that a board prints
LONGEST_SIGNATURE = 1500


@functools.cache
def furniture() -> re.Pattern[str]:
    """Lines that boards print into a post."""
    return re.compile("|".join(f"(?:^[^\\S\\n]*{r['line']}[^\\S\\n]*$)" for r in rows("body_lines")), re.I | re.M)


def read_body(
    post: ParsedPost, element: Element, *, sure: bool = False, rules: bool = True, copied: bool = False
) -> ParsedPost:
    """The post with the words of an element of the page, which is left as it is unless it is a copy (`copied`).

    `sure`: it is known to be the body itself, so that a `blockquote` around all its words makes it a quote and nothing else.
    `rules`: whether a signature may stand below a rule, as where the software has no place of its own for signatures.
    """
    tree = element if copied else copy.deepcopy(element)
    tree.tail = None
    signature = None
    for e in list(tree.iter()):
        if not isinstance(e.tag, str) or e is tree:
            continue
        names = e.get("class")
        parts = parts_of(names) if names else NO_PARTS
        if "signature" in parts:
            if e.getparent() is not None:
                signature = signature or text_of(e)
                e.drop_tree()
        elif "expand" in parts:
            e.set("data-head", "")
        elif e.tag in NEVER or e.get("hidden") is not None or ("drop" in parts and "quote" not in parts):
            if e.getparent() is not None and next(e.iter("blockquote"), None) is None:
                e.drop_tree()
    if mark_quotes(tree, sure):
        post = cutouts.from_tree(post, tree, quotes="//*[@data-quoted]", read=read_quote)
    else:
        post.text = text_of(tree)
    post = without_furniture(post, signature, rules)
    if not post.quotes:
        post.text = cutouts.written(post.text)
    return post


def read_quote(element: Element) -> ParsedQuote:
    """The quote in a marked element: its words without the header and what the board adds, and all as shown."""
    head = element.get("data-above") or ""
    shown = tidy(f"{head}\n{text_of(element)}")
    for e in element.xpath(".//*[@data-head]"):
        e.drop_tree()
    text = furniture().sub("", text_of(element)).strip()
    author = element.get("data-quoted") or None
    source = element.get("data-source-id")
    return ParsedQuote(text=text, author=author, shown=shown if shown != text else None, quoted_id=source)


def without_furniture(post: ParsedPost, signature: str | None, below_rules: bool) -> ParsedPost:
    """Lines that the board printed taken out (quotes keep their places), a signature below a rule apart."""
    cuts, at = [], 0
    printed = furniture().fullmatch
    for line in post.text.split("\n"):
        if len(line) <= LONGEST_LINE and printed(line):
            cuts.append((at, at + len(line)))
        at += len(line) + 1
    rules = [m for m in RULE.finditer(post.text) if m.start() > 0] if RULED.search(post.text) else []
    if rules and below_rules and not signature:
        last = rules[-1] if rules[-1][0].strip("_ \n") else rules[0]
        tail = post.text[last.end() :].strip()
        if tail and len(tail) <= LONGEST_SIGNATURE and not any(q.offset > last.start() for q in post.quotes):
            signature = tail
            cuts = [c for c in cuts if c[0] < last.start()] + [(last.start(), len(post.text))]
    if cuts:
        text = post.text
        for a, b in reversed(cuts):
            text = text[:a] + text[b:]
            for quote in post.quotes:
                if quote.offset >= b:
                    quote.offset -= b - a
                elif quote.offset > a:
                    quote.offset = a
        lead = len(text) - len(text.lstrip())
        post.text = text.strip()
        for quote in post.quotes:
            quote.offset = min(max(quote.offset - lead, 0), len(post.text))
    post.signature = post.signature or signature or None
    return post
