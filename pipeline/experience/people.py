"""Finds the people in a post: relatives, friends, clinicians, who is called by name or by a pronoun."""

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
OWNING = re.compile(r"'s?$")


@functools.cache
def _beginnings() -> frozenset[str]:
    """Words that a phrase of the lexicon begins with."""
    return frozenset(word.split()[0] for word in lexicon())


def _someone(tokens: list[Token], i: int) -> tuple[int, dict[str, str], str] | None:
    """(last token, lexicon row, words) of the longest people phrase that begins at token i."""
    if i == len(tokens) or not _beginnings() & {first := tokens[i].norm, OWNING.sub("", first)}:
        return None
    for k in range(LONGEST, 0, -1):
        part = tokens[i : i + k]
        if len(part) < k or any(t.tagged for t in part):
            continue
        bare = OWNING.sub("", " ".join(t.norm for t in part))
        row = lexicon().get(bare)
        if row is not None:
            return i + k - 1, row, bare
    return None


def _acts(tokens: list[Token], i: int) -> bool:
    return bool(phrase("name_acts").match(words_at(tokens, i + 1, 4)))


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
            if phrase("clinical").match(words_at(tokens, i + 1, 4)):
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
        acts = not before and _acts(tokens, hit[0])
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


def speaks(tokens: list[Token], r: Reference) -> bool:
    """True where the person only says, thinks or does something beside the treatment (`my husband says`, `my son drove me`)."""
    return bool(phrase("speaks").match(words_at(tokens, r.last + 1, 4)))


def words_at(tokens: list[Token], first: int, n: int) -> str:
    """The next `n` words from token `first`, as rules see them."""
    return " ".join(t.norm for t in tokens[first : first + n])
