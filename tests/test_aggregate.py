"""Aggregates: hand-counted cases (tests/cases/aggregate), and what must hold for any rows."""

import csv
import dataclasses
import datetime as dt
import random
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.aggregate import AGGREGATES, RECORDS, Settings
from pipeline.aggregate._people import settled
from pipeline.aggregate._shares import wilson
from pipeline.experience.courses import courses, outcome_of
from pipeline.records import (
    TABLES,
    Effect,
    Event,
    EventKind,
    Experience,
    Mention,
    Outcome,
    Polarity,
    ReasonKind,
    Relation,
    Resolution,
    Severity,
    Status,
    columns,
)  # fmt: skip
from pipeline.tables import read_table, to_arrow, to_frame, write_frame

CASES = Path(__file__).parent / "cases/aggregate"
Rows = dict[str, list[Any]]


def experience(id: str, treatment: str, author: str | None = None, **kw: Any) -> Experience:
    """A row with what matters here; a post and thread of its own unless it says otherwise, patients as the stage ids them."""
    post, person, status = kw.pop("post", f"post of {id}"), kw.pop("person", "self"), kw.pop("status", "current")
    if isinstance(when := kw.pop("posted_at", None), dt.date):
        kw["posted_at"] = dt.datetime.combine(when, dt.time())
    base = dict(experience_id=id, post_id=post, thread_id="t", author_id=author, patient_id=f"{author or post} {person}",
                person=person, treatment_id=treatment, treatment_name=treatment, treatment_type="drug", mention_id=id,
                resolution="explicit", status=status, evidence_start=0, evidence_end=0, method="m", score=1.0,
                is_experience=status in ("current", "past") and person != "general")  # fmt: skip
    return Experience(**base | kw)


def effect(n: int, of: Experience, problem: str | None = None, relation: Relation = "causes", **kw: Any) -> Effect:
    base = dict(effect_id=f"{of.experience_id}-f{n:04}", experience_id=of.experience_id, post_id=of.post_id,
                mention_id=f"{of.experience_id}-m{n:04}", concept_id=problem, concept_name=problem, relation=relation,
                polarity="affirmed", method="m", score=1.0)  # fmt: skip
    return Effect(**base | kw)


def event(n: int, of: Experience, to: str | None = None, **kw: Any) -> Event:
    base = dict(event_id=f"{of.experience_id}-v{n:04}", experience_id=of.experience_id, position=n, method="m")
    return Event(**base | kw, to_treatment_id=to, to_treatment_name=to)


def word(of: Effect, text: str) -> Mention:
    return Mention(mention_id=of.mention_id, post_id=of.post_id, field="text", start=0, end=len(text), text=text,
                   label="PROBLEM", method="m", score=1.0)  # fmt: skip


def frames(rows: Rows, shuffle: int | None = None) -> dict[str, pd.DataFrame]:
    """The tables as `load` gives them, courses made from the rest; rows in any order where `shuffle` says which."""
    all_rows = rows | {"courses": courses(rows.get("experiences", []), rows.get("events", []))}
    tables = {name: list(all_rows.get(name, [])) for name in TABLES}
    if shuffle is not None:
        for table in tables.values():
            random.Random(shuffle).shuffle(table)
    return {name: to_frame(to_arrow(TABLES[name], table)) for name, table in tables.items()}


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def build(case: Mapping[str, Any]) -> Rows:
    """The rows a case describes; `times` repeats a row with post (and, with `authors`, author) of its own."""
    found: dict[str, list[Experience]] = {}
    for spec in case.get("experiences", []):
        spec = dict(spec)
        times, authors = spec.pop("times", 1), spec.pop("authors", False)
        each = [spec | {"id": f"{spec['id']}{n:03}" if times > 1 else spec["id"]} for n in range(times)]
        found[spec["id"]] = [experience(**s | ({"author": f"{s['author']}{n}"} if authors else {}))
                             for n, s in enumerate(each)]  # fmt: skip
    rows: Rows = {"experiences": [e for es in found.values() for e in es], "effects": [], "events": [], "mentions": []}
    for n, spec in enumerate(case.get("effects", [])):
        spec = dict(spec)
        words, of = spec.pop("words", None), found[spec.pop("experience")]
        assert len(of) == spec.pop("times", 1)
        rows["effects"] += (new := [effect(n, e, **spec) for e in of])
        rows["mentions"] += [word(e, words) for e in new if words]
    for n, spec in enumerate(case.get("events", []), 1):
        spec = dict(spec)
        rows["events"] += [event(n, e, **spec) for e in found[spec.pop("experience")]]
    return rows


