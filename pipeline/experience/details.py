"""What is said beside an experience: age, sex and situation of the person; how bad, how soon, how lasting an effect was."""

import re

from pipeline.experience.effects import Link
from pipeline.experience.people import Someone
from pipeline.experience.told import Story
from pipeline.records import Challenge, Severity, Sex, Situation

OWN_AGE = re.compile(r"\b(?:i'?m|i am|im|as a|age[d]?|am)\s+(?:a\s+|aged\s+|only\s+|now\s+)?(\d{2})(?:\s*(?:years?\s*old|yrs?\s*old|yo|y/o|yr old)|\s*(?=[,.;)]|and\b|on\b|with\b|$))", re.I)
CODED = re.compile(r"\b(?:(\d{2})\s*(?:yo|y/o|yr old|year old|years old)?\s*(female|male|woman|man|f|m)\b|(female|male|f|m)\s?,?\s?(\d{2})\b)(?!\s*(?:mg|mcg|ml|%|lb|kg))", re.I)
SITUATIONS: list[tuple[Situation, re.Pattern[str]]] = [
    ("breastfeeding", re.compile(r"\b(?:breast ?-?feeding|nursing (?:my|a|the) (?:baby|newborn|son|daughter)|lactating)\b", re.I)),
    ("pregnancy", re.compile(r"\b(?:while|whilst|when|was|am|being|i'm|during (?:my|the|both) ?)\s*(?:\d+ weeks )?pregnan(?:t|cy)\b|\b(?:first|second|third) trimester\b", re.I)),
    ("overdose", re.compile(r"\b(?:overdos\w+|took (?:the )?(?:whole|entire) (?:bottle|pack|box)|took (?:way |far )?too many|double dosed by mistake)\b", re.I)),
    ("misuse", re.compile(r"\b(?:snort\w*|to get high|got high|abus(?:ed|ing) (?:it|them|my)|recreationally|off the street|someone else's (?:pills|prescription))\b", re.I)),
    ("off_label", re.compile(r"\boff ?-?label\b", re.I)),
]
SEVERITY: list[tuple[Severity, re.Pattern[str]]] = [
    ("severe", re.compile(r"\b(?:severe|severely|terrible|terribly|horrible|horribly|awful|excruciating|unbearable|debilitating|extreme|extremely|crippling|violent|violently|massive|horrendous|intense|worst)\b", re.I)),
    ("moderate", re.compile(r"\b(?:moderate|moderately|fairly bad|quite bad)\b", re.I)),
    ("mild", re.compile(r"\b(?:mild|mildly|slight|slightly|minor|a (?:little|tiny|wee)? ?bit(?: of)?|a little|a touch of|occasional)\b", re.I)),
]
SERIOUS = re.compile(r"\b(?:hospital(?:ised|ized)?|a&e|e\.?r\.?(?=\s|[.,!]|$)|emergency room|casualty|ambulance|icu|intensive care|999|911|life[- ]threatening|nearly (?:died|killed)|almost (?:died|killed)|permanent(?:ly)?|admitted|resus)\b", re.I)
GONE = re.compile(r"\b(?:went away|gone|cleared(?: up)?|settled|wore off|disappeared|vanished|resolved|stopped within|faded|passed|back to normal|came back to normal|went (?:within|in|after)|eased off|subsided|got better)\b", re.I)
LASTS = re.compile(r"\b(?:never went away|still (?:have|has|there|got|not)|hasn't gone|didn't go away|not gone away|permanent(?:ly)?|to this day|never recovered|never came back)\b", re.I)
ONSET = re.compile(r"\b(?:within|after|about|around|in)\s+(?:about |around |just |only |the )*$|^\s*(?:into|in|after starting|after i started|after the first|later)\b", re.I)


def age_and_sex(text: str, person: Someone) -> tuple[float | None, Sex | None]:
    """Age in years and sex where the post says them of this person; a kinship word may carry either."""
    if person.person != "self":
        return person.age, person.sex
    coded = CODED.search(text)
    if coded and (coded.group(1) or coded.group(4)):
        word = (coded.group(2) or coded.group(3)).lower()
        return float(coded.group(1) or coded.group(4)), "female" if word in ("female", "woman", "f") else "male"
    own = OWN_AGE.search(text)
    return (float(own.group(1)) if own else None), None


def situation(story: Story, sentences: list[int]) -> Situation | None:
    """Special situation said in the sentences of the row."""
    words = " ".join(story.text[story.sentences[s].start : story.sentences[s].end] for s in sentences)
    return next((kind for kind, pattern in SITUATIONS if pattern.search(words)), None)


def severity(story: Story, k: Link) -> Severity | None:
    """How bad, by the words just before or inside the problem."""
    near = story.text[max(story.sentences[k.sentence].start, k.problem.start - 25) : k.problem.end]
    return next((kind for kind, pattern in SEVERITY if pattern.search(near)), None)


def serious(story: Story, k: Link) -> bool | None:
    """True where the sentence of a caused problem, or the next, tells of hospital, danger to life or lasting damage."""
    if k.relation == "treats" or k.polarity == "denied":
        return None
    near = story.sentences[k.sentence : k.sentence + 2]
    return True if SERIOUS.search(story.text[near[0].start : near[-1].end]) else None


def onset(story: Story, k: Link) -> float | None:
    """Days from start to onset: a duration in the problem's sentence framed as `within …`, `… into it`."""
    if k.relation != "causes" or k.polarity == "denied":
        return None
    for t in story.sentences[k.sentence].tokens:
        q = t.tagged.quantity if t.tagged is not None and t.tagged.label == "DURATION" else None
        if q is not None and q.days is not None and (ONSET.search(story.text[max(0, t.start - 20) : t.start]) or ONSET.search(story.text[t.end : t.end + 25])):
            return q.days
    return None


def after(story: Story, k: Link, stopped: bool, restarted: bool) -> tuple[bool | None, Challenge | None, Challenge | None]:
    """(resolved, dechallenge, rechallenge) of a caused problem, as its sentence and the next say."""
    if k.relation != "causes" or k.polarity == "denied":
        return None, None, None
    near = story.sentences[k.sentence : k.sentence + 2]
    words = story.text[max(near[0].start, k.problem.start) : near[-1].end]
    resolved = False if LASTS.search(words) else True if GONE.search(words) else None
    dechallenge: Challenge | None = None if resolved is None or not stopped else "positive" if resolved else "negative"
    back = re.search(r"\b(?:came|come) (?:right |straight )?back\b|\breturned\b|\bsame (?:thing|again)\b", words, re.I)
    return resolved, dechallenge, "positive" if restarted and back else None
