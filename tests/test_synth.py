"""Invented archives: the same for the same seed, read by our parsers word for word, with a truth that holds."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.run.build import build
from pipeline.synth import synth_thread, truth
from pipeline.synth.pages import write_archive
from pipeline.tables import load
from training.evaluate import extract, total
from training.score import score_thread


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_an_archive_is_its_seed(tmp_path: Path) -> None:
    for name, n, seed in (("a", 7, 1), ("b", 7, 1), ("c", 9, 1), ("d", 7, 2)):
        write_archive(tmp_path / name, n, seed, a_file=3)
    a, b, c, d = (files(tmp_path / name) for name in "abcd")
    assert a == b
    assert set(a) == {
        "truth.jsonl",
        "raw/synth/source.toml",
        *(f"raw/synth/threads-000000{n}.warc.gz" for n in (1, 4, 7)),
    }
    first = "raw/synth/threads-0000001.warc.gz"
    assert a[first] == c[first] != d[first]  # more threads are more of the same
    assert c["truth.jsonl"].startswith(a["truth.jsonl"])
    with pytest.raises(FileExistsError, match="give another folder"):
        write_archive(tmp_path / "a", 7, 1)


@pytest.mark.parametrize("a_file", [1, 5])
def test_the_parsers_read_what_was_written(a_file: int, tmp_path: Path) -> None:
    write_archive(tmp_path, 12, 3, a_file)
    report = build(tmp_path / "raw", tmp_path / "out", until="posts", workers=1)
    assert report.reasons == {}
    posts, threads = (load(name, folder=tmp_path / "out") for name in ("posts", "threads"))
    told = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    texts = {t["id"]: [p["text"] for p in t["posts"]] for t in told}
    dates = {t["id"]: [p["posted_at"] for p in t["posts"]] for t in told}
    assert len(told) == report.counts["threads"] == 12
    for thread in threads.itertuples():
        number = thread.url.rpartition("=")[2]
        mine = posts[posts.thread_id == thread.thread_id].sort_values("position")
        assert mine.text.tolist() == texts[number]
        assert mine.posted_at.dt.strftime("%Y-%m-%dT%H:%M").tolist() == dates[number]


def test_rows_of_the_truth_stand_in_their_posts_and_are_found() -> None:
    golds: list[dict[str, Any]] = [truth(synth_thread(n, 5)) for n in range(1, 13)]
    rows = [(g["posts"][r["post"] - 1]["text"], r) for g in golds for r in g["experiences"]]
    assert len(rows) > 60
    assert all(r["text"].lower() in text.lower() for text, r in rows)
    told = {p["text"] for g in golds for p in g["posts"]} - {text for text, _ in rows}
    assert len(told) > 20  # talk
    scores = total(score_thread(g, p)[0] for g, p in zip(golds, extract(golds, "fast"), strict=True))
    assert scores["rows"].tp / (scores["rows"].tp + scores["rows"].fn) > 0.95
    assert scores["daily_dose_mg"].tp > 10 * scores["daily_dose_mg"].fn
