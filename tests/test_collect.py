"""Collecting: everything, once, politely, whatever happens in between; against boards served on loopback."""

import io
import json
import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from protego import Protego
from typer.testing import CliRunner
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.cli import app
from pipeline.collect.archive import members, read_record
from pipeline.collect.run import collect
from pipeline.collect.settings import Collect, layouts, read_collect
from pipeline.run.build import build
from pipeline.run.manifest import compare, read_sums
from pipeline.run.sources import Source, SourceError, read_source
from pipeline.tables import load
from tests.boards import BOARDS, SID, Board, Reply, XenForo, serving, threads
from tests.conftest import SOURCE

TOML = (
    SOURCE.replace("America/Chicago", "UTC")
    + """
[collect]
kind = "{kind}"
start = "{start}"
contact = "tests@threadrx.example"
delay_seconds = 0
retry_seconds = 0.001
{more}
"""
)


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Source]:
    """`source(start, kind, more)` writes a source with a [collect] table and reads it."""

    def write(start: str, kind: str = "live", more: str = "", name: str = "board") -> Source:
        folder = tmp_path / "raw" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "source.toml").write_text(TOML.format(kind=kind, start=start, more=more))
        return read_source(folder)

    return write


def records(source: Source) -> list[tuple[str, str, str]]:
    """(type, address, status) of every record of the source's WARC files."""
    found = []
    for path in sorted((source.folder / "collected").glob("*.warc.gz")):
        whole = list(members(path, 0))
        assert whole[-1][0] == path.stat().st_size, f"{path} does not end with a whole record"
        for _, data in whole:
            record, _ = read_record(data)
            status = record.http_headers.get_statuscode() if record.http_headers else ""
            found.append((record.rec_type, record.rec_headers.get_header("WARC-Target-URI") or "", status))
    return found


def kept(source: Source) -> Counter[str]:
    return Counter(url for kind, url, _ in records(source) if kind in ("response", "revisit"))


def posts_of(source: Source, tmp_path: Path) -> set[tuple[str, str, str]]:
    """(author's pseudonym, time, words) of every post of a build."""
    build(source.folder.parent, tmp_path / "out", until="posts", workers=1)
    posts = load("posts", folder=tmp_path / "out")
    return set(zip(posts.posted_at.astype(str), posts.text, strict=True))


def told(board: Board) -> set[tuple[str, str]]:
    return {(str(w), x) for _, rows in board.archive.values() for _, _, w, x in rows}


@pytest.mark.parametrize("software", BOARDS)
def test_a_board_is_collected_whole_and_once(software: str, source: Callable[..., Source], tmp_path: Path) -> None:
    board = BOARDS[software](threads(11))
    kind = "discourse" if software == "discourse" else "live"
    with serving(board) as site:
        s = source(site.url + board.start, kind)
        board.fails = {p: [Reply("busy", 503), Reply("slow down", 429, headers={"Retry-After": "0"})] for p in (
            "/archive/index.php/t-12.html", "/viewtopic.php?f=3&t=12", "/index.php?topic=12.0", "/t/12.json", "/threads/evening-dose-11.11/")}  # fmt: skip
        first = collect(s)
        asked = site.pages()
        again = {p: n for p, n in asked.items() if n > 1}
        assert not again.keys() - board.fails.keys() and set(again.values()) <= {3}, again
        assert sum(again.values()) == 3
        rules = Protego.parse(board.robots)
        assert all(rules.can_fetch(p, "ThreadRx") for p in asked)
        assert site.asked.count("/robots.txt") == 1
        assert all("tests@threadrx.example" in a for a in site.agents)
        assert max(kept(s).values()) == 1 and not any("sid" in url.lower() or "?s=" in url for url in kept(s))
        assert first.waiting == first.failed == 0 and first.stopped == "" and first.reasons.keys() <= {"off_host"}
        if kind == "live":
            assert first.software == software

        second = collect(s)  # all is in
        assert site.pages() == asked and second.tally == {} and second.done == first.done

        before = kept(s)
        third = collect(s, again=True)  # nothing has changed, and the server says so
        assert third.tally.keys() == {"unchanged"} and kept(s) == before
        assert third.tally["unchanged"] + 0 >= len(board.archive)
    if software == "vbulletin_archive":  # shows days and minutes of its own
        posts = posts_of(s, tmp_path)
        assert {x for _, x in posts} == {x for _, x in told(board)} and len(posts) == 77
    else:
        assert posts_of(s, tmp_path) == told(board)
    assert load("threads", folder=tmp_path / "out").n_posts.tolist() == [7] * 11


