"""Words that stand for a treatment: `it`, `mine`, `one`, `that stuff`, `the pump`, and the treatment they stand for.

A word counts only in a frame of vocabulary/cues/anaphora.csv (`take it`, `it helped`), so that the `it` of `it rained` stands
for nothing. It is looked for in the post first, then among the author's earlier posts, the posts before, and the title.
"""

import dataclasses
import re

from pipeline.experience.lists import words
from pipeline.experience.rules import possible
from pipeline.experience.told import Told
from pipeline.experience.view import Reading, Sentence
from pipeline.records import Resolution
from pipeline.spans import TREATMENT_LABELS, Tagged
from pipeline.vocabulary import Vocabulary
from pipeline.vocabulary.fold import fold

FAR = 3  # sentences back that a pronoun looks


@dataclasses.dataclass(slots=True)
class Known:
    """A treatment spoken of before: where a pronoun may find it and how such a row says it was found."""

    tagged: Tagged
    resolution: Resolution
    own: bool = False  # the author of the post spoke of it
    asked: bool = False  # and the post before asked about it


@dataclasses.dataclass(slots=True)
class Stand:
    """A word in a frame: the token it is, the frame's value and the words."""

    token: int
    value: str
    words: str


def stands(sentence: Sentence) -> list[Stand]:
    """Words of a sentence that may stand for a treatment, in order."""
    reading = Reading(sentence.tokens, set(), set(), {})
    found: dict[int, Stand] = {}
    for rule in possible("anaphora", reading.text):
        for m in rule.pattern.finditer(reading.text):
            first, last = reading.token_at(m.start("a")), reading.token_at(m.end("a") - 1)
            named = any(t.tagged is not None and t.tagged.quantity is None for t in sentence.tokens[first : last + 1])
            if not named and (rule.value.startswith("implied") or sentence.tokens[last].tagged is None):
                found.setdefault(last, Stand(last, rule.value, m.group("a")))
    return [found[i] for i in sorted(found)]


def choose(
    stand: Stand, before: list[Told], here: int, known: list[Known], question: list[Known]
) -> tuple[Tagged, Resolution] | None:
    """The treatment a word stands for: (its mention, how it was found), or None.

    `before` are treatments told earlier in the post (sentence numbers ≤ `here`); `known` those of the thread, nearest
    last; `question` the treatments the thread's title names.
    """
    if stand.value in ("former", "latter"):
        return _contrast(stand, before, known)
    if stand.value.startswith("implied"):
        return _implied(stand, before, known, question)
    head = stand.words.split()[-1]
    fitting = [t for t in before if t.token is not None and here - t.sentence <= FAR and _fits(head, t.tagged)]
    if fitting:
        return fitting[-1].tagged, "pronoun"
    if any(t.token is not None for t in before) and stand.value in ("it",):
        return None
    topic = {k.tagged.concept_id for k in question}
    quoted = [k for k in known if k.resolution == "quote" or k.asked]
    # a thread named after one treatment is about that one; else the nearest spoken of
    for source in (quoted, question if len(topic) == 1 else [], known[::-1], question):
        for k in source:
            if _fits(head, k.tagged):
                return k.tagged, k.resolution
    return (
        _nearest(before, here, [quoted, question if len(topic) == 1 else [], known[::-1], question])
        if stand.value == "read"
        else None
    )


def _nearest(before: list[Told], here: int, sources: list[list[Known]]) -> tuple[Tagged, Resolution] | None:
    """What words the encoder reads as a treatment's stand for where their noun fits none: the nearest spoken of."""
    near = [t for t in before if t.token is not None and here - t.sentence <= FAR]
    if near:
        return near[-1].tagged, "pronoun"
    return next(((k.tagged, k.resolution) for source in sources for k in source), None)


def _implied(
    stand: Stand, before: list[Told], known: list[Known], question: list[Known]
) -> tuple[Tagged, Resolution] | None:
    """`Six weeks in`, `down to 150`: where the post named nothing yet, what the author was asked about, else the one treatment
    the title names if the author told of it or of none, else what they last told of, else the last one spoken of.
    `My third one` is the title's, whatever the post named before."""
    if stand.value == "implied_once":
        known, question = (
            [k for k in source if k.tagged.label in ("PROCEDURE", "DEVICE")] for source in (known, question)
        )
    named = {
        t.tagged.concept_id
        for t in before
        if t.token is not None and (stand.value != "implied_once" or t.tagged.label in ("PROCEDURE", "DEVICE"))
    }
    title = [k for k in question if k.tagged.concept_id not in named]
    if named and not (stand.value == "implied_title" and len(title) == len(question)):
        return None
    own = [k for k in known if k.own]
    if len({k.tagged.concept_id for k in question}) > 1 and all(k.resolution == "title" for k in own):
        own = []  # the title asks which of several: nobody takes one of them yet
        known = [k for k in known if k.resolution != "title"]
    topic = question[:1] if len({k.tagged.concept_id for k in question}) == 1 else []
    if own and topic and all(k.tagged.concept_id != topic[0].tagged.concept_id for k in own):
        topic = []
    found = [k for k in own if k.asked] or topic or own[-1:] or known[-1:]
    return (found[0].tagged, found[0].resolution) if found else None


def _contrast(stand: Stand, before: list[Told], known: list[Known]) -> tuple[Tagged, Resolution] | None:
    options = [(t.tagged, "pronoun") for t in before if t.resolution == "explicit"] or [
        (k.tagged, k.resolution) for k in known
    ]
    distinct: list[tuple[Tagged, Resolution]] = []
    for tagged, how in options:
        if all(tagged.concept_id != d[0].concept_id for d in distinct):
            distinct.append((tagged, how))  # type: ignore[arg-type]
    if len(distinct) < 2:
        return None
    return distinct[-2] if stand.value == "former" else distinct[-1]


def _fits(head: str, tagged: Tagged) -> bool:
    return head in words("any_kind") or head in words("fits_" + tagged.label) or head in fold(tagged.text).split()


def head_noun(tagged: Tagged) -> str:
    """Last word of a mention, singular: what `the …` would call it."""
    word = re.sub(r"'s$", "", fold(tagged.text).split()[-1])
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def weak_stands(tagged: list[Tagged], known: list[Tagged], vocabulary: Vocabulary) -> dict[int, Tagged]:
    """Short names without a second sign (`the pump`, `my brace`) that a fuller name in the thread explains: start → fuller."""
    out = {}
    strong = [k for k in tagged if not k.weak and k.label in TREATMENT_LABELS]
    for t in tagged:
        if not t.weak or t.label not in TREATMENT_LABELS:
            continue
        head = head_noun(t)
        for k in [*(k for k in reversed(strong) if k.start < t.start), *reversed(known)]:
            names = vocabulary.concepts[k.concept_id].terms if k.concept_id in vocabulary.concepts else ()
            if (
                k.concept_id == t.concept_id
                or head_noun(k) == head
                or any(n.split()[-1] == head for n in names if len(n.split()) > 1)
            ):
                out[t.start] = k
                break
    return out
