"""Vanilla Forums."""

from typing import Any

from pipeline.parse.documents import Document
from pipeline.parse.layouts import Layout, has

NAME = "vanilla"
DATE = f"(.//*[{has('DateCreated')}]//time)[1]"


def mend(body: Any, doc: Document) -> None:
    """The link in a quote's head names the post quoted; the opening one by the discussion's number."""
    for quote in body.xpath(f".//blockquote[{has('UserQuote')}]"):
        for link in quote.xpath(f"(.//a[{has('QuoteLink')}])[1]/@href"):
            quote.set("data-post-id", link.split("#")[0].rstrip("/"))


LAYOUT = Layout(
    signs=("ItemDiscussion", "Message", "userContent"),
    post="//*[starts-with(@id, 'Discussion_') or starts-with(@id, 'Comment_')]"
    f"[{has('ItemDiscussion')} or {has('ItemComment')}]",
    body=f".//*[{has('Message')}][{has('userContent')}]",
    author=f".//*[{has('Author')}]//a[{has('Username')}]",
    date=f"{DATE}/@title | {DATE}[not(@title)]",  # what is shown may be the month alone
    stamp=f"{DATE}/@datetime",
    signature=f".//*[{has('Signature')}]",
    title="//h1[last()]",
    board=f"(//*[{has('Breadcrumbs')}]//a)[last()]",
    page=f"//*[{has('Pager')}]/*[{has('Highlight')}]",
    mend=mend,
)
recognises, parse = LAYOUT.parser(NAME)
