"""Discourse's topic JSON (`/t/ID.json`, also its further pages): what the board itself knows of a topic."""

import datetime as dt
import functools
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipeline.parse.addresses import page_number
from pipeline.parse.cutouts import from_html, written
from pipeline.parse.dates import board_time
from pipeline.parse.documents import Document
from pipeline.parse.markup import text_of
from pipeline.parsed import ParsedPost, ParsedQuote, ParsedThread, Rejected

NAME = "discourse_json"
QUOTES = "//aside[contains(concat(' ', @class, ' '), ' quote ')] | //blockquote"
# previews of links, polls, the captions of pictures, counters: nobody wrote them
NOBODYS = """//aside[contains(@class, 'onebox')] | //div[@class='poll' or contains(@class, 'poll-')] | //div[@class='meta']
    | //span[contains(@class, 'badge')] | //div[contains(@class, 'cooked-metadata')] | //svg"""


def recognises(doc: Document) -> bool:
    return doc.kind == "json" and isinstance(doc.json, dict) and stream(doc.json) is not None


def stream(topic: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The posts as the JSON has them; None where there is no list of posts."""
    part = topic.get("post_stream")
    posts = part.get("posts") if isinstance(part, dict) else None
    if not isinstance(posts, list):
        return None
    return [p for p in posts if isinstance(p, dict) and isinstance(p.get("cooked"), str)]


def parse(doc: Document) -> Iterator[ParsedThread | Rejected]:
    topic = doc.json
    # notices ("closed this topic") are no posts
    given = [p for p in stream(topic) or [] if p.get("post_type", 1) in (1, 2, 4) and not p.get("action_code")]
    place = {p["post_number"]: n for n, p in enumerate(given, 1) if isinstance(p.get("post_number"), int)}
    number = topic.get("id") or next((p["topic_id"] for p in given if p.get("topic_id")), None)
    host = urlsplit(doc.url).netloc if doc.url else ""
    slug = next((s for p in [topic, *given] if isinstance(s := p.get("slug") or p.get("topic_slug"), str)), "-")
    title = topic.get("title")
    yield ParsedThread(
        title=title if isinstance(title, str) else None,
        posts=[read_post(n, p, number, place, doc) for n, p in enumerate(given, 1)],
        key=f"{host}#{number}" if number else None,
        url=f"{urlsplit(doc.url).scheme}://{host}/t/{slug}/{number}" if doc.url and number else None,
        software="discourse", time_zone=doc.settings.time_zone or "UTC", page=page_number(doc.url or ""),
    )  # fmt: skip
    ids = topic["post_stream"].get("stream")
    ids = list(map(str, ids if isinstance(ids, list) else []))
    here = [str(p.get("id")) for p in topic["post_stream"]["posts"] if isinstance(p, dict)]
    missing = set(ids) - set(here)
    if missing and not (doc.url and whole_page(ids, here, page_number(doc.url))):
        detail = (
            f"{len(missing)} posts of the topic are not in this file; fetch its further pages (?page=2) or ?print=true"
        )
        yield Rejected(reason="truncated", detail=detail, kind="page", place=f"topic {number}")


def whole_page(ids: list[str], here: list[str], page: int) -> bool:
    """Whether an answer from the web is one whole page of a topic: its others are answers of their own."""
    at = ids.index(here[0]) if here and here[0] in ids else 0
    return bool(here) and ids[at : at + len(here)] == here and (at > 0) == (page > 1)


def read_post(position: int, given: dict[str, Any], topic: Any, place: dict[int, int], doc: Document) -> ParsedPost:
    """One post; its quotes know the post they come from where that is in the file and of this topic."""
    shown = given.get("created_at")
    shown = shown if isinstance(shown, str) else None
    moment = read_moment(shown)
    author = given.get("username") or given.get("name")
    reply = given.get("reply_to_post_number")
    post = ParsedPost(
        position=position, text="", author=author if isinstance(author, str) else None,
        native_id=str(given["id"]) if given.get("id") else None, posted_at_text=shown,
        posted_at=board_time(moment, doc.settings), posted_at_precision="minute" if moment else None,
        reply_to_position=place.get(reply) if isinstance(reply, int) else None,
    )  # fmt: skip
    if given.get("user_deleted"):
        return post
    read = functools.partial(read_quote, topic=topic, place=place)
    return from_html(post, written(given["cooked"]), quotes=QUOTES, drop=NOBODYS, read=read)


def read_quote(element: HtmlElement, topic: Any, place: dict[int, int]) -> ParsedQuote:
    """An `aside.quote` names whom and which post it quotes; a `blockquote` of the author's own does not."""
    for title in element.xpath("div[contains(@class, 'title')]"):
        title.drop_tree()
    number = element.get("data-post") or ""
    here = element.get("data-topic") in (None, str(topic))
    position = place.get(int(number)) if here and re.fullmatch(r"\d{1,9}", number) else None
    return ParsedQuote(text=text_of(element), author=element.get("data-username"), quoted_position=position)


def read_moment(shown: str | None) -> dt.datetime | None:
    """An ISO time, in UTC where it says no zone."""
    try:
        moment = dt.datetime.fromisoformat(shown or "").replace(microsecond=0)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
