"""Dumps of Reddit with a submission or a comment a line, as Pushshift and its successors write them; packed (zst) or not.

They are larger than memory: where one is, it is read several times, each time for other threads.
"""

import re
import zlib
from collections.abc import Iterator

import msgspec

from pipeline.parse.documents import Document
from pipeline.parse.packing import HEAD, Unpacked, head_of
from pipeline.parse.reddit import Item, thread_of
from pipeline.parsed import ParsedThread, Rejected

NAME = "reddit_lines"
BUDGET = 256 * 2**20  # bytes of lines whose threads are held at a time
LINK = re.compile(rb'"link_id":\s?"(t3_\w+)"')


def recognises(doc: Document) -> bool:
    if doc.kind == "lines":
        head = head_of(doc.data).lstrip()
        line = head.partition(b"\n")[0] if len(head) < HEAD or b"\n" in head else b""
    elif doc.kind == "json" and doc.text.lstrip()[:1] == "{" and len(doc.text) < HEAD:
        line = doc.text.encode("utf-8", "replace")
    else:
        return False
    item = read(line)
    return item is not None and is_item(item)


def parse(doc: Document) -> Iterator[ParsedThread | Rejected]:
    """The threads, in the order their first lines come (of each reading). Lines that are none are told of together."""
    n_readings = size(doc) // BUDGET + 1
    for reading in range(n_readings):
        threads: dict[str, list[Item]] = {}
        bad: list[int] = []
        for number, line in doc.lines():
            if isinstance(line, Rejected):
                if reading == 0:
                    yield line
                continue
            link = LINK.search(line) if n_readings > 1 else None
            if link and zlib.crc32(link[1].removeprefix(b"t3_")) % n_readings != reading:
                continue
            item = read(line)
            if item is None or not is_item(item):
                bad.append(number)
            elif n_readings == 1 or zlib.crc32(item.thread.encode()) % n_readings == reading:
                threads.setdefault(item.thread, []).append(item)
        if bad and reading == 0:
            some = ", ".join(map(str, bad[:5]))
            detail = (
                f"{len(bad)} lines are no Reddit submission or comment as JSON (lines {some}{', …' if bad[5:] else ''})"
            )
            yield Rejected(reason="bad_json", detail=detail, kind="post", place=f"line {bad[0]}")
        for items in threads.values():
            yield thread_of(items, doc.settings)


def size(doc: Document) -> int:
    """Bytes of the lines, unpacked (up to where a bomb is refused)."""
    unpacked = Unpacked(doc.data)
    if not unpacked.packed:
        return len(doc.data)
    total = 0
    while total < 200 * len(doc.data) and (piece := unpacked.file.read(2**20)):
        total += len(piece)
    return total


def read(line: bytes) -> Item | None:
    """A line as far as it is understood."""
    try:
        return msgspec.json.decode(line, type=Item, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return msgspec.json.decode(line.decode("utf-8", "replace"), type=Item, strict=False)
    except (msgspec.MsgspecError, RecursionError):
        return None


def is_item(item: Item) -> bool:
    """Whether it has what only Reddit's have."""
    comment = item.link_id is not None and item.body is not None
    return comment or (item.title is not None and item.subreddit is not None and item.selftext is not None)
