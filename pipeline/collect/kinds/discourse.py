"""Discourse's JSON: lists of topics (`/latest.json`, `/c/SLUG/ID.json`), topics (`/t/ID.json`), further pages (`?page=2`)."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from pipeline.collect.frontier import Wanted
from pipeline.collect.kinds import Plan, document, unwanted
from pipeline.collect.manners import Answer
from pipeline.parse.addresses import page_number


def starts(plan: Plan) -> list[Wanted]:
    """The latest topics of a board, or of the category a start address names."""
    return [
        listing(as_json(u) if urlsplit(u).path.strip("/") else urljoin(u, "/latest.json")) for u in plan.settings.starts
    ]


def is_list(plan: Plan, page: Wanted, answer: Answer) -> bool:
    return page.kind == "board"


def listing(url: str) -> Wanted:
    return Wanted(url, "board", f"board {url}", f"board {urlsplit(url).path}")


def as_json(url: str) -> str:
    """The address of the same in JSON."""
    parts = urlsplit(url)
    return parts._replace(path=re.sub(r"(\.json|/)?$", ".json", parts.path, count=1)).geturl()


def follow(plan: Plan, page: Wanted, answer: Answer) -> Iterator[Wanted]:
    """The topics of a list and its next page; the further pages of a topic."""
    doc = document(answer)
    found: dict[str, Any] = doc.json if doc and doc.kind == "json" and isinstance(doc.json, dict) else {}
    topics = found.get("topic_list")
    if isinstance(topics, dict):
        for topic in topics.get("topics") or []:
            to = wanted(page.url, topic["id"], 1)
            names = begun_by(topic, found.get("users") or [])
            if names & plan.opted_out.authors:
                plan.say(to.url, to.kind, "opted_out", "whoever began it does not want it collected; nothing to do")
            elif not unwanted(plan, to):
                yield to
        if more := topics.get("more_topics_url"):
            yield listing(urljoin(page.url, as_json(more)))
    stream = found.get("post_stream")
    if isinstance(stream, dict) and page_number(page.url) == 1:
        at_once = len(stream.get("posts") or [])
        for n in range(2, -(-len(stream.get("stream") or []) // (at_once or 1)) + 1):
            yield wanted(page.url, found["id"], n)


def wanted(base: str, topic: int, page: int) -> Wanted:
    """A page of a topic."""
    url = urljoin(base, f"/t/{topic}.json" + (f"?page={page}" if page > 1 else ""))
    return Wanted(url, "thread", f"thread {topic} page {page}", f"thread {topic}")


def begun_by(topic: dict[str, Any], users: list[dict[str, Any]]) -> set[str]:
    """The name of whoever began a topic, as far as the list says it."""
    first = next((p.get("user_id") for p in topic.get("posters") or [] if "riginal" in str(p.get("description"))), None)
    return {str(u.get("username")) for u in users if first is not None and u.get("id") == first}