def tiny(n: int) -> Callable[[str, Any], Reply]:
    """A board of n one-post threads on one list, each page with a clock of its own."""

    def answer(path: str, headers: Any) -> Reply:
        if path == "/robots.txt":
            return Reply("", 404)
        if path == "/":
            links = "".join(f'<a href="/threads/{t}/">{t}</a>' for t in range(1, n + 1))
            return Reply(f'<html id="XF"><body>{links}</body></html>')
        return Reply(f"<html><body>{path} {random.random()}</body></html>")

    return answer


def in_child(s: Source) -> int:
    """Collect in a process of its own; returns its id."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setpgid(0, 0)
            collect(s)
        finally:
            os._exit(0)
    return pid


def test_killed_at_any_moment_it_goes_on_and_loses_and_repeats_nothing(source: Callable[..., Source]) -> None:
    dice = random.Random(9)
    with serving(tiny(600)) as site:
        s = source(site.url + "/")
        killed = 0
        for _ in range(200):
            pid = in_child(s)
            time.sleep(dice.uniform(0.01, 0.12))
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            if not os.WIFSIGNALED(status):
                break
            killed += 1
        report = collect(s)
    assert killed > 5
    assert report.done == 601 and report.whole
    pages = kept(s)
    assert len(pages) == 601 and set(pages.values()) == {1}
    assert sum(site.pages().values()) <= 601 + killed  # at most the one under way is asked for again
    assert not list(compare(s.files(), s.folder, read_sums(s.folder) or {}))
    assert not list((s.folder / "collected").glob("*.open"))


def test_a_torn_record_is_cut_off_and_a_lost_state_is_read_from_the_warc(source: Callable[..., Source]) -> None:
    with serving(tiny(20)) as site:
        s = source(site.url + "/", more="max_requests = 12")
        report = collect(s)
        assert report.waiting == 10 and "budget" in report.stopped and not report.whole
        path = next((s.folder / "collected").glob("*.warc.gz"))
        torn = path.with_name(f".{path.name}.open")  # as a run that was killed within a record leaves it
        path.rename(torn)
        torn.write_bytes(torn.read_bytes() + torn.read_bytes()[:100])
        for file in (s.folder / ".collect").iterdir():
            file.unlink()
        asked = site.pages()
        while collect(s).waiting:
            pass
        assert set(kept(s).values()) == {1} and len(kept(s)) == 21
        assert all(n == 1 for n in site.pages().values()) and asked.keys() < site.pages().keys()


# --- manners and bounds ------------------------------------------------------------------------------------------------


def pages(table: dict[str, Any]) -> Callable[[str, Any], Any]:
    """A site of fixed answers: words for a page, a number for a status, else what it is."""

    def answer(path: str, headers: Any) -> Any:
        found = table.get(path, "" if path == "/robots.txt" else 404)
        found = found(headers) if callable(found) and not isinstance(found, Reply) else found
        if isinstance(found, int):
            return Reply(f"status {found}", found)
        return (
            Reply(f"<html id='XF'><body>{found}</body></html>" if path != "/robots.txt" else found)
            if isinstance(found, str)
            else found
        )

    return answer


def t(*numbers: int) -> str:
    return "".join(f'<a href="/threads/{n}/">{n}</a>' for n in numbers)


def test_what_robots_txt_forbids_is_not_asked_for_and_its_delay_is_kept(source: Callable[..., Source]) -> None:
    robots = "User-agent: *\nDisallow: /\n\nUser-agent: ThreadRx\nCrawl-delay: 0.2\nDisallow: /threads/2\nAllow: /\n"
    with serving(pages({"/robots.txt": robots, "/": t(1, 2, 3), "/threads/1/": "one", "/threads/3/": "three"})) as site:
        begin = time.monotonic()
        report = collect(source(site.url + "/"))
        assert set(site.asked) == {"/robots.txt", "/", "/threads/1/", "/threads/3/"}
    assert report.reasons == {"robots": 1} and not report.whole
    assert time.monotonic() - begin > 0.6  # three waits of at least 0.2 s: what was asked for, not how fast we are


@pytest.mark.parametrize("status", [500, 503, 429])
def test_nothing_is_asked_for_while_robots_txt_cannot_be_had(status: int, source: Callable[..., Source]) -> None:
    with serving(pages({"/robots.txt": lambda h: Reply("", status), "/": t(1)})) as site:
        report = collect(source(site.url + "/", more="retries = 1"))
        assert set(site.asked) == {"/robots.txt"}
    assert f"HTTP status {status}" in report.stopped and report.waiting == 1


def test_a_server_that_asks_for_peace_gets_it(source: Callable[..., Source]) -> None:
    busy = Reply("", 429, headers={"Retry-After": "3600"})
    with serving(pages({"/": t(1, 2), "/threads/1/": busy, "/threads/2/": "two"})) as site:
        report = collect(source(site.url + "/"))
        assert "/threads/2/" not in site.asked and site.asked.count("/threads/1/") == 1
    assert "asks to be left alone for 60 minutes" in report.stopped and report.waiting == 2


def test_a_short_retry_after_is_waited_for(source: Callable[..., Source]) -> None:
    busy = [Reply("", 503, headers={"Retry-After": "1"})]
    with serving(pages({"/": t(1), "/threads/1/": lambda h: busy.pop() if busy else "one"})) as site:
        begin = time.monotonic()
        assert collect(source(site.url + "/")).whole
        assert site.asked.count("/threads/1/") == 2 and time.monotonic() - begin >= 1


def slow(handler: Any) -> None:
    handler.send_response_only(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b"<p>still here")
        time.sleep(0.05)


def endless(handler: Any) -> None:
    handler.send_response_only(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 2**16)


def torn(handler: Any) -> None:
    handler.send_response_only(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"<p>half")
    handler.close_connection = True


def test_what_is_no_page_is_bounded_and_said_and_the_rest_comes_in(source: Callable[..., Source]) -> None:
    import gzip

    bomb = gzip.compress(b"\0" * 300_000_000, 9)
    site_of = {
        "/": t(1, 2, 3, 4, 5, 6, 7, 8, 9) + "<a href='/threads/x.10/a/b/a/b/a/b/'>deep</a>",
        "/threads/1/": lambda h: slow,
        "/threads/2/": lambda h: endless,
        "/threads/3/": lambda h: torn,
        "/threads/4/": Reply("%PDF", type="application/pdf"),
        "/threads/5/": Reply("", 302, headers={"Location": "http://other.example/threads/5/"}),
        "/threads/6/": Reply("", 302, headers={"Location": "/threads/6/?s=1"}),
        "/threads/6/?s=1": Reply("", 302, headers={"Location": "/threads/6/"}),
        "/threads/7/": Reply(bomb, headers={"Content-Encoding": "gzip"}),
        "/threads/8/": 410,
        "/threads/9/": "nine",
    }
    with serving(pages(site_of)) as site:
        s = source(site.url + "/", more="max_page_seconds = 0.5\nmax_page_megabytes = 1\nretries = 1")
        report = collect(s)
        assert site.asked.count("/threads/6/") < 5
    assert report.reasons == {"too_slow": 1, "too_large": 1, "no_answer": 1, "not_text": 1, "off_host": 1, "loop": 1,
                              "http_error": 1, "trap": 1}  # fmt: skip
    assert report.waiting == 0 and kept(s)[site.url + "/threads/9/"] == 1
    assert all(" " in line and ": " in line for line in report.left_out)


def test_pages_without_end_are_a_trap(source: Callable[..., Source]) -> None:
    def answer(path: str, headers: Any) -> Reply:
        n = int(path.rpartition("page-")[2] or 1) if "page-" in path else 1
        return Reply(f"<html id='XF'><a href='/threads/x.1/page-{n + 1}'>{n} next</a>" if path != "/robots.txt" else "")

    with serving(answer) as site:
        report = collect(source(site.url + "/threads/x.1/", more="max_pages = 25"))
        assert len(site.asked) < 30
    assert report.reasons == {"trap": 1}


def test_a_budget_of_requests_ends_a_run_and_the_next_goes_on(source: Callable[..., Source]) -> None:
    with serving(tiny(30)) as site:
        s = source(site.url + "/", more="max_requests = 8")
        reports = [collect(s) for _ in range(6)]
        assert [r.requests for r in reports] == [8, 8, 8, 8, 4, 0] and reports[-1].whole
        assert set(site.pages().values()) == {1}
    s = source(site.url + "/", more="max_megabytes = 0.0", name="other")
    assert "budget" in collect(s).stopped


def test_the_same_bytes_at_two_addresses_are_kept_once(source: Callable[..., Source]) -> None:
    with serving(pages({"/": t(1, 2), "/threads/1/": "same words", "/threads/2/": "same words"})) as site:
        s = source(site.url + "/")
        assert collect(s).tally == {"kept": 2, "duplicate": 1}
    assert [k for k, url, _ in records(s) if "/threads/" in url] == ["response", "revisit"]


def test_a_changed_page_is_kept_beside_the_old_one(source: Callable[..., Source]) -> None:
    table: dict[str, Any] = {"/": t(1), "/threads/1/": "early"}
    with serving(pages(table)) as site:
        s = source(site.url + "/")
        collect(s)
        before = {p: p.read_bytes() for p in (s.folder / "collected").iterdir()}
        table["/threads/1/"] = "early and late"
        report = collect(s, again=True)
    assert report.tally == {"kept": 1, "unchanged": 1} and kept(s)[site.url + "/threads/1/"] == 2
    assert all(p.read_bytes() == data for p, data in before.items())  # only ever added to


def test_a_start_that_cannot_be_reached_says_so(source: Callable[..., Source]) -> None:
    with serving(pages({})) as site:
        url = site.url
    report = collect(source(url + "/", more="retries = 0"))
    assert "robots.txt cannot be had" in report.stopped and report.waiting == 1


# --- archives of the web, other interfaces, what is handed over ------------------------------------------------------


def cdx(rows: list[list[str]], resume: str = "") -> str:
    """An answer of the Wayback Machine's index."""
    return json.dumps(
        [
            ["timestamp", "original", "mimetype", "statuscode", "digest", "length"],
            *rows,
            *([[], [resume]] if resume else []),
        ]
    )


