"""The element a post's words stand in → own words, quotes and signature apart, furniture out, on any board.

What tells a part is data: `class_parts.csv` (class names), `quote_headers.csv` (what boards write above a quote) and
`body_lines.csv` (lines boards print into a post).
"""

import copy
import functools
import re
from typing import Any

from lxml import etree

from pipeline.parse import cutouts
from pipeline.parse.lists import rows
from pipeline.parse.markup import text_of, tidy
from pipeline.parsed import ParsedPost, ParsedQuote

Element = Any
BLOCKS = frozenset({"table", "div", "blockquote", "dl", "fieldset", "section", "aside"})
NEVER = frozenset({"script", "style", "button", "select", "textarea", "iframe", "svg", "form", "template"})
NAMED = ("data-author", "data-username", "data-quote", "data-ipsquote-username", "data-cite")
POSTS = ("data-post-id", "data-postid", "data-ipsquote-contentcommentid", "data-source", "data-pid")
SOURCE = re.compile(
    r"(?:#p(?:ost|id)?[-_]?|#msg|#c(?:omment)?[-_]?|[?&]p(?:id|ost)?=|post\?id=|/posts?/|msg=?|findComment&comment=)(\d+)",
    re.I,
)
TOLD = re.compile(
    r"posted by|(?:wrote|said|schrieb|geschrieben|écrit|escribió|quote|zitat|citation|cita|citaat)[^\n]{0,40}:", re.I
)
LONGEST_HEADER = 160
RULE = re.compile(r"^[^\S\n]*(?:[_]{5,}|-- ?|[-=*~]{12,})[^\S\n]*$", re.M)
LONGEST_SIGNATURE = 1500


@functools.cache
def classes() -> list[tuple[str, re.Pattern[str]]]:
    """(part, pattern of class names), most telling first."""
    order = ["signature", "quote_header", "quote", "expand", "drop", "body", "person"]
    found = [(part, "|".join(f"(?:{r['class']})" for r in rows("class_parts") if r["part"] == part)) for part in order]
    return [(part, re.compile(pattern, re.I)) for part, pattern in found]


@functools.lru_cache(100_000)
def parts_of(names: str) -> frozenset[str]:
    """What the classes of an element say that it is."""
    return frozenset(part for part, pattern in classes() for name in names.split() if pattern.search(name))


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


@functools.cache
def furniture() -> re.Pattern[str]:
    """Lines that boards print into a post."""
    return re.compile("|".join(f"(?:^[^\\S\\n]*{r['line']}[^\\S\\n]*$)" for r in rows("body_lines")), re.I | re.M)


def read_body(post: ParsedPost, element: Element, *, sure: bool = False, rules: bool = True) -> ParsedPost:
    """The post with the words of an element of the page, which is left as it is.

    `sure`: it is known to be the body itself, so that a `blockquote` around all its words makes it a quote and nothing else.
    `rules`: whether a signature may stand below a rule, as where the software has no place of its own for signatures.
    """
    tree = copy.deepcopy(element)
    tree.tail = None
    signature = None
    for e in list(tree.iter()):
        if not isinstance(e.tag, str) or e is tree:
            continue
        parts = parts_of(e.get("class") or "") if e.get("class") else frozenset()
        if "signature" in parts:
            if e.getparent() is not None:
                signature = signature or text_of(e)
                e.drop_tree()
        elif "expand" in parts:
            e.set("data-head", "")
        elif e.tag in NEVER or e.get("hidden") is not None or ("drop" in parts and "quote" not in parts):
            if e.getparent() is not None and not e.xpath(".//blockquote"):
                e.drop_tree()
    mark_quotes(tree, sure)
    post = cutouts.from_tree(post, tree, quotes="//*[@data-quoted]", read=read_quote)
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
    cuts = [(m.start(), m.end()) for m in furniture().finditer(post.text)]
    rules = [m for m in RULE.finditer(post.text) if m.start() > 0]
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


def mark_quotes(tree: Element, sure: bool) -> None:
    """`data-quoted` on every quote, holding whom it quotes; headers out."""
    whole = squeezed(tree)
    found = [e for e in tree.iter("blockquote") if e is not tree and (sure or squeezed(e) != whole)]
    for e in tree.iter():
        if isinstance(e.tag, str) and e is not tree and e.tag != "blockquote" and e.get("class"):
            parts = parts_of(e.get("class"))
            if (
                "quote" in parts
                and "quote_header" not in parts
                and e.tag not in ("a", "span", "p", "input", "li", "ul")
            ):
                found.append(e)
    if TOLD.search("".join(tree.itertext())):
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
        if e.getnext() in inner and text_of(e).endswith(":") and not e.xpath(".//cite"):
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
