"""The correction loop: rows → Label Studio → marked threads and text; nothing is lost on the way, and a correction counts."""

import copy
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, get_args

import pytest

from pipeline import records
from pipeline.share.annotate import CONFIG, place, tasks
from pipeline.share.corrections import CorrectionError, locate, read_gold
from pipeline.tables import load
from tests.test_cli import threadrx
from training.evaluate import extract, main, total
from training.marked import read
from training.score import score_thread


@pytest.fixture(scope="module")
def exported(dataset: Path) -> list[dict[str, Any]]:
    """Tasks as somebody exports them who found nothing to correct."""
    found = json.loads(json.dumps(list(tasks(dataset))))
    for n, task in enumerate(found, 1):
        task |= {
            "id": n,
            "annotations": [{"id": n, "was_cancelled": False, "result": task["predictions"][0]["result"]}],
        }
    return found


def written(items: Any, tmp_path: Path) -> Path:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(items), encoding="utf-8")
    return path


def test_what_nobody_corrects_comes_back_as_it_was(
    exported: list[dict[str, Any]], dataset: Path, tmp_path: Path
) -> None:
    golds = read_gold(written(exported, tmp_path))
    rows = load("experiences", "resolution <> 'signature'", dataset)
    assert sum(len(g["experiences"]) for g in golds) == len(rows) > 100
    sums = total(score_thread(g, p)[0] for g, p in zip(golds, extract(golds), strict=True))
    for measure in ("rows", "row exact", "experience", "dose_low", "daily_dose_mg", "route", "effects", "events"):
        assert sums[measure].fn == 0, measure
    assert sums["effects"].tp > 100 and sums["events"].tp > 30


def test_a_correction_counts_and_a_skipped_task_does_not(exported: list[dict[str, Any]], tmp_path: Path) -> None:
    some = copy.deepcopy(exported[:3])
    before = read_gold(written(some, tmp_path))
    results = some[0]["annotations"][0]["result"]
    first = next(r for r in results if r["from_name"] == "person")
    first["value"]["choices"] = ["other"]
    gone = next(r for r in results if r["type"] == "relation")
    results.remove(gone)
    some[1]["annotations"][0]["was_cancelled"] = True
    some[2]["annotations"].insert(0, {"result": []})  # an earlier try
    after = read_gold(written(some, tmp_path))
    assert [g["id"] for g in after] == [before[0]["id"], before[2]["id"]] and after[1] == before[2]
    changed = [(a, b) for a, b in zip(before[0]["experiences"], after[0]["experiences"], strict=True) if a != b]
    assert {b["person"] for _, b in changed} >= {"other"} and len(changed) in (1, 2)
    n = [sum(len(r["effects"]) for r in g["experiences"]) for g in (before[0], after[0])]
    assert n[1] == n[0] - 1
    errors = score_thread(after[0], extract(after[:1])[0])[1]
    assert any(e.startswith("person: ") for e in errors) and any(e.startswith("extra effect: ") for e in errors)


def test_words_are_found_by_themselves_where_a_browser_counts_otherwise() -> None:
    text = "😀😀 I take baclofen.\nThen more baclofen."
    start = text.rindex("baclofen")
    where = place(0, text, start, start + 8)
    assert (where["startOffset"], locate(text, where)) == (start + 2, (start, start + 8))  # an emoji is two units
    assert locate(text, where | {"startOffset": start - 3, "endOffset": start + 5}) == (start, start + 8)
    assert locate(text, where | {"startOffset": 9, "endOffset": 17})[0] == text.index("baclofen")
    with pytest.raises(CorrectionError, match="mark the words anew"):
        locate(text, where | {"text": "gabapentin"})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.update(annotations=[]), "no annotated task"),
        (lambda t: drop(t, "status"), "has no status; choose one"),
        (lambda t: relation(t).update(labels=["denied"]), "one of treats, causes, withdrawal"),
        (lambda t: relation(t).update(from_id=relation(t)["to_id"]), "lead from a treatment to a problem"),
        (lambda t: t["annotations"][0]["result"][0]["value"].update(end="1"), "goes over several posts"),
        (lambda t: t["data"].pop("id"), "task 1: 'id'"),
    ],
)
def test_what_cannot_be_read_is_said(change: Any, says: str, exported: list[dict[str, Any]], tmp_path: Path) -> None:
    task = copy.deepcopy(exported[0])
    change(task)
    path = written([task], tmp_path)
    with pytest.raises(CorrectionError, match=says):
        read_gold(path)
    result = threadrx("corrected", path)
    assert result.returncode == 2 and b"Traceback" not in result.stderr
    assert main(["--file", str(path)]) == 2


