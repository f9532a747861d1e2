"""Discourse as it shows itself to readers without JavaScript, as archives are; its empty shell is refused."""

from collections.abc import Iterator
from typing import Any

from pipeline.parse.documents import Document
from pipeline.parse.layouts import Layout, has
from pipeline.parse.software.discourse_json import NOBODYS
from pipeline.parse.titles import page_title
from pipeline.parsed import ParsedThread, Rejected

NAME = "discourse_html"
AUTHOR = f".//*[{has('creator')}]//*[@itemprop='name']"
POSTED = ".//meta[@itemprop='datePublished']/@content"


def mend(body: Any, doc: Document) -> None:
    """Whom a quote names is in its attributes; the post it names counts where it is one of this topic."""
    topic = doc.tree.xpath("string(//link[@rel='canonical']/@href)").partition("?")[0]
    for quote in body.xpath(f".//aside[{has('quote')}]"):
        other = quote.get("data-topic") and not topic.endswith(f"/{quote.get('data-topic')}")
        if not other and quote.get("data-post"):
            quote.set("data-post-id", quote.get("data-post"))
        for head in quote.xpath(f"div[{has('title')}]"):
            if quote.get("data-username"):
                head.set("class", "quote-header")
            else:  # the title of another topic
                head.drop_tree()


LAYOUT = Layout(
    signs=("crawler-post",),
    # its own account, `system`, closes topics and welcomes people
    post=f"//div[{has('crawler-post')}][.//*[@itemprop='position']][not({AUTHOR}[. = 'system'])]",
    body=f"div[{has('post')}]",
    author=AUTHOR,
    # older ones show when the post was last changed; when it was written is in the head
    date=f"{POSTED} | .//time[{has('post-time')}][not(@itemprop='dateModified')]",
    stamp=f"{POSTED} | .//time[{has('post-time')}][not(@itemprop='dateModified')]/@datetime",
    drop=NOBODYS,
    native_id=".//*[@itemprop='position']",
    title="//*[@id='topic-title']/h1",
    board=f"(//*[@id='topic-title']//*[{has('category-name')}])[last()]",
    mend=mend,
)


def recognises(doc: Document) -> bool:
    return LAYOUT.recognises(doc) or is_shell(doc)


def is_shell(doc: Document) -> bool:
    """Whether a page of a topic was saved before any script put a post into it."""
    return (
        doc.kind == "html"
        and 'id="data-discourse-setup"' in doc.text
        and not any(sign in doc.text for sign in ("crawler-post", "topic-post", "cooked", "topic-list"))
        and bool(doc.tree.xpath("boolean(//link[@rel='canonical'][contains(@href, '/t/')])"))
    )


def parse(doc: Document) -> Iterator[ParsedThread | Rejected]:
    if is_shell(doc):
        detail = (
            f"page “{page_title(doc)}”: Discourse's empty app shell, the posts are not in it; "
            "fetch the topic's JSON (/t/NUMBER.json) or an archive's copy"
        )
        yield Rejected(reason="not_a_thread", detail=detail, kind="page")
    else:
        yield LAYOUT.thread(doc, NAME)
