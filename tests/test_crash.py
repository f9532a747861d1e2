"""What a build meets on a bad day: no space, no permission, damage. It says so, loses nothing, and the next one mends it."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.run import store as storing
from pipeline.run.store import DamagedError, Store
from pipeline.synth.pages import write_archive
from tests.conftest import archive_page, texts
from tests.test_run import ROOT, run, same_as_from_scratch, tables
from training.crash import disturbed
from training.crash import tables as built

SCRIPT = """
import sys
from pathlib import Path
from pipeline.cli.application import guarded
from pipeline.run.build import build
guarded(lambda: build(Path(sys.argv[1]), Path(sys.argv[2]), until="courses", extractor="tests.fakes:extract_thread", workers=1))()
"""


@pytest.mark.parametrize("room", [2_000, 30_000, 60_000])
def test_a_full_disk_is_said_and_what_stood_there_stands(
    room: int, archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw, out = archive(3), tmp_path / "out"
    run(raw, out)
    before = tables(out)
    archive(40)
    # no file may grow beyond `room` bytes: writing then fails as on a full disk
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, raw, out], cwd=ROOT, capture_output=True, text=True, timeout=600,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert ran.returncode in (1, 2), ran.stderr
    assert "threadrx: " in ran.stderr
    assert tables(out) == before
    run(raw, out)
    same_as_from_scratch(raw, out, tmp_path)


def test_a_folder_that_may_not_be_written_is_said(
    archive: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.sqlite"
    Store(path).close()
    real = storing.sqlite3.connect
    monkeypatch.setattr(
        storing.sqlite3, "connect", lambda p: real(f"file:{p}?mode=ro", uri=True)
    )  # root writes anywhere
    with pytest.raises(OSError, match="read-only"):
        Store(path).put([("k", b"", b"")])
    assert path.exists()  # what cannot be written now is not thrown away


def test_damage_found_half_way_costs_time_and_nothing_else(archive: Callable[..., Path], tmp_path: Path) -> None:
    raw, out = archive(12), tmp_path / "out"
    run(raw, out)
    path = out / ".cache/results.sqlite"
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    data[half : half + 20_000] = os.urandom(20_000)
    path.write_bytes(data)
    for beside in path.parent.glob("results.sqlite-*"):
        beside.unlink()
    (raw / "board/t-2.html").write_text(archive_page("Changed", texts(5), 2))
    report = run(raw, out)
    assert report.computed["extract"] == 12
    same_as_from_scratch(raw, out, tmp_path)


def test_damage_in_a_result_is_noticed(tmp_path: Path) -> None:
    store = Store(tmp_path / "results.sqlite")
    store.put([("k", b"summary", b"value" * 100)])
    assert store.value("k") == b"value" * 100 and store.summaries(["k", "l"]) == {"k": b"summary"}
    store._db.execute("UPDATE results SET value = ?", (b"x" * 9,))
    with pytest.raises(DamagedError):
        store.value("k")


def test_killed_at_random_instants_nothing_is_lost(tmp_path: Path) -> None:
    """A few; `make test-crash` does 200."""
    write_archive(tmp_path, 6, 1, a_file=1)
    hit = disturbed(tmp_path, kills=4, n=6, workers=1, seed=4)
    assert hit
    run(tmp_path / "raw", tmp_path / "out", until="aggregates", extractor="pipeline.extract:extract_thread_fast")
    found = built(tmp_path / "out")
    run(tmp_path / "raw", tmp_path / "new", until="aggregates", extractor="pipeline.extract:extract_thread_fast")
    assert found == built(tmp_path / "new") and "courses.parquet" in found
