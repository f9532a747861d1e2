"""The scorer counts as it says: marked rows score themselves fully, known mistakes cost what they should."""

import json
import tomllib
from copy import deepcopy
from typing import Any

import pytest

from training.evaluate import FLOORS, WRITTEN, below, main, number, total
from training.score import name_key, same_name, score_thread

GOLD: dict[str, Any] = {
    "id": "t",
    "posts": [{"author": "a", "posted_at": None, "text": "Sinemet 100 mg helps my tremor. Mum had Azilect and stopped it."}],
    "experiences": [
        {"post": 1, "text": "Sinemet", "treatment": ["carbidopa/levodopa"], "type": "drug", "person": "self",
         "status": "current", "dose_low": 100, "dose_unit": "mg", "outcome": "helped",
         "effects": [{"text": "tremor", "relation": "treats", "polarity": "affirmed"}], "events": []},
        {"post": 1, "text": "Azilect", "treatment": ["rasagiline"], "type": "drug", "person": "family",
         "status": "past", "effects": [], "events": [{"kind": "stop"}]},
    ],
}  # fmt: skip
EXTRACTED = {"route": None, "route_inferred": False, "dose_inferred": False, "dose_basis": None, "is_experience": True}
PRED: dict[str, Any] = {
    "mentions": [
        {"mention_id": "m1", "post": 1, "field": "text", "start": 0, "end": 7},
        {"mention_id": "m2", "post": 1, "field": "text", "start": 24, "end": 30},
        {"mention_id": "m3", "post": 1, "field": "text", "start": 40, "end": 47},
    ],
    "experiences": [
        {"experience_id": "e1", "post": 1, "mention_id": "m1", "treatment_name": "levodopa + carbidopa", "person": "self",
         "status": "current", "dose_low": 100.0, "dose_unit": "mg", "outcome": "helped", **EXTRACTED},
        {"experience_id": "e2", "post": 1, "mention_id": "m3", "treatment_name": "rasagiline", "person": "family",
         "status": "past", "dose_low": None, "dose_unit": None, "outcome": None, **EXTRACTED},
    ],
    "effects": [{"experience_id": "e1", "mention_id": "m2", "relation": "treats", "polarity": "affirmed",
                 "concept_name": "tremor"}],
    "events": [{"experience_id": "e2", "kind": "stop", "reason_kind": None}],
}  # fmt: skip


def changed(row: int | None = None, **values: Any) -> dict[str, Any]:
    pred = deepcopy(PRED)
    (pred if row is None else pred["experiences"][row]).update(values)
    return pred


def test_the_right_rows_score_one() -> None:
    counts, errors = score_thread(GOLD, PRED)
    assert errors == []
    assert {m for m, c in counts.items() if c.f1 != 1.0} == set()
    assert counts["experience"].n == 2 and counts["effects"].n == 1 and counts["events"].n == 1


@pytest.mark.parametrize(
    ("pred", "measure", "tp", "fp", "fn"),
    [
        (changed(0, person="family"), "experience", 1, 1, 1),
        (changed(0, status="planned", is_experience=False), "experience", 1, 0, 1),
        (changed(0, dose_low=10.0), "dose_low", 0, 1, 1),
        (changed(0, dose_low=None), "dose_low", 0, 0, 1),
        (changed(1, dose_low=5.0, dose_basis="intake"), "dose_low", 1, 1, 0),
        (changed(1, treatment_name="selegiline"), "row exact", 1, 1, 1),
        (changed(effects=[]), "effects", 0, 0, 1),
        (changed(effects=[PRED["effects"][0] | {"relation": "causes"}]), "effects", 0, 1, 1),
        (changed(experiences=PRED["experiences"][:1]), "rows", 1, 0, 1),
        (changed(events=[]), "events", 0, 0, 1),
    ],
)
def test_a_mistake_costs_what_it_should(pred: dict[str, Any], measure: str, tp: int, fp: int, fn: int) -> None:
    count = score_thread(GOLD, pred)[0][measure]
    assert (count.tp, count.fp, count.fn) == (tp, fp, fn)


def test_names_are_the_same_up_to_salt_form_and_order() -> None:
    assert same_name("morphine sulfate", ["morphine"]) and same_name("b / a", ["a and b"])
    assert not same_name("", ["x"]) and not same_name("morphine", ["codeine"])
    assert name_key("tablets") == {"tablet"}  # never left without a word


def test_a_measure_under_its_floor_is_named_and_nothing_is_dressed_as_zero() -> None:
    sums = total([score_thread(GOLD, changed(experiences=[]))[0]])
    assert any("experience" in m for m in below("heldout", sums)), "the floor of the held-out set bites"
    assert number(None).strip() == "-"


def test_the_scores_datasheets_tell_are_at_their_floors() -> None:
    told = json.loads(WRITTEN.read_text())
    floors = tomllib.loads(FLOORS.read_text())
    assert set(told) == {name for name in floors if not name.endswith(" fast")} - {"probes"}
    for name, measures in told.items():
        assert {m for m, floor in floors[name].items() if measures[m]["f1"] < floor} == set(), (
            f"{name}: evaluate --write"
        )


def test_errors_of_what_is_held_out_are_not_shown_by_any_name(capsys: pytest.CaptureFixture[str]) -> None:
    for args in (
        ["--set", "fresh"],
        ["--file", "training/heldout/fresh.jsonl"],
        ["--file", "training/dev/../heldout/fresh.jsonl"],
    ):
        with pytest.raises(SystemExit):
            main([*args, "--errors", "1"])
        assert "is not read while rules are written" in capsys.readouterr().err
