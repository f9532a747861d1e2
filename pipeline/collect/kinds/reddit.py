"""Reddit's JSON, and that of programs that speak it: listings (`/r/NAME/new.json`), threads (`/comments/ID.json`), and the
branches a thread's answer only names (`more`), each asked for at its comment's own address."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from pipeline.collect.frontier import Wanted
from pipeline.collect.kinds import Plan, document, unwanted
from pipeline.collect.manners import Answer
from pipeline.parse.software.reddit_json import is_listing, things, values

ASK = "raw_json=1&limit="


def starts(plan: Plan) -> list[Wanted]:
    """The newest of a board, `https://…/r/NAME`."""
    boards = (u.rstrip("/").removesuffix("/new.json").removesuffix(".json") for u in plan.settings.starts)
    return [listing(f"{board}/new.json?{ASK}100") for board in boards]


def is_list(plan: Plan, page: Wanted, answer: Answer) -> bool:
    return page.kind == "board"


def listing(url: str) -> Wanted:
    return Wanted(url, "board", f"board {url}", f"board {urlsplit(url).path}")


def follow(plan: Plan, page: Wanted, answer: Answer) -> Iterator[Wanted]:
    """The threads of a listing and its next page; the branches of a thread that are not in the answer."""
    doc = document(answer)
    if doc is None or doc.kind != "json" or not any(is_listing(v) for v in values(doc.json)[:2]):
        return
    if page.kind == "board":
        for thing in things(doc.json):
            data = thing["data"]
            to = thread(page.url, str(data.get("id")))
            if thing.get("kind") != "t3" or unwanted(plan, to):
                continue
            if data.get("author") in plan.opted_out.authors:
                plan.say(to.url, to.kind, "opted_out", "whoever began it does not want it collected; nothing to do")
                continue
            yield to
        if after := doc.json["data"].get("after"):
            yield listing(page.url.partition("?")[0] + f"?{ASK}100&{urlencode({'after': after})}")
        return
    number = page.part_of.removeprefix("thread ")
    for stub in (t["data"] for t in things(doc.json) if t.get("kind") == "more"):
        for comment in missing(stub):
            yield thread(page.url, number, comment)


def missing(stub: dict[str, Any]) -> list[str]:
    """The comments below which a thread goes on: the one a stub hangs on, or those it names where that is the thread itself."""
    parent = str(stub.get("parent_id"))
    if parent.startswith("t1_"):
        return [parent.removeprefix("t1_")]
    return [str(c) for c in stub.get("children") or []]


def thread(base: str, number: str, comment: str = "") -> Wanted:
    """A thread, or what hangs on one of its comments."""
    path = f"/comments/{number}/_/{comment}.json" if comment else f"/comments/{number}.json"
    return Wanted(urljoin(base, f"{path}?{ASK}500"), "thread", f"thread {number} {comment}".strip(), f"thread {number}")
