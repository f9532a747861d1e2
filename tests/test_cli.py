"""The command line from outside: what it prints where, and with which exit code."""

import gzip
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SOURCE, archive_page, texts

ROOT = Path(__file__).parent.parent
THREADRX = Path(sys.executable).parent / "threadrx"
THREAD = {
    "thread_id": "x1",
    "title": "Spasms",
    "posts": [
        {"author": "a", "posted_at": "2013-07-04", "text": "Has anybody tried baclofen?"},
        {"author": None, "posted_at": "2013-07-05T12:38", "text": "I take 20 mg of baclofen three times a day. No nausea at all.",
         "quotes": [{"author": "a", "text": "Has anybody"}], "signature": "on Lyrica"},
    ],
}  # fmt: skip
SHELL_PAGE = "<!DOCTYPE html><html><head><title>Log in</title></head><body><form>You must log in to see this page</form></body></html>"


def threadrx(*args: object, stdin: bytes | None = None, cwd: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([THREADRX, *map(str, args)], input=stdin or b"", capture_output=True, cwd=cwd, timeout=300)


def lines(result: subprocess.CompletedProcess[bytes]) -> list[Any]:
    return [json.loads(line) for line in result.stdout.splitlines()]


# --- parse -----------------------------------------------------------------------------------------------------------


def test_parse_prints_what_the_contract_says(tmp_path: Path) -> None:
    (tmp_path / "t-7.html").write_text(archive_page("Spasms & more", texts(1), 7))
    result = threadrx("parse", tmp_path / "t-7.html")
    (thread,) = lines(result)
    assert result.returncode == 0 and result.stderr == b""
    assert list(thread) == ["file", "thread_id", "title", "software", "posts"]
    assert list(thread["posts"][0]) == ["position", "author", "posted_at", "text", "quotes", "signature"]
    assert thread["file"] == str(tmp_path / "t-7.html") and thread["title"] == "Spasms & more"
    assert [(p["position"], p["author"], p["posted_at"]) for p in thread["posts"]] == [
        (1, "kettlewell1", "2013-07-04T10:00"),
        (2, "harrow1", "2013-07-04T10:01"),
    ]


def test_parse_takes_the_date_order_from_the_source_or_the_option(tmp_path: Path) -> None:
    page = archive_page("Spasms", texts(1), 7)
    (tmp_path / "t-7.html").write_text(page)

    def when(*args: str) -> str:
        return str(lines(threadrx("parse", tmp_path / "t-7.html", *args))[0]["posts"][0]["posted_at"])

    assert when() == "2013-07-04T10:00"  # this software's own order
    assert when("--date-order", "dmy") == "2013-04-07T10:00"
    (tmp_path / "source.toml").write_text(SOURCE.replace("mdy", "dmy"))
    assert when() == "2013-04-07T10:00"
    assert when("--date-order", "mdy") == "2013-07-04T10:00"
    (tmp_path / "source.toml").write_text("name = 3")
    broken = threadrx("parse", tmp_path / "t-7.html")
    assert broken.returncode == 1 and b"source.toml" in broken.stderr


def wrong_inputs(folder: Path) -> dict[str, tuple[bytes, str]]:
    page = archive_page("Spasms", texts(1), 7).encode()
    return {
        "empty.html": (b"", "empty"),
        "blank.txt": (b" \n\n\t ", "empty"),
        "photo.html": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "not_text"),
        "login.html": (SHELL_PAGE.encode(), "not_a_thread"),
        "cut.html.gz": (gzip.compress(page)[:-40], "truncated"),
    }


def test_parse_rejects_with_file_reason_and_remedy_and_reads_the_rest(tmp_path: Path) -> None:
    files = wrong_inputs(tmp_path)
    for name, (data, _) in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "good.html").write_text(archive_page("Spasms", texts(1), 7))
    result = threadrx("parse", *(tmp_path / n for n in [*files, "nowhere.html", "good.html"]))
    assert result.returncode == 1
    assert [t["title"] for t in lines(result)] == ["Spasms"]
    said = result.stderr.decode().splitlines()
    assert len(said) == len(files) + 1
    for (name, (_, reason)), line in zip(files.items(), said, strict=False):
        assert (
            line.startswith(f"{tmp_path / name}: {reason}: ") and len(line) > len(f"{tmp_path / name}: {reason}: ") + 20
        )
    assert "nowhere.html: unreadable: No such file" in said[-1]


