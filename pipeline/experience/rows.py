"""Rows of a thread: what the stories tell, as records with ids, offsets, methods and scores."""

import dataclasses
import hashlib
import math
from collections.abc import Callable

from pipeline.experience import details
from pipeline.experience.people import SELF, Someone, lexicon
from pipeline.experience.tell import Memory, Row, read_post, signature_rows
from pipeline.experience.told import Story, Told
from pipeline.records import Effect, Event, Experience, Field, Mention, Person, Polarity, Post, Quote, Role, Thread
from pipeline.spans import TREATMENT_LABELS, Regimen, Tagged
from pipeline.vocabulary import load_vocabulary

Assign = Callable[..., dict[int, Regimen]]
ROLE: dict[str, Role] = {"treats": "indication", "causes": "side_effect", "withdrawal": "withdrawal"}


@dataclasses.dataclass(slots=True)
class Tags:
    """What tagging found in each field of one post."""

    text: list[Tagged]
    signature: list[Tagged]
    quotes: list[list[Tagged]]


@dataclasses.dataclass(slots=True)
class Rows:
    """The four tables of a thread, growing post by post."""

    mentions: list[Mention] = dataclasses.field(default_factory=list)
    experiences: list[Experience] = dataclasses.field(default_factory=list)
    effects: list[Effect] = dataclasses.field(default_factory=list)
    events: list[Event] = dataclasses.field(default_factory=list)


def patient_id(post: Post, person: Someone) -> str:
    """One id a person: an author's self, husband and daughter are three; a post without author is its own person."""
    teller = post.author_id or post.post_id
    if person.person == "general":
        return f"{post.post_id}-general"
    word = (person.detail or "").removesuffix("s") if person.person == "other" else (person.detail or "")
    kin = lexicon().get(word, {}).get("same") or word
    return "p" + hashlib.sha256(f"{teller}\0{person.person}\0{kin}".encode()).hexdigest()[:16]


def probability(weight: float) -> float:
    """Rule weight → probability that the row is right (fitted on training/dev, see docs/SCORES.md)."""
    return round(1 / (1 + math.exp(-(0.25 * weight - 0.1))), 3)


def experiences_of(
    thread: Thread, posts: list[Post], quotes: list[Quote], title: list[Tagged], tags: list[Tags], assign: Assign
) -> Rows:
    """The rows of one thread. `tags` goes with `posts` one by one; `assign` puts quantities on treatments."""
    rows = Rows()
    memory = Memory(title=[t for t in title if not t.weak and t.label in TREATMENT_LABELS])
    by_post: dict[str, list[Quote]] = {}
    for q in quotes:
        by_post.setdefault(q.post_id, []).append(q)
    for post, tag in zip(posts, tags, strict=True):
        _PostRows(rows, thread, post, by_post.get(post.post_id, []), tag, memory, assign).add(title)
    return rows


