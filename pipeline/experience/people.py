"""Whose experience a sentence tells: finds the people in a post and the one a treatment belongs to.

The nearest person in the grammar of the sentence decides: an owner (`my mum's`, `her`), someone it was given to (`put him
on`), the subject of the clause; a person who only speaks, drives or worries (`my husband says`) is passed over.
"""

import csv
import dataclasses
import functools
import re

from pipeline.experience.lists import phrase, words
from pipeline.experience.names import given_names, name_at, told_of
from pipeline.experience.view import DATA, Sentence, Token
from pipeline.records import Person, Sex


@dataclasses.dataclass(frozen=True, slots=True)
class Someone:
    """A person as the author sees them. `detail` is the word used; clinicians are nobody's patient."""

    person: Person | str
    detail: str | None = None
    sex: Sex | None = None
    age: float | None = None


@dataclasses.dataclass(slots=True)
class Reference:
    """A word (tokens first…last of a sentence) that stands for someone; `pronoun` where it needed an antecedent."""

    first: int
    last: int
    who: Someone
    owner: bool
    obj: bool
    pronoun: bool = False


SELF = Someone("self")
GENERAL = Someone("general")
THIRD = {
    "he": "male",
    "him": "male",
    "his": "male",
    "she": "female",
    "her": "female",
    "hers": "female",
    "they": None,
    "them": None,
    "their": None,
    "theirs": None,
}
AGE = re.compile(r"^\d{1,2}$")


@functools.cache
def lexicon() -> dict[str, dict[str, str]]:
    """People words by first word's phrase (vocabulary/cues/people.csv)."""
    with (DATA / "cues" / "people.csv").open(encoding="utf-8", newline="") as f:
        return {row["word"]: row for row in csv.DictReader(f)}


LONGEST = 3


def _someone(tokens: list[Token], i: int) -> tuple[int, dict[str, str], str] | None:
    """(last token, lexicon row, words) of the longest people phrase that begins at token i."""
    for k in range(LONGEST, 0, -1):
        part = tokens[i : i + k]
        if len(part) < k or any(t.tagged for t in part):
            continue
        bare = re.sub(r"'s?$", "", " ".join(t.norm for t in part))
        row = lexicon().get(bare)
        if row is not None:
            return i + k - 1, row, bare
    return None


def _acts(tokens: list[Token], i: int) -> bool:
    return bool(phrase("name_acts").match(_text(tokens, i + 1, 4)))


def _owned(tokens: list[Token], i: int) -> bool:
    """True where a possessive or article stands up to three words before token i."""
    before = [t.norm for t in tokens[max(0, i - 3) : i]]
    return any(w in words("owning") or w.endswith("'s") for w in before)


CLINICIAN = Someone("clinician")


def references(
    sentence: Sentence,
    known: list[Someone],
    stranger: Someone = Someone("family", "he or she"),
    names: dict[str, Someone] | None = None,
) -> list[Reference]:
    """People of a sentence in order; `known` is who was spoken of before (latest last) and is extended, as is `names`, who is
    called by which first name. A pronoun nobody spoken of fits is a clinician where one was, else `stranger`."""
    names = {} if names is None else names
    tokens, out, i = sentence.tokens, [], 0
    while i < len(tokens):
        word = tokens[i].norm
        if tokens[i].tagged is not None:
            i += 1
            continue
        hit = _someone(tokens, i)
        whole = (
            hit is not None and hit[0] > i
        )  # `my man`, `little one`: a phrase of the lexicon, whatever it begins with
        if word in words("first_person") and not whole:
            out.append(Reference(i, i, SELF, word in words("owning"), word in words("object")))
        elif word in THIRD and not whole:
            who = _antecedent(known, THIRD[word])
            if phrase("clinical").match(_text(tokens, i + 1, 4)):
                who = CLINICIAN  # `she injected it`, `he is putting in for Humira`
            elif who is None and word not in ("they", "them", "their", "theirs"):
                who = CLINICIAN if CLINICIAN in known else stranger
            if who is not None:
                nxt = tokens[i + 1] if i + 1 < len(tokens) else None
                owns = word in words("owning") and not (
                    word == "her" and (nxt is None or nxt.norm in {"on", "off", "to", "a", "an", "the", ".", ","})
                )
                out.append(Reference(i, i, who, owns, word in words("object") or (word == "her" and not owns), True))
        elif word in ("himself", "herself") and (i == 0 or tokens[i - 1].norm in ("and", "but")) and _acts(tokens, i):
            sex: Sex = "male" if word == "himself" else "female"
            out.append(Reference(i, i, _antecedent(known, sex) or Someone("family", word, sex), False, False))
            known[:] = [k for k in known if k != out[-1].who] + [out[-1].who]
        elif hit is not None and _counts(tokens, i, hit):
            last, row, called = hit
            if called.endswith(" old") and _someone(tokens, last + 1) is not None:
                i = last + 1  # `a 16 year old patient`: the noun says who
                continue
            who = _named(tokens, i, row, called)
            theirs = who.person == "clinician" and bool(out) and out[-1].who.person == "family"  # `dad's cardiologist`
            if out and out[-1].last == i - 1 and out[-1].owner and not theirs:
                out.pop()  # "my mum": the possessive only says whose mum
            out.append(Reference(i, last, who, tokens[last].norm.endswith(("'s", "s'")), False))
            for k in (last + 1, i - 3):  # `my son Theo`, `Ray (my husband)`
                if who.person == "family" and (name := name_at(tokens, k)) and (k > i or tokens[i - 2].norm in "(,"):
                    names[name] = who
            if who.person in ("family", "other"):
                known[:] = [k for k in known if k != who] + [who]
            elif who.person == "clinician" and CLINICIAN not in known:
                known.insert(0, CLINICIAN)
            i = last
        elif (name := told_of(sentence, i)) is not None:
            who = names.setdefault(name, _newly_named(name, known, names))
            out.append(Reference(i, i, who, tokens[i].norm.endswith("'s"), False))
            known[:] = [k for k in known if k != who] + [who]
        elif (
            hit is not None
            and i
            and tokens[i - 1].norm == "the"
            and not hit[2].endswith("s")
            and (who := _antecedent(known, hit[1]["sex"] or None))
        ):
            out.append(Reference(i, hit[0], who, False, False, True))  # `a 16 year old patient … the girl`
            i = hit[0]
        i += 1
    return out