def whole(record: type, told: Mapping[str, Any]) -> dict[str, Any]:
    """An expected row with the columns it leaves out: 0, null or empty; a name is its id."""
    assert set(told) <= {c.name for c in columns(record)}, told
    zero = {int: 0, float: 0.0, list[str]: []}
    blank = {c.name: None if c.nullable else zero.get(c.type) for c in columns(record)}
    kind = {"treatment_type": "drug"} if "treatment_type" in blank else {}
    names = {c.replace("_id", "_name"): v for c, v in told.items() if c.endswith("_id")}
    return {**blank, **kind, **{k: v for k, v in names.items() if k in blank}, **told}


CASE_FILES = sorted(CASES.glob("*.toml"))


@pytest.mark.parametrize("path", CASE_FILES, ids=lambda p: p.stem)
def test_counts_are_those_counted_by_hand(path: Path) -> None:
    case = tomllib.loads(path.read_text())
    tables = frames(build(case))
    assert case["expect"]
    for name, told in case["expect"].items():
        found = rows_of(AGGREGATES[name](tables, Settings(**case.get("settings", {}))))
        assert found == [whole(RECORDS[name], row) for row in told if row], name


def test_every_aggregate_has_a_case() -> None:
    asked = Counter(
        name for p in CASE_FILES for name, rows in tomllib.loads(p.read_text())["expect"].items() if any(rows)
    )
    assert set(asked) == set(AGGREGATES) == set(RECORDS)
    assert set(AGGREGATES) >= {"treatments", "treatment_effects", "treatment_indications", "treatment_doses",
                               "treatment_switches"}  # fmt: skip


def test_wilson_gives_the_published_digits() -> None:
    with (CASES / "wilson.csv").open(newline="") as f:
        for row in csv.DictReader(f):
            low, high = wilson(int(row["k"]), int(row["n"]))
            assert (f"{low:.4f}", f"{high:.4f}") == (row["low"], row["high"]), row


@pytest.mark.parametrize("name", AGGREGATES)
def test_no_rows_give_an_empty_frame_of_the_same_types(name: str, tmp_path: Path) -> None:
    case = tomllib.loads((CASES / "switches.toml").read_text())
    empty, full = AGGREGATES[name](frames({})), AGGREGATES[name](frames(build(case)))
    assert len(empty) == 0
    assert empty.dtypes.equals(full.dtypes)
    assert write_frame(RECORDS[name], empty, tmp_path / "x.parquet") == 0
    assert read_table(tmp_path / "x.parquet").column_names == list(full.columns)


def maybe(values: Any) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(get_args(values) or values)


@st.composite
def some_rows(draw: st.DrawFn) -> Rows:
    """Rows of a few people and treatments, so that groups overlap."""
    days = st.none() | st.dates(dt.date(2010, 1, 1), dt.date(2010, 1, 3))
    told = [
        experience(
            f"e{n:02}",
            draw(st.sampled_from("AB")),
            draw(maybe("xyz")),
            post=f"p{draw(st.integers(0, n)):02}",
            person=draw(st.sampled_from(["self", "self", "family", "general"])),
            status=draw(st.sampled_from(["current", "past", *get_args(Status)])),
            resolution=draw(st.sampled_from(get_args(Resolution))),
            outcome=draw(maybe(Outcome)),
            posted_at=draw(days),
            daily_dose_mg=draw(st.none() | st.integers(1, 9).map(float)),
            dose_inferred=draw(st.booleans()),
            route=draw(maybe(["oral"])),
            duration_days=draw(st.none() | st.integers(1, 9).map(float)),
        )
        for n in range(draw(st.integers(0, 12)))
    ]
    effects, events, mentions = [], [], []
    for of in told:
        for n in range(draw(st.integers(0, 2))):
            problem = draw(maybe("PQ"))
            effects.append(effect(n, of, problem, draw(st.sampled_from(get_args(Relation))),
                                  polarity=draw(st.sampled_from(get_args(Polarity))), outcome=draw(maybe(Outcome)),
                                  severity=draw(maybe(Severity)), serious=draw(maybe([True, False]))))  # fmt: skip
            mentions += [word(effects[-1], draw(st.sampled_from(["Dry-mouth", "dry mouth", "itch"])))] * (not problem)
        if draw(st.booleans()):
            events.append(event(1, of, draw(maybe("AB")), kind=draw(st.sampled_from(get_args(EventKind))),
                                reason_kind=draw(maybe(ReasonKind))))  # fmt: skip
    return {"experiences": told, "effects": effects, "events": events, "mentions": mentions}


