"""Person, status and outcome of each treatment told, by cue rules over its sentence and the sentences that go on about it."""

import re

from pipeline.experience.lists import phrase, words
from pipeline.experience.names import addressed
from pipeline.experience.people import GENERAL, SELF, Reference, Someone, speaks
from pipeline.experience.rules import Hit, fire
from pipeline.experience.told import Story, Told, clause, listed, marks, reading
from pipeline.experience.view import Reading, Sentence
from pipeline.experience.whose import patient
from pipeline.records import Status

MEMBER = Someone("other", "member")
# what an unmarked mention of each kind most often is
USUAL: dict[str, Status] = {
    "PROCEDURE": "past",
    "DEVICE": "current",
    "THERAPY": "current",
    "DRUG": "current",
    "DRUG_CLASS": "current",
}


def judge(story: Story, told: Told, before: Someone | None) -> None:
    """Set person and status of `told`. `before` is the patient of the treatment told last in the post, for what goes on."""
    sentence, refs = story.sentences[told.sentence], story.people[told.sentence]
    hits = [h for h in fire("status", _said(story, told)) if _applies(h, told)]
    top = hits[0] if hits else None
    if told.token is None:
        told.person, told.person_rule = before or SELF, "person:goes on"
    else:
        first, last = clause(story, told.sentence, told.token)
        told.person, told.person_rule = patient(
            sentence, refs, min(listed(story, told)), first, last, story.topics[told.sentence]
        )
    if top is not None:
        told.status, told.status_weight, told.status_rule = top.rule.value, top.rule.weight, top.rule.id  # type: ignore[assignment]
        told.status_about = top.rule.about
        if told.tagged.label == "DEVICE" and "still_in" in top.rule.about:
            told.status = "current"  # put in then, in still
        # a question, a piece of advice and a general statement say themselves whom they are about
        if told.status == "asked" and (told.person is None or told.person.person not in ("family", "other")):
            to_one = top.rule.id == "status:what_is_like" and addressed(sentence)
            told.person = SELF if "self" in top.rule.about else MEMBER if to_one else GENERAL
            told.person_rule = top.rule.id
        elif "reader" in top.rule.about and (told.person is None or told.person.person in ("general", "self")):
            told.person, told.person_rule = MEMBER, top.rule.id
        elif "general" in top.rule.about:
            told.person, told.person_rule = GENERAL, top.rule.id
        elif "self" in top.rule.about and (told.person is None or told.person.person == "general"):
            told.person, told.person_rule = SELF, top.rule.id
    elif sentence.question and told.person is None:
        told.status, told.status_weight, told.status_rule = "asked", 2.0, "status:question mark"
        told.person, told.person_rule = GENERAL, "status:question mark"
    if told.tagged.text.lower() == "mine" and (told.person is None or told.person.person != "self"):
        told.person, told.person_rule = SELF, "person:mine"
    if told.person is None:
        told.person, told.person_rule = _unsaid(story, told, before)
    if told.person.person == "general" and told.status in ("current", "past", None):
        told.status, told.status_rule = "general", told.person_rule
        told.status_weight = max(told.status_weight, 4.0)
    if told.person.person == "clinician":
        told.person = SELF
    if told.status is None:
        told.status, told.status_weight, told.status_rule = _tense(story, told)


def _said(story: Story, told: Told) -> Reading:
    """The sentence as read for status; a bare list (`He refuses everything. Lithium, Lamictal, all of it.`) goes on from the
    sentence before it."""
    view = reading(story, told)
    s = told.sentence
    if told.token is None or s == 0 or story.inside(s - 1) or not phrase("bare_list").fullmatch(view.text):
        return view
    before = [t.norm for t in story.sentences[s - 1].tokens]
    view.prefix(" ".join([*(before[:-1] if before[-1:] == ["."] else before), ":"]))
    return view


def _tense(story: Story, told: Told) -> tuple[Status, float, str]:
    """No cue: a sentence told wholly in the past is about the past, else the usual reading of that kind of treatment."""
    said = zone_reading(story, told).text
    if not phrase("present").search(said) and told.token is not None:
        if phrase("past").search(said):
            return "past", 1.0, "status:past tense"
        if told.follows_past and not re.search(r"\b[DF]\b", said):
            return "past", 0.8, "status:in a history"
    return USUAL[told.tagged.label], 0.5, "status:unmarked"


def _applies(hit: Hit, told: Told) -> bool:
    """Rules about what is done `once` do not hold for medicines, rules about what is `owned` only for devices, `implied` ones
    only where words stand for a treatment nobody names there."""
    label = told.tagged.label
    if "implied" in hit.rule.about and not told.implied:
        return False
    if "once" in hit.rule.about:
        return label not in ("DRUG", "DRUG_CLASS")
    return "owned" not in hit.rule.about or label == "DEVICE"


def _unsaid(story: Story, told: Told, before: Someone | None) -> tuple[Someone, str]:
    """Whom a sentence without a person is about: whoever the post has been telling of, else the author."""
    topic = _topic_at(story, told) or before
    if topic is not None and topic.person in ("family", "other"):
        return topic, "person:topic"
    return SELF, "person:author"


