"""Rows of a thread: what the stories tell, as records with ids, offsets, methods and scores."""

import dataclasses
import hashlib
import re
from collections.abc import Callable

from pipeline.experience import details
from pipeline.experience.confidence import probability, row_features, sure
from pipeline.experience.learned import Judge
from pipeline.experience.mentions import Key, Tags, write_mentions
from pipeline.experience.people import SELF, Someone, lexicon
from pipeline.experience.steps import effect_rows, event_rows, words_of
from pipeline.experience.tell import Memory, Row, read_post, signature_rows
from pipeline.experience.told import Story, Told
from pipeline.records import Effect, Event, Experience, Mention, Person, Post, Quote, Thread
from pipeline.spans import TREATMENT_LABELS, Regimen, Tagged
from pipeline.vocabulary import load_vocabulary

BARE = re.compile(r"\d+(?:\.\d+)?")
Assign = Callable[..., dict[int, Regimen]]


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

    def add(self, title: list[Tagged]) -> None:
        quoted = [t for ts in self.tags.quotes for t in ts if not t.weak and t.label in TREATMENT_LABELS]
        author = self.post.author_id or self.post.post_id
        learned = Judge(self.tags.seen) if self.tags.seen is not None else None
        story, told = read_post(self.post.text, self.tags.text, quoted, author, self.memory, learned)
        own = (
            signature_rows(self.post.signature, self.tags.signature, author, self.memory) if self.post.signature else []
        )
        regimens = self._regimens(told)
        rest_on = [t for r in regimens.values() for t in r.spans]
        ids = write_mentions(self.rows.mentions, self.post, self.quotes, self.tags, title, story, told, rest_on)
        n = 0
        for row in told:
            n += 1
            self._experience(n, story, row, regimens, ids)
        for t in own:
            n += 1
            self._profile(n, t, ids)

    # -- experiences ------------------------------------------------------------------------------------------------

    def _regimens(self, told: list[Row]) -> dict[int, Regimen]:
        """Row index → its regimen: quantities of the post put on the places of each row."""
        # words that imply a treatment may be its dose (`down to 150`): they only mark the place, and are read as quantities
        places = [
            (i, dataclasses.replace(t.tagged, end=t.tagged.start) if t.implied else t.tagged)
            for i, row in enumerate(told)
            for t in row.told
            if t.token is not None
        ]
        if not places:
            return {}
        order = sorted(range(len(places)), key=lambda k: places[k][1].start)
        treatments = [places[k][1] for k in order]
        facts = load_vocabulary().concepts
        given = self.assign(
            self.post.text,
            treatments,
            self.post.posted_at,
            lambda t: facts[t.concept_id].facts.get("unit") if t.concept_id in facts else None,
            group=[places[k][0] for k in order],
        )
        out = {places[order[k]][0]: regimen for k, regimen in sorted(given.items(), reverse=True)}
        for i, row in enumerate(told):
            _bare_dose(out.setdefault(i, Regimen()), row)
        return out

    def _experience(
        self,
        n: int,
        story: Story,
        row: Row,
        regimens: dict[int, Regimen],
        ids: dict[Key, str],
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
        by = (main.tagged.method, main.person_rule, main.status_rule, best.outcome_rule if outcome else "")
        method = "; ".join(r for r in by if r)
        profile = "fast" if self.tags.seen is None else "default"
        seen = row_features(main.tagged.score * probability(main.status_weight), words.resolution, method)
        experience = Experience(
            experience_id=eid,
            post_id=post.post_id,
            thread_id=post.thread_id,
            author_id=post.author_id,
            patient_id=patient_id(post, person),
            posted_at=post.posted_at,
            person=_person(person),
            person_detail=person.detail,
            person_age_years=age,
            person_sex=sex,
            treatment_id=main.tagged.concept_id,
            treatment_name=main.tagged.concept_name,
            treatment_type=main.tagged.treatment_type,
            mention_id=ids["text", None, words.tagged.start, words.tagged.end],
            resolution=words.resolution,
            status=main.status,
            is_experience=experienced,
            special_situation=details.situation(story, places),
            dose_low=reg.low,
            dose_high=reg.high,
            dose_unit=reg.unit,
            dose_basis=reg.basis,
            doses_per_day=reg.doses_per_day,
            daily_dose_value=reg.daily_value,
            daily_dose_unit=reg.daily_unit,
            daily_dose_mg=reg.daily_mg,
            dose_inferred=reg.inferred,
            dose_text=words_of(post.text, reg.dose_span),
            route=route,
            route_inferred=inferred,
            form=reg.form,
            duration_days=reg.duration_days,
            duration_low_days=reg.duration_low,
            duration_high_days=reg.duration_high,
            duration_precision=reg.duration_precision,
            duration_anchor_on=reg.duration_anchor,
            duration_text=words_of(post.text, reg.duration_span),
            started_on=reg.started_on,
            started_earliest_on=reg.started.first if reg.started else None,
            started_latest_on=reg.started.last if reg.started else None,
            stopped_on=reg.stopped_on,
            stopped_earliest_on=reg.stopped.first if reg.stopped else None,
            stopped_latest_on=reg.stopped.last if reg.stopped else None,
            date_precision=reg.date_precision,
            date_anchor_on=reg.date_anchor,
            outcome=outcome,
            outcome_text=words_of(post.text, best.outcome_span) if outcome else None,
            evidence_start=min(story.sentences[s].start for s in places),
            evidence_end=max(story.sentences[s].end for s in places),
            method=method,
            score=sure(f"row-{profile}", seen),
        )
        self.rows.experiences.append(experience)
        if told or row.links:
            self.rows.effects += effect_rows(experience, story, row, outcome, ids, profile)
        self.rows.events += event_rows(eid, story, row, reg)

    def _profile(self, n: int, t: Told, ids: dict[Key, str]) -> None:
        """A signature's treatment: what the author says of themselves under every post."""
        post, person = self.post, t.person or SELF
        assert t.tagged.concept_id and t.tagged.concept_name and t.tagged.treatment_type and t.status
        route, inferred = self._usual_route(t.tagged)
        self.rows.experiences.append(
            Experience(
                experience_id=f"{post.post_id}-e{n:02d}",
                post_id=post.post_id,
                thread_id=post.thread_id,
                author_id=post.author_id,
                patient_id=patient_id(post, person),
                posted_at=post.posted_at,
                person=_person(person),
                person_detail=person.detail,
                treatment_id=t.tagged.concept_id,
                treatment_name=t.tagged.concept_name,
                treatment_type=t.tagged.treatment_type,
                mention_id=ids["signature", None, t.tagged.start, t.tagged.end],
                resolution="signature",
                status=t.status,
                is_experience=person.person != "general",
                route=route,
                route_inferred=inferred,
                evidence_start=0,
                evidence_end=0,
                method=f"{t.tagged.method}; {t.status_rule}",
                score=round(t.tagged.score * 0.8, 3),
            )
        )

    def _usual_route(self, t: Tagged) -> tuple[str | None, bool]:
        concept = load_vocabulary().concepts.get(t.concept_id or "")
        route = concept.facts.get("route") if concept else None
        return (route, True) if route else (None, False)


def _bare_dose(reg: Regimen, row: Row) -> None:
    """`Down to 150`, `I'm at 2.75 now`: a bare number that implied the treatment is its dose in the usual unit."""
    number = next((t.tagged for t in row.told if t.implied and BARE.fullmatch(t.tagged.text)), None)
    unit = load_vocabulary().concepts[number.concept_id].facts.get("unit") if number and number.concept_id else None
    if number and unit and reg.low is None:
        reg.low, reg.unit, reg.basis, reg.inferred = float(number.text), unit, "intake", True
        reg.dose_span = (number.start, number.end)


def _person(who: Someone) -> Person:
    return who.person  # type: ignore[return-value]