@pytest.mark.parametrize(
    "args",
    [["parse"], ["parse", "--colour"], ["parse", "x", "--date-order", "us"], ["frobnicate"], ["extract", "a", "b"]],
)
def test_wrong_usage_is_2(args: list[str]) -> None:
    result = threadrx(*args)
    assert result.returncode == 2 and result.stdout == b"" and result.stderr


# --- extract ---------------------------------------------------------------------------------------------------------


def test_extract_prints_what_the_contract_says(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(
        json.dumps(THREAD) + "\n\n" + json.dumps(THREAD | {"thread_id": 5, "more": 1}) + "\n"
    )
    result = threadrx("extract", tmp_path / "in.jsonl")
    assert result.returncode == 0, result.stderr
    first, second = lines(result)
    assert list(first) == ["thread_id", "mentions", "experiences", "effects", "events"]
    assert (first["thread_id"], second["thread_id"]) == ("x1", "5")
    by_id = {m["mention_id"]: m for m in first["mentions"]}
    for m in first["mentions"]:
        post = THREAD["posts"][m["post"] - 1]  # type: ignore[index]
        words = {
            "text": post["text"],
            "title": THREAD["title"],
            "signature": post.get("signature"),
            "quote": "Has anybody",
        }[m["field"]]
        assert words[m["start"] : m["end"]] == m["text"]
    own = [e for e in first["experiences"] if e["post"] == 2 and by_id[e["mention_id"]]["field"] == "text"]
    assert [(e["treatment_name"], e["status"], e["dose_low"], e["is_experience"]) for e in own] == [
        ("baclofen", "current", 20.0, True)
    ]
    assert own[0]["posted_at"] == "2013-07-05T12:38:00"
    assert {e["post"] for e in first["effects"] + first["events"]} <= {1, 2}
    assert result.stdout == threadrx("extract", "-", stdin=(tmp_path / "in.jsonl").read_bytes()).stdout


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"thread_id": "x1", "posts": [', "truncated"),
        ('{"posts": []}', "thread_id"),
        ('{"thread_id": "a"}', "posts"),
        ('{"thread_id": "a", "posts": [{"author": "b"}]}', "$.posts[0]"),
        ('{"thread_id": "a", "posts": [{"text": 5}]}', "$.posts[0].text"),
        (
            '{"thread_id": "a", "posts": [{"text": "x", "posted_at": "yesterday"}]}',
            "'yesterday' of post 1 is no ISO date",
        ),
        ("[]", "Expected `object`"),
        ("\xff\xfe", "line 2"),
    ],
)
def test_extract_rejects_a_line_and_reads_the_others(line: str, says: str) -> None:
    good = json.dumps(THREAD)
    result = threadrx("extract", "-", stdin=f"{good}\n".encode() + line.encode("latin-1") + f"\n{good}\n".encode())
    assert result.returncode == 1
    assert [t["thread_id"] for t in lines(result)] == ["x1", "x1"]
    (said,) = [s for s in result.stderr.decode().splitlines() if "standard input" in s]
    assert said.startswith("standard input (line 2): bad_json: ") and says in said and "each line is one object" in said


def test_extract_of_a_missing_file() -> None:
    result = threadrx("extract", "nowhere.jsonl")
    assert result.returncode == 1 and b"nowhere.jsonl: unreadable" in result.stderr


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "t-7.html").write_text(archive_page("Spasms", texts(1) * 25, 7))
    many = " ".join([str(tmp_path / "t-7.html")] * 200)
    result = subprocess.run(["bash", "-c", f"{THREADRX} parse {many} | head -n 1"], capture_output=True, timeout=120)
    assert result.stderr == b"" and len(lines(result)) == 1