def wayback(board: Board) -> Callable[[str, Any], Any]:
    """The index (two answers, the second behind a resume key) and the captures; thread 11 was captured twice, 12 moved to another
    second, and what is no thread is in the index, too."""
    old = BOARDS["vbulletin_archive"](threads(1, posts=2))
    at = "http://boards.example/archive/index.php"
    first = [["20140101000000", f"{at}/t-11.html", "text/html", "200", "AAA", "9"],
             ["20150506070809", f"{at}/t-11.html?s={SID}", "text/html", "200", "BBB", "9"],
             ["20150506070809", f"{at}/f-2.html", "text/html", "200", "CCC", "9"],
             ["20150506070809", "http://boards.example/logo.gif", "image/gif", "200", "DDD", "9"]]  # fmt: skip
    second = [["20150506070809", f"{at}/t-{t}.html", "text/html", "200", f"E{t}", "9"] for t in (12, 13)]

    def answer(path: str, headers: Any) -> Any:
        parts = urlsplit(path)
        if parts.path == "/cdx":
            asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
            assert (
                asked["url"] == "boards.example/archive/"
                and asked["matchType"] == "prefix"
                and asked["output"] == "json"
            )
            assert asked["filter"] == "statuscode:200" and asked["from"] == "2013" and asked["showResumeKey"] == "true"
            return Reply(
                cdx(second) if asked.get("resumeKey") == "more" else cdx(first, "more"), type="application/json"
            )
        m = re.fullmatch(r"/web/(\d{14})id_/http://boards.example(/archive/index.php/t-(\d+)\.html.*)", path)
        if not m:
            return Reply("not in the archive", 404)
        if m[3] == "12" and m[1] == "20150506070809":
            return Reply("", 302, headers={"Location": path.replace("20150506070809", "20150506070811")})
        page = (old if m[1].startswith("2014") else board).page(m[2])
        return Reply(
            page.body,
            headers={"x-archive-orig-server": "Apache", "x-archive-orig-content-type": "text/html; charset=ISO-8859-1"},
        )

    return answer


