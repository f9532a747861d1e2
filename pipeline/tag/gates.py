"""The second sign: an ambiguous word counts as a treatment or problem only where the words beside it say so.

Signs are regexes on the folded text before or after the word (vocabulary/cues/gates.csv); `never` signs rule even an
unambiguous name out, as in `little Lyrica` or `Hi Ginger`. What a word means where its subject is named (an ablation with
periods or with a heart) stands in vocabulary/cues/senses.csv. A gated word in a list with treatments is one of them.
"""

import dataclasses
import functools
import itertools
import re

from pipeline.spans import TREATMENT_LABELS, Tagged
from pipeline.tag.patterns import read_words, trie, variants
from pipeline.vocabulary import HERE, load_vocabulary, read_rows, split
from pipeline.vocabulary.fold import fold

REACH = 60  # characters a sign may look back or ahead
AROUND = 160  # characters in which a word's subject may be named
LISTED = re.compile(
    r"(?: ?(?:,|/|\+|&|;|\band\b|\bor\b|\bthen\b|\bplus\b|\bwith\b|\bto\b|\bplus\b))+"
    r"(?: (?:a|an|the|my|his|her|some|also|then|now|more|daily|\d+ ?x?))* ?"
)

REASON = re.compile(
    r" (?:\w+ ){0,2}?(?:for|against|to (?:treat|ease|help|stop)) (?:the |my |his |her |a |some |this )*(?=\w)"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Sense:
    """What a word means (`concept`, empty for its own; `-` for nothing; `?` stays weak) where `pattern` is found on `side` of it.

    `near` is before or after; `named` is right after a treatment, whose form the word then is (`Humira pen`).
    """

    side: str
    concept: str
    pattern: re.Pattern[str]


@functools.cache
def signs() -> dict[tuple[str, str], list[re.Pattern[str]]]:
    """(label, side) → patterns; TREATMENT is every label of one.

    Sides are `before`, `after`, `never before`, `never after`, and `around`, where `¤` stands for the word itself.
    """
    out: dict[tuple[str, str], list[re.Pattern[str]]] = {}
    for row in read_rows(HERE / "cues" / "gates.csv"):
        for label in sorted(TREATMENT_LABELS) if row["label"] == "TREATMENT" else [row["label"]]:
            out.setdefault((label, row["side"]), []).append(compiled(row))
    return out


def compiled(row: dict[str, str]) -> re.Pattern[str]:
    """The sign of a row of gates.csv; `{part}` is any part of the body."""
    pattern = row["pattern"].replace("{part}", _parts()) if "{part}" in row["pattern"] else row["pattern"]
    return re.compile(rf"(?<!\w)(?:{pattern})" if row["side"].endswith("before") else pattern)


@functools.cache
def _parts() -> str:
    """Any part of the body, one or several."""
    return trie(form for row in read_words(HERE / "words")["part"] for form in variants(row))


@functools.cache
def senses() -> dict[str, list[Sense]]:
    """Folded word → its senses in file order. Raises ValueError for a concept that is in no vocabulary file."""
    out: dict[str, list[Sense]] = {}
    for row in read_rows(HERE / "cues" / "senses.csv"):
        if row["concept"] not in ("", "-", "?", *load_vocabulary().concepts):
            raise ValueError(f"senses.csv: {row['words']}: no concept has the id {row['concept']}")
        pattern = row["pattern"] if row["side"] == "after" else rf"(?<!\w)(?:{row['pattern']})"
        for word in split(row["words"]):
            out.setdefault(fold(word), []).append(Sense(row["side"], row["concept"], re.compile(pattern)))
    return out


def _any(label: str, side: str, text: str) -> bool:
    patterns = signs().get((label, side), ())
    return any(p.match(text) if side.endswith("after") else p.search(text) for p in patterns)


def sense(found: Tagged, folded: str) -> Sense | None:
    """The first sense of a word whose sign is there."""
    word = folded[found.start : found.end].removeprefix("the ").removeprefix("my ")
    listed = senses().get(word) or senses().get(word.removesuffix("s")) or ()
    before, after = folded[max(0, found.start - AROUND) : found.start], folded[found.end : found.end + AROUND]
    for one in listed:
        if one.side == "after":
            hit = one.pattern.match(after)
        elif one.side == "before":
            hit = one.pattern.search(before)
        else:
            hit = one.pattern.search(f"{before} . {after}") if one.side == "near" else None
        if hit:
            return one
    return None


def gate(found: Tagged, folded: str) -> Tagged | None:
    """`found` with `weak` settled by the words around it, or None where they rule it out."""
    before, after = folded[max(0, found.start - REACH) : found.start], folded[found.end : found.end + REACH]
    meant = sense(found, folded)
    if meant is not None and meant.concept == "-":
        return None
    if meant is not None and meant.concept == "?":
        return found
    if meant is not None and meant.concept:
        concept = load_vocabulary().concepts[meant.concept]
        found.label, found.treatment_type = concept.label, concept.treatment_type
        found.concept_id, found.concept_name = concept.id, concept.name
        found.method = f"{found.method.partition(':')[0]}:{concept.id}"
    if _any(found.label, "never before", before) or _any(found.label, "never after", after):
        return None
    if found.weak and (
        meant is not None
        or _any(found.label, "before", before)
        or _any(found.label, "after", after)
        or _any(found.label, "around", f"{before}¤{after}")
    ):
        found.weak = False
        found.score = 0.8
    return found


def gate_reasons(found: list[Tagged], folded: str) -> list[Tagged]:
    """A gated word that is for a problem (`nitro for the angina`) is a treatment of it."""
    for t in found:
        if t.weak and t.label in TREATMENT_LABELS and (m := REASON.match(folded, t.end)):
            if any(p.label == "PROBLEM" and not p.weak and m.end() <= p.start <= m.end() + 12 for p in found):
                t.weak, t.score = False, 0.8
    return found


def gate_lists(found: list[Tagged], folded: str) -> list[Tagged]:
    """A gated word listed with a treatment (`desmopressin and the alarm`) counts too; one named just before is its form."""
    known = [t for t in found if t.label in TREATMENT_LABELS]
    forms = [
        t for near, t in itertools.pairwise(known) if not near.weak and near.end + 1 == t.start and _form(t, folded)
    ]
    found = [t for t in found if t not in forms]
    known = [t for t in known if t not in forms]
    for run in (known, known[::-1]):
        for near, t in itertools.pairwise(run):
            first, last = sorted((near, t), key=lambda x: x.start)
            if t.weak and not near.weak and not _form(t, folded) and LISTED.fullmatch(folded, first.end, last.start):
                t.weak = False
                t.score = 0.8
    for i, t in enumerate(known):  # `the pump` after `baclofen pump` says no more than that: the thread explains it
        if t.score == 0.8 and any(_fuller(k, t, folded) for k in known[:i]):
            t.weak = True
    return found


def _fuller(k: Tagged, t: Tagged, folded: str) -> bool:
    word = folded[t.start : t.end].removesuffix("s")
    return not k.weak and folded[k.start : k.end].removesuffix("s").endswith(f" {word}")


def _form(t: Tagged, folded: str) -> bool:
    return any(s.side == "named" for s in senses().get(folded[t.start : t.end], ()))
