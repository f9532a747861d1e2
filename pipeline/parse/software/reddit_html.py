"""Reddit's old pages (old.reddit.com, and www.reddit.com up to 2018): a submission and the tree of its comments, by time.

Thread and posts carry the same keys and numbers as in Reddit's JSON and dumps, so that captures of either kind join.
"""

import re
from collections.abc import Iterator
from typing import Any

from pipeline.parse.bodies import read_body
from pipeline.parse.dates import machine_date
from pipeline.parse.documents import Document
from pipeline.parse.layouts import first, has
from pipeline.parse.titles import with_title
from pipeline.parsed import ParsedPost, ParsedThread, Rejected

NAME = "reddit_html"
SUBMISSION = "//div[@id='siteTable']/div[starts-with(@data-fullname, 't3_') and not(@data-promoted='true')]"
COMMENTS = f"//div[{has('commentarea')}]//div[{has('comment')} and starts-with(@data-fullname, 't1_')]"
TAGLINE = f"./div[{has('entry')}]//p[{has('tagline')}]"
BODY = f"./div[{has('entry')}]//div[{has('usertext-body')}]/div[{has('md')}]"
Element = Any  # lxml's; its stubs know too little of XPath


def recognises(doc: Document) -> bool:
    return (
        doc.kind == "html"
        and "commentarea" in doc.text
        and "thing_t3_" in doc.text
        and bool(doc.tree.xpath(f"boolean(//div[{has('commentarea')}]) and count({SUBMISSION}) = 1"))
    )


def parse(doc: Document) -> Iterator[ParsedThread | Rejected]:
    """A submission of a title only has said it there."""
    (opening,) = doc.tree.xpath(SUBMISSION)
    title = first(opening, f".//a[{has('title')}]")
    found = [(e, read_post(e, doc)) for e in [opening, *doc.tree.xpath(COMMENTS)]]
    found[1:] = sorted(found[1:], key=lambda item: (item[1].posted_at is None, item[1].posted_at or 0))
    for n, (_, post) in enumerate(found, 1):
        post.position = n
    place = {e.get("data-fullname"): p.position for e, p in found}
    for element, post in found[1:]:
        above = first(element, f"ancestor::div[{has('comment')}][1]/@data-fullname")
        post.reply_to_position = place.get(above or opening.get("data-fullname"))
    posts = [post for _, post in found]
    posts[0].text = with_title(posts[0], title)
    if not posts[0].text and not posts[0].quotes and not opening.xpath(BODY):
        posts[0].text = title or ""
    board = opening.get("data-subreddit") or first(doc.tree, f"//*[{has('redditname')}]/a")
    number = opening.get("data-fullname").removeprefix("t3_")
    yield ParsedThread(
        title=title, posts=posts, software="reddit", board=board, key=f"reddit#{number}",
        url=f"https://www.reddit.com/r/{board}/comments/{number}/" if board else None,
        time_zone=doc.settings.time_zone or "UTC",
    )  # fmt: skip
    folded = [first(e, ".") or "" for e in doc.tree.xpath(f"//span[{has('morecomments')}]")]
    if folded:
        n_missing = sum(int(m[1]) for text in folded if (m := re.search(r"\((\d+) repl", text)))
        detail = (
            f"{n_missing} comments are folded away on this page; fetch the thread as JSON, or unfold it and save again"
        )
        yield Rejected(reason="truncated", detail=detail, kind="page", place=f"thread {number}")


def read_post(element: Element, doc: Document) -> ParsedPost:
    """A submission or a comment; its name is gone where author or account are."""
    shown, stamp = first(element, f"{TAGLINE}//time"), first(element, f"{TAGLINE}//time/@datetime")
    post = ParsedPost(
        position=1,
        text="",
        author=element.get("data-author") or first(element, f"{TAGLINE}/*[{has('author')}] | {TAGLINE}/em"),
        posted_at_text=shown or stamp,
        native_id=element.get("data-fullname").partition("_")[2],
    )
    if stamp and (read := machine_date(shown, stamp, doc.settings, doc.captured_at)):
        post.posted_at, post.posted_at_precision = read
    bodies = element.xpath(BODY)
    return read_body(post, bodies[0]) if bodies else post
