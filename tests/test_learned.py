"""Rules and encoder together: who wins when they differ. The encoder here says what each test wants it to."""

from typing import Any

import numpy as np
import pytest

from pipeline.encoder import Stretch, Trust
from pipeline.encoder.labels import EVENTS, OUTCOMES, PERSONS, REASONS, RELATIONS, STATUSES
from pipeline.experience import learned as judging
from pipeline.experience.confidence import probability
from pipeline.experience.learned import Judge, Record, evidence, weight_of
from pipeline.experience.refer import Memory
from pipeline.experience.tell import Row, read_post
from pipeline.tag import tag


@pytest.fixture(autouse=True)
def no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules count by their weight and trust is as it is without a file, whatever weights are shipped."""
    monkeypatch.setattr(judging, "_records", lambda: {})
    monkeypatch.setattr(judging, "trust", lambda: Trust(unlinked=0.0))


def sure(classes: tuple[str, ...], value: str, p: float = 0.97) -> Any:
    """A distribution that puts p on one class and the rest evenly on the others."""
    out = np.full(len(classes), (1 - p) / (len(classes) - 1), dtype=np.float32)
    out[classes.index(value)] = p
    return out


class Says:
    """Stands for `pipeline.encoder.Pass`: the same answer for every treatment."""

    def __init__(self, text: str, refs: str = "", **said: tuple[str, float]):
        self.text, self.refs, self.said = text, refs, said

    @property
    def tagged(self) -> list[Stretch]:
        at = self.text.find(self.refs)
        return [Stretch(at, at + len(self.refs), "REF", 0.9)] if self.refs else []

    def off(self, start: int, end: int) -> float:
        return 0.0

    def decide(self, start: int, end: int) -> dict[str, Any]:
        even = {"person": PERSONS, "status": STATUSES, "outcome": OUTCOMES, "reason": REASONS}
        out = {k: np.full(len(c), 1 / len(c), dtype=np.float32) for k, c in even.items()}
        out["events"] = np.full(len(EVENTS), 0.3, dtype=np.float32)
        for name, (value, p) in self.said.items():
            if name == "events":
                out["events"][EVENTS.index(value)] = p
            elif name in even:
                out[name] = sure(even[name], value, p)
        return out

    def window(self, start: int, end: int) -> int:
        return 0

    def relate(self, treatment: tuple[int, int], problems: list[tuple[int, int]]) -> Any:
        value, p = self.said.get("relation", ("", 0.0))
        one = sure(RELATIONS, value, p) if value else np.full(len(RELATIONS), 0.2, dtype=np.float32)
        return np.stack([one] * len(problems))


def rows(text: str, says: Says | None, memory: Memory | None = None) -> list[Row]:
    learned = Judge(says) if says is not None else None  # type: ignore[arg-type]
    return read_post(text, tag([text])[0].tagged, [], "me", memory or Memory(), learned)[1]


def test_a_weak_rule_gives_way_and_says_so() -> None:
    text = "Lexapro and me, a long story."
    (plain,) = rows(text, None)
    assert plain.main.status == "current"
    (row,) = rows(text, Says(text, status=("past", 0.97)))
    assert row.main.status == "past" and row.main.status_rule == f"model:status ({plain.main.status_rule})"


def test_a_heavy_rule_stands_against_a_doubting_encoder() -> None:
    text = "I stopped Lexapro in March."
    (row,) = rows(text, Says(text, status=("current", 0.4)))
    assert row.main.status == "past" and not row.main.status_rule.startswith("model")


def test_a_person_the_encoder_sees_is_the_relative_named_before() -> None:
    text = "My daughter is nine. Keppra since Easter."
    (row,) = rows(text, Says(text, person=("family", 0.99)))
    assert row.main.person is not None and (row.main.person.person, row.main.person.detail) == ("family", "daughter")


def test_an_outcome_without_a_word_of_helping_is_the_encoders() -> None:
    text = "I am on Lexapro. I whistled on the stairs."
    assert all(t.outcome is None for t in rows(text, None)[0].told)
    (row,) = rows(text, Says(text, outcome=("helped", 0.95)))
    assert [(t.outcome, t.outcome_rule) for t in row.told if t.outcome] == [("helped", "model:outcome")]


def test_a_link_is_added_or_taken_back() -> None:
    text = "I take Lexapro. The nausea is something else."
    (row,) = rows(text, Says(text, relation=("causes", 0.98)))
    assert [(k.relation, k.polarity, k.problem.text) for k in row.links] == [("causes", "affirmed", "nausea")]
    (row,) = rows(text, Says(text, relation=("no", 0.98)))
    assert [(k.relation, k.polarity) for k in row.links] == [("causes", "denied")]
    weak, firm = "Took Lexapro on Monday and there was nausea.", "Lexapro gave me nausea."
    assert [k.weight < 5 for k in rows(weak, None)[0].links] == [True]
    assert rows(weak, Says(weak, relation=("unrelated", 0.9995)))[0].links == []
    assert rows(weak, Says(weak, relation=("causes", 0.4)))[0].links[0].rule.startswith("relations:")
    assert rows(firm, Says(firm, relation=("unrelated", 0.4)))[0].links[0].rule.startswith("relations:")


def test_a_rule_counts_by_what_became_of_its_decisions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        judging,
        "_records",
        lambda: {"status:good": Record(100, 95), "status:bad": Record(100, 20), "status:new": Record(1, 0)},
    )
    assert (
        evidence("status:good", 5) > 2 > evidence(None, 5) > evidence("status:new", 5) > 0 > evidence("status:bad", 9)
    )
    text = "I stopped Lexapro in March."
    (plain,) = rows(text, None)
    monkeypatch.setattr(
        judging, "_records", lambda: {plain.main.status_rule: Record(100, 5, {"past": 5, "current": 95})}
    )
    (row,) = rows(text, Says(text, status=("current", 0.4)))
    assert row.main.status == "current"


def test_a_step_is_added_with_its_reason() -> None:
    text = "I was on Lexapro. That was that."
    (row,) = rows(text, Says(text, status=("past", 0.97), events=("stop", 0.9), reason=("cost", 0.9)))
    assert [(s.kind, s.rule, s.reason) for s in row.steps] == [("stop", "model:event", "cost")]


def test_words_that_stand_for_a_treatment_find_the_one_spoken_of() -> None:
    memory = Memory()
    rows("Has anyone tried Humira?", None, memory)
    text = "The yellow devil and I go back years."
    assert rows(text, None, memory) == []
    (row,) = rows(text, Says(text, refs="yellow devil", status=("current", 0.9)), memory)
    assert row.main.tagged.concept_name == "adalimumab" and row.main.resolution == "pronoun"


@pytest.mark.parametrize("p", [0.1, 0.5, 0.75, 0.9])
def test_a_weight_says_as_much_as_its_probability(p: float) -> None:
    assert probability(weight_of(p)) == pytest.approx(p, abs=0.005)
