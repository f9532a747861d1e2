"""The Wayback Machine: its CDX index says which pages it has, each capture then comes as the bytes once served (`id_`).

The interface, field by field, is in docs/COLLECTING.md.
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from pipeline.collect.archive import response_record, stamp
from pipeline.collect.frontier import Wanted
from pipeline.collect.kinds import Plan, document, unwanted
from pipeline.collect.kinds.live import choose, classify, detect, same_site
from pipeline.collect.manners import Answer
from pipeline.parse.addresses import page_address
from pipeline.parse.links import Link

ROBOTS = False
INDEX, STORAGE = "https://web.archive.org/cdx/search/cdx", "https://web.archive.org/web"
FIELDS = ("timestamp", "original", "mimetype", "statuscode", "digest", "length")
ROWS = 5_000  # of an answer of the index


def starts(plan: Plan) -> list[Wanted]:
    """The first answer of the index for each start address: every page below it."""
    choose(plan, plan.settings.software)
    return [index(plan, u, "") for u in plan.settings.starts]


def index(plan: Plan, start: str, resume: str) -> Wanted:
    """A question to the index."""
    asked = [("url", re.sub(r"^https?://", "", start)), ("matchType", "prefix"), ("output", "json"), ("fl", ",".join(FIELDS)),
             ("filter", "statuscode:200"), ("limit", str(ROWS)), ("showResumeKey", "true")]  # fmt: skip
    asked += [
        (k, v) for k, v in (("from", plan.settings.since), ("to", plan.settings.until), ("resumeKey", resume)) if v
    ]
    url = f"{plan.settings.index or INDEX}?{urlencode(asked)}"
    return Wanted(url, "index", f"index {start} {resume}".strip(), f"index {start}")


def follow(plan: Plan, page: Wanted, answer: Answer) -> Iterator[Wanted]:
    """The captures of threads that an answer of the index names, and the question for the rest of it."""
    doc = document(answer) if page.kind == "index" else None
    if doc is None or doc.kind != "json" or not isinstance(doc.json, list):
        return
    head, *rows = doc.json or [[]]
    resume = ""
    if len(rows) >= 2 and rows[-2] == []:
        rows, resume = rows[:-2], rows[-1][0]
    found = [dict(zip(head, row, strict=False)) for row in rows if len(row) == len(head)]
    if not plan.layout:
        choose(plan, detect("", [Link(f["original"]) for f in found]))
    storage = plan.settings.storage or STORAGE
    for f in found:
        at = f"{storage}/{f['timestamp']}id_/{f['original']}"
        yield from capture(plan, f["original"], at, f["timestamp"], f["digest"], f["mimetype"])
    if resume:
        yield index(plan, page.part_of.removeprefix("index "), resume)


def capture(plan: Plan, original: str, at: str, when: str, digest: str, mime: str) -> Iterator[Wanted]:
    """A capture to ask for, if it is one of a thread: the latest of each page, or each that differs."""
    to = classify(plan, original)
    if to is None or to.kind != "thread" or not re.search("html|json|xml|text/plain|unk|revisit", mime):
        return
    if unwanted(plan, to):
        return
    each = f" {digest}" if plan.settings.captures == "all" else ""
    yield Wanted(at, "capture", f"capture of {to.key}{each}", to.part_of, when)


def same(plan: Plan, page: Wanted, url: str) -> bool:
    """Whether a redirect leads to another capture of the same page (the archive's nearest)."""
    return same_site(original_of(url)) == same_site(original_of(page.url))


def original_of(url: str) -> str:
    """The address a capture was made at."""
    m = re.search(r"/\d{14}(?:[a-z]{2}_)?/(https?:.+)", url)
    return page_address(m[1])[0] if m else url


def record(page: Wanted, answer: Answer, when: str) -> Any:
    """The response as the board once gave it: its own headers (`x-archive-orig-…`), its own time."""
    m = re.search(r"/(\d{14})(?:[a-z]{2}_)?/", answer.url) or re.search(r"/(\d{14})", page.url)
    if m:
        when = stamp(dt.datetime.strptime(m[1], "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC))
    prefix = "x-archive-orig-"
    headers = [(k[len(prefix) :], v) for k, v in answer.headers if k.lower().startswith(prefix)]
    own = {k.lower() for k, _ in headers}
    headers += [
        (k, v) for k, v in answer.headers if k.lower() in ("content-type", "content-encoding") and k.lower() not in own
    ]
    headers = [(k, v) for k, v in headers if k.lower() not in ("transfer-encoding", "connection")]
    if not answer.header("content-encoding"):
        headers = [(k, v) for k, v in headers if k.lower() != "content-encoding"]
    original = re.search(r"/\d{14}(?:[a-z]{2}_)?/(https?:.+)", page.url)
    came = Answer(answer.url, answer.status, answer.reason, "HTTP/1.1", headers, answer.body)
    return response_record(came, original[1] if original else page.url, when, source=page.url)
