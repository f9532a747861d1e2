"""Containers and dumps: WARC, packings, hostile input. What each format gives is in `cases/pages/FORMAT`, see `test_parse`."""

import bz2
import datetime as dt
import gzip
import io
import lzma
import random
import time
from pathlib import Path

import brotli
import pytest
import zstandard
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.parse import SourceSettings, parse_bytes
from pipeline.parse.addresses import page_address, thread_address
from pipeline.parse.documents import Document
from pipeline.parsed import ParsedThread, Rejected

CASES = Path(__file__).parent / "cases" / "pages"
PAGE = (CASES / "vbulletin_archive" / "traps.html").read_bytes()
NONE = SourceSettings()
ZST = zstandard.ZstdCompressor().compress
PACKINGS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": ZST}


def read(data: bytes) -> tuple[list[ParsedThread], list[Rejected]]:
    got = list(parse_bytes(data, "f", settings=NONE))
    return [g for g in got if isinstance(g, ParsedThread)], [g for g in got if isinstance(g, Rejected)]


def warc(*records: tuple[str, str, bytes, list[tuple[str, str]]], packed: bool = False) -> bytes:
    """(address, status, body, HTTP headers) each as a response record."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packed)
    for url, status, body, headers in records:
        http = StatusAndHeaders(status, headers, protocol="HTTP/1.1")
        dated = {"WARC-Date": "2014-03-02T01:02:03Z"}
        writer.write_record(
            writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), http_headers=http, warc_headers_dict=dated
            )
        )
    return out.getvalue()


HTML = ("Content-Type", "text/html")
URL = "http://board.example/archive/index.php/t-1.html"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("body", "headers"),
    [(PAGE, []), (gzip.compress(PAGE), [("Content-Encoding", "gzip")]), (brotli.compress(PAGE), [("Content-Encoding", "br")]),
     (PAGE, [("Content-Encoding", "br")]), (b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE), [("Transfer-Encoding", "chunked")])],
    ids=["plain", "gzip", "br", "br-undone", "chunked"],
)  # fmt: skip
def test_warc_page_is_the_saved_page(packed: bool, body: bytes, headers: list) -> None:
    (thread,), rejects = read(warc((URL, "200 OK", body, [HTML, *headers]), packed=packed))
    (saved,), _ = read(PAGE)
    assert [p.text for p in thread.posts] == [p.text for p in saved.posts]
    assert (thread.captured_at, bool(thread.url)) == (dt.datetime(2014, 3, 2, 1, 2, 3), True)
    assert {r.reason for r in rejects} <= {"empty_post"}


def test_warc_says_what_it_left_out() -> None:
    data = warc((URL, "404 Not Found", b"gone", [HTML]), ("http://b.example/a.png", "200 OK", b"x", [("Content-Type", "image/png")]),
                (URL, "200 OK", PAGE, [HTML]))  # fmt: skip
    threads, rejects = read(data)
    assert len(threads) == 1
    assert {"not_a_thread", "not_text"} <= {r.reason for r in rejects}
    for cut in (data[:-200], gzip.compress(data)[:-300]):
        assert "truncated" in {r.reason for r in read(cut)[1]}


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
@pytest.mark.parametrize(
    "name", ["reddit_lines/dump.data", "mail/list.mbox", "post_table/posts.csv", "discourse_json/topic.data"]
)
def test_packed_dumps(pack, name: str) -> None:  # type: ignore[no-untyped-def]
    data = (CASES / name).read_bytes()
    assert read(pack(data)) == read(data)
    assert read(pack(data))[0]


def test_cut_dump_gives_what_is_whole() -> None:
    lines = b"".join(
        b'{"id":"c%d","link_id":"t3_a%d","author":"u","created_utc":1,"body":"words %d"}\n' % (n, n % 9, n)
        for n in range(30_000)
    )
    for pack in PACKINGS.values():
        packed = pack(lines)
        threads, rejects = read(packed[: len(packed) // 2])
        assert threads or pack is not ZST
        assert "truncated" in {r.reason for r in rejects}
    assert sum(len(t.posts) for t in read(lines)[0]) == 30_000


def test_dump_larger_than_memory_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    data = (CASES / "reddit_lines" / "dump.data").read_bytes()
    once = read(ZST(data))
    monkeypatch.setattr("pipeline.parse.software.reddit_lines.BUDGET", 100)
    parts = read(ZST(data))
    assert sorted(parts[0], key=lambda t: t.key or "") == sorted(once[0], key=lambda t: t.key or "")
    assert parts[1] == once[1]


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"[" * 100_000, "bad_json"), (b'{"a":' * 100_000, "bad_json"), (b'{"post_stream": {"posts": [{"cooked": "never closed', "bad_json"),
     (b"author,date,text\nann,2013-01-01,hi\n", "unknown_format"), (b"thread_id,author,date\n1,ann,2013-01-01\n", "unknown_format"),
     (b"WARC/1.0\r\nnothing", "no_posts"), (b"thread_id,author,text\n", "no_posts")],
)  # fmt: skip
def test_hostile_input_is_refused(data: bytes, reason: str) -> None:
    threads, rejects = read(data)
    assert not threads
    assert reason in {r.reason for r in rejects}


def test_missing_columns_are_named() -> None:
    assert "`thread_id`" in read(b"author,date,text\nann,2013-01-01,hi\n")[1][0].detail
    assert "`text`" in read(b"thread_id,author,date\n1,ann,2013-01-01\n")[1][0].detail


def test_fifty_megabyte_line_is_passed_over() -> None:
    start = time.process_time()
    line = b'{"id":"c1","link_id":"t3_a","author":"u","created_utc":1,"body":"%s"}\n'
    threads, rejects = read(line % b"one" + line % (b"x" * 50_000_000) + (line % b"two").replace(b"c1", b"c2"))
    assert [p.text for t in threads for p in t.posts] == ["one", "two"]
    assert [r.reason for r in rejects] == ["too_large"]
    assert time.process_time() - start < 20


def test_addresses() -> None:
    plain = "http://b.example/showthread.php?t=5"
    assert page_address(plain + "&s=0123456789abcdef0123456789abcdef#post9") == (plain, None)
    assert page_address("https://web.archive.org/web/20130704235900id_/" + plain) == (
        plain,
        dt.datetime(2013, 7, 4, 23, 59, tzinfo=dt.UTC),
    )


@pytest.mark.parametrize(
    ("address", "key", "page"),
    [
        ("https://b.example/forum/threads/a-b.169/page-3", "b.example/forum#t169", 3),
        ("https://b.example/forum/index.php?threads/a-b.169/page-3", "b.example/forum#t169", 3),
        ("https://b.example/index.php?/topic/12-2024-flu/page/2/", "b.example#t12", 2),
        ("https://b.example/topic/12-2024-flu/?page=2", "b.example#t12", 2),
        ("https://b.example/t/2024-4-4-issue/724779", "b.example#t724779", 1),
    ],
)
def test_addresses_of_threads(address: str, key: str, page: int) -> None:
    doc = Document("html", f'<html><link rel="canonical" href="{address}"><body>x</body></html>', "page.html")
    got = thread_address(doc)
    assert (got.key, got.page) == (key, page)


def test_mangled_dumps_never_raise() -> None:
    rng = random.Random(7)
    dumps = [
        p.read_bytes()
        for d in ("mail", "discourse_json", "reddit_json", "reddit_lines", "post_table")
        for p in sorted((CASES / d).iterdir())
    ]
    dumps.append(warc((URL, "200 OK", PAGE, [HTML]), (URL, "301 Moved", b"", [HTML])))
    reasons = set()
    for _ in range(400):
        a, b = rng.choice(dumps), rng.choice(dumps)
        data = rng.choice([a, b, b""])[: rng.randrange(len(a))] + b[rng.randrange(len(b)) :]
        at = rng.randrange(len(data) + 1)
        data = data[:at] + rng.choice([b"", b"\x00", b"\xff\xfe", b'"', b"\n", b"null"]) + data[at:]
        data = rng.choice([data, data.decode("utf-8", "replace").encode("utf-16"), ZST(data), gzip.compress(data)[:-9]])
        threads, rejects = read(data)
        assert threads or rejects
        reasons |= {(r.reason, r.detail) for r in rejects}
    assert not [detail for reason, detail in reasons if reason == "crashed"]
    assert len({reason for reason, _ in reasons}) > 5
