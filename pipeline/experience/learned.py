"""The encoder's decisions beside the rules': person at each place, status, outcome, links and events of each row.

Rules and encoder are put together as logarithms of probability: the encoder's, and what the record of the rule that fired gives
(`evidence`, `leaning`; `pipeline.encoder.Trust` says how much each counts). What neither says more for wins nothing; the method
names who decided.
"""

import csv
import dataclasses
import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.encoder import RELATIONS, WEIGHTS, Pass, trust
from pipeline.encoder.labels import EVENTS, OUTCOMES, PERSONS, REASONS, STATUSES
from pipeline.experience.confidence import probability
from pipeline.experience.course import REASONED, Step
from pipeline.experience.effects import Link
from pipeline.experience.people import GENERAL, SELF, Someone
from pipeline.experience.told import Story, Told
from pipeline.records import Polarity, Relation
from pipeline.spans import Tagged

FLOOR = 1e-4
RECORD = WEIGHTS / "rules.csv"
FIRM = 5.0  # what a step's rule weighs: none says
FIRMEST = 8.0  # weight of a status rule from which `trust().firm` counts
SHORT = 6.0  # decisions a rule's weight counts for beside its record
MEMBER = Someone("other", "member")
MEANS: dict[str, tuple[Relation, Polarity]] = {
    "treats": ("treats", "affirmed"),
    "causes": ("causes", "affirmed"),
    "no": ("causes", "denied"),
    "withdrawal": ("withdrawal", "affirmed"),
}


def _log(p: Any) -> Any:
    return np.log(np.maximum(p, FLOOR))


def weight_of(p: float) -> float:
    """The rule weight that says as much as a probability (the inverse of `confidence.probability`)."""
    p = min(max(p, 0.02), 0.98)
    return round((math.log(p / (1 - p)) + 0.1) / 0.25, 2)


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """What became of a rule's decisions in marked threads (training/ablation.py): how many, how many right, what was marked."""

    decided: int = 0
    right: int = 0
    marked: dict[str, int] = dataclasses.field(default_factory=dict)


@functools.cache
def _records() -> dict[str, Record]:
    with RECORD.open(encoding="utf-8", newline="") as f:
        return {r["rule"]: Record(int(r["decided"]), int(r["right"]), _counts(r["marked"])) for r in csv.DictReader(f)}


def _counts(told: str) -> dict[str, int]:
    """`advised 77; considering 55`"""
    return {v: int(n) for v, _, n in (part.rpartition(" ") for part in told.split("; ") if part)}


def evidence(rule: str | None, weight: float) -> float:
    """What a rule says beside the encoder: the logarithm of the odds that it is right, by its record and, where that is short,
    by its weight."""
    known = _records().get(rule or "", Record())
    p = (known.right + SHORT * probability(min(weight, 10))) / (known.decided + SHORT)
    return math.log(p / (1 - p))


def leaning(rule: str | None, value: str, weight: float, classes: Sequence[str]) -> Any:
    """Logarithm of the probability of each class where a rule says one: by what was marked where it did, and by its weight."""
    known = _records().get(rule or "", Record())
    sure = probability(min(weight, 10))
    n = np.full(len(classes), SHORT * (1 - sure) / (len(classes) - 1))
    n[classes.index(value)] = SHORT * sure
    for k, c in enumerate(classes):
        n[k] += known.marked.get(c, 0)
    return np.log(n / n.sum())


def _together(rule: str, p: float) -> float:
    """Probability of a rule's step where the encoder gives it p."""
    p = min(max(p, FLOOR), 1 - FLOOR)
    return 1 / (1 + math.exp(-evidence(rule, FIRM) - math.log(p / (1 - p))))


def _same(a: Told, b: Told) -> bool:
    return a.tagged.concept_id == b.tagged.concept_id


def read_words(places: Sequence[Told]) -> list[Told]:
    """The places whose words the encoder can judge: names; words that stand for a treatment only where nothing names it, as in
    the text it was trained on."""
    worded = [t for t in places if t.token is not None]
    return [t for t in worded if t.resolution == "explicit"] or worded


