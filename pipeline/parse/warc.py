"""Web archives (WARC, as wget, Browsertrix, Wayback and Common Crawl tools write them) → captured pages.

Records that tell of a capture (`request`, `metadata`, `warcinfo`, addresses that are no web address) are no pages and are passed
over, as are lists of threads that `threadrx collect` marked as such; a page left out has its own reject, pictures, styles and
the like one together.
"""

import collections
import dataclasses
import datetime as dt
import re
import zlib
from collections.abc import Iterator
from typing import IO, Any

import brotli
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed

from pipeline.parse.addresses import page_address
from pipeline.parsed import Rejected

MAX_BODY = 64 * 2**20
LIST = "ThreadRx-List"  # the header of such a list
PAGES = {"response", "resource", "conversion", "revisit"}
TEXTUAL = re.compile(r"^$|html|json|text/(plain|csv|tab-separated-values)|mbox|xml$|octet-stream|gzip|zstd", re.I)


@dataclasses.dataclass(slots=True)
class Capture:
    """A page as it was served, its transfer and content encoding undone. `captured_at` has a zone."""

    body: bytes
    url: str
    captured_at: dt.datetime | None
    charset: str | None
    place: str


def read_warc(file: IO[bytes]) -> Iterator[Capture | Rejected]:
    """The pages of an unpacked WARC, and what was left out: `not_a_thread` (HTTP status not 2xx), `duplicate` (revisits),
    `too_large`, `not_text` (media), `truncated` (the file or a body ends early), `unreadable` (no WARC from there on)."""
    media: collections.Counter[str] = collections.Counter()
    number = 0
    try:
        for number, record in enumerate(ArchiveIterator(file, no_record_parse=False), 1):
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            url = url.strip("<> ")
            if record.rec_type not in PAGES or not url.startswith(("http://", "https://")):
                continue
            if record.rec_headers.get_header(LIST):
                continue
            place = f"record {number}, {url[:300]}"
            mime, charset = content_type(record)
            if not TEXTUAL.search(mime):
                media[mime] += 1
                continue
            yield from one_record(record, url, charset, place)
    except (
        ArchiveLoadFailed,
        EOFError,
        ValueError,
        LookupError,
        AttributeError,
        TypeError,
        zlib.error,
    ) as e:  # warcio checks little
        detail = f"no WARC record can be read here ({e}); the records before it were; copy or download the file again"
        yield Rejected(reason="truncated" if number else "unreadable", detail=detail, place=f"after record {number}")
    for mime, n in sorted(media.items()):
        yield Rejected(reason="not_text", detail=f"{n} records of {mime[:80]}, which hold no posts", kind="page")


def one_record(record: Any, url: str, charset: str | None, place: str) -> Iterator[Capture | Rejected]:
    """The page of one record, or why not."""
    status = record.http_headers.get_statuscode() if record.http_headers else "200"
    if record.rec_type == "revisit":
        since = record.rec_headers.get_header("WARC-Refers-To-Date") or "another time"
        detail = f"the server gave the same page as at {since}; that capture has the words"
        yield Rejected(reason="duplicate", detail=detail, kind="page", place=place)
        return
    if not status.startswith("2"):
        detail = f"HTTP status {status}: the server gave no page; capture it again if it is still there"
        yield Rejected(reason="not_a_thread", detail=detail, kind="page", place=place)
        return
    body, left = read_body(record)
    cut = record.rec_headers.get_header("WARC-Truncated")
    if body is None:
        yield Rejected(reason="too_large", detail=f"a page of more than {MAX_BODY >> 20} MB", kind="page", place=place)
        return
    if left or cut:
        why = f"{left:,} bytes of it are missing: the file ends early" if left else f"cut when it was captured ({cut})"
        yield Rejected(reason="truncated", detail=f"{why}; what is there was read", kind="page", place=place)
    url, stamp = page_address(url)
    yield Capture(body, url, stamp or record_time(record), charset, place)


def content_type(record: Any) -> tuple[str, str | None]:
    """(media type, charset) the server, or whoever made a record without HTTP headers, declared."""
    given = record.http_headers.get_header("Content-Type") if record.http_headers else record.content_type
    mime, _, rest = (given or "").partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", rest, re.I)
    return mime.strip().lower(), charset[1] if charset else None


def record_time(record: Any) -> dt.datetime | None:
    """WARC-Date, UTC; None where it is no date."""
    try:
        moment = dt.datetime.fromisoformat(record.rec_headers.get_header("WARC-Date") or "")
    except ValueError:
        return None
    return moment.replace(microsecond=0) if moment.tzinfo else moment.replace(tzinfo=dt.UTC, microsecond=0)


def read_body(record: Any) -> tuple[bytes | None, int]:
    """(body with transfer and content encoding undone, None if too large; bytes the record should have and has not)."""
    header = record.http_headers.get_header if record.http_headers else lambda name: None
    chunked = (header("Transfer-Encoding") or "").lower() == "chunked"
    stream = ChunkedDataReader(record.raw_stream) if chunked else record.raw_stream
    parts = []
    size = 0
    while size <= MAX_BODY and (piece := stream.read(2**16)):
        parts.append(piece)
        size += len(piece)
    body = b"".join(parts)
    if size > MAX_BODY:
        return None, 0
    while record.raw_stream.read(2**16):
        pass
    for coding in reversed((header("Content-Encoding") or "").lower().split(",")):
        body = decoded(body, coding.strip())
        if len(body) > MAX_BODY:
            return None, 0
    return body, max(getattr(record.raw_stream, "limit", 0), 0)


def decoded(body: bytes, coding: str) -> bytes:
    """The body without `br` or `deflate`, a little more than `MAX_BODY` at most; as it is where archiving tools undid it before.

    gzip and zst are known by their first bytes and undone with every other document.
    """
    try:
        if coding == "br":
            return brotli.Decompressor().process(body, output_buffer_limit=MAX_BODY + 1)
        if coding == "deflate":
            return zlib.decompressobj(15 if body[:1] == b"\x78" else -15).decompress(body, MAX_BODY + 1)
    except (brotli.error, zlib.error):
        pass
    return body
