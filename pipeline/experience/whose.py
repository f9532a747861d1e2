"""Whose experience a sentence tells: the person a treatment belongs to.

The nearest person in the grammar of the sentence decides: an owner (`my mum's`, `her`), someone it was given to (`put him
on`), the subject of the clause; a person who only speaks, drives or worries (`my husband says`) is passed over.
"""

from pipeline.experience.lists import phrase, words
from pipeline.experience.people import SELF, Reference, Someone, speaks, words_at
from pipeline.experience.view import Sentence, Token


def patient(
    sentence: Sentence, refs: list[Reference], at: int, clause_start: int, clause_end: int, topic: Someone | None
) -> tuple[Someone | None, str]:
    """The person the treatment at token `at` belongs to and the rule that says so; (None, …) where the sentence does not say.

    `we` in a post about a relative is that relative: `we tried amoxicillin` of a child.
    """
    who, rule, at_ref = _patient(sentence, refs, at, clause_start, clause_end)
    plural = at_ref is not None and sentence.tokens[at_ref.first].norm in ("we", "us", "our")
    if plural and topic is not None and topic.person == "family":
        return topic, "person:we"
    return who, rule


def _patient(
    sentence: Sentence, refs: list[Reference], at: int, clause_start: int, clause_end: int
) -> tuple[Someone | None, str, Reference | None]:
    tokens = sentence.tokens
    aside = _aside(tokens, at)
    near = [r for r in refs if r.last < at and r.first not in aside]
    labels = [r for r in near if r.last + 1 < at and tokens[r.last + 1].norm == ":" and not r.owner]
    if labels and labels[-1].who.person in ("self", "family", "other"):
        return labels[-1].who, "person:label", labels[-1]  # `Him: ramipril. Me: sertraline.`
    if near and near[-1].owner and at - near[-1].last <= 4 and not _verb_between(tokens, near[-1].last + 1, at):
        owner = near[-1]
        taker = near[-2] if len(near) > 1 else None
        if taker and taker.who is SELF and not owner.pronoun and owner.who is not SELF:
            if phrase("borrows").match(words_at(tokens, taker.last + 1, 4)):
                return SELF, "person:borrowed", taker
        if owner.who.person != "clinician":
            return owner.who, "person:owner", owner
    given = [r for r in near if r.obj and r.first >= clause_start]
    if given and _gives(tokens, given[-1]):
        return given[-1].who, "person:given", given[-1]
    for r in reversed(near):
        if (
            r.first >= clause_start
            and not r.obj
            and not r.owner
            and _gives(tokens, r)
            and r.who.person in ("family", "other")
        ):
            return r.who, "person:given", r
    for r in reversed(near):
        if r.first < clause_start:
            break
        if _subject(tokens, r):
            return r.who, "person:subject", r
    after = [r for r in refs if at < r.first <= clause_end]
    for r in after:
        if r.obj or (r.who.person in ("family", "other") and not r.owner and not speaks(tokens, r)):
            return r.who, "person:object", r
        if r.owner and r.who.person != "clinician":
            return r.who, "person:affected", r
    for r in reversed(near):
        if r.first < clause_start and _subject(tokens, r):
            return r.who, "person:earlier clause", r
    return None, "person:unsaid", None


def _aside(tokens: list[Token], at: int) -> set[int]:
    """Tokens before `at` in brackets that close before it: `My Jack (husband, we are a pair) got nothing out of Humira`; who
    the name before them is stands first and counts."""
    out: set[int] = set()
    opened: int | None = None
    for i, token in enumerate(tokens[:at]):
        if token.norm == "(":
            opened = i
        elif token.norm == ")" and opened is not None:
            out |= set(range(opened + (3 if opened and tokens[opened - 1].capital else 0), i))
            opened = None
    return out


def _subject(tokens: list[Token], r: Reference) -> bool:
    return not r.obj and not r.owner and r.who.person != "clinician" and not speaks(tokens, r)


def _gives(tokens: list[Token], r: Reference) -> bool:
    first = r.first
    while first > 0 and tokens[first - 1].norm in words("owning") | {"the", "a", "an"}:
        first -= 1
    before = tokens[first - 1].norm if first else ""
    return bool(phrase("gives").fullmatch(before))


def _verb_between(tokens: list[Token], first: int, at: int) -> bool:
    return any(phrase("verbs_between").fullmatch(t.norm) for t in tokens[first:at])
