"""Builds: nothing twice, nothing half, nothing lost; the same bytes however they came about."""

import ast
import contextlib
import dataclasses
import datetime as dt
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import pipeline
from pipeline.aggregate import STANDARD, Settings
from pipeline.records import TABLES, col
from pipeline.run import build as building
from pipeline.run import fingerprints, pool
from pipeline.run.build import UNTIL, Report, build
from pipeline.run.store import BusyError, sole_builder
from pipeline.run.work import SetupError
from pipeline.tables import CheckError, load
from tests import fakes
from tests.conftest import SOURCE, archive_page, texts

ROOT = Path(__file__).parent.parent


def run(raw: Path, out: Path, **kw: Any) -> Report:
    return build(raw, out, **{"until": "courses", "extractor": fakes.NAME, "workers": 1} | kw)


def tables(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(out.glob("*.parquet"))}


def same_as_from_scratch(raw: Path, out: Path, tmp_path: Path, **kw: Any) -> None:
    scratch = tmp_path / f"scratch{random.random()}"
    run(raw, scratch, **kw)
    assert tables(out) == tables(scratch)
    assert tables(out)


def test_a_build_writes_every_table_of_its_stage(archive: Callable[..., Path], tmp_path: Path) -> None:
    raw = archive(3)
    for until, more in zip(UNTIL[:3], (["threads", "posts", "quotes", "rejects"],
                                       ["mentions", "experiences", "effects", "events"], ["courses"]), strict=True):  # fmt: skip
        report = run(raw, tmp_path / "out", until=until)
        assert set(more) <= {p.stem for p in (tmp_path / "out").glob("*.parquet")}
    assert report.counts["threads"] == 3 and report.counts["posts"] == 6 and report.counts["courses"] == 6
    posts = load("posts", folder=tmp_path / "out")
    assert posts.raw_path.tolist().count("board/t-1.html") == 2
    assert posts.language.tolist() == ["en"] * 6
    assert posts.author_id.nunique() == 6


def test_a_second_build_does_nothing(archive: Callable[..., Path], tmp_path: Path) -> None:
    raw, out = archive(3), tmp_path / "out"
    first = run(raw, out)
    stats = {p: p.stat().st_mtime_ns for p in out.iterdir() if p.suffix == ".parquet"}
    second = run(raw, out)
    assert (first.changed, second.changed) == (True, False)
    assert second.counts == first.counts and second.computed == {}
    assert {p: p.stat().st_mtime_ns for p in stats} == stats
    for path in raw.rglob("*.html"):  # a fresh checkout has new times
        os.utime(path)
    assert not run(raw, out).changed


