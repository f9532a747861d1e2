"""Why a document that no parser recognises gives no posts, in words that help."""

import functools

from pipeline.parse.documents import Document
from pipeline.parse.lists import rows
from pipeline.parse.markup import tidy
from pipeline.parsed import Rejected


@functools.cache
def signs() -> list[tuple[list[str], str]]:
    """(phrases on the page, what the page then is), in order."""
    return [(r["sign"].split(", "), r["what"]) for r in rows("no_threads")]


def why_no_thread(doc: Document) -> Rejected:
    """`not_a_thread` for a web page, `unknown_format` for other text."""
    if doc.kind != "html":
        begins = tidy(doc.text[:200])[:60].replace("\n", " ")
        what = "JSON" if doc.kind == "json" else "text"
        detail = f"{what} in no layout the parsers know; it begins “{begins}”; CONTRIBUTING says how to add a parser"
        return Rejected(reason="unknown_format", detail=detail, kind="page", place=doc.place)
    tree = doc.tree
    title = tidy(tree.xpath("string(//title)"))[:80]
    words = " ".join(tree.xpath("string(//body)").split())[:20000]
    text = f"{title} {words}".casefold()
    n_topics = len(
        tree.xpath(
            "//ol/li/a[contains(@href, 't-')] | //a[contains(@href, 'showthread') or contains(@href, 'viewtopic')]"
        )
    )
    scripts = len(tree.xpath("//script"))
    what = "no parser recognises it as a thread"
    if len(words) < 4000 and (said := next((w for phrases, w in signs() if any(p in text for p in phrases)), None)):
        what = said
    elif n_topics >= 3:
        what = f"a list of threads ({n_topics} links to threads), no thread; capture the threads it links to"
    elif len(words) < 200:
        what = (
            "an empty app shell; capture it with a browser that runs scripts"
            if scripts
            else "a page with hardly a word"
        )
    return Rejected(reason="not_a_thread", detail=f"page “{title}”: {what}", kind="page", place=doc.place)
