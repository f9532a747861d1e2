"""A real forum program, collected and parsed: every thread, post, author, time and word. `make test-forum` runs it."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.collect.run import collect
from pipeline.run.build import build
from pipeline.run.enter import pseudonym
from pipeline.run.sources import read_source
from pipeline.tables import load

PYTHON = os.environ.get("THREADRX_FORUM_PYTHON")
TOML = """name = "Machina"
origin = "made by tests/forum/serve.py"
terms = "CC0-1.0"
demo_key = "key of a forum of a test"
time_zone = "UTC"
date_order = "mdy"

[collect]
kind = "live"
start = "{url}"
contact = "tests@threadrx.example"
delay_seconds = 0
"""

pytestmark = pytest.mark.skipif(not PYTHON, reason="needs django-machina in an environment of its own: make test-forum")


@pytest.fixture(scope="module")
def forum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("forum")
    command = [PYTHON or "", str(Path(__file__).parent / "serve.py"), str(folder)]
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env) as server:
        try:
            assert server.stdout
            yield json.loads(server.stdout.readline())
        finally:
            server.kill()


def test_every_post_of_a_real_forum_is_right(forum: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "raw/machina"
    folder.mkdir(parents=True)
    (folder / "source.toml").write_text(TOML.format(url=forum["url"]))
    report = collect(read_source(folder))
    assert report.waiting == report.failed == 0 and report.software == "machina" and report.reasons == {}
    build(tmp_path / "raw", tmp_path / "out", until="posts", workers=1)
    threads, posts = load("threads", folder=tmp_path / "out"), load("posts", folder=tmp_path / "out")
    key = b"key of a forum of a test"
    got = {
        title: [
            (p.author_id, f"{p.posted_at:%Y-%m-%dT%H:%M}", p.text)
            for p in posts[posts.thread_id == thread].sort_values("position").itertuples()
        ]
        for thread, title in zip(threads.thread_id, threads.title, strict=True)
    }
    told = {
        t["title"]: [(pseudonym(p["author"], "machina", key), p["posted_at"], p["text"]) for p in t["posts"]]
        for t in forum["threads"]
    }
    print(f"{len(told)} threads, {sum(map(len, told.values()))} posts, {report.requests} requests")
    assert got == told
