"""Lemmy's own pages (lemmy-ui): a post and the tree of its comments. A post may be a link or a title only."""

from collections.abc import Iterator

from pipeline.parse.documents import Document
from pipeline.parse.layouts import Layout, has
from pipeline.parsed import ParsedThread

NAME = "lemmy"
OPENING = f"//div[{has('post-listing')}]"
NUMBER = f".//div[{has('post-title')}]//a[contains(@href, '/post/')]/@href"
LAYOUT = Layout(
    signs=("post-listing", "person-listing"),
    post=f"{OPENING} | //article[{has('comment-node')}]",
    body=f".//*[@id='postContent'] | .//div[{has('comment-content')}]",
    author=f".//a[{has('person-listing')}]",
    date=f".//*[{has('moment-time')}]",
    stamp=f".//*[{has('moment-time')}]/@data-tippy-content",
    native_id=f"@id | {NUMBER}",
    reply_to=f"(({OPENING})[1]/{NUMBER} | ancestor::ul[{has('comments')}][1]/preceding-sibling::article/@id)[last()]",
    board=f"//a[{has('community-link')}]",
)


def recognises(doc: Document) -> bool:
    """Feeds and profiles list several posts."""
    return LAYOUT.recognises(doc) and len(doc.tree.xpath(OPENING)) == 1


def parse(doc: Document) -> Iterator[ParsedThread]:
    """A post of a title only has said it there; it answers nothing."""
    thread = LAYOUT.thread(doc, NAME)
    opening = thread.posts[0]
    if opening.position == opening.reply_to_position:
        opening.reply_to_position = None
        if not opening.text and not opening.quotes:
            opening.text = thread.title or ""
    yield thread
