"""Every cue rule fires on its own example and stays silent on the one it must not fire on."""

import re

import pytest

from pipeline.experience import people, view
from pipeline.experience.rules import Rule, compile_pattern, load_rules
from pipeline.experience.told import marks
from pipeline.experience.view import Reading, sentences
from pipeline.spans import Tagged
from pipeline.tag.quantities import find_quantities

FILES = ["status", "outcome", "relations", "events", "reasons", "anaphora", "conditions"]
MARK = re.compile(r"\[(?P<T>[^]]+)\]|\{(?P<Q>[^}]+)\}|<(?P<O>[^>]+)>")
LABEL = {"T": "DRUG", "Q": "PROBLEM", "O": "DRUG"}


def readings(example: str) -> list[str]:
    """The sentences of an example as rules read them: [target], {problem}, <other treatment>."""
    text, tagged = "", []
    at = 0
    for m in MARK.finditer(example):
        text += example[at : m.start()]
        kind = m.lastgroup or ""
        words = m.group(kind)
        tagged.append((kind, Tagged(len(text), len(text) + len(words), words, LABEL[kind])))  # type: ignore[arg-type]
        text += words
        at = m.end()
    text += example[at:]
    mine = [t for _, t in tagged]
    quantities = [q for q in find_quantities(text) if all(q.end <= t.start or t.end <= q.start for t in mine)]
    kinds = {t.start: k for k, t in tagged}
    out = []
    for s in sentences(text, mine + quantities):
        place = {k: {i for i, t in enumerate(s.tokens) if t.tagged and kinds.get(t.tagged.start) == k} for k in "TQ"}
        who = marks(people.references(s, []))
        said = Reading(s.tokens, place["T"], place["Q"], who)
        out.append(said.text)
        if not place["T"]:
            said.prefix("T")
            out.append(said.text)
    return out


def rules() -> list[Rule]:
    return [r for name in FILES for r in load_rules(name)]


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r.id)
def test_a_rule_fires_on_its_example(rule: Rule) -> None:
    said = readings(rule.example)
    assert any(rule.pattern.search(r) for r in said), f"{rule.pattern.pattern}\n does not fire on {said}"


@pytest.mark.parametrize("rule", [r for r in rules() if r.unlike], ids=lambda r: r.id)
def test_a_rule_does_not_decide_its_unlike(rule: Rule) -> None:
    """On the sentence it must not decide, it is silent or a heavier rule of its file says something else."""
    name = rule.id.split(":")[0]
    for said in readings(rule.unlike):
        hits = [r for r in load_rules(name) if r.pattern.search(said)]
        top = max((r.weight for r in hits), default=0.0)
        assert rule not in hits or rule.weight < top, f"{rule.pattern.pattern}\n decides {said}"


def test_rule_ids_are_unique() -> None:
    ids = [r.id for r in rules()]
    assert len(ids) == len(set(ids))


def test_an_unknown_list_is_named() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        compile_pattern("{nonsense} T")


def test_words_are_spelt_out_before_rules_read_them() -> None:
    s = sentences("I'm not sure it'll help, cuz u can't sleep", [])[0]
    assert [t.norm for t in s.tokens][:3] == ["i", "am", "not"]
    assert "because" in [t.norm for t in s.tokens] and view.expansions()["u"] == ["you"]
