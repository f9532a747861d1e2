"""What words of a post stand for which treatment: named ones, short names, pronouns, classes and general nouns."""

import dataclasses
from collections.abc import Sequence

from pipeline.experience.anaphora import Known, Stand, choose, stands, weak_stands
from pipeline.experience.lists import words
from pipeline.experience.people import GENERAL, SELF, Someone
from pipeline.experience.told import Story, Told
from pipeline.experience.view import Token
from pipeline.records import Resolution
from pipeline.spans import TREATMENT_LABELS, Tagged
from pipeline.vocabulary import load_vocabulary, split


@dataclasses.dataclass(slots=True)
class Memory:
    """What a thread has told so far: treatments in order, whom each author spoke of, signatures already read."""

    title: list[Tagged] = dataclasses.field(default_factory=list)
    told: list[tuple[str, Tagged]] = dataclasses.field(default_factory=list)  # author, treatment
    had: list[tuple[str, Tagged]] = dataclasses.field(
        default_factory=list
    )  # of these, what authors have had themselves
    people: dict[str, list[Someone]] = dataclasses.field(default_factory=dict)
    starter: str | None = None  # whose the title is
    asked: list[Tagged] = dataclasses.field(default_factory=list)  # what the post before asked about
    names: dict[str, tuple[str, Someone]] = dataclasses.field(
        default_factory=dict
    )  # first name: who told of them first
    topic: dict[str, Someone] = dataclasses.field(default_factory=dict)  # whom an author's last post told of
    signatures: set[tuple[str, str]] = dataclasses.field(default_factory=set)


def fuller_names(tagged: list[Tagged], quoted: list[Tagged], memory: Memory) -> dict[int, Tagged]:
    """Short names of the text that a fuller name in thread, title, quote or post explains: start → fuller mention."""
    names = (
        memory.title
        + [t for _, t in memory.told]
        + quoted
        + [t for t in tagged if not t.weak and t.label in TREATMENT_LABELS]
    )
    return weak_stands(tagged, names, load_vocabulary())


def spoken_of(quoted: list[Tagged], author: str, memory: Memory) -> list[Known]:
    """Where a pronoun may look, nearest last: the thread so far, the author's own posts, the quote answered."""
    starter = memory.starter in (None, author)
    out = [Known(t, "title", own=True) for t in memory.title if starter]
    out += [Known(t, "pronoun") for _, t in memory.told[-4:]]
    own = [t for a, t in memory.told if a == author]
    out += [Known(t, "pronoun", own=True) for t in own][-2:]
    told = {t.concept_id for t in own}
    out += [Known(t, "pronoun", own=True, asked=True) for t in memory.asked if t.concept_id in told]
    out += [Known(t, "quote") for t in quoted]
    return out


def tell_sentence(
    story: Story,
    s: int,
    known: list[Known],
    memory: Memory,
    fuller: dict[int, Tagged],
    read: Sequence[tuple[int, int]] = (),
) -> None:
    """Add the treatments of one sentence to the story: named ones, short names a fuller one explains, pronouns in a frame, and
    the words the encoder reads as standing for one (`read`: their offsets)."""
    sentence = story.sentences[s]
    named = any(t.tagged is not None and t.tagged.label in TREATMENT_LABELS for t in sentence.tokens)
    pronouns = {p.token: p for p in stands(sentence) if not (named and p.value.startswith("implied"))}
    for i, stand in _read(story, s, read):
        pronouns.setdefault(i, stand)
    for i, token in enumerate(sentence.tokens):
        t = token.tagged
        if t is not None and t.label in TREATMENT_LABELS:
            if t.weak:
                full = fuller[t.start]
                named = any(x.tagged.concept_id == full.concept_id for x in story.told)
                how: Resolution = (
                    "pronoun" if named or any(k.tagged.concept_id == full.concept_id for k in known) else "title"
                )
                story.told.append(Told(stand_for(t, full), s, i, how))
            elif (full_how := _generic(story, s, i, t, known)) is not None:
                story.told.append(Told(stand_for(t, full_how[0]), s, i, full_how[1]))
            elif not _appositive(sentence.tokens, i):
                story.told.append(Told(t, s, i))
        if i in pronouns and (t is None or t.quantity is not None):
            _pronoun(story, s, i, pronouns[i], known, memory)