def _best(scores: Any) -> tuple[int, float]:
    e = np.exp(scores - scores.max())
    k = int(scores.argmax())
    return k, float(e[k] / e.sum())


class Judge:
    """The encoder's view of one post; every method leaves things as they are where the encoder has not read the words."""

    def __init__(self, seen: Pass):
        self.seen = seen
        self._by_window: dict[int, list[int]] | None = None  # of the post's problems
        self.known: dict[tuple[int, int], dict[str, Any]] = {}

    @functools.cached_property
    def stands(self) -> list[tuple[int, int]]:
        """Words that stand for a treatment the post does not name there (`mine`, `the second lot`), as offsets."""
        return [(s.start, s.end) for s in self.seen.tagged if s.label == "REF" and s.score >= trust().stand]

    def decide(self, told: Told) -> dict[str, Any]:
        key = (told.tagged.start, told.tagged.end)
        if key not in self.known:
            self.known[key] = self.seen.decide(*key)
        return self.known[key]

    # -- at a place -------------------------------------------------------------------------------------------------

    def person(self, story: Story, told: Told) -> None:
        """Whose the treatment is at this place; which relative or friend is the nearest the rules found."""
        if told.token is None or told.person is None:
            return
        if told.resolution != "explicit" and any(_same(t, told) and t.resolution == "explicit" for t in story.told):
            return
        said = self.decide(told)
        if not said:
            return
        scores = _log(said["person"])
        scores[PERSONS.index(told.person.person)] += trust().person
        kind = PERSONS[_best(scores)[0]]
        if kind != told.person.person:
            told.person, told.person_rule = _someone(story, told, kind), f"model:person ({told.person_rule})"

    # -- of a row ---------------------------------------------------------------------------------------------------

    def status(self, places: Sequence[Told], main: Told) -> None:
        """The status of a row, from all places that name the treatment; `main` is the place the rules go by."""
        said = [d["status"] for t in read_words(places) if (d := self.decide(t))]
        if not said or main.status is None:
            return
        scores = _log(np.stack(said)).mean(0)
        if main.person is not None and main.person.person == "general":
            scores[[STATUSES.index("current"), STATUSES.index("past")]] -= 5
        scores += trust().status * leaning(main.status_rule, main.status, main.status_weight, STATUSES)
        scores[STATUSES.index(main.status)] += trust().firm if main.status_weight >= FIRMEST else 0
        k, p = _best(scores)
        if STATUSES[k] != main.status:
            main.status, main.status_rule = STATUSES[k], f"model:status ({main.status_rule})"  # type: ignore[assignment]
        main.status_weight = weight_of(p)

    def outcome(self, places: Sequence[Told], main: Told) -> None:
        """What came of it, from all places; the rules' best outcome counts by its weight."""
        said = [d["outcome"] for t in read_words(places) if (d := self.decide(t))]
        if not said:
            return
        best = max(places, key=lambda t: (t.outcome_weight, t.sentence))
        scores = _log(np.stack(said)).mean(0)
        scores[0] += trust().unsaid
        if best.outcome is not None:
            scores += trust().outcome * leaning(best.outcome_rule, best.outcome, best.outcome_weight, OUTCOMES)
        k, p = _best(scores)
        value = OUTCOMES[k]
        if value == (best.outcome or "unsaid"):
            return
        for t in places:
            t.outcome, t.outcome_weight = None, 0.0
        if value != "unsaid":
            main.outcome, main.outcome_weight, main.outcome_rule = value, weight_of(p), "model:outcome"  # type: ignore[assignment]
            main.outcome_span = None

    def links(
        self, story: Story, places: Sequence[Told], found: Sequence[Link], problems: Sequence[tuple[int, int, Tagged]]
    ) -> list[Link]:
        """The links of a row: each problem of the post with what the encoder and the rules' link make of it."""
        named = read_words(places)
        said: dict[int, list[Any]] = {}
        for t in named:
            here = self._near(t, problems)
            if here:
                spans = [(problems[i][2].start, problems[i][2].end) for i in here]
                for i, p in zip(here, self.seen.relate((t.tagged.start, t.tagged.end), spans), strict=True):
                    said.setdefault(i, []).append(p)
        ruled: dict[int, list[Link]] = {}
        for link in found:
            ruled.setdefault(id(link.problem), []).append(link)
        told_of = [i for i, (_, _, problem) in enumerate(problems) if i in said or id(problem) in ruled]
        out = []
        for i in told_of:
            sentence, token, problem = problems[i]
            own = ruled.get(id(problem), [])
            if i not in said:
                out += own
                continue
            read = _log(np.stack(said[i]))
            scores = read.max(0)
            scores[0] = read[:, 0].min() + (0 if own else trust().unlinked)
            for link in own:
                scores[RELATIONS.index(_class(link))] += trust().relation * evidence(link.rule, link.weight)
            best, p = _best(scores)
            if best == 0:
                continue
            kept = next((link for link in own if _class(link) == RELATIONS[best]), None)
            if kept is None:
                relation, said_of = MEANS[RELATIONS[best]]
                told = min(named, key=lambda t: abs(t.sentence - sentence) * 100 + abs((t.token or 0) - token))
                kept = Link(told, problem, sentence, token, relation, said_of, "model:relation", weight_of(p))
            out.append(kept)
        return out

    def _near(self, told: Told, problems: Sequence[tuple[int, int, Tagged]]) -> list[int]:
        """The problems read in one window with a treatment's words."""
        if self._by_window is None:
            self._by_window = {}
            for i, (_, _, problem) in enumerate(problems):
                window = self.seen.window(problem.start, problem.end)
                if window is not None:
                    self._by_window.setdefault(window, []).append(i)
        here = self.seen.window(told.tagged.start, told.tagged.end)
        return self._by_window.get(here, []) if here is not None else []

    def events(self, places: Sequence[Told], main: Told, steps: list[Step]) -> list[Step]:
        """The rules' steps less those the encoder is sure against, with those it is sure of; and why, where no rule says."""
        said = [d for t in read_words(places) if (d := self.decide(t))]
        if not said or main.status not in ("current", "past"):
            return steps
        likely = np.stack([d["events"] for d in said]).max(0)
        out = [s for s in steps if _together(s.rule, float(likely[EVENTS.index(s.kind)])) >= trust().event_drop]
        told = {s.kind for s in out}
        for kind, p in zip(EVENTS, likely, strict=True):
            covered = (
                kind in told
                or (kind == "stop" and ("switch" in told or main.status == "current"))
                or kind == "switch"
                or (kind == "decrease" and "taper" in told)
            )
            if p >= trust().event_add and not covered:
                named = read_words(places)
                at = max(
                    named, key=lambda t: float(self.decide(t)["events"][EVENTS.index(kind)]) if self.decide(t) else 0
                )
                out.append(Step(at, kind, "model:event", (at.sentence, at.token or 0)))  # type: ignore[arg-type]
        reasons = np.stack([d["reason"] for d in said]).mean(0)
        k = int(reasons.argmax())
        for step in out:
            if step.reason is None and step.kind in REASONED and k and reasons[k] >= trust().reason_add:
                step.reason = REASONS[k]  # type: ignore[assignment]
        return out


def _class(k: Link) -> str:
    return "no" if k.relation == "causes" and k.polarity == "denied" else k.relation


def _someone(story: Story, told: Told, kind: str) -> Someone:
    """The person of a kind nearest before the place, else the topic, else nobody by name."""
    if kind == "self":
        return SELF
    if kind == "general":
        return GENERAL
    topic = story.topics[told.sentence]
    for s in (told.sentence, *range(told.sentence - 1, -1, -1)):
        near = [r.who for r in story.people[s] if r.who.person == kind]
        if near:
            return near[-1]
        if topic is not None and topic.person == kind:
            return topic
    return MEMBER if kind == "other" else Someone("family", "relative")


def problems_of(story: Story) -> list[tuple[int, int, Tagged]]:
    """(sentence, token, problem) of a post, in order."""
    return [
        (s, i, t.tagged)
        for s, sentence in enumerate(story.sentences)
        for i, t in enumerate(sentence.tokens)
        if t.tagged is not None and t.tagged.label == "PROBLEM"
    ]
