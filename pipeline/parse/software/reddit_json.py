"""Reddit's API answers: a thread (the pair of listings `/comments/ID.json` gives) or a listing of submissions or comments."""

import collections
from collections.abc import Iterator
from typing import Any

import msgspec

from pipeline.parse.documents import Document
from pipeline.parse.reddit import Item, thread_of
from pipeline.parsed import ParsedThread, Rejected

NAME = "reddit_json"


def recognises(doc: Document) -> bool:
    return doc.kind == "json" and any(is_listing(v) for v in values(doc.json)[:2])


def parse(doc: Document) -> Iterator[ParsedThread | Rejected]:
    """One thread, or in a listing of submissions one each. Stubs (`more`) are rejected with their number of comments."""
    threads: dict[str, list[Item]] = {}
    unread = 0
    stubs: collections.Counter[str] = collections.Counter()
    for thing in things(doc.json):
        data = thing["data"]
        if thing.get("kind") == "more":
            stubs[str(data.get("parent_id"))] += max(1, data["count"] if isinstance(data.get("count"), int) else 1)
            continue
        try:
            item = msgspec.convert({k: v for k, v in data.items() if k in Item.__struct_fields__}, Item, strict=False)
        except msgspec.ValidationError:
            unread += 1
            continue
        threads.setdefault(item.thread, []).append(item)
    for items in threads.values():
        yield thread_of(items, doc.settings)
    if stubs:
        detail = f"{sum(stubs.values())} comments were not in the answer (`more`); fetch them with /api/morechildren"
        yield Rejected(reason="truncated", detail=detail, kind="post", place=f"below {', '.join(sorted(stubs)[:5])}")
    if unread:
        yield Rejected(reason="bad_json", detail=f"{unread} submissions or comments without an id", kind="post")
    if not (threads or stubs or unread):
        yield Rejected(reason="no_posts", detail="a Reddit listing with nothing in it", kind="page")


def values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def is_listing(value: Any) -> bool:
    return isinstance(value, dict) and value.get("kind") == "Listing" and isinstance(value.get("data"), dict)


def things(value: Any) -> Iterator[dict[str, Any]]:
    """Submissions, comments and stubs of listings, each before what answers it. However deep, and whatever else stands there."""
    todo = values(value)[::-1]
    while todo:
        thing = todo.pop()
        if not isinstance(thing, dict) or not isinstance(thing.get("data"), dict):
            continue
        data = thing["data"]
        if is_listing(thing):
            children = data.get("children")
            todo += children[::-1] if isinstance(children, list) else []
        elif thing.get("kind") in ("t1", "t3", "more"):
            yield thing
            todo.append(data.get("replies"))
