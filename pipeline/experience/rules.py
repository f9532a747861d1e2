"""Cue rules: patterns over a `Reading`, kept as CSV in vocabulary/cues, each with a weight and an example it must fire on.

In a pattern, lower-case words stand for themselves, capitals for what the reading shows (`T` target treatment, `O` other
treatment, `Q` target problem, `P` other problem, `D` dose, `F` frequency, `N` duration, `R` route, `M` form, `K` relative,
`X` another person, `C` clinician), `|` for a clause boundary. `~` is a gap of up to four words inside the clause, `~~` of
up to twelve across clauses; neither passes another treatment. `{name}` is a list from macros.toml. Of the rules that fire for a
field, the heaviest decides, the later in the text on a tie.
"""

import csv
import dataclasses
import functools
import re
import tomllib

from pipeline.experience.view import DATA, Reading
from pipeline.vocabulary import split
from pipeline.vocabulary.sieve import Sieve

GAP = r"(?:[^|TO ]+ ){0,4}"
WIDE = r"(?:[^TO ]+ ){0,12}"


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One cue: what it says (`value`), how firmly (`weight`), and what else follows from it (`about`, see cues/README.md)."""

    id: str
    value: str
    weight: float
    pattern: re.Pattern[str]
    example: str
    unlike: str
    about: frozenset[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fired: its value and weight and the stretch of the reading it matched."""

    rule: Rule
    start: int
    end: int


@functools.cache
def macros() -> dict[str, str]:
    """Named word lists of vocabulary/cues/macros.toml as regex alternations."""
    lists = tomllib.loads((DATA / "cues" / "macros.toml").read_text(encoding="utf-8"))
    out: dict[str, str] = {}
    for name, words in lists.items():
        parts = [out[w[1:-1]] if w.startswith("{") else w for w in words]
        out[name] = "(?:" + "|".join(sorted(parts, key=lambda w: (-len(w), w))) + ")"
    return out


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a cue pattern to a regex over `Reading.text`. Raises ValueError naming an unknown list."""

    def fill(m: re.Match[str]) -> str:
        if m.group(1) not in macros():
            raise ValueError(f"macros.toml has no list {m.group(1)!r}, used in {pattern!r}")
        return macros()[m.group(1)]

    regex = re.sub(r"\{([a-z_]+)\}", fill, pattern)
    regex = regex.replace("~~ ", WIDE).replace("~ ", GAP).replace(" | ", r" \| ")
    return re.compile(r"(?<!\S)" + regex + r"(?!\S)")


@functools.cache
def load_rules(name: str) -> tuple[Rule, ...]:
    """The rules of vocabulary/cues/NAME.csv in file order. Raises ValueError for a pattern that does not compile."""
    path = DATA / "cues" / f"{name}.csv"
    out = []
    with path.open(encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            try:
                pattern = compile_pattern(row["pattern"])
            except re.error as e:
                raise ValueError(f"{path}: rule {row['id']}: {e}") from e
            out.append(
                Rule(
                    id=f"{name}:{row['id']}",
                    value=row["value"],
                    weight=float(row["weight"]),
                    pattern=pattern,
                    example=row["example"],
                    unlike=row["unlike"] or "",
                    about=frozenset(split(row.get("about") or "")),
                )
            )
    return tuple(out)


@functools.cache
def _sieve(name: str) -> Sieve:
    return Sieve(rule.pattern.pattern for rule in load_rules(name))


def possible(name: str, text: str) -> list[Rule]:
    """The rules of a file that may match the text of a reading, in file order: most cannot, for want of a word."""
    rules = load_rules(name)
    return [rules[i] for i in sorted(_sieve(name).of(text))]


def fire(name: str, reading: Reading) -> list[Hit]:
    """Every rule of a file that matches the reading (its last match), heaviest first, later first on a tie."""
    hits = []
    for rule in possible(name, reading.text):
        found = list(rule.pattern.finditer(reading.text))
        if found:
            hits.append(Hit(rule, found[-1].start(), found[-1].end()))
    return sorted(hits, key=lambda h: (-h.rule.weight, -h.end, h.rule.id))