def _newly_named(name: str, known: list[Someone], names: dict[str, Someone]) -> Someone:
    """Whom a name not heard yet means: the relative spoken of whom no name calls yet, if the sex fits, else one more."""
    sex = given_names()[name] or None
    unnamed = [k for k in known if k.person == "family" and k not in names.values()]
    return (_antecedent(unnamed, sex) if sex else None) or Someone("family", "relative", sex)  # type: ignore[arg-type]


def _counts(tokens: list[Token], i: int, hit: tuple[int, dict[str, str], str]) -> bool:
    """A bare kinship word counts where the lexicon says so, others only when owned, counted or introduced (`a friend`); a
    friend without an article is somebody spoken to (`don't overthink it, mate`)."""
    _, row, called = hit
    before = tokens[i - 1].norm if i else ""
    if row["person"] == "other" and called not in ("someone", "somebody", "friends", "mates", "colleagues"):
        return before in words("introducing") or _owned(tokens, i)
    after = tokens[hit[0] + 1].norm if hit[0] + 1 < len(tokens) else ""
    if called in words("parents") and after in ("to", "of") and not _owned(tokens, i):
        return False  # `I'm mum to Alfie`: the author
    if before == "(" and after == ")" and len(called) == 2:
        return False  # `the rash (DH)`: an abbreviation
    if row["bare"] == "1":
        return _owned(tokens, i) or not _spoken_to(tokens, i, hit[0])
    if row["person"] == "family" and row["bare"] != "0":
        acts = not before and phrase("name_acts").match(_text(tokens, hit[0] + 1, 4))
        if after in ("aged", "age") or acts:
            return True  # `kid aged 10`, `Kiddo takes Vyvanse`
    return row["bare"] != "0" and (_owned(tokens, i) or before in {"our"} or bool(AGE.match(before)))


def _spoken_to(tokens: list[Token], first: int, last: int) -> bool:
    """`Hi mum`, `give it time sister.`: a bare kinship word after a greeting, or after a word it cannot hang on at the end."""
    before = tokens[first - 1].norm if first else ""
    after = tokens[last + 1].norm if last + 1 < len(tokens) else "."
    return before in words("greeting") or (
        after in {".", "!", "?", ","} and bool(before) and before not in words("leading_kin")
    )


def _named(tokens: list[Token], i: int, row: dict[str, str], called: str) -> Someone:
    before = [t.norm for t in tokens[max(0, i - 3) : i]]
    old = called.endswith(" old") or before[-1:] == ["old"]
    age = next((float(w) for w in reversed(before) if AGE.match(w)), None) if old else None
    detail = called if row["person"] in ("family", "other") else None
    return Someone(row["person"], detail, row["sex"] or None, age)  # type: ignore[arg-type]


def _antecedent(known: list[Someone], sex: str | None) -> Someone | None:
    """Whom a pronoun means: the person spoken of last whose sex fits, a relative before a stranger whose sex is unsaid."""
    people = [k for k in reversed(known) if k.person != "clinician"]
    if sex is None:
        return people[0] if people else None
    fits = [k for k in people if k.sex == sex] + sorted(
        (k for k in people if k.sex is None), key=lambda k: k.person != "family"
    )
    return fits[0] if fits else None


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
            if phrase("borrows").match(_text(tokens, taker.last + 1, 4)):
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


def speaks(tokens: list[Token], r: Reference) -> bool:
    """True where the person only says, thinks or does something beside the treatment (`my husband says`, `my son drove me`)."""
    return bool(phrase("speaks").match(_text(tokens, r.last + 1, 4)))


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


def _text(tokens: list[Token], first: int, n: int) -> str:
    return " ".join(t.norm for t in tokens[first : first + n])