def drop(task: dict[str, Any], name: str) -> None:
    results = task["annotations"][0]["result"]
    results.remove(next(r for r in results if r.get("from_name") == name))


def relation(task: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(r for r in task["annotations"][0]["result"] if r["type"] == "relation")
    return found


def test_the_commands_go_the_whole_way(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = threadrx("annotate", tmp_path, "--limit", "2", "--where", "is_experience", "--out", dataset)
    assert made.returncode == 0, made.stderr
    items = json.loads((tmp_path / "tasks.json").read_text())
    assert len(items) == 2 and (tmp_path / "label_studio.xml").read_text() == CONFIG.read_text()
    for item in items:
        item["annotations"] = item["predictions"]
    path = written(items, tmp_path)
    gold, text = tmp_path / "gold.jsonl", tmp_path / "mine.txt"
    done = threadrx("corrected", path, "--gold", gold, "--text", text)
    assert done.returncode == 0 and b"2 corrected threads" in done.stdout
    assert read_gold(gold) == read_gold(path)
    assert main(["--file", str(gold)]) == 0 and "gold.jsonl: 2 threads" in capsys.readouterr().out
    posts = list(read(text))
    assert len(posts) == sum(len(i["data"]["posts"]) for i in items)
    assert {label for p in posts for _, _, label in p.spans} >= {"DRUG", "PROBLEM", "DOSE"}
    for p, original in zip(posts, (q["text"] for i in items for q in i["data"]["posts"]), strict=True):
        assert p.text == original.strip()
    wrong = threadrx("annotate", tmp_path, "--where", "colour = 1", "--out", dataset)
    assert wrong.returncode == 2 and b"colour" in wrong.stderr


def test_the_set_up_offers_what_the_records_allow_and_tasks_answer_only_that(exported: list[dict[str, Any]]) -> None:
    root = ET.fromstring(CONFIG.read_text())
    offered = {c.get("name"): {x.get("value") for x in c.iter("Choice")} for c in root.iter("Choices")}
    assert offered["person"] == set(get_args(records.Person)) and offered["status"] == set(get_args(records.Status))
    assert offered["outcome"] == set(get_args(records.Outcome)) and offered["events"] == set(
        get_args(records.EventKind)
    )
    assert offered["reason"] == set(get_args(records.ReasonKind))
    assert offered["resolution"] == set(get_args(records.Resolution)) - {"signature"}
    labels = {x.get("value") for x in root.iter("Label")}
    assert labels == {*get_args(records.Label), "SUPPLEMENT"}
    relations = {x.get("value") for x in root.iter("Relation")}
    names = {x.get("name") for x in root.iter() if x.get("toName")}
    shown = next(root.iter("Paragraphs"))
    for task in exported:
        assert {re.sub(r"^\$", "", x) for x in (shown.get("value"), root.find("Header").get("value")) if x} <= set(
            task["data"]
        )  # type: ignore[union-attr]
        for r in task["predictions"][0]["result"]:
            if r["type"] == "relation":
                assert set(r["labels"]) <= relations
            else:
                assert r["from_name"] in names and r["to_name"] == shown.get("name")
                assert set(r["value"].get("paragraphlabels", [])) <= labels
                assert set(r["value"].get("choices", [])) <= offered.get(r["from_name"], set())
