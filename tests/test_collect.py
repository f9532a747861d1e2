"""Collecting: everything, once, politely, whatever happens in between; against boards served on loopback."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from protego import Protego

from pipeline.collect.archive import members, read_record
from pipeline.collect.report import Report
from pipeline.collect.run import collect
from pipeline.collect.settings import Collect, layouts
from pipeline.run.build import build
from pipeline.run.manifest import compare, read_sums
from pipeline.run.sources import Source, SourceError, read_source
from pipeline.tables import load
from tests.boards import BOARDS, Board, Reply, Site, serving, threads
from tests.conftest import SOURCE

TOML = SOURCE.replace("America/Chicago", "UTC") + """
[collect]
kind = "{kind}"
start = "{start}"
contact = "tests@threadrx.example"
delay_seconds = 0
retry_seconds = 0.001
{more}
"""


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
        for _, data in members(path, 0):
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
    with serving(tiny(400)) as site:
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
    assert killed > 10
    assert report.done == 401 and report.whole
    pages = kept(s)
    assert len(pages) == 401 and set(pages.values()) == {1}
    assert sum(site.pages().values()) <= 401 + killed  # at most the one under way is asked for again
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