def _topic_at(story: Story, told: Told) -> Someone | None:
    """Whom the post tells of at a place: who is first spoken of after it in the sentence is not yet."""
    s = told.sentence
    topic, earlier = story.topics[s], story.topics[s - 1] if s else None
    if topic is None or earlier is None or topic == earlier or earlier.person == "other" or told.token is None:
        return topic
    return topic if any(r.who == topic and r.first < told.token for r in story.people[s]) else earlier


def topics(
    sentences: list[Sentence], people: list[list[Reference]], topic: Someone | None = None
) -> list[Someone | None]:
    """For each sentence, whom the post is telling of: the subject of that sentence or of the last one that had any; at
    first `topic`, or who is called `she` and nothing else from early on (`Started Keppra at her birth. She's my miracle`)."""
    out: list[Someone | None] = []
    spoken = [r for refs in people for r in refs if r.who.person not in ("clinician", "general")]
    early = any(r.pronoun for refs in people[: max(1, len(people) - 1)] for r in refs)
    if (
        topic is None
        and early
        and spoken
        and spoken[0].pronoun
        and all(r.who.person == "family" or r.owner for r in spoken)
    ):
        topic = spoken[0].who
    for sentence, refs in zip(sentences, people, strict=True):
        found = _subject_of(sentence, refs)
        if found is None and topic is not SELF and any(_own(sentence, r) for r in refs):
            found = SELF  # the author speaks of themselves again
        topic = found or (SELF if topic is not None and topic.person == "other" else topic)
        out.append(topic)
    return out


def _own(sentence: Sentence, r: Reference) -> bool:
    return r.who is SELF and sentence.tokens[r.first].norm not in ("we", "us", "our") and not speaks(sentence.tokens, r)


def _subject_of(sentence: Sentence, refs: list[Reference]) -> Someone | None:
    """The first person of a sentence who acts in it and is no clinician; the author only where `I` or `my` leads it."""
    for r in refs:
        before = [t.norm for t in sentence.tokens[max(0, r.first - 4) : r.first]]
        if r.who.person == "family" and {"to", "of"} & set(before) and words("parents") & set(before):
            return r.who  # `I'm mum to Alfie, who has …`
    for r in refs:
        if r.who.person in ("family", "other") and not r.obj:
            lead = [
                t.norm
                for t in sentence.tokens[max(0, r.first - 3) : r.first]
                if t.norm not in words("owning") and t.norm not in ("the", "a", "an")
            ]
            if not (lead and lead[-1] in words("beside")) and not speaks(sentence.tokens, r):
                return r.who
        if (
            r.who is SELF
            and sentence.tokens[r.first].norm not in ("we", "us", "our")
            and (r.owner or r.first <= 3)
            and not speaks(sentence.tokens, r)
        ):
            return SELF
    return None


def follow(story: Story, told: Told, said_of: Someone | None) -> None:
    """A pronoun's treatment stays with the person it was told of (`I had it stopped`), unless the author takes it too."""
    if (
        told.resolution == "pronoun"
        and said_of is not None
        and said_of.person in ("family", "other")
        and told.person is SELF
        and not phrase("own_use").search(reading(story, told).text)
    ):
        told.person, told.person_rule = said_of, "person:as told before"


def outcome(story: Story, told: Told) -> None:
    """Set the outcome of `told` from its part of the sentence: its own clause up to where another treatment begins."""
    if story.sentences[told.sentence].question and told.status == "asked":
        return
    zone = zone_reading(story, told)
    hits = fire("outcome", zone)
    whole = reading(story, told, firmly=True)
    hits += [h for h in fire("outcome", whole) if "T" in h.rule.pattern.pattern]
    hits.sort(key=lambda h: (-h.rule.weight, -h.end, h.rule.id))
    best = next((h for h in hits if not _denied(h, zone.text if h.end <= len(zone.text) else whole.text)), None)
    if best is not None and best.rule.weight > told.outcome_weight:
        told.outcome, told.outcome_weight, told.outcome_rule = best.rule.value, best.rule.weight, best.rule.id  # type: ignore[assignment]
        told.outcome_span = (story.sentences[told.sentence].start, story.sentences[told.sentence].end)


def _denied(hit: Hit, text: str) -> bool:
    """A good word under a `not` of the two words before it is no good word."""
    before = text[: hit.start].split()[-2:]
    return (
        hit.rule.value == "helped"
        and any(w in ("not", "never", "no", "hardly", "barely", "nor") for w in before)
        and "not" not in hit.rule.pattern.pattern[:40]
    )


def zone_reading(story: Story, told: Told) -> Reading:
    """The stretch of the sentence about `told`: from its clause (or the treatment before it) to the clause of the next."""
    sentence = story.sentences[told.sentence]
    if told.token is None:
        return reading(story, told)
    group = listed(story, told, firmly=True)
    others = [t.token for t in story.inside(told.sentence) if t.token is not None and t.token not in group]
    first, _ = clause(story, told.sentence, min(group))
    first = max([first, *(o + 1 for o in others if o < min(group))])
    if not any(o < min(group) for o in others):
        first = 0
    following = [o for o in others if o > max(group)]
    last = len(sentence.tokens)
    if following:
        begin, _ = clause(story, told.sentence, following[0])
        last = begin if begin > max(group) else following[0]
    people = {i - first: s for i, s in marks(story.people[told.sentence]).items() if i >= first}
    return Reading(sentence.tokens[first:last], {g - first for g in group}, set(), people)
