"""The vocabulary: one CSV a kind of term, read once into concepts and the words that name them.

Every CSV has `id,name,synonyms,lay,gated,source` (lists separated by `|`) and may have columns of its own, which end up
in `Concept.facts`. The file's name says the label and treatment type of its concepts. `gated` terms are also plain words
or names: they count only with a second sign beside them (see `pipeline.tag.gates`).
"""

import csv
import dataclasses
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.records import Label, TreatmentType
from pipeline.vocabulary.fold import fold

HERE = Path(__file__).parent
KINDS: dict[str, tuple[Label, TreatmentType | None]] = {
    "drugs": ("DRUG", "drug"),
    "supplements": ("DRUG", "supplement"),
    "drug_classes": ("DRUG_CLASS", "drug_class"),
    "procedures": ("PROCEDURE", "procedure"),
    "devices": ("DEVICE", "device"),
    "therapies": ("THERAPY", "therapy"),
    "problems": ("PROBLEM", None),
}  # in order of preference where two files hold the same term
ENTRIES = tuple(f"{kind}.csv" for kind in KINDS)


@dataclasses.dataclass(frozen=True, slots=True)
class Concept:
    """One thing that has a name. `terms` are folded; `facts` holds the file's further columns (unit, route, …)."""

    id: str
    name: str
    label: Label
    treatment_type: TreatmentType | None
    terms: tuple[str, ...]
    gated: frozenset[str]
    capitals: frozenset[str]  # gated abbreviations: they count only in capitals (`ON`, not `on`)
    facts: dict[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Vocabulary:
    """Concepts by id, and for each folded term the concept it names and whether it is gated."""

    concepts: dict[str, Concept]
    terms: dict[str, tuple[Concept, bool]]


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a vocabulary CSV as dicts of stripped strings; lines starting with `#` are comments."""
    with path.open(encoding="utf-8", newline="") as f:
        for row in csv.DictReader(line for line in f if not line.startswith("#")):
            yield {k: (v or "").strip() for k, v in row.items() if k}


def split(cell: str) -> list[str]:
    """The parts of a `|`-separated cell, empty ones dropped."""
    return [p.strip() for p in cell.split("|") if p.strip()]


def variants(term: str, noun: bool) -> Iterator[str]:
    """A folded term and, where its last word is a noun that may be counted, its plural, or its singular where it is one."""
    yield term
    if noun and len(term) > 5 and term.endswith("s") and term[-2] not in "siu'":
        yield term[:-1]
    if noun and len(term) > 3 and term[-1].isalpha() and not term.endswith("s"):
        yield (
            term[:-1] + "ies"
            if term[-1] == "y" and term[-2] not in "aeiou"
            else (term + "es" if term.endswith(("ch", "sh", "x", "z")) else term + "s")
        )


def label_counts(concept: Concept) -> bool:
    """Whether the terms of a concept are things one can have one or several of."""
    return concept.label != "PROBLEM" or " " in concept.name or not concept.name.endswith("s")


def _concept(kind: str, row: dict[str, str]) -> Concept:
    label, treatment_type = KINDS[kind]
    known = {"id", "name", "synonyms", "lay", "gated", "source"}
    words = [row["name"], *split(row.get("synonyms", "")), *split(row.get("lay", ""))]
    return Concept(
        id=row["id"], name=row["name"], label=label, treatment_type=treatment_type,
        terms=tuple(dict.fromkeys(fold(w) for w in words)),
        gated=frozenset(fold(w) for w in split(row.get("gated", ""))),
        capitals=frozenset(fold(w) for w in split(row.get("gated", "")) if sum(c.isupper() for c in w) >= 2 and len(w) <= 5),
        facts={k: v for k, v in row.items() if k not in known and v},
    )  # fmt: skip


@functools.cache
def load_vocabulary(folder: Path = HERE) -> Vocabulary:
    """Read every vocabulary file of `folder`. Raises ValueError naming file and id where an id occurs twice."""
    concepts: dict[str, Concept] = {}
    for kind in KINDS:
        path = folder / f"{kind}.csv"
        for row in read_rows(path) if path.exists() else ():
            concept = _concept(kind, row)
            if concept.id in concepts:
                raise ValueError(f"{path}: id {concept.id} ({concept.name}) is used twice; give one of them another id")
            concepts[concept.id] = concept
    return vocabulary_of(concepts.values())


def vocabulary_of(concepts: Iterable[Concept]) -> Vocabulary:
    """The concepts with the forms of their terms; what two of them are called means the first, and what is written in a file goes
    before another term's plural."""
    known = Vocabulary({c.id: c for c in concepts}, {})
    for concept in known.concepts.values():
        for term in concept.terms:
            known.terms.setdefault(term, (concept, term in concept.gated))
    for concept in known.concepts.values():
        for term in concept.terms:
            plural = term in concept.gated and " " not in term and term.endswith("s")
            # an everyday plural (`weights`) is no treatment in the singular (`weight`), nor is a `tip` a TIPS
            for form in variants(term, noun=label_counts(concept) and not plural and term not in concept.capitals):
                known.terms.setdefault(form, (concept, term in concept.gated))
    return known
