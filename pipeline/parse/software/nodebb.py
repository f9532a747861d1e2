"""NodeBB."""

from typing import Any

from pipeline.parse.documents import Document
from pipeline.parse.layouts import Layout, has

NAME = "nodebb"


def mend(body: Any, doc: Document) -> None:
    """The line above a quote, `@ann said in Which mask?:`, links to the quoted post."""
    for quote in body.xpath(".//blockquote"):
        for link in quote.xpath("preceding-sibling::*[1][self::p]//a[contains(@href, '/post/')]/@href"):
            quote.set("data-post-id", link)


LAYOUT = Layout(
    signs=('component="post"', 'component="post/content"'),
    post="//li[@component='post']",
    # a copy of the post answered stands above the body; the words in a deleted post are the board's
    body=f"self::*[not({has('deleted')})]//*[@component='post/content']",
    author="@data-username",
    date=".//meta[@itemprop='datePublished']/@content",
    stamp=".//meta[@itemprop='datePublished']/@content",
    drop=f".//*[{has('link-preview')}]",
    signature=".//*[@component='post/signature']",
    native_id="@data-pid[translate(., '0123456789', '') = '']",
    reply_to=".//*[@component='post/parent']/@data-parent-pid | .//*[@component='post/parent']/@data-topid",
    title="//*[@component='topic/title'] | //h1",
    board=f"//ol[{has('breadcrumb')}]/li[position() = last() - 1]",
    page=f"//ul[{has('pagination')}]/li[{has('active')}]//@data-page",
    mend=mend,
)
recognises, parse = LAYOUT.parser(NAME)