class _PostRows:
    """Writes the rows of one post."""

    def __init__(
        self, rows: Rows, thread: Thread, post: Post, quotes: list[Quote], tags: Tags, memory: Memory, assign: Assign
    ):
        self.rows, self.thread, self.post, self.quotes, self.tags, self.memory, self.assign = (
            rows,
            thread,
            post,
            quotes,
            tags,
            memory,
            assign,
        )
        self.found: dict[tuple[Field, str | None, int, int], tuple[Tagged, Polarity | None, Role | None]] = {}

    def add(self, title: list[Tagged]) -> None:
        quoted = [t for ts in self.tags.quotes for t in ts if not t.weak and t.label in TREATMENT_LABELS]
        author = self.post.author_id or self.post.post_id
        story, told = read_post(self.post.text, self.tags.text, quoted, author, self.memory)
        own = (
            signature_rows(self.post.signature, self.tags.signature, author, self.memory) if self.post.signature else []
        )
        regimens = self._regimens(told)
        self._mentions(story, told, own, title)
        ids = self._write_mentions()
        n = 0
        for row in told:
            n += 1
            self._experience(n, story, row, regimens, ids)
        for t in own:
            n += 1
            self._profile(n, t, ids)

    # -- mentions ---------------------------------------------------------------------------------------------------

    def _mentions(self, story: Story, told: list[Row], own: list[Told], title: list[Tagged]) -> None:
        for t in self.tags.text:
            if not t.weak:
                self._hold("text", None, t)
        for quote, tags in zip(self.quotes, self.tags.quotes, strict=True):
            for t in tags:
                if not t.weak:
                    self._hold("quote", quote.quote_id, t)
        for t in self.tags.signature:
            if not t.weak:
                self._hold("signature", None, t)
        for row in told:
            self._hold("text", None, row.words.tagged)
            for k in row.links:
                self._hold("text", None, k.problem, k.polarity, ROLE[k.relation])
        for problem in (t for t in self.tags.text if t.label == "PROBLEM" and not t.weak):
            key = ("text", None, problem.start, problem.end)
            if self.found[key][1] is None:
                self._hold("text", None, problem, "affirmed", "other")
        if self.post.position == 1:
            for t in title:
                if not t.weak:
                    self._hold("title", None, t)

    def _hold(
        self, field: Field, quote_id: str | None, t: Tagged, pol: Polarity | None = None, role: Role | None = None
    ) -> None:
        key = (field, quote_id, t.start, t.end)
        if key not in self.found or pol is not None:
            self.found[key] = (t, pol, role)

    def _write_mentions(self) -> dict[tuple[Field, str | None, int, int], str]:
        order = {"text": 0, "title": 1, "quote": 2, "signature": 3}
        ids = {}
        for n, key in enumerate(sorted(self.found, key=lambda k: (order[k[0]], k[1] or "", k[2], k[3])), 1):
            t, pol, role = self.found[key]
            ids[key] = f"{self.post.post_id}-m{n:04d}"
            q = t.quantity
            value = (
                None
                if q is None
                else q.low
                if q.low is not None
                else q.high
                if q.high is not None
                else q.per_day
                if q.per_day is not None
                else q.days
            )
            unit = (
                None
                if q is None
                else q.unit or ("1/day" if q.per_day is not None else "day" if q.days is not None else q.word)
            )
            self.rows.mentions.append(Mention(
                mention_id=ids[key], post_id=self.post.post_id, field=key[0], quote_id=key[1], start=t.start, end=t.end, text=t.text,
                label=t.label, concept_id=t.concept_id, concept_name=t.concept_name, value=value, unit=unit, polarity=pol, role=role,
                method=t.method or "quantities", score=round(t.score, 3)))  # fmt: skip
        return ids

    # -- experiences ------------------------------------------------------------------------------------------------

    def _regimens(self, told: list[Row]) -> dict[int, Regimen]:
        """Row index → its regimen: quantities of the post put on the places of each row."""
        places = [(i, t.tagged) for i, row in enumerate(told) for t in row.told if t.token is not None]
        if not places:
            return {}
        order = sorted(range(len(places)), key=lambda k: places[k][1].start)
        treatments = [places[k][1] for k in order]
        facts = load_vocabulary().concepts
        given = self.assign(self.post.text, treatments, self.post.posted_at,
                            lambda t: facts[t.concept_id].facts.get("unit") if t.concept_id in facts else None,
                            group=[places[k][0] for k in order])  # fmt: skip
        return {places[order[k]][0]: regimen for k, regimen in sorted(given.items(), reverse=True)}

    def _experience(
        self,
        n: int,
        story: Story,
        row: Row,
        regimens: dict[int, Regimen],
        ids: dict[tuple[Field, str | None, int, int], str],
    ) -> None:
        main, words, post = row.main, row.words, self.post
        person = main.person or SELF
        reg = regimens.get(n - 1) or Regimen()
        best = max(row.told, key=lambda t: (t.outcome_weight, t.sentence))
        told = main.status in ("current", "past", "advised", "planned", "declined", "considering")
        places = sorted({t.sentence for t in row.told if t.token is not None} | {k.sentence for k in row.links})
        age, sex = details.age_and_sex(post.text, person)
        eid = f"{post.post_id}-e{n:02d}"
        assert main.tagged.concept_id and main.tagged.concept_name and main.tagged.treatment_type and main.status
        route, inferred = (reg.route, reg.route_inferred) if reg.route else self._usual_route(main.tagged)
        experienced = main.status in ("current", "past") and person.person != "general"
        outcome = best.outcome if experienced else None
        self.rows.experiences.append(Experience(
            experience_id=eid, post_id=post.post_id, thread_id=post.thread_id, author_id=post.author_id, patient_id=patient_id(post, person),
            posted_at=post.posted_at, person=_person(person), person_detail=person.detail, person_age_years=age, person_sex=sex,
            treatment_id=main.tagged.concept_id, treatment_name=main.tagged.concept_name, treatment_type=main.tagged.treatment_type,
            mention_id=ids["text", None, words.tagged.start, words.tagged.end], resolution=words.resolution, status=main.status,
            is_experience=experienced, special_situation=details.situation(story, places),
            dose_low=reg.low, dose_high=reg.high, dose_unit=reg.unit, dose_basis=reg.basis, doses_per_day=reg.doses_per_day,
            daily_dose_value=reg.daily_value, daily_dose_unit=reg.daily_unit, daily_dose_mg=reg.daily_mg, dose_inferred=reg.inferred,
            dose_text=_slice(post.text, reg.dose_span), route=route, route_inferred=inferred, form=reg.form, duration_days=reg.duration_days,
            duration_text=_slice(post.text, reg.duration_span), started_on=reg.started_on, stopped_on=reg.stopped_on,
            date_precision=reg.date_precision, outcome=outcome, outcome_text=_slice(post.text, best.outcome_span) if outcome else None,
            evidence_start=min(story.sentences[s].start for s in places), evidence_end=max(story.sentences[s].end for s in places),
            method="; ".join(r for r in (main.tagged.method, main.person_rule, main.status_rule, best.outcome_rule if outcome else "") if r),
            score=round(main.tagged.score * probability(main.status_weight), 3)))  # fmt: skip
        if told or row.links:
            self._effects(eid, story, row, outcome, ids)
        self._events(eid, story, row, reg)

    def _effects(
        self, eid: str, story: Story, row: Row, outcome: str | None, ids: dict[tuple[Field, str | None, int, int], str]
    ) -> None:
        kinds = {s.kind for s in row.steps}
        seen: set[tuple[str, str]] = set()
        n = 0
        for k in sorted(row.links, key=lambda k: (k.problem.start, k.relation)):
            same = (k.problem.concept_id or k.problem.text.lower(), k.relation)
            if same in seen:
                continue
            seen.add(same)
            n += 1
            resolved, dechallenge, rechallenge = details.after(
                story, k, bool(kinds & {"stop", "switch"}), "restart" in kinds
            )
            self.rows.effects.append(Effect(
                effect_id=f"{eid}-f{n:02d}", experience_id=eid, post_id=self.post.post_id, mention_id=ids["text", None, k.problem.start, k.problem.end],
                concept_id=k.problem.concept_id, concept_name=k.problem.concept_name, relation=k.relation, polarity=k.polarity,
                severity=details.severity(story, k), serious=details.serious(story, k), onset_days=details.onset(story, k), resolved=resolved,
                dechallenge=dechallenge, rechallenge=rechallenge, outcome=outcome if k.relation == "treats" else None,  # type: ignore[arg-type]
                method=k.rule, score=probability(k.weight - 1)))  # fmt: skip

    def _events(self, eid: str, story: Story, row: Row, reg: Regimen) -> None:
        merged: list[tuple[tuple[int, str], Event]] = []
        kinds: set[str] = set()
        leaving = row.main.status == "past" or any(s.kind in ("taper", "stop") for s in row.steps)
        for rung in reg.steps:
            if (
                rung.kind == "decrease"
                and leaving
                and not any(s.kind in ("decrease", "restart", "increase") for s in row.steps)
            ):
                rung.kind = "taper"  # a step on the way off
        ladder = {s.kind for s in reg.steps}
        for step in sorted(row.steps, key=lambda s: s.place):
            if step.kind in kinds or (step.kind in ladder and sum(s.kind == step.kind for s in reg.steps) > 1):
                continue
            kinds.add(step.kind)
            token = story.sentences[step.told.sentence].tokens[step.place[1]]
            rung = next((s for s in reg.steps if s.kind == step.kind), None)
            to = step.target.tagged if step.target else None
            problem = step.reason_problem.problem if step.reason_problem else None
            merged.append(((token.start, step.kind), Event(
                event_id="", experience_id=eid, position=0, kind=step.kind, dose_value=rung.value if rung else None, dose_unit=rung.unit if rung else None,
                duration_days=rung.days if rung else None, to_treatment_id=to.concept_id if to else None, to_treatment_name=to.concept_name if to else None,
                reason_kind=step.reason, reason_concept_id=problem.concept_id if problem else None, reason_text=_slice(self.post.text, step.reason_span), method=step.rule)))  # fmt: skip
        for rung in reg.steps:
            if rung.kind not in kinds:
                merged.append(((rung.start, rung.kind), Event(event_id="", experience_id=eid, position=0, kind=rung.kind, dose_value=rung.value,
                                                             dose_unit=rung.unit, duration_days=rung.days, method="quantities:ladder")))  # fmt: skip
        for n, (_, event) in enumerate(sorted(merged, key=lambda m: m[0]), 1):
            event.event_id, event.position = f"{eid}-v{n:02d}", n
            self.rows.events.append(event)

    def _profile(self, n: int, t: Told, ids: dict[tuple[Field, str | None, int, int], str]) -> None:
        """A signature's treatment: what the author says of themselves under every post."""
        post, person = self.post, t.person or SELF
        assert t.tagged.concept_id and t.tagged.concept_name and t.tagged.treatment_type and t.status
        route, inferred = self._usual_route(t.tagged)
        self.rows.experiences.append(Experience(
            experience_id=f"{post.post_id}-e{n:02d}", post_id=post.post_id, thread_id=post.thread_id, author_id=post.author_id,
            patient_id=patient_id(post, person), posted_at=post.posted_at, person=_person(person), person_detail=person.detail,
            treatment_id=t.tagged.concept_id, treatment_name=t.tagged.concept_name, treatment_type=t.tagged.treatment_type,
            mention_id=ids["signature", None, t.tagged.start, t.tagged.end], resolution="signature", status=t.status,
            is_experience=person.person != "general", route=route, route_inferred=inferred, evidence_start=0, evidence_end=0,
            method=f"{t.tagged.method}; {t.status_rule}", score=round(t.tagged.score * 0.8, 3)))  # fmt: skip

    def _usual_route(self, t: Tagged) -> tuple[str | None, bool]:
        concept = load_vocabulary().concepts.get(t.concept_id or "")
        route = concept.facts.get("route") if concept else None
        return (route, True) if route else (None, False)


def _person(who: Someone) -> Person:
    return who.person  # type: ignore[return-value]


def _slice(text: str, span: tuple[int, int] | None) -> str | None:
    return text[span[0] : span[1]] if span else None
