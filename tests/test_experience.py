"""Whole threads with the rows a careful reader takes from them, and what must hold for any thread."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.extract import extract_thread, extract_thread_fast
from pipeline.records import Post, Quote, Thread
from training.evaluate import extract
from training.score import score_thread

FILES = [Path(__file__).parent / f"cases/experience/{n}.jsonl" for n in ("threads", "exchanges")]
CASES = [json.loads(line) for file in FILES for line in file.open(encoding="utf-8")]
SEED = Path(__file__).parents[2] / "shared/probes/seed.jsonl"
Rows = tuple[list[Any], list[Any], list[Any], list[Any]]
both = pytest.mark.parametrize("read", [extract_thread, extract_thread_fast], ids=["default", "fast"])


def run(case: dict[str, Any], read: Any = extract_thread_fast) -> tuple[list[Post], Rows]:
    """Posts and rows of a case: posts are [author, text, quoted text or null, signature]. What the rules must say is asked of
    them alone."""
    posts, quotes = [], []
    for n, (author, text, *more) in enumerate(case["posts"], 1):
        pid = f"{case['id']}-{n:05d}"
        posts.append(Post(post_id=pid, thread_id=case["id"], position=n, author_id=f"a{author}", author_state="named", text=text,
                          signature=more[1] if len(more) > 1 else None, raw_path="", raw_sha256=""))  # fmt: skip
        if more and more[0]:
            quotes.append(Quote(quote_id=f"{pid}-q1", post_id=pid, position=1, text=more[0], offset=0, method="markup"))
    thread = Thread(thread_id=case["id"], source_id="test", title=case["title"], n_posts=len(posts))
    return posts, read(thread, posts, quotes)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_a_thread_gives_its_rows(case: dict[str, Any]) -> None:
    posts, (mentions, experiences, effects, events) = run(case)
    position = {p.post_id: p.position for p in posts}
    words = {m.mention_id: m.text for m in mentions}
    named = {e.experience_id: e.treatment_name for e in experiences}
    for want in case["rows"]:
        found = [e for e in experiences if e.treatment_name == want["name"] and position[e.post_id] == want["post"]]
        told = [{k: getattr(e, k) for k in want if k not in ("post", "name")} for e in found]
        assert {k: v for k, v in want.items() if k not in ("post", "name")} in told, (
            want,
            told,
            sorted(named.values()),
        )
    for want in case.get("effects", []):
        links = [(named[f.experience_id], f.relation, f.polarity, words[f.mention_id]) for f in effects]
        assert any(
            (n, r, p) == (want["name"], want["relation"], want["polarity"]) and (want["text"] in w or w in want["text"])
            for n, r, p, w in links
        ), links
    for want in case.get("events", []):
        steps = [(named[v.experience_id], v.kind, v.reason_kind) for v in events]
        assert (want["name"], want["kind"], want["reason_kind"]) in steps, steps
    if case.get("none"):
        assert not experiences, sorted(named.values())
    if "none_in_post" in case:
        assert all(position[e.post_id] != case["none_in_post"] for e in experiences)


@both
@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_rows_keep_the_contract(case: dict[str, Any], read: Any) -> None:
    posts, (mentions, experiences, effects, events) = run(case, read)
    fields = {p.post_id: {"text": p.text, "signature": p.signature or "", "title": case["title"] or ""} for p in posts}
    for m in mentions:
        if m.field != "quote":
            assert fields[m.post_id][m.field][m.start : m.end] == m.text
    ids = [m.mention_id for m in mentions]
    assert len(ids) == len(set(ids)) and ids == sorted(ids)
    known = {e.experience_id for e in experiences}
    assert {e.mention_id for e in experiences} | {f.mention_id for f in effects} <= set(ids)
    assert {f.experience_id for f in effects} | {v.experience_id for v in events} <= known
    for e in experiences:
        assert e.is_experience == (e.status in ("current", "past") and e.person != "general")
        assert 0 < e.score <= 1 and 0 <= e.evidence_start <= e.evidence_end and e.method
        assert e.outcome is None or e.is_experience


@both
def test_the_same_thread_gives_the_same_rows_twice(read: Any) -> None:
    assert all(run(c, read)[1] == run(c, read)[1] for c in CASES)


def test_a_patient_is_one_person_and_a_relative_another() -> None:
    _, (_, experiences, _, _) = run(CASES[0])
    assert len({e.patient_id for e in experiences}) == 2


@both
def test_a_list_of_drugs_without_a_voice_is_no_experience(read: Any) -> None:
    names = "aspirin ibuprofen metformin lisinopril atorvastatin amlodipine omeprazole sertraline fluoxetine citalopram warfarin digoxin "
    names += "tramadol codeine morphine oxycodone gabapentin pregabalin topiramate lamotrigine levetiracetam phenytoin prednisone methotrexate "
    names += "azathioprine furosemide spironolactone"
    case = {"id": "list", "title": None, "posts": [["x", names]]}
    assert run(case, read)[1][1] == []


@pytest.mark.skipif(not SEED.exists(), reason="needs ../shared/probes/seed.jsonl, which is not beside this checkout")
@both
def test_the_seed_thread_tells_what_the_project_was_asked_for(read: Any) -> None:
    gold = json.loads(SEED.read_text(encoding="utf-8"))
    case = {
        "id": "seed",
        "title": gold["title"],
        "posts": [[f"author {n}", p["text"]] for n, p in enumerate(gold["posts"])],
    }
    _, (mentions, experiences, effects, events) = run(case, read)
    words = {m.mention_id: m.text for m in mentions}
    own = {(e.treatment_name, e.person): e for e in experiences if e.is_experience}
    baclofen = own["baclofen", "self"]
    assert (baclofen.status, baclofen.daily_dose_mg, baclofen.route, baclofen.outcome) == (
        "current",
        60,
        "oral",
        "helped",
    )
    links = {(f.relation, words[f.mention_id]) for f in effects if f.experience_id == baclofen.experience_id}
    assert ("treats", "muscle spasms") in links and ("causes", "hard to pee") in links
    assert own["trigger point injection", "self"].outcome == "helped"
    opioids = own["opioid analgesic", "self"]
    assert [(v.kind, v.reason_kind) for v in events if v.experience_id == opioids.experience_id] == [
        ("taper", "improved")
    ]
    pumps = {k: e for k, e in own.items() if "pump" in k[0]}
    assert [k[1] for k in pumps] == ["other"] and next(iter(pumps.values())).outcome == "none"


@pytest.mark.skipif(not SEED.exists(), reason="needs ../shared/probes/seed.jsonl, which is not beside this checkout")
@pytest.mark.parametrize("profile", ["default", "fast"])
def test_the_seed_thread_scores_what_the_project_was_asked_for(profile: str) -> None:
    gold = json.loads(SEED.read_text(encoding="utf-8"))
    counts, _ = score_thread(gold, extract([gold], profile)[0])
    assert counts["experience"].f1 is not None and counts["experience"].f1 >= 0.9