@pytest.mark.parametrize("change", ["edit", "add", "remove", "rename", "time zone", "key", "new source"])
def test_after_a_change_only_what_it_touches_is_computed_and_all_is_as_from_scratch(
    change: str, archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw, out = archive(5), tmp_path / "out"
    run(raw, out)
    before = tables(out)
    page, toml = raw / "board/t-2.html", raw / "board/source.toml"
    threads = 1
    if change == "edit":
        page.write_text(
            archive_page("Spasms 2", [*texts(2), ("thirdman", "I took lyrica for a year and it did nothing.")], 2)
        )
    elif change == "add":
        (raw / "board/t-9.html").write_text(archive_page("More", texts(9), 9))
    elif change == "remove":
        page.unlink()
        threads = 0
    elif change == "rename":
        page.rename(page.with_name("t-2-saved.html"))
    elif change == "time zone":
        toml.write_text(SOURCE.replace("Chicago", "New_York"))
        threads = 5
    elif change == "key":
        toml.write_text(SOURCE.replace("test key", "another key"))
        threads = 5
    else:
        archive(2, "other")
        threads = 2
    report = run(raw, out)
    assert report.changed and report.computed["enter"] == report.computed["extract"] == threads
    assert tables(out) != before
    same_as_from_scratch(raw, out, tmp_path)


@pytest.mark.parametrize(
    ("stage", "again"), [("parse", (3, 3, 0)), ("enter", (0, 3, 0)), ("extract", (0, 0, 3)), ("write", (0, 0, 0))]
)
def test_changed_code_reaches_its_stage_and_what_it_changes_those_after_it(
    stage: str, again: tuple[int, ...], archive: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = archive(3)
    run(raw, tmp_path / "out")
    real = fingerprints.code
    monkeypatch.setattr(building, "code", lambda s: real(s) + ("changed" if s in (stage, "write") else ""))
    report = run(raw, tmp_path / "out")
    assert report.changed
    assert tuple(report.computed[s] for s in ("parse", "enter", "extract")) == again


def test_the_vocabulary_concerns_extraction_and_not_parsing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "pipeline"
    shutil.copytree(ROOT / "pipeline", package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fingerprints, "PACKAGE", package)
    before = {s: fingerprints.code(s) for s in fingerprints.STAGES}
    (package / "vocabulary/zzz.csv").write_text("id,name\n")
    after = {s: fingerprints.code(s) for s in fingerprints.STAGES}
    assert {s for s in before if before[s] != after[s]} == {"enter", "extract", "write"}
    with (package / "vocabulary/drugs.csv").open("a") as f:  # entries: tests/test_retag.py
        f.write("TRX:new,new,,,,curated\n")
    fingerprints._contents.cache_clear()
    last = {s: fingerprints.code(s) for s in fingerprints.STAGES}
    assert {s for s in after if after[s] != last[s]} == {"enter", "write"}


def imports(module: str, seen: set[str]) -> set[str]:
    """Files of the package that importing a module brings in, itself included, imports inside functions too."""
    path = ROOT / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    name = path.relative_to(ROOT / "pipeline").as_posix()
    if name in seen or not path.exists():
        return seen
    seen.add(name)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline"):
            imports(node.module or "", seen)
            for alias in node.names:
                imports(f"{node.module}.{alias.name}", seen)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("pipeline"):
                    imports(alias.name, seen)
    return seen


@pytest.mark.parametrize(("stage", "module"), [("parse", "parse"), ("enter", "run.enter"), ("extract", "extract")])
def test_a_stage_names_every_file_its_code_imports(stage: str, module: str) -> None:
    folders = fingerprints.STAGES[stage]
    covered = {f for f in imports(f"pipeline.{module}", set()) if any(f == n or f.startswith(n + "/") for n in folders)}
    assert len(covered) > 2
    assert imports(f"pipeline.{module}", set()) - covered <= {"__init__.py"}


def test_two_pages_of_a_thread_are_one_and_each_post_knows_its_file(
    archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw = archive(1)
    (raw / "board/t-1-p-2.html").write_text(
        archive_page("Spasms 1", [("later", "I came to this thread late, and I am on gabapentin.")], 1, 5)
    )
    run(raw, tmp_path / "out")
    posts = load("posts", folder=tmp_path / "out")
    assert posts.thread_id.nunique() == 1
    assert posts.raw_path.tolist() == ["board/t-1.html", "board/t-1.html", "board/t-1-p-2.html"]
    assert posts.position.tolist() == [1, 2, 3]


def test_a_page_saved_twice_is_counted_once_and_said(archive: Callable[..., Path], tmp_path: Path) -> None:
    raw = archive(2)
    shutil.copy(raw / "board/t-1.html", raw / "board/t-1-again.html")
    report = run(raw, tmp_path / "out")
    assert report.counts["posts"] == 4
    assert report.reasons == {"duplicate": 1} and report.n_left_out == 0
    assert "2 posts" in load("rejects", folder=tmp_path / "out").detail[0]


@pytest.mark.parametrize(
    ("word", "says"),
    [("CRASH", "ZeroDivisionError: the fake was told to crash (fakes.py:"), ("ASTRAY", "is not at text")],
)
def test_a_thread_our_code_fails_on_keeps_its_posts_and_is_a_reject(
    word: str, says: str, archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw, out = archive(3), tmp_path / "out"
    (raw / "board/t-2.html").write_text(
        archive_page("Bad", [("x", f"I take baclofen. {word} it is, and that was all.")], 2)
    )
    report = run(raw, out)
    assert report.reasons == {"crashed": 1}
    assert says in report.left_out[0] and "extracting thread" in report.left_out[0]
    assert report.counts["posts"] == 5 and report.counts["experiences"] == 4


def test_a_parser_that_crashes_costs_its_file(
    archive: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pipeline.parse

    real = pipeline.parse.parse_bytes

    def some(data: bytes, name: str, **kw: Any) -> Any:
        if name == "t-2.html":
            raise RecursionError("too deep")
        return real(data, name, **kw)

    monkeypatch.setattr(pipeline.parse, "parse_bytes", some)
    report = run(archive(3), tmp_path / "out")
    assert report.counts["threads"] == 2 and report.reasons == {"crashed": 1}
    assert "board/t-2.html: crashed: RecursionError: too deep" in report.left_out[0]


def test_a_post_that_gets_lost_stops_the_build(
    archive: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.run import work

    raw, out = archive(2), tmp_path / "out"
    run(raw, out)
    before = tables(out)
    real = work.enter

    def losing(*args: Any) -> Any:
        entered = real(*args)
        entered.posts.pop()
        return entered

    monkeypatch.setattr(work, "enter", losing)
    (raw / "board/t-2.html").write_text(archive_page("Changed", texts(2), 2))
    with pytest.raises(CheckError, match="some are lost"):
        run(raw, out)
    assert tables(out) == before


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_change_nothing(
    workers: int, archive: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = archive(20)
    monkeypatch.setattr(pool, "WORTH", 1)
    assert run(raw, tmp_path / "out", workers=workers).computed == {"parse": 20, "enter": 20, "extract": 20}
    same_as_from_scratch(raw, tmp_path / "out", tmp_path, workers=1)


def test_a_thread_that_takes_its_process_down_costs_only_itself(
    archive: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = archive(12)
    (raw / "board/t-2.html").write_text(
        archive_page("Bad", [("x", "I take baclofen. DIE is the word, and that was all.")], 2)
    )
    monkeypatch.setattr(pool, "WORTH", 1)
    report = run(raw, tmp_path / "out", workers=2)
    assert report.reasons == {"crashed": 1} and "takes the process down" in report.left_out[0]
    assert report.counts["experiences"] == 22 and report.counts["posts"] == 23


def test_processes_that_do_not_start_are_not_blamed_on_the_threads(
    archive: Callable[..., Path], tmp_path: Path
) -> None:
    script = tmp_path / "careless.py"  # without a __main__ guard every worker would run the script again
    script.write_text("import sys; from pathlib import Path; from pipeline.run import build, pool; pool.WORTH = 1\n"
                      "build.build(Path(sys.argv[1]), Path(sys.argv[2]), until='posts', workers=2)")  # fmt: skip
    ran = subprocess.run(
        [sys.executable, script, archive(9), tmp_path / "out"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 1
    assert "if __name__ == '__main__':` around it, or workers=1" in ran.stderr


def alive(session: int) -> list[str]:
    """Processes of a session that have not ended (proc(5): state is the third field of stat, session the sixth)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            fields = path.read_text().rpartition(")")[2].split()
            found += [path.parent.name] if fields[3] == str(session) and fields[0] != "Z" else []
    return found


SCRIPT = """
import sys
from pathlib import Path
from pipeline.run import pool
from pipeline.run.build import build
pool.WORTH = 1
build(Path(sys.argv[1]), Path(sys.argv[2]), until="courses", extractor="tests.fakes:slowly", workers=int(sys.argv[3]))
"""


@pytest.mark.parametrize(
    ("sig", "workers"), [(signal.SIGKILL, 1), (signal.SIGINT, 1), (signal.SIGKILL, 2), (signal.SIGINT, 2)]
)
def test_killed_at_any_moment_the_next_build_finishes_the_work(
    sig: int, workers: int, archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw, out = archive(30), tmp_path / "out"
    moments = random.Random(7)
    killed = 0
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, raw, out, str(workers)],
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(moments.uniform(0.2, 2.2))
        process.send_signal(sig)  # to the parent alone: its workers must notice
        killed += process.wait() != 0
        for path in out.glob("*.parquet"):
            load(path.stem, folder=out)  # whatever is there can be read
        deadline = time.monotonic() + 20
        while alive(process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert alive(process.pid) == []
    assert killed
    run(raw, out, extractor=fakes.SLOW)
    same_as_from_scratch(raw, out, tmp_path, extractor=fakes.SLOW)


@pytest.mark.parametrize("damage", ["garbage", "cut", "gone", "table gone", "table edited", "stray table", "manifest"])
def test_whatever_happens_to_the_results_they_come_back(
    damage: str, archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw, out = archive(3), tmp_path / "out"
    run(raw, out)
    right = tables(out)
    store = out / ".cache/results.sqlite"
    if damage == "garbage":
        store.write_bytes(b"no database" * 1000)
    elif damage == "cut":
        store.write_bytes(store.read_bytes()[:5000])
    elif damage == "gone":
        shutil.rmtree(out / ".cache")
    elif damage == "table gone":
        (out / "posts.parquet").unlink()
    elif damage == "table edited":
        (out / "posts.parquet").write_bytes(b"edited")
    elif damage == "stray table":
        (out / "old.parquet").write_bytes(b"of a stage that is gone")
    else:
        (out / ".cache/manifest.json").write_text('{"stamp": ')
    if damage in ("garbage", "cut"):
        (raw / "board/t-3.html").write_text(archive_page("Spasms 3", texts(3), 3) + "\n")
        (out / ".cache/manifest.json").unlink()
        for beside in out.glob(".cache/results.sqlite-*"):
            beside.unlink()
    run(raw, out)
    fresh = tables(out)
    if damage in ("garbage", "cut"):
        same_as_from_scratch(raw, out, tmp_path)
    else:
        assert fresh == right


def test_two_builds_in_one_folder_do_not_mix(archive: Callable[..., Path], tmp_path: Path) -> None:
    raw, out = archive(1), tmp_path / "out"
    with sole_builder(out / ".cache"), pytest.raises(BusyError, match="another build"):
        run(raw, out)
    run(raw, out)


def test_tables_of_later_stages_do_not_outlive_what_they_were_made_of(
    archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw, out = archive(2), tmp_path / "out"
    run(raw, out)
    run(raw, out, until="posts")
    assert (out / "courses.parquet").exists()  # nothing changed
    (raw / "board/t-2.html").unlink()
    run(raw, out, until="posts")
    assert {p.stem for p in out.glob("*.parquet")} == {"threads", "posts", "quotes", "rejects", "provenance"}


@dataclasses.dataclass(slots=True, kw_only=True)
class Taken:
    """People who take a treatment."""

    treatment_id: str = col("the treatment", key=True)
    n_people: int = col("people", unit="people")
    top: list[str] = col("their ids")
    first: dt.datetime | None = col("first told", default=None)


def taken(frames: dict[str, pd.DataFrame], settings: Settings = STANDARD) -> pd.DataFrame:
    assert set(frames) == set(TABLES) - {"provenance"}
    groups = frames["courses"].groupby("treatment_id", sort=False)
    return pd.DataFrame(
        {
            "first": groups.first_posted_at.min(),
            "n_people": groups.patient_id.nunique(),
            "top": groups.patient_id.agg(lambda ids: sorted(ids)[:2]),
        }
    ).reset_index()


def test_aggregates_are_written_from_the_tables_with_the_same_checks(
    archive: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = SimpleNamespace(AGGREGATES={"taken": taken}, RECORDS={"taken": Taken})
    monkeypatch.setitem(sys.modules, "pipeline.aggregate", fake)
    monkeypatch.setattr(pipeline, "aggregate", fake, raising=False)
    raw = archive(4)
    report = run(raw, tmp_path / "out", until="aggregates")
    found = load("taken", folder=tmp_path / "out")
    assert report.counts["taken"] == 3
    assert found[["treatment_id", "n_people"]].values.tolist() == [["baclofen", 2], ["gabapentin", 4], ["lyrica", 2]]
    assert [len(ids) for ids in found.top] == [2, 2, 2] and found["first"].notna().all()
    same_as_from_scratch(raw, tmp_path / "out", tmp_path, until="aggregates")
    fake.AGGREGATES = {"taken": lambda frames, settings: taken(frames).assign(treatment_id="baclofen")}
    (raw / "board/t-1.html").unlink()
    with pytest.raises(CheckError, match="there twice"):
        run(raw, tmp_path / "out", until="aggregates")
    assert load("taken", folder=tmp_path / "out").equals(found)


def test_a_broken_vocabulary_stops_the_build_and_leaves_the_tables(
    archive: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, out = archive(1), tmp_path / "out"
    run(raw, out)
    before = tables(out)

    def broken() -> None:
        raise ValueError("drugs.csv: id D1 is used twice")

    monkeypatch.setattr(building, "load_vocabulary", broken)
    (raw / "board/t-1.html").unlink()
    with pytest.raises(SetupError, match="D1 is used twice"):
        run(raw, out)
    assert tables(out) == before


def test_an_empty_archive_gives_empty_tables(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    report = run(tmp_path / "raw", tmp_path / "out")
    assert report.counts["posts"] == 0
    assert load("experiences", folder=tmp_path / "out").empty
