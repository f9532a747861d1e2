"""Scores: what they rest on, and that the shipped weights say so."""

import tomllib

import pytest

from pipeline.experience import confidence
from pipeline.experience.confidence import EDGE, EFFECT, FILE, ROW, effect_features, row_features, sure
from training.confidence import off, table


def test_the_shipped_weights_name_every_feature() -> None:
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    names = {k: tuple(v) for k, v in found.items()}
    assert names == {"row-default": ROW, "row-fast": ROW, "effect-default": EFFECT, "effect-fast": EFFECT}


@pytest.mark.parametrize("profile", ["default", "fast"])
def test_what_was_decided_more_firmly_has_the_higher_score(profile: str) -> None:
    scores = [
        sure(f"row-{profile}", row_features(p, "explicit", "vocabulary:DB1; status:am_on"))
        for p in (0.3, 0.5, 0.7, 0.9)
    ]
    assert scores == sorted(set(scores)) and all(EDGE <= s <= 1 - EDGE for s in scores)
    rows = [
        sure(f"effect-{profile}", effect_features(0.6, p, "relations:for_q", "treats", "affirmed")) for p in (0.3, 0.9)
    ]
    assert rows[0] < rows[1]


def test_features_read_the_method() -> None:
    words = row_features(0.5, "pronoun", "refers to 'Humira'; model:status (status:am_on)")
    assert dict(zip(ROW, words, strict=True)) == {
        "base": 1, "strength": 0, "explicit": 0, "by_word": 1, "named_by_model": 0, "rules_overruled": 1,
    }  # fmt: skip
    assert row_features(0.5, "explicit", "model:drug; status:am_on")[ROW.index("named_by_model")] == 1


def test_without_weights_a_score_is_the_strength(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidence, "_weights", lambda: {})
    assert sure("row-fast", row_features(0.7, "explicit", "x")) == pytest.approx(0.7, abs=0.001)


def test_the_distance_of_scores_from_the_share_right() -> None:
    assert off([(0.75, True), (0.75, True), (0.75, True), (0.75, False)]) == pytest.approx(0)
    assert off([(0.95, False)] * 5) == pytest.approx(0.95)
    assert [(low, n) for low, _, n, _, _ in table([(0.05, False), (1.0, True)])] == [(0.0, 1), (0.9, 1)]
