"""What the stages of this package hand each other while a post is read: treatments as told, sentences, people, evidence."""

import bisect
import dataclasses

from pipeline.experience.lists import words
from pipeline.experience.people import Reference, Someone
from pipeline.experience.view import Reading, Sentence, boundary
from pipeline.records import Outcome, Resolution, Status
from pipeline.spans import Tagged


@dataclasses.dataclass(slots=True)
class Told:
    """One treatment at one place of a post: an explicit mention, a word that stands for it, or (`token` None) a sentence that
    goes on about it without naming it."""

    tagged: Tagged  # the words; concept fields are those of the treatment it stands for
    sentence: int
    token: int | None
    resolution: Resolution = "explicit"
    implied: bool = False  # carried by words that only make sense of it (`six weeks in`), found for certain
    person: Someone | None = None
    person_rule: str = ""
    status: Status | None = None
    status_weight: float = 0.0
    status_rule: str = ""
    status_about: frozenset[str] = frozenset()
    outcome: Outcome | None = None
    outcome_weight: float = 0.0
    outcome_rule: str = ""
    outcome_span: tuple[int, int] | None = None
    follows_past: bool = False  # the treatment told before it is past: an unmarked one in a history is too


@dataclasses.dataclass(slots=True)
class Story:
    """A post cut for reading: sentences, who is spoken of in each, and the treatments told, in text order."""

    text: str
    sentences: list[Sentence]
    people: list[list[Reference]]
    topics: list[Someone | None]
    told: list[Told] = dataclasses.field(default_factory=list)  # in text order

    def inside(self, sentence: int) -> list[Told]:
        """Treatments named (or stood for) in a sentence."""
        first = bisect.bisect_left(self.told, sentence, key=lambda t: t.sentence)
        out = []
        while first < len(self.told) and self.told[first].sentence == sentence:
            if self.told[first].token is not None:
                out.append(self.told[first])
            first += 1
        return out


def listed(story: Story, told: Told, firmly: bool = False) -> set[int]:
    """Tokens of the treatments listed with `told` in its sentence, itself included.

    A list is held together by commas and joining words with nothing but quantities between; `firmly` asks for a joining
    word between each pair, so that `Lexapro, Zoloft made me ill` stays two things.
    """
    if told.token is None:
        return set()
    tokens = story.sentences[told.sentence].tokens
    places = sorted(t.token for t in story.inside(told.sentence) if t.token is not None)
    out = {told.token}
    for step in (1, -1):
        here = told.token
        for place in places if step == 1 else reversed(places):
            if (place - here) * step <= 0:
                continue
            between = [t.norm for t in tokens[min(here, place) + 1 : max(here, place)]]
            joined = any(w in words("joining") for w in between)
            if (
                not between
                or not all(w in words("listing") for w in between)
                or not (joined or (not firmly and "," in between))
            ):
                break
            out.add(place)
            here = place
    return out


def marks(refs: list[Reference]) -> dict[int, str]:
    """Reading symbols of people: K relative, X another person, C clinician, at the last token of each reference."""
    symbol = {"family": "K", "other": "X", "clinician": "C"}
    return {r.last: symbol[r.who.person] for r in refs if r.who.person in symbol and not r.pronoun}


def clause(story: Story, sentence: int, token: int) -> tuple[int, int]:
    """First token and one past the last token of the clause around a token."""
    tokens = story.sentences[sentence].tokens
    first = next((i for i in range(token, 0, -1) if boundary(tokens, i)), 0)
    last = next((i for i in range(token + 1, len(tokens)) if boundary(tokens, i)), len(tokens))
    return first, last


def reading(story: Story, told: Told, problems: set[int] | None = None, firmly: bool = False) -> Reading:
    """The sentence as read for a treatment; a sentence that only goes on about it begins with an unwritten `T`."""
    sentence = story.sentences[told.sentence]
    people = marks(story.people[told.sentence])
    out = Reading(sentence.tokens, listed(story, told, firmly), problems or set(), people)
    if told.token is None:
        out.prefix("T")
    return out