@pytest.mark.parametrize(("captures", "n"), [("latest", 3), ("all", 4)])
def test_the_wayback_machine_gives_the_captures_of_threads(
    captures: str, n: int, source: Callable[..., Source], tmp_path: Path
) -> None:
    board = BOARDS["vbulletin_archive"](threads(3, posts=3), host="http://boards.example")
    with serving(wayback(board)) as site:
        more = f'index = "{site.url}/cdx"\nstorage = "{site.url}/web"\ncaptures = "{captures}"\nsince = "2013"'
        s = source("http://boards.example/archive/", "wayback", more)
        report = collect(s)
        assert report.whole and report.software == "vbulletin_archive" and "/robots.txt" not in site.asked
        asked = site.pages()
        assert max(asked.values()) == 1 and collect(s).tally == {} and site.pages() == asked
        for file in (s.folder / ".collect").iterdir():  # all of it stands in the WARC
            file.unlink()
        assert collect(s).tally == {} and site.pages() == asked
    found = [(r.rec_headers.get_header("WARC-Date"), r.http_headers.get_header("server"))
             for p in (s.folder / "collected").iterdir() for _, d in members(p, 0) if (r := read_record(d)[0]).rec_type == "response"]  # fmt: skip
    assert len(found) == n and set(found) <= {
        (f"{d}Z", "Apache") for d in ("2014-01-01T00:00:00", "2015-05-06T07:08:09", "2015-05-06T07:08:11")
    }
    assert ("2015-05-06T07:08:11Z", "Apache") in found
    assert {x for _, x in posts_of(s, tmp_path)} == {x for _, x in told(board)}


