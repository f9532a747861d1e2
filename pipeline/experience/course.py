"""Steps in the course of a treatment (start, stop, increase, decrease, taper, switch, restart) and the reason the text gives."""

import dataclasses

from pipeline.experience.effects import Link
from pipeline.experience.lists import words
from pipeline.experience.rules import Hit, fire
from pipeline.experience.told import Story, Told, clause, reading
from pipeline.experience.view import Reading
from pipeline.records import EventKind, ReasonKind

BECAUSE = {"because", "due", "since", "as", "account", "owing", "after"}
REASONED = {"stop", "switch", "decrease", "taper", "increase", "restart"}
OVERRULES = {"switch": {"stop", "start"}, "taper": {"decrease"}, "restart": {"start"}}


@dataclasses.dataclass(slots=True)
class Step:
    """One event of a treatment told. `target` is the treatment switched to; offsets are those of the sentence it stands in."""

    told: Told
    kind: EventKind
    rule: str
    place: tuple[int, int]  # sentence, token: the order of telling
    target: Told | None = None
    reason: ReasonKind | None = None
    reason_span: tuple[int, int] | None = None
    reason_problem: Link | None = None


def steps(story: Story, told: Told, links: list[Link]) -> list[Step]:
    """The events the sentence of `told` states for it, in order, with reasons. Planned, asked and general uses have none."""
    if told.status not in ("current", "past"):
        return []
    view = reading(story, told)
    hits: dict[str, Hit] = {}
    for hit in fire("events", view):
        hits.setdefault(hit.rule.value, hit)
    for kind, weaker in OVERRULES.items():
        if kind in hits:
            for w in weaker:
                if w in hits and (kind != "restart" or abs(hits[w].start - hits[kind].start) < 12):
                    hits.pop(w)
    if (
        told.status == "current"
        and "stop" in hits
        and "restart" not in hits
        and told.status_weight >= hits["stop"].rule.weight
    ):
        hits.pop("stop")
    out = []
    for kind, hit in hits.items():
        if _undone(view, hit):
            continue
        step = Step(told, kind, hit.rule.id, (told.sentence, view.token_at(hit.start)))  # type: ignore[arg-type]
        if kind == "switch":
            step.target = _target(story, told, view, hit)
            if step.target is None:
                step.kind = "stop"
        if kind in REASONED:
            _reason(story, step, view, links)
        out.append(step)
    return sorted(out, key=lambda e: (e.place, e.kind))


KIN = {"DRUG": "medicine", "DRUG_CLASS": "medicine"}


def moves(story: Story, links: list[Link]) -> list[Step]:
    """Switches told over two sentences (`Lucentis … then it leaked. They changed him to Eylea`): the treatment told last before
    of the same person and kind is what was left; it counts as past unless a firmer cue says otherwise."""
    out = []
    for i, told in enumerate(story.told):
        if "moved" not in told.status_about or told.token is None or told.status != "current":
            continue
        named = [
            t
            for t in story.told[:i]
            if t.token is not None and t.person == told.person and told.sentence - t.sentence <= 2
        ]
        before = [t for t in named if t.tagged.concept_id != told.tagged.concept_id]
        if not before or KIN.get(before[-1].tagged.label, before[-1].tagged.label) != KIN.get(
            told.tagged.label, told.tagged.label
        ):
            continue
        old = before[-1]
        if old.status not in ("current", "past") or (
            old.sentence == told.sentence and old.status == "past" and old.status_weight >= 7
        ):
            continue
        if old.status == "current" and old.status_weight < 7:
            old.status, old.status_rule, old.status_weight = "past", "status:switched away", 5.0
        view = reading(story, told)
        step = Step(old, "switch", "events:switched over sentences", (told.sentence, told.token), target=told)
        _reason(story, step, view, links)
        out.append(step)
    return out


def _undone(view: Reading, hit: Hit) -> bool:
    """A step that is denied, wished or only asked for is no step."""
    before = view.text[: hit.start].split()[-4:]
    near = before[-2:]
    return (
        any(w in words("unreal") for w in near)
        and "had to" not in " ".join(before)
        and "able to" not in " ".join(before)
        and "have to" not in " ".join(before)
    )


def _target(story: Story, told: Told, view: Reading, hit: Hit) -> Told | None:
    """The other treatment inside the words of the switch."""
    first, last = view.token_at(hit.start), view.token_at(hit.end - 1)
    inside = [
        t
        for t in story.inside(told.sentence)
        if t.token is not None and first <= t.token <= last and t.tagged.concept_id != told.tagged.concept_id
    ]
    return inside[-1] if inside else None


def _reason(story: Story, step: Step, view: Reading, links: list[Link]) -> None:
    """Why: the sentence itself, then the one before and the one after; a problem the treatment causes there is a side effect."""
    own = step.told
    here = own.sentence
    for s in (here, here - 1, here + 1):
        if not 0 <= s < len(story.sentences):
            continue
        sentence = story.sentences[s]
        tokens = sentence.tokens
        if s != here and any(
            t.token is not None and t.tagged.concept_id != own.tagged.concept_id for t in story.inside(s)
        ):
            continue
        if s == here:
            first, last = _stretch(story, step)
            text = Reading(tokens[first:last], set(), set(), {})
        else:
            text = Reading(tokens, set(), set(), {})
        hits = fire("reasons", text)
        caused = [
            k
            for k in links
            if k.sentence == s
            and k.relation == "causes"
            and k.polarity == "affirmed"
            and k.told.tagged.concept_id == own.tagged.concept_id
        ]
        if caused and (not hits or hits[0].rule.weight < 8.5) and step.kind != "increase":
            step.reason, step.reason_problem = "side_effect", caused[-1]
            step.reason_span = (caused[-1].problem.start, caused[-1].problem.end)
            return
        if hits and (s == here or s == here - 1 or hits[0].rule.weight >= 8):
            step.reason = hits[0].rule.value  # type: ignore[assignment]
            a, b = (
                tokens[min(text.token_at(p) + (first if s == here else 0), len(tokens) - 1)]
                for p in (hits[0].start, hits[0].end - 1)
            )
            step.reason_span = (a.start, b.end)
            return


def _stretch(story: Story, step: Step) -> tuple[int, int]:
    """The part of the sentence where the reason may stand: up to the clause in which another treatment's own story begins."""
    tokens = story.sentences[step.told.sentence].tokens
    if step.told.token is None:
        return 0, len(tokens)
    others = [
        t.token
        for t in story.inside(step.told.sentence)
        if t.token is not None and t is not step.told and t is not step.target
    ]
    before = [o for o in others if o < step.told.token]
    after = [o for o in others if o > step.told.token]
    first = before[-1] + 1 if before and step.target is None else 0
    last = clause(story, step.told.sentence, after[0])[0] if after and step.target is None else len(tokens)
    return first, last if last > first else len(tokens)
