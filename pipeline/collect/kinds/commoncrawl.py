"""Common Crawl: an index of each crawl says in which file, where and how long the record of a page is; that range is asked for.

The interface, field by field, is in docs/COLLECTING.md.
"""

import io
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from warcio.archiveiterator import ArchiveIterator

from pipeline.collect.frontier import Wanted
from pipeline.collect.kinds import Plan
from pipeline.collect.kinds.live import choose, detect
from pipeline.collect.kinds.wayback import capture
from pipeline.collect.manners import Answer, LeftOutError, plain
from pipeline.parse.links import Link
from pipeline.parse.warc import MAX_BODY

ROBOTS = False
INDEX, STORAGE = "https://index.commoncrawl.org/collinfo.json", "https://data.commoncrawl.org"


def starts(plan: Plan) -> list[Wanted]:
    """The list of crawls."""
    choose(plan, plan.settings.software)
    return [Wanted(plan.settings.index or INDEX, "index", "index of crawls", "index")]


def follow(plan: Plan, page: Wanted, answer: Answer) -> Iterator[Wanted]:
    """From the list of crawls to each one's number of pages for an address, from that to the pages, from those to captures."""
    if page.kind != "index" or answer.status != 200:  # 404: this crawl has nothing below the address
        return
    text = plain(answer).decode("utf-8", "replace")
    what = page.key.removeprefix("index of ")
    if what == "crawls":
        for crawl in json.loads(text):
            if not plan.settings.indexes or crawl["id"] in plan.settings.indexes:
                for start in plan.settings.starts:
                    yield question(crawl["cdx-api"], f"{crawl['id']} {start}", start, {"showNumPages": "true"})
    elif not re.search(r" page \d+$", what):
        for n in range(int(json.loads(text)["pages"])):
            api, start = page.url.partition("?")[0], what.partition(" ")[2]
            yield question(api, f"{what} page {n}", start, dates(plan) | {"page": str(n)})
    else:
        yield from captures(plan, text)


def dates(plan: Plan) -> dict[str, str]:
    """The bounds of time, as the index wants them."""
    return {k: v for k, v in (("from", plan.settings.since), ("to", plan.settings.until)) if v}


def question(api: str, what: str, start: str, more: dict[str, str]) -> Wanted:
    """A question to the index of one crawl."""
    asked = {"url": re.sub(r"^https?://", "", start), "matchType": "prefix", "output": "json"} | more
    return Wanted(f"{api}?{urlencode(asked)}", "index", f"index of {what}", "index")


def captures(plan: Plan, text: str) -> Iterator[Wanted]:
    """The captures an answer of the index names, a JSON object a line."""
    rows = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    if not plan.layout:
        choose(plan, detect("", [Link(r["url"]) for r in rows]))
    storage = (plan.settings.storage or STORAGE).rstrip("/")
    for r in rows:
        if r.get("status") == "200" and "/warc/" in r["filename"]:  # the others hold redirects, errors, robots.txt
            start = int(r["offset"])
            at = f"{storage}/{r['filename']}#bytes={start}-{start + int(r['length']) - 1}"
            yield from capture(
                plan, r["url"], at, r["timestamp"], r.get("digest", ""), r.get("mime-detected") or r.get("mime", "")
            )


def record(page: Wanted, answer: Answer, when: str) -> Any:
    """The record as the crawl wrote it, all its headers and bytes, and where it lay. Raises LeftOutError where it is none."""
    try:
        unpacker = zlib.decompressobj(31)
        data = unpacker.decompress(answer.body, MAX_BODY)
        if not unpacker.eof:
            raise EOFError("it ends early, or is too large")
        found = next(iter(ArchiveIterator(io.BytesIO(data), no_record_parse=True)), None)
    except Exception as e:  # warcio and zlib raise whatever damage leads them to
        raise LeftOutError("unreadable", f"the range is no WARC record ({e}); report it to the archive") from e
    if answer.status != 206 or found is None or found.rec_type != "response":
        raise LeftOutError("unreadable", f"HTTP status {answer.status}: no record of a response; run again later")
    found.rec_headers.add_header("WARC-Source-URI", page.url)
    return found