@settings(deadline=None, max_examples=20)
@given(some_rows(), st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(rows: Rows, seed: int) -> None:
    plain, mixed = frames(rows), frames(rows, shuffle=seed)
    for name, aggregate in AGGREGATES.items():
        assert rows_of(aggregate(plain)) == rows_of(aggregate(mixed)), name


@settings(deadline=None, max_examples=20)
@given(some_rows(), st.sampled_from("xyz"))
def test_a_person_who_posts_everything_twice_is_no_second_person(rows: Rows, author: str) -> None:
    again = {e.experience_id for e in rows["experiences"] if e.author_id == author}
    twice: Rows = {}
    for table, its in rows.items():
        key = columns(TABLES[table])[0].name
        copies = [r for r in its if getattr(r, "experience_id", getattr(r, "mention_id", "").split("-")[0]) in again]
        new = dict.fromkeys([key, "experience_id", "post_id", "mention_id"])
        twice[table] = its + [
            dataclasses.replace(r, **{k: repeat(getattr(r, k)) for k in new if hasattr(r, k)}) for r in copies
        ]
    for name, aggregate in AGGREGATES.items():
        if name == "experience_completeness":  # counts nobody: a row is one post's
            continue
        before, after = aggregate(frames(rows)), aggregate(frames(twice))
        people = [c for c in before if c != "n_posts"]
        assert rows_of(before[people]) == rows_of(after[people]), name
        assert "n_posts" not in before or (before.n_posts <= after.n_posts).all()


def repeat(id: str) -> str:
    """The id of a copy, in order right after the original."""
    head, dash, tail = id.partition("-")
    return f"{head} again{dash}{tail}"


@settings(deadline=None, max_examples=20)
@given(some_rows())
def test_parts_add_up_and_agree_with_plain_counting(rows: Rows) -> None:
    tables = frames(rows)
    had = [e for e in rows["experiences"] if e.is_experience]
    found = {r["treatment_id"]: r for r in rows_of(AGGREGATES["treatments"](tables, Settings(min_people=1)))}
    assert list(found) == sorted({e.treatment_id for e in had})
    for treatment, row in found.items():
        own = [e for e in had if e.treatment_id == treatment]
        assert row["n_people"] == len({e.patient_id for e in own}) == row["n_current"] + row["n_past"]
        assert row["n_people_unknown_author"] == len({e.patient_id for e in own if e.author_id is None})
        told = [c.outcome for c in courses(rows["experiences"], rows["events"])
                if c.treatment_id == treatment and c.status in ("current", "past")]  # fmt: skip
        assert {o: row[f"n_{o}"] for o in get_args(Outcome)} == {o: told.count(o) for o in get_args(Outcome)}
        assert (row["helped_share"] is None) == (row["n_outcome"] == 0)
        if row["n_outcome"]:
            assert row["helped_share_low"] <= row["helped_share"] <= row["helped_share_high"]
    for row in rows_of(AGGREGATES["treatment_effects"](tables)) + rows_of(AGGREGATES["treatment_indications"](tables)):
        assert row["n_people"] == row["n_affirmed"] + row["n_uncertain"] + row["n_denied"] > 0
        assert row["n_people"] <= row["n_posts"] + 9 and row["n_people_unknown_author"] <= row["n_people"]


@given(st.lists(st.tuples(st.sampled_from("xy"), maybe(Outcome)), max_size=12))
@settings(deadline=None)
def test_outcomes_are_settled_as_courses_settle_them(told: list[tuple[str, Outcome | None]]) -> None:
    rows = pd.DataFrame(told, columns=["patient_id", "outcome"], dtype=object).assign(group="g")
    found = settled(rows, ["group"])
    expected = {p: outcome_of([o for q, o in told if q == p and o]) for p in sorted({p for p, _ in told})}
    assert dict(zip(found.patient_id, found.outcome, strict=True)) == {p: o for p, o in expected.items() if o}


def test_below_the_floor_there_is_no_share() -> None:
    people = {"experiences": [experience(f"e{n}", "A", f"a{n}", outcome="helped") for n in range(6)]}
    people["experiences"].append(experience("e9", "B", "a9", outcome="too_early"))
    for floor, expected in [(0, [1.0, None]), (6, [1.0, None]), (7, [None, None])]:
        found = rows_of(AGGREGATES["treatments"](frames(people), Settings(min_people=floor)))
        assert [r["helped_share"] for r in found] == expected
    by_default = rows_of(AGGREGATES["treatments"](frames({"experiences": people["experiences"][:4]})))
    assert by_default[0]["n_helped"] == 4 and by_default[0]["helped_share"] is None
