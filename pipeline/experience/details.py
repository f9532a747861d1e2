"""What is said beside an experience: age, sex and situation of the person; how bad, how soon, how lasting an effect was."""

from typing import get_args

from pipeline.experience.effects import Link
from pipeline.experience.lists import phrase
from pipeline.experience.people import Someone
from pipeline.experience.told import Story
from pipeline.records import Challenge, Severity, Sex, Situation


def age_and_sex(text: str, person: Someone) -> tuple[float | None, Sex | None]:
    """Age in years and sex where the post says them of this person; a kinship word may carry either."""
    if person.person != "self":
        return person.age, person.sex
    coded = phrase("age_sex").search(text)
    if coded and (coded.group(1) or coded.group(4)):
        word = (coded.group(2) or coded.group(3)).lower()
        return float(coded.group(1) or coded.group(4)), "female" if word in ("female", "woman", "f") else "male"
    own = phrase("own_age").search(text)
    return (float(own.group(1)) if own else None), None


def situation(story: Story, sentences: list[int]) -> Situation | None:
    """Special situation said in the sentences of the row."""
    said = " ".join(story.text[story.sentences[s].start : story.sentences[s].end] for s in sentences)
    return next((kind for kind in get_args(Situation) if phrase(kind).search(said)), None)


def severity(story: Story, k: Link) -> Severity | None:
    """How bad, by the words just before or inside the problem."""
    near = story.text[max(story.sentences[k.sentence].start, k.problem.start - 25) : k.problem.end]
    return next((kind for kind in reversed(get_args(Severity)) if phrase(kind).search(near)), None)


def serious(story: Story, k: Link) -> bool | None:
    """True where the sentence of a caused problem, or the next, tells of hospital, danger to life or lasting damage."""
    if k.relation == "treats" or k.polarity == "denied":
        return None
    near = story.sentences[k.sentence : k.sentence + 2]
    return True if phrase("serious").search(story.text[near[0].start : near[-1].end]) else None


def onset(story: Story, k: Link) -> float | None:
    """Days from start to onset: a duration in the problem's sentence framed as `within …`, `… into it`."""
    if k.relation != "causes" or k.polarity == "denied":
        return None
    for t in story.sentences[k.sentence].tokens:
        q = t.tagged.quantity if t.tagged is not None and t.tagged.label == "DURATION" else None
        if (
            q is not None
            and q.days is not None
            and (
                phrase("onset_before").search(story.text[max(0, t.start - 20) : t.start])
                or phrase("onset_after").match(story.text[t.end : t.end + 25])
            )
        ):
            return q.days
    return None


def after(
    story: Story, k: Link, stopped: bool, restarted: bool
) -> tuple[bool | None, Challenge | None, Challenge | None]:
    """(resolved, dechallenge, rechallenge) of a caused problem, as its sentence and the next say."""
    if k.relation != "causes" or k.polarity == "denied":
        return None, None, None
    near = story.sentences[k.sentence : k.sentence + 2]
    said = story.text[max(near[0].start, k.problem.start) : near[-1].end]
    resolved = False if phrase("lasts").search(said) else True if phrase("gone").search(said) else None
    dechallenge: Challenge | None = None if resolved is None or not stopped else "positive" if resolved else "negative"
    back = phrase("returned").search(said)
    return resolved, dechallenge, "positive" if restarted and back else None
