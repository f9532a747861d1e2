"""Rows below an experience: its effects and the events of its course."""

from pipeline.experience import details
from pipeline.experience.confidence import effect_features, probability, sure
from pipeline.experience.mentions import Key
from pipeline.experience.tell import Row
from pipeline.experience.told import Story
from pipeline.records import Effect, Event, Experience, Outcome
from pipeline.spans import Regimen, Step


def words_of(text: str, span: tuple[int, int] | None) -> str | None:
    """The words of a span, None where there is none."""
    return text[span[0] : span[1]] if span else None


def effect_rows(
    experience: Experience, story: Story, row: Row, outcome: Outcome | None, ids: dict[Key, str], profile: str
) -> list[Effect]:
    """The effects of a row in text order; a problem told twice in one relation is one effect."""
    kinds = {s.kind for s in row.steps}
    out: dict[tuple[str, str], Effect] = {}
    for k in sorted(row.links, key=lambda k: (k.problem.start, k.relation)):
        same = (k.problem.concept_id or k.problem.text.lower(), k.relation)
        if same in out:
            continue
        resolved, dechallenge, rechallenge = details.after(
            story, k, bool(kinds & {"stop", "switch"}), "restart" in kinds
        )
        seen = effect_features(probability(k.weight - 1), experience.score, k.rule, k.relation, k.polarity)
        out[same] = Effect(
            effect_id=f"{experience.experience_id}-f{len(out) + 1:02d}",
            experience_id=experience.experience_id,
            post_id=experience.post_id,
            mention_id=ids["text", None, k.problem.start, k.problem.end],
            concept_id=k.problem.concept_id,
            concept_name=k.problem.concept_name,
            relation=k.relation,
            polarity=k.polarity,
            severity=details.severity(story, k),
            serious=details.serious(story, k),
            onset_days=details.onset(story, k),
            resolved=resolved,
            dechallenge=dechallenge,
            rechallenge=rechallenge,
            outcome=outcome if k.relation == "treats" else None,
            method=k.rule,
            score=sure(f"effect-{profile}", seen),
        )
    return list(out.values())


def event_rows(experience_id: str, story: Story, row: Row, reg: Regimen) -> list[Event]:
    """The events of a row in the order told: steps the cue rules found, with the doses of the ladder the grammar read; rungs
    of the ladder no rule names are events of their own."""
    ladder = _ladder(row, reg)
    several = {s.kind for s in ladder if sum(o.kind == s.kind for o in ladder) > 1}
    merged: dict[str, tuple[int, Event]] = {}
    for step in sorted(row.steps, key=lambda s: s.place):
        if step.kind in merged or step.kind in several:
            continue
        rung = next((s for s in ladder if s.kind == step.kind), None)
        event = _event(experience_id, step.kind, step.rule, rung)
        _date(event, reg)
        if step.target is not None:
            event.to_treatment_id = step.target.tagged.concept_id
            event.to_treatment_name = step.target.tagged.concept_name
        event.reason_kind, event.reason_text = step.reason, words_of(story.text, step.reason_span)
        event.reason_concept_id = step.reason_problem.problem.concept_id if step.reason_problem else None
        merged[step.kind] = (story.sentences[step.place[0]].tokens[step.place[1]].start, event)
    told = list(merged.values())
    told += [(s.start, _event(experience_id, s.kind, "quantities:ladder", s)) for s in ladder if s.kind not in merged]
    for n, (_, event) in enumerate(sorted(told, key=lambda t: (t[0], t[1].kind)), 1):
        event.event_id, event.position = f"{experience_id}-v{n:02d}", n
    return sorted((e for _, e in told), key=lambda e: e.position)


def _ladder(row: Row, reg: Regimen) -> list[Step]:
    """The dose ladder; a fall is a taper where the person is on the way off."""
    leaving = row.main.status == "past" or any(s.kind in ("taper", "stop") for s in row.steps)
    stays = any(s.kind in ("decrease", "restart", "increase") for s in row.steps)
    for rung in reg.steps:
        if rung.kind == "decrease" and leaving and not stays:
            rung.kind = "taper"
    return reg.steps


def _event(experience_id: str, kind: str, rule: str, rung: Step | None) -> Event:
    return Event(
        event_id="",
        experience_id=experience_id,
        position=0,
        kind=kind,  # type: ignore[arg-type]
        dose_value=rung.value if rung else None,
        dose_unit=rung.unit if rung else None,
        duration_days=rung.days if rung else None,
        method=rule,
    )


def _date(event: Event, reg: Regimen) -> None:
    """The day of a start or an end, where the text gives one."""
    when = reg.started if event.kind == "start" else reg.stopped if event.kind in ("stop", "switch") else None
    if when:
        event.on_date, event.earliest_on, event.latest_on = when.middle, when.first, when.last
        event.date_precision, event.date_anchor_on = when.precision, when.anchor