def _read(story: Story, s: int, read: Sequence[tuple[int, int]]) -> list[tuple[int, Stand]]:
    """Stretches the encoder reads as standing for a treatment, at their last token, where no treatment is named in them."""
    out = []
    tokens = story.sentences[s].tokens
    for start, end in read:
        inside = [i for i, t in enumerate(tokens) if t.start < end and start < t.end]
        named = any((t := tokens[i].tagged) is not None and t.quantity is None and not t.weak for i in inside)
        if inside and not named:
            out.append((inside[-1], Stand(inside[-1], "read", story.text[start:end].lower())))
    return out


def _generic(story: Story, s: int, i: int, t: Tagged, known: list[Known]) -> tuple[Tagged, Resolution] | None:
    """`the surgery`, `my pain meds` after a fuller name: the treatment of that kind told before, of which a class is a member."""
    tokens = story.sentences[s].tokens
    if i == 0 or tokens[i - 1].norm not in words("pointing"):
        return None
    if t.label == "PROCEDURE" and t.concept_name in words("generic"):
        fits = [
            x.tagged
            for x in story.told
            if x.tagged.label in ("PROCEDURE", "DEVICE")
            and x.tagged.concept_name not in words("generic")
            and s - x.sentence <= 6
        ]
        fits = fits or [
            k.tagged for k in known if k.tagged.label == "PROCEDURE" and k.tagged.concept_name not in words("generic")
        ]
        return (fits[-1], "pronoun") if fits else None
    return None


def member(story: Story, told: Told, memory: Memory, author: str) -> Tagged | None:
    """A class word that means a drug of that class the author has had: one told of earlier in the post, and with a pointing
    word (`my pain meds`) also one told of in an earlier post."""
    if told.tagged.label != "DRUG_CLASS" or told.token is None:
        return None
    before = story.sentences[told.sentence].tokens[told.token - 1].norm if told.token else ""
    had = [t for a, t in memory.had if a == author] if before in words("pointing") else []
    for earlier in story.told:
        if earlier is told:
            break
        if earlier.status in ("current", "past") and earlier.person is SELF:
            had.append(earlier.tagged)
    concepts = load_vocabulary().concepts
    for drug in reversed(had):
        concept = concepts.get(drug.concept_id or "")
        if concept is not None and told.tagged.concept_name in split(concept.facts.get("classes", "")):
            return drug
    return None


def _appositive(tokens: list[Token], i: int) -> bool:
    """True for the general word before the particular: `surgery (fusion T4-L1)`, `the operation MVD`, `a biologic, Remicade`."""
    t, after = tokens[i].tagged, tokens[i + 1 : i + 3]
    gap = len(after) == 2 and after[0].norm in ("(", ",", ":", "-")
    named = after[gap].tagged if len(after) > gap else None
    if t is None or named is None or named.label not in TREATMENT_LABELS:
        return False
    if t.concept_name in words("generic"):
        return named.label == t.label and (not gap or after[0].norm == "(")
    concept = load_vocabulary().concepts.get(named.concept_id or "")
    return gap and concept is not None and t.concept_name in split(concept.facts.get("classes", ""))


def _pronoun(story: Story, s: int, i: int, stand: Stand, known: list[Known], memory: Memory) -> None:
    token = story.sentences[s].tokens[i]
    spoken = {t.concept_id for _, t in memory.told}
    title = [Known(t, "pronoun" if t.concept_id in spoken else "title") for t in memory.title]
    title = [k for k in title if k.tagged.concept_name not in words("generic")] or title
    asked = story.sentences[s].question and any(r.who is GENERAL or r.who.person == "general" for r in story.people[s])
    near = [
        t for t in story.told if s - t.sentence <= 1
    ]  # a question to all is about the title, unless one was just named
    chosen = choose(stand, near if asked and title else story.told, s, known, title)
    only = {t.tagged.concept_id for t in story.told}
    if chosen is None and stand.value == "implied" and near and len(only) == 1:
        if any(r.who.person in ("family", "other") and not r.pronoun for r in story.people[s]):
            chosen = near[-1].tagged, "pronoun"  # `You could try melatonin. My niece is on 3mg.`
    if chosen is not None:
        tagged, how = chosen
        said = Tagged(token.start, token.end, story.text[token.start : token.end], tagged.label)
        sure = stand.value == "read" or stand.value.startswith("implied")
        story.told.append(Told(stand_for(said, tagged), s, i, how, sure))


def stand_for(words: Tagged, full: Tagged) -> Tagged:
    """The words of one mention with the concept of another."""
    return dataclasses.replace(
        words,
        label=full.label,
        concept_id=full.concept_id,
        concept_name=full.concept_name,
        treatment_type=full.treatment_type,
        method=f"refers to {full.text!r}",
        score=0.8,
        weak=False,
    )