def warc_member(url: str, body: str) -> bytes:
    """A record as Common Crawl stores it: a gzip member of its own."""
    out = io.BytesIO()
    http = StatusAndHeaders(
        "200 OK", [("Content-Type", "text/html"), ("X-Crawl-Transfer-Encoding", "chunked")], protocol="HTTP/1.1"
    )
    writer = WARCWriter(out, gzip=True)
    writer.write_record(writer.create_warc_record(url, "response", payload=io.BytesIO(body.encode()), http_headers=http,
                                                  warc_headers_dict={"WARC-Date": "2023-09-21T10:11:12Z"}))  # fmt: skip
    return out.getvalue()


def commoncrawl(board: Board, damaged: bool = False) -> Callable[[str, Any], Any]:
    """Two crawls: one with nothing of the board, one with two index pages and captures in one file."""
    file, index = b"a record of somebody else", []
    for t in board.archive:
        url = f"http://boards.example/archive/index.php/t-{t}.html"
        record = warc_member(url, str(board.page(f"/archive/index.php/t-{t}.html").body))
        index.append({"urlkey": f"example,boards)/{t}", "timestamp": "20230921101112", "url": url, "mime": "text/html",
                      "mime-detected": "text/html", "status": "200", "digest": f"D{t}", "length": str(len(record)), "offset": str(len(file)),
                      "filename": "crawl-data/CC-MAIN-2023-40/segments/1/warc/CC-0.warc.gz", "languages": "eng", "encoding": "UTF-8"})  # fmt: skip
        file += record

    def answer(path: str, headers: Any) -> Any:
        here, parts = f"http://{headers['Host']}", urlsplit(path)
        asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
        if path == "/collinfo.json":
            crawls = [
                {"id": c, "name": c, "timegate": "", "cdx-api": f"{here}/{c}-index"}
                for c in ("CC-MAIN-2023-40", "CC-MAIN-2008")
            ]
            return Reply(json.dumps(crawls), type="application/json")
        if parts.path == "/CC-MAIN-2008-index":
            return Reply(json.dumps({"message": "No Captures found for: …"}), 404, type="text/x-ndjson")
        if parts.path == "/CC-MAIN-2023-40-index":
            assert asked["url"] == "boards.example/" and asked["matchType"] == "prefix" and asked["output"] == "json"
            if asked.get("showNumPages"):
                return Reply(json.dumps({"pages": 2, "pageSize": 5, "blocks": 7}), type="application/json")
            rows = index[:1] if asked["page"] == "0" else index[1:]
            return Reply("".join(json.dumps(r) + "\n" for r in rows), type="text/x-ndjson")
        m = re.fullmatch(r"bytes=(\d+)-(\d+)", headers.get("Range", ""))
        if parts.path.startswith("/crawl-data/") and m:
            part = file[int(m[1]) : int(m[2]) + 1]
            return Reply(part[:-9] + b"damaged!!" if damaged else part, 206, type="application/octet-stream")
        return Reply("", 404)

    return answer


