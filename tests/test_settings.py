"""What a build counts: the rows that are left out, in every aggregate and in courses; and that the output says so."""

import dataclasses
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.aggregate import AGGREGATES, STANDARD, Settings
from pipeline.experience.courses import courses
from pipeline.records import TABLES
from pipeline.run.build import build
from pipeline.run.spill import Told
from pipeline.run.write import Frames
from pipeline.tables import load, to_arrow
from tests.fakes import NAME
from tests.test_aggregate import effect, event, experience, rows_of

TOLD = [
    experience("e1", "A", "ann", outcome="helped"),
    experience("e2", "A", "ben", outcome="none", resolution="title"),
    experience("e3", "A", "cat", person="family", outcome="none"),
    experience("e4", "A", "ann", outcome="worse", score=0.4),
    experience("e5", "B", "dov", score=0.8),
]


@pytest.mark.parametrize(
    ("settings", "people", "outcome"),
    [
        ({}, {"A": 3, "B": 1}, {"n_mixed": 1, "n_none": 2}),
        ({"only_explicit": True}, {"A": 2, "B": 1}, {"n_mixed": 1, "n_none": 1}),
        ({"only_first_hand": True}, {"A": 2, "B": 1}, {"n_mixed": 1, "n_none": 1}),
        ({"min_score": 0.5}, {"A": 3, "B": 1}, {"n_helped": 1, "n_none": 2}),
        ({"min_score": 0.9, "only_explicit": True, "only_first_hand": True}, {"A": 1}, {"n_helped": 1}),
    ],
)
def test_only_what_counts_is_counted_and_courses_are_made_of_nothing_else(
    settings: dict[str, Any], people: dict[str, int], outcome: dict[str, int], tmp_path: Path
) -> None:
    effects = [effect(n, e, "itch", score=e.score) for n, e in enumerate(TOLD)] + [
        effect(9, TOLD[0], "rash", score=0.1)
    ]
    events = [event(1, TOLD[3], kind="stop", reason_kind="side_effect")]
    rows: dict[str, list[Any]] = {"experiences": TOLD, "effects": effects, "events": events, "mentions": []}
    rows["courses"] = courses(TOLD, events)
    for name, its in rows.items():
        pq.write_table(to_arrow(TABLES[name], its), tmp_path / f"{name}.parquet")
    chosen = Settings(**settings)
    assert chosen.selects == bool(settings)
    told = Told(tmp_path / "told", chosen)
    told.add(TOLD, events)
    told.close()
    tables = Frames(tmp_path, chosen, told)
    found = {r["treatment_id"]: r for r in rows_of(AGGREGATES["treatments"](tables, chosen))}
    assert {t: r["n_people"] for t, r in found.items()} == people
    assert {k: v for k, v in found["A"].items() if k in ("n_helped", "n_none", "n_worse", "n_mixed") and v} == outcome
    assert found["A"]["n_stop_side_effect"] == (0 if chosen.min_score else 1)
    problems = {r["problem_id"] for r in rows_of(AGGREGATES["treatment_effects"](tables, chosen))}
    assert problems == ({"itch"} if chosen.min_score else {"itch", "rash"})


def test_the_output_says_what_was_counted_and_other_settings_are_another_build(
    archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw, out = archive(3), tmp_path / "out"

    def told(settings: Settings) -> dict[str, str]:
        report = build(raw, out, workers=1, extractor=NAME, settings=settings)
        assert report.changed and (out / "provenance.parquet").exists()
        return dict(load("provenance", folder=out)[["provenance_id", "value"]].itertuples(index=False))

    plain = told(Settings())
    assert plain["settings.min_people"] == "5" and plain["settings.only_explicit"] == "False"
    assert plain["source.board"] == "time_zone America/Chicago, date_order mdy"
    assert plain["extractor"] == NAME and len(plain["code.vocabulary"]) == 16
    strict = told(Settings(min_score=1.1, min_people=9))
    assert {k for k in plain if plain[k] != strict[k]} == {"settings.min_score", "settings.min_people"}
    assert load("treatments", folder=out).empty and len(load("experiences", folder=out)) == 6
    assert not build(raw, out, workers=1, extractor=NAME, settings=Settings(min_score=1.1, min_people=9)).changed


def test_the_command_has_the_standard_settings_and_no_others() -> None:
    from pipeline.cli.stages import build as command

    given = {name: p.default for name, p in inspect.signature(command).parameters.items()}
    assert {f.name: given[f.name] for f in dataclasses.fields(Settings)} == dataclasses.asdict(STANDARD)
