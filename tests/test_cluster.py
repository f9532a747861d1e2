"""The same build on a Dask cluster: the same bytes, also where workers die or a thread takes them down."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.run import cluster as dask
from pipeline.run.build import build
from pipeline.run.sources import SourceError
from tests import fakes
from tests.conftest import archive_page
from tests.test_run import same_as_from_scratch, tables

EXTRACTOR = {"until": "courses", "extractor": fakes.NAME}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with dask.cluster(None, workers=2) as found:
        yield found


def pids(client: Any) -> dict[str, int]:
    return dict(client.run(os.getpid))


def test_a_cluster_gives_the_same_bytes_also_where_a_worker_is_killed_half_way(
    client: Any, archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw, out = archive(30), tmp_path / "out"
    before = pids(client)
    assert len(before) == 2
    killed = []

    def kill(stage: str, done: int, total: int) -> None:
        if stage == "extract" and not killed:
            killed.append(next(iter(before.values())))
            os.kill(killed[0], signal.SIGKILL)

    report = build(raw, out, cluster=client, progress=kill, **EXTRACTOR | {"extractor": fakes.SLOW})
    assert killed and report.computed == {"parse": 30, "enter": 30, "extract": 30} and not report.reasons
    same_as_from_scratch(raw, out, tmp_path, extractor=fakes.SLOW)
    client.wait_for_workers(2, timeout=300)
    assert killed[0] not in pids(client).values()  # another came in its place


def test_a_thread_that_takes_every_worker_down_is_a_reject(
    client: Any, archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw = archive(9)
    (raw / "board/t-2.html").write_text(
        archive_page("Bad", [("x", "I take baclofen. DIE is the word, and that was all.")], 2)
    )
    report = build(raw, tmp_path / "out", cluster=client, **EXTRACTOR)
    assert report.reasons == {"crashed": 1} and "takes the process down" in report.left_out[0]
    assert report.counts["experiences"] == 16 and report.counts["posts"] == 17


def test_workers_with_other_code_are_refused(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    dask.same(client)
    real = dask.code
    monkeypatch.setattr(dask, "code", lambda stage: real(stage) + ("here" if os.getpid() == HERE else ""))
    with pytest.raises(SourceError, match=r"worker at tcp.* another version of ThreadRx"):
        dask.same(client)


HERE = os.getpid()


def test_the_command_line_takes_a_scheduler(client: Any, archive: Callable[..., Path], tmp_path: Path) -> None:
    raw, out = archive(2), tmp_path / "out"
    command = ["build", "--raw", str(raw), "--out", str(out), "--profile", "fast"]
    ran = CliRunner().invoke(app, [*command, "--scheduler", client.scheduler.address])
    assert ran.exit_code == 0, ran.output
    assert "2 to parse" in ran.output
    right = tables(out)
    assert CliRunner().invoke(app, [*command[:4], str(tmp_path / "one"), *command[5:]]).exit_code == 0
    assert tables(tmp_path / "one") == right
    both = CliRunner().invoke(app, [*command, "--scheduler", "tcp://x:1", "--cluster", "local"])
    assert both.exit_code == 2
    nobody = CliRunner().invoke(app, [*command, "--scheduler", "tcp://127.0.0.1:9"])
    assert nobody.exit_code == 2 and "no Dask cluster" in nobody.output