def test_common_crawl_gives_the_records_of_threads(source: Callable[..., Source], tmp_path: Path) -> None:
    board = BOARDS["vbulletin_archive"](threads(3, posts=3), host="http://boards.example")
    with serving(commoncrawl(board)) as site:
        s = source(
            "http://boards.example/", "commoncrawl", f'index = "{site.url}/collinfo.json"\nstorage = "{site.url}"'
        )
        report = collect(s)
        asked = site.pages()
        assert (
            collect(s).tally == {}
            and site.pages() == asked
            and asked["/crawl-data/CC-MAIN-2023-40/segments/1/warc/CC-0.warc.gz"] == 3
        )
    assert report.reasons == {"http_error": 1}  # the crawl that has nothing
    assert kept(s) == Counter(f"http://boards.example/archive/index.php/t-{t}.html" for t in board.archive)
    assert {x for _, x in posts_of(s, tmp_path)} == {x for _, x in told(board)}


def test_a_range_that_is_no_record_is_left_out(source: Callable[..., Source]) -> None:
    board = BOARDS["vbulletin_archive"](threads(1, posts=3), host="http://boards.example")
    with serving(commoncrawl(board, damaged=True)) as site:
        s = source("http://boards.example/", "commoncrawl", f'index = "{site.url}/collinfo.json"\nstorage = "{site.url}"\n'
                   'indexes = ["CC-MAIN-2023-40"]\nsoftware = "vbulletin_archive"')  # fmt: skip
        report = collect(s)
    assert report.reasons == {"unreadable": 1} and report.failed == 1 and not kept(s)


