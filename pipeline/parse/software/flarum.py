"""Flarum: the discussion as the JSON in its page has it; the words for readers without JavaScript lack dates and numbers."""

import json
from collections.abc import Iterator
from typing import Any

import lxml.html

from pipeline.parse.addresses import thread_address
from pipeline.parse.bodies import read_body
from pipeline.parse.cutouts import UNWRITTEN
from pipeline.parse.dates import board_time
from pipeline.parse.documents import Document
from pipeline.parse.layouts import has
from pipeline.parse.software.discourse_json import read_moment
from pipeline.parsed import ParsedPost, ParsedThread

NAME = "flarum"

Item = dict[str, Any]
Known = dict[tuple[Any, Any], Item]


def recognises(doc: Document) -> bool:
    return doc.kind == "html" and "flarum-json-payload" in doc.text and discussion(doc) is not None


def discussion(doc: Document) -> Item | None:
    """The discussion's JSON; None where the page shows something else (a list, a member)."""
    try:
        payload = json.loads(doc.tree.xpath("string(//script[@id='flarum-json-payload'])"))
    except ValueError:
        return None
    said = payload.get("apiDocument") if isinstance(payload, dict) else None
    about = said.get("data") if isinstance(said, dict) else None
    whole = isinstance(about, dict) and about.get("type") == "discussions" and isinstance(about.get("attributes"), dict)
    return said if whole else None


def parse(doc: Document) -> Iterator[ParsedThread]:
    said = discussion(doc) or {}
    about = said["data"]
    known = {
        (i.get("type"), i.get("id")): i for i in said.get("included") or [] if isinstance(i.get("attributes"), dict)
    }
    # also single later posts that earlier ones mention; no notices (renamed, locked), no hidden posts
    found = [post for post in related(about, "posts", known) if post["attributes"].get("contentHtml")]
    posts = [read_post(n, post, known, doc) for n, post in enumerate(found, 1)]
    place = {post.native_id: post.position for post, _ in posts}
    for post, answered in posts:
        post.reply_to_position = place.get(answered)
    tags = related(about, "tags", known)
    board = next((tag for tag in tags if tag["attributes"].get("isChild")), tags[0] if tags else None)
    address = thread_address(doc)
    yield ParsedThread(
        title=about["attributes"].get("title"), posts=[post for post, _ in posts], url=address.url, key=address.key,
        board=board["attributes"].get("name") if board else None, page=address.page,
        time_zone=doc.settings.time_zone or "UTC",
    )  # fmt: skip


def related(item: Item, name: str, known: Known) -> list[Item]:
    """What an item is tied to by that name, as far as the page holds it."""
    tied = ((item.get("relationships") or {}).get(name) or {}).get("data") or []
    keys = [(t.get("type"), t.get("id")) for t in (tied if isinstance(tied, list) else [tied])]
    return [known[key] for key in keys if key in known]


def read_post(position: int, item: Item, known: Known, doc: Document) -> tuple[ParsedPost, str | None]:
    """One post and the number of the post that it answers. A post without a user is one whose account was deleted."""
    said = item["attributes"]
    user = next(iter(related(item, "user", known)), None)
    moment = read_moment(said.get("createdAt"))
    post = ParsedPost(
        position=position, text="", native_id=item["id"], posted_at_text=said.get("createdAt"),
        author=user["attributes"].get("displayName") or user["attributes"].get("username") if user else "[deleted]",
        posted_at=board_time(moment, doc.settings), posted_at_precision="minute" if moment else None,
    )  # fmt: skip
    body = lxml.html.fragment_fromstring(UNWRITTEN.sub("", said["contentHtml"]), create_parent="div")
    answered = take_mentions(body)
    return read_body(post, body, sure=True), answered


def take_mentions(body: Any) -> str | None:
    """The post that a body's first mention answers. A mention that begins a paragraph is a mark, no word of the author's:
    it is taken out, and says whom and what a quote quotes."""
    answered = None
    for mention in body.xpath(f".//a[{has('PostMention')}]"):
        above = mention.getparent()
        quote = next(mention.iterancestors("blockquote"), None)
        if quote is None:
            answered = answered or mention.get("data-id")
        if above.index(mention) == 0 and not (above.text or "").strip():
            if quote is not None and quote.get("data-post-id") is None:
                quote.set("data-post-id", mention.get("data-id") or "")
                quote.set("data-author", mention.text_content().strip())
            mention.drop_tree()
    return answered