def test_ctrl_c_ends_with_130_and_whole_lines(tmp_path: Path) -> None:
    source = subprocess.Popen(
        [THREADRX, "extract", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # a test run in the background inherits it ignored
    )
    assert source.stdin and source.stdout
    source.stdin.write((json.dumps(THREAD) + "\n").encode())
    source.stdin.flush()
    ready, _, _ = select.select([source.stdout], [], [], 60)
    first = source.stdout.readline() if ready else b"{}"
    source.send_signal(signal.SIGINT)
    source.wait(timeout=60)  # while its input is still open: at its end it would leave by itself
    rest, said = source.communicate(timeout=30)
    assert source.returncode == 130 and json.loads(first)["thread_id"] == "x1" and rest == b""
    assert b"Traceback" not in said


# --- build and the stages --------------------------------------------------------------------------------------------


def test_the_example_builds_and_a_second_time_there_is_nothing_to_do(dataset: Path, tmp_path: Path) -> None:
    shutil.copytree(dataset, tmp_path / "out", copy_function=shutil.copy2)
    start = time.perf_counter()
    result = threadrx("build", "--out", tmp_path / "out")
    assert time.perf_counter() - start < 3
    said = result.stdout.decode()
    left_out = result.stderr.decode().splitlines()
    assert result.returncode == 1 and len(left_out) == 1  # one page of the example is meant to be left out
    assert left_out[0].startswith("quayside/viewtopic-t9.html: not_a_thread: ")
    assert "nothing to do" in said.splitlines()[0]
    assert said.splitlines()[-1].startswith("79 threads, 531 posts, ")


def test_wrong_inputs_and_sources_are_told_and_the_other_sources_built(
    archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw, out = archive(2), tmp_path / "out"
    files = wrong_inputs(tmp_path)
    for name, (data, _) in files.items():
        (raw / "board" / name).write_bytes(data)
    (raw / "orphan").mkdir()
    (raw / "orphan/t-1.html").write_text(archive_page("Spasms", texts(1), 7))
    result = threadrx("build", "--raw", raw, "--out", out)
    said = result.stderr.decode()
    assert result.returncode == 1
    for name, (_, reason) in files.items():
        assert f"board/{name}: {reason}: " in said
    assert f"orphan: bad_source: {raw / 'orphan'} has no source.toml; write one that begins" in said
    assert result.stdout.decode().splitlines()[-1].startswith("2 threads, 4 posts, ")
    again = threadrx("build", "--raw", raw, "--out", out)
    assert again.returncode == 1 and again.stderr.decode() == said and b"nothing to do" in again.stdout


@pytest.mark.parametrize(
    ("stage", "ends"), [("posts", "2 threads, 4 posts, 0 quotes"), ("experiences", "effects"), ("courses", "courses")]
)
def test_each_stage_ends_with_a_line_of_counts(
    stage: str, ends: str, archive: Callable[..., Path], tmp_path: Path
) -> None:
    result = threadrx(stage, "--raw", archive(2), "--out", tmp_path / "out")
    assert result.returncode == 0
    (line,) = result.stdout.decode().splitlines()
    assert ends in line


def test_no_archive_at_all_is_wrong_usage(tmp_path: Path) -> None:
    result = threadrx("build", "--raw", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert result.returncode == 2
    assert (
        result.stderr.decode()
        == f"threadrx: no folder {tmp_path / 'nowhere'}; put archives into folders below it, or name another with --raw\n"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said(archive: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o500)
    result = threadrx("build", "--raw", archive(1), "--out", tmp_path / "out")
    assert result.returncode == 2 and str(tmp_path / "out") in result.stderr.decode()


# --- why and the rest ------------------------------------------------------------------------------------------------


def test_why_shows_words_offsets_and_rules(dataset: Path) -> None:
    from pipeline.tables import load

    row = load("experiences", "is_experience AND dose_text IS NOT NULL AND resolution = 'explicit'", dataset).iloc[0]
    result = threadrx("why", row.experience_id, "--out", dataset)
    said = result.stdout.decode()
    assert result.returncode == 0
    mention = load("mentions", f"mention_id = '{row.mention_id}'", dataset).iloc[0]
    assert f"[{mention.text}|treatment]" in said
    assert f"treatment: {mention.text!r} in the post [{mention.start}:{mention.end}]" in said
    assert mention.method in said and row.method in said and row.dose_text in said
    unknown = threadrx("why", "e0", "--out", dataset)
    assert unknown.returncode == 2 and b"no experience 'e0'" in unknown.stderr


def test_help_comes_at_once_and_has_examples() -> None:
    start = time.perf_counter()
    result = threadrx("--help")
    took = time.perf_counter() - start
    assert result.returncode == 0 and took < 1.5  # 0.3 s on a quiet machine
    for command in ("parse", "extract", "build"):
        assert b"threadrx" in threadrx(command, "--help").stdout.split(b"Options")[0].split(b"Usage")[1][20:]


def test_help_imports_nothing_heavy() -> None:
    script = "import sys; from pipeline import cli; print([m for m in ('pandas', 'pyarrow', 'spacy', 'lxml', 'numpy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT).stdout == "[]\n"


def test_version() -> None:
    assert threadrx("--version").stdout.startswith(b"threadrx 0.")