def reddit(path: str, headers: Any) -> Reply:
    """A board of two threads; one has a branch that its answer only names, and one comment below which it goes on."""

    def comment(name: str, parent: str, replies: Any = "") -> dict[str, Any]:
        return {"kind": "t1", "data": {"id": name, "author": f"wren{name}", "body": f"Comment {name}: 20 mg did it.", "link_id": "t3_aa1",
                "parent_id": parent, "created_utc": 1.5e9 + int(name[1:]), "replies": replies}}  # fmt: skip

    def listing(*children: dict[str, Any], after: str | None = None) -> dict[str, Any]:
        return {"kind": "Listing", "data": {"children": list(children), "after": after}}

    def more(parent: str, *names: str) -> dict[str, Any]:
        return {"kind": "more", "data": {"parent_id": parent, "children": list(names), "count": len(names)}}

    def topic(name: str) -> dict[str, Any]:
        return {"kind": "t3", "data": {"id": name, "author": f"op{name}", "title": f"Topic {name}", "selftext": f"Words of {name}.",
                "subreddit": "Pain", "created_utc": 1.5e9}}  # fmt: skip

    answers = {
        "/r/Pain/new.json": listing(topic("aa1"), after="t3_aa1") if "after" not in path else listing(topic("bb2")),
        "/comments/aa1.json": [
            listing(topic("aa1")),
            listing(comment("c1", "t3_aa1", listing(more("t1_c1", "c2"))), more("t3_aa1", "c3")),
        ],
        "/comments/aa1/_/c1.json": [
            listing(topic("aa1")),
            listing(comment("c1", "t3_aa1", listing(comment("c2", "t1_c1")))),
        ],
        "/comments/aa1/_/c3.json": [listing(topic("aa1")), listing(comment("c3", "t3_aa1"))],
        "/comments/bb2.json": [listing(topic("bb2")), listing()],
    }
    found = answers.get(urlsplit(path).path)
    return Reply(json.dumps(found), type="application/json") if found else Reply("", 404)


def test_reddits_json_is_collected_with_the_branches_it_only_names(
    source: Callable[..., Source], tmp_path: Path
) -> None:
    with serving(reddit) as site:
        s = source(site.url + "/r/Pain/", "reddit")
        assert collect(s).whole and len(site.pages()) == 6 and set(site.pages().values()) == {1}
    words = {x for _, x in posts_of(s, tmp_path)}
    assert words == {"Words of aa1.", "Words of bb2.", *(f"Comment c{n}: 20 mg did it." for n in (1, 2, 3))}


def test_files_handed_over_are_copied_once_and_verified(source: Callable[..., Source], tmp_path: Path) -> None:
    given = tmp_path / "given"
    (given / "sub").mkdir(parents=True)
    (given / "a.html").write_text("<p>a")
    (given / "sub/b.html").write_text("<p>b")
    (given / "sub/same-as-a.html").write_text("<p>a")
    s = source(str(given), "files")
    assert collect(s).tally == {"kept": 2, "duplicate": 1} and collect(s).tally == {"unchanged": 2, "duplicate": 1}
    assert [p.relative_to(s.folder).as_posix() for p in s.files()] == [
        "handed-over/given/a.html",
        "handed-over/given/sub/b.html",
    ]
    assert subprocess.run(["sha256sum", "--quiet", "-c", "manifest.sha256"], cwd=s.folder).returncode == 0
    (given / "a.html").write_text("<p>another")
    with pytest.raises(SourceError, match="is not what it was when it was taken"):
        collect(s)


def test_verify_finds_missing_altered_and_extra_files(source: Callable[..., Source], tmp_path: Path) -> None:
    runner, s = CliRunner(), source("https://boards.example/")
    for name in "abc":
        (s.folder / f"{name}.html").write_text(name)
    raw = ["--raw", str(s.folder.parent)]
    assert runner.invoke(app, ["verify", *raw]).exit_code == 1  # no manifest yet
    assert runner.invoke(app, ["verify", "--accept", *raw]).exit_code == 0
    assert runner.invoke(app, ["verify", *raw]).exit_code == 0
    (s.folder / "a.html").unlink()
    (s.folder / "b.html").write_text("B")
    (s.folder / "d.html").write_text("d")
    result = runner.invoke(app, ["verify", "board", *raw])
    assert result.exit_code == 1
    assert [line.rpartition(": ")[2] for line in result.stdout.splitlines()[:3]] == ["missing", "altered", "extra"]
    (s.folder / "manifest.sha256").write_text("what is this\n")
    assert runner.invoke(app, ["verify", *raw]).exit_code == 1


