"""What came in, as WARC files in `collected/`: only ever added to, each page's bytes once, each file final once it is named.

A file being written is hidden and ends in `.open`, so that no build reads it half. A record is written in one go; a process that
is killed meanwhile leaves at most one record without an end, which the next run cuts off before it goes on.
"""

import datetime as dt
import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.collect.manners import Answer
from pipeline.run.manifest import read_sums, write_sums

FOLDER = "collected"
MAX_FILE = 64 * 2**20  # bytes; a build reads a file as a whole, and again only where it has changed
REVISIT = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"


def stamp(when: dt.datetime) -> str:
    """A moment as WARC writes it."""
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def digest_of(body: bytes) -> str:
    """The digest a body is known by."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


class Archive:
    """The WARC files of one source. `about` is written at the head of each."""

    def __init__(self, folder: Path, name: str, about: dict[str, str]) -> None:
        self.folder, self.name, self.about = folder / FOLDER, name, about
        self.file: IO[bytes] | None = None
        self.path = Path()

    def files(self) -> list[Path]:
        """The files there are, the oldest first, one still open last."""
        return sorted(self.folder.glob("*.warc.gz")) + sorted(self.folder.glob(".*.warc.gz.open"))

    def settle(self) -> None:
        """After a crash: cut off half a record, and give files that were still open their names."""
        for path in sorted(self.folder.glob(".*.warc.gz.open")):
            end = max((end for end, _ in members(path, 0)), default=0)
            with path.open("r+b") as f:
                f.truncate(end)
            self.path = path
            self.finish()

    def write(self, record: Any) -> tuple[str, int]:
        """Add a record; returns the name the file will have, and its size with it."""
        whole = io.BytesIO()
        WARCWriter(whole, gzip=True, warc_version="WARC/1.1").write_record(record)
        if self.file and self.file.tell() + len(whole.getbuffer()) > MAX_FILE:
            self.finish()
        file = self.file or self.begin()
        file.write(whole.getbuffer())
        file.flush()
        return self.path.name[1:].removesuffix(".open"), file.tell()

    def begin(self) -> IO[bytes]:
        """Open a new file and write what it is about."""
        self.folder.mkdir(parents=True, exist_ok=True)
        now = dt.datetime.now(dt.UTC)
        names = (f"{self.name}-{now:%Y%m%d%H%M%S}-{n:03}.warc.gz" for n in range(1000))
        name = next(n for n in names if not (self.folder / n).exists())
        self.path = self.folder / f".{name}.open"
        self.file = self.path.open("ab")
        WARCWriter(self.file, gzip=True, warc_version="WARC/1.1").write_record(self.make_info(name, now))
        return self.file

    def make_info(self, name: str, now: dt.datetime) -> Any:
        """A file's first record."""
        lines = "".join(f"{k}: {' '.join(v.split())}\r\n" for k, v in self.about.items()).encode()
        headers = {"WARC-Filename": name, "WARC-Date": stamp(now)}
        return make("warcinfo", "", lines, headers, content_type="application/warc-fields")

    def finish(self) -> None:
        """Give the file its name; its checksum goes into the manifest first, so that a named file is always in it."""
        if self.file:
            self.file.close()
            self.file = None
        if not self.path.name:
            return
        final = self.path.with_name(self.path.name[1:].removesuffix(".open"))
        if self.path.stat().st_size:
            with self.path.open("rb") as f:
                sha = hashlib.file_digest(f, "sha256").hexdigest()
            record_sum(self.folder.parent, f"{FOLDER}/{final.name}", sha)
            self.path.replace(final)
        else:
            self.path.unlink()
        self.path = Path()


def record_sum(folder: Path, name: str, sha: str) -> None:
    """Put a file into the source's manifest."""
    sums = read_sums(folder) or {}
    if sums.get(name) != sha:
        write_sums(folder, sums | {name: sha})


def members(path: Path, start: int) -> Iterator[tuple[int, bytes]]:
    """(where it ends in the file, its bytes) of each whole gzip member, a record each, from a byte on."""
    with path.open("rb") as f:
        f.seek(start)
        rest, end = b"", start
        while True:
            unpacker = zlib.decompressobj(31)
            parts = []
            while not unpacker.eof:
                piece = rest or f.read(2**16)
                if not piece:
                    return
                try:
                    parts.append(unpacker.decompress(piece))
                except zlib.error:
                    return
                end += len(piece) - len(unpacker.unused_data)
                rest = unpacker.unused_data
            yield end, b"".join(parts)


def read_record(data: bytes) -> tuple[Any, bytes]:
    """A record and its payload, not decoded."""
    record = next(iter(ArchiveIterator(io.BytesIO(data))))
    return record, record.raw_stream.read()


def make(kind: str, url: str, body: bytes, headers: dict[str, str], content_type: str = "", http: Any = None) -> Any:
    """A record with its digests."""
    builder = WARCWriter(io.BytesIO(), warc_version="WARC/1.1")
    return builder.create_warc_record(
        url, kind, payload=io.BytesIO(body), length=len(body), warc_content_type=content_type, http_headers=http,
        warc_headers_dict=headers,
    )  # fmt: skip


def response_record(answer: Answer, url: str, when: str, source: str = "", same: tuple[str, str] | None = None) -> Any:
    """An answer as it came; `source` where it came from if not from `url` itself; with `same` (address and time of a page with
    the same bytes) only that it was the same."""
    status = StatusAndHeaders(f"{answer.status} {answer.reason}".strip(), answer.headers, protocol=answer.http)
    headers = {"WARC-Date": when, "WARC-Payload-Digest": digest_of(answer.body)}
    if source:
        headers["WARC-Source-URI"] = source
    if same:
        headers |= {"WARC-Profile": REVISIT, "WARC-Refers-To-Target-URI": same[0], "WARC-Refers-To-Date": same[1]}
        return make("revisit", url, b"", headers, http=status)
    return make("response", url, answer.body, headers, http=status)


def index_record(answer: Answer, url: str, when: str, body: bytes) -> Any:
    """What led to pages and is none: robots.txt, the answer of an index."""
    return make("metadata", url, body, {"WARC-Date": when}, content_type=answer.header("content-type") or "text/plain")