def test_the_command_says_what_it_would_do_and_what_it_did(source: Callable[..., Source]) -> None:
    runner = CliRunner()
    with serving(pages({"/": t(1, 2), "/threads/1/": "one"})) as site:
        s = source(site.url + "/")
        raw = ["--raw", str(s.folder.parent)]
        dry = runner.invoke(app, ["collect", "--dry-run", *raw])
        assert dry.exit_code == 0 and len(site.asked) == 2 and not list(s.folder.glob("*/*"))
        assert f"thread {site.url}/threads/2/" in dry.stdout
        done = runner.invoke(app, ["collect", "board", *raw])
        assert done.exit_code == 1 and "1 http_error" in done.stdout and "HTTP status 404" in done.stderr
    s.folder.joinpath("source.toml").write_text(SOURCE)
    assert runner.invoke(app, ["collect", *raw]).exit_code == 2
    assert runner.invoke(app, ["collect", "nowhere", *raw]).exit_code == 2


# --- opting out --------------------------------------------------------------------------------------------------------


def test_a_thread_that_opted_out_is_not_asked_for(source: Callable[..., Source]) -> None:
    board = XenForo(threads(4))
    with serving(board) as site:
        s = source(site.url + "/")
        (s.folder / "opt-out.csv").write_text(f"kind,who,why\nthread,{site.url}/threads/whatever.12/,a letter\n")
        report = collect(s)
        assert not any(".12/" in p or "/12/" in p for p in site.asked)
    assert report.reasons["opted_out"] >= 1


def test_a_topic_whose_author_opted_out_is_not_asked_for(source: Callable[..., Source]) -> None:
    with serving(BOARDS["discourse"](threads(4))) as site:
        s = source(site.url, "discourse")
        (s.folder / "opt-out.csv").write_text("kind,who\nauthor,kestrel4\n")
        report = collect(s)
        assert not any("/t/12.json" in p for p in site.asked) and any("/t/11.json" in p for p in site.asked)
    assert report.reasons == {"opted_out": 1}


# --- what source.toml says ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("delay = 3", "unknown field `delay`"),
        ("software = 'phbb'", "unknown software 'phbb'; it is one of"),
        ("thread = '('", "thread is no regular expression"),
        ("since = 'may'", "write digits"),
        ("retries = -1", "retries is less than nothing"),
    ],
)
def test_wrong_settings_say_what_to_mend(more: str, says: str, source: Callable[..., Source]) -> None:
    with pytest.raises(SourceError, match=r"source.toml, \[collect\]: ") as e:
        collect(source("https://boards.example/", more=more))
    assert says in str(e.value)


@pytest.mark.parametrize(
    ("kind", "start"), [("live", "boards.example"), ("live", ""), ("ftp", "https://boards.example/")]
)
def test_a_wrong_start_or_kind_is_refused(kind: str, start: str, source: Callable[..., Source]) -> None:
    with pytest.raises(SourceError):
        collect(source(start, kind))


@pytest.mark.parametrize(
    ("terms", "may"),
    [
        ("CC0-1.0", True),
        ("permission of the board's owner, letter of 2014-04-02", True),
        ("CC BY-NC 4.0; no commercial use", True),
        ("research only; redistribution prohibited", True),
        ("none", False),
        ("unknown", False),
        ("No permission yet", False),
        ("the owner has not agreed", False),
        ("scraping is not allowed by the terms of use", False),
        ("forbids crawling", False),
        ("access denied by the owner", False),
        ("do not copy", False),
    ],
)
def test_terms_that_say_no_are_heard(terms: str, may: bool, source: Callable[..., Source]) -> None:
    s = source("https://boards.example/")
    path = s.folder / "source.toml"
    path.write_text(path.read_text().replace("CC0-1.0", terms))
    if may:
        assert read_collect(read_source(s.folder)).kind == "live"
    else:
        with pytest.raises(SourceError, match="its terms say no"):
            read_collect(read_source(s.folder))


def test_the_document_names_every_setting_and_software() -> None:
    text = (Path(__file__).parent.parent / "docs/COLLECTING.md").read_text()
    named = set(re.findall(r"^\| `(\w+)` \|", text.partition("## Settings")[2].partition("\n## ")[0], re.M))
    assert named == set(Collect.__struct_fields__)
    assert all(f"`{name}`" in text for name in layouts())
