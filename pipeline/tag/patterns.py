"""Find phrases that no list can hold, as `vocabulary/patterns/*.toml` describe them over `vocabulary/words/*.csv`.

A pattern is a regular expression on folded text (see `pipeline.vocabulary.fold`) in which a blank stands for one or
more blanks and `{name}` for any word of `words/name.csv` or for a `[phrase]` of the same file. It is tried only in texts that
hold what it cannot do without, where one of the words it can begin with stands, and compiled when that first happens:
hundreds of patterns then cost little more than one look-up a word.
"""

import csv
import dataclasses
import functools
import itertools
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipeline.records import Label
from pipeline.spans import Tagged
from pipeline.vocabulary.fold import fold
from pipeline.vocabulary.sieve import Sieve

VOCABULARY = Path(__file__).parents[1] / "vocabulary"
_WORD = re.compile(r"\w+")
_PIECE = re.compile(r"\{([a-z_]\w*)\}|\{[\d,]+\}|\(\?P<\w+>|\(\?:|\(\?<?[=!]|\\.|\[[^]]*\]|.")
_MACRO = re.compile(r"\{([a-z_]\w*)\}")
_QUANTIFIER = re.compile(r"[?*+]|\{[\d,]+\}")
_LOOKAROUND = re.compile(r"\(\?<?[=!]")

_OWNERS = (("my", "myself"), ("his", "himself"), ("her", "herself"), ("their", "themselves"), ("your", "yourself"))

Row = dict[str, str]
Words = dict[str, list[Row]]


class PatternError(ValueError):
    """A pattern or word file that cannot be used: says which file, which pattern and what to mend."""


@dataclasses.dataclass(frozen=True)
class Pattern:
    """One `[[pattern]]`. `concept` is tried from left to right: columns (`part.pain`) and fixed ids parted by `|`.

    With columns alone only rows that fill one can match; an empty last choice (`part.pain|`) lets the others match unlinked.
    """

    id: str
    label: Label
    text: str
    concept: tuple[str, ...]
    example: tuple[str, ...]
    counter: tuple[str, ...]

    @functools.cached_property
    def macros(self) -> list[str]:
        return _MACRO.findall(self.text)


def trie(words: Iterable[str]) -> str:
    """A regular expression for any of the words, longest first, with shared beginnings written once."""
    tree: dict[str, Any] = {}
    for word in words:
        node = tree
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}

    def render(node: dict[str, Any]) -> str:
        branches = [(" +" if c == " " else re.escape(c)) + render(node[c]) for c in sorted(node) if c]
        if not branches:
            return ""
        body = branches[0] if len(branches) == 1 and "" not in node else f"(?:{'|'.join(branches)})"
        return body + "?" if "" in node else body

    return render(tree)


def plural(word: str) -> str:
    """The regular plural of a phrase's last word."""
    if re.search(r"(?:[sxz]|[cs]h)$", word):
        return word + "es"
    return re.sub(r"(?<=[^aeiou])y$", "ie", word) + "s"


def variants(row: Row) -> Iterator[str]:
    """The ways a row's word is written: plural where the row says so, apostrophes left out, any owner for `my`."""
    word = fold(row["word"]).strip()
    forms = [re.sub(r"\bmyself\b", selves, re.sub(r"\bmy\b", owner, word)) for owner, selves in _OWNERS]
    forms = list(dict.fromkeys(forms)) if word != "my" else [word]
    if row.get("plural") == "1":
        forms += [plural(form) for form in forms]
    for form in forms:
        yield form
        if "'" in form:
            yield form.replace("'", "")


def starts(text: str, words: dict[str, set[str]]) -> set[str] | None:
    """The first words a pattern can begin with; None where it can begin with anything (a digit, any word)."""
    pieces = [(m[0], m[1]) for m in _PIECE.finditer(text)]
    found, at = _starts(pieces, 0, words)
    if at < len(pieces):
        raise PatternError("unbalanced ) in pattern")
    heads = {_WORD.match(f) for f in found}
    return None if None in heads or "\0" in "".join(found) else {h[0] for h in heads if h}


def _starts(pieces: list[tuple[str, str]], at: int, words: dict[str, set[str]]) -> tuple[set[str], int]:
    """Beginnings of `pieces[at:]` up to the closing bracket, cut after the first blank; `\\0` is any character."""
    done: set[str] = set()
    heads = {""}
    while at < len(pieces) and pieces[at][0] != ")":
        piece, macro = pieces[at]
        at += 1
        if piece == "|":
            done, heads = done | heads, {""}
            continue
        if macro:
            choices = words[macro]
        elif piece.startswith("("):
            choices, at = _starts(pieces, at, words)
            at += 1
            choices = {""} if _LOOKAROUND.match(piece) else choices
        elif piece[0] == "[" and re.fullmatch(r"\[[a-z' ]+\]", piece):
            choices = set(piece[1:-1])
        elif piece[0] in "\\[.":
            choices = {""} if piece in (r"\b", r"\B") else {"\0"}
        else:
            choices = {piece}
        if at < len(pieces) and _QUANTIFIER.fullmatch(pieces[at][0]):
            choices = choices | {""} if pieces[at][0][0] in "?*" or pieces[at][0].startswith("{0") else choices
            at += 1
        heads = {h if " " in h or "\0" in h else h + c for h, c in itertools.product(heads, choices)}
    return done | heads, at


class Matcher:
    """All patterns over all word files, ready to be tried on a text."""

    def __init__(self, patterns: list[Pattern], words: Words) -> None:
        self.patterns = patterns
        self.words = words
        firsts: dict[str, set[str]] = {name: {v.split(" ")[0] + " " * (" " in v) for r in rows for v in variants(r)}
                                       for name, rows in words.items()}  # fmt: skip
        self.by_word: dict[str, list[int]] = {}  # places in `patterns`
        self.anywhere: list[int] = []
        self._compiled: dict[str, re.Pattern[str]] = {}
        for place, pattern in enumerate(patterns):
            if unknown := set(pattern.macros) - set(words):
                raise PatternError(f"pattern {pattern.id}: no words/{min(unknown)}.csv")
            heads = starts(pattern.text, firsts)
            if heads is None:
                self.anywhere.append(place)
            for head in heads or ():
                self.by_word.setdefault(head, []).append(place)
        # whatever a word file adds is left open: its words are many, and read only when they are needed
        self._sieve = Sieve(_MACRO.sub("(?:.+)", p.text).replace(" ", " +") for p in patterns)

    def regex(self, pattern: Pattern) -> re.Pattern[str]:
        """The pattern compiled; words of files that its concept names are captured as `name__1`, `name__2`, …"""
        if (known := self._compiled.get(pattern.id)) is not None:
            return known
        columns = [c.split(".") for c in pattern.concept if "." in c]
        required = {name for name, _ in columns} if len(columns) == len(pattern.concept) else set()
        count: dict[str, int] = {}

        def expand(match: re.Match[str]) -> str:
            name = match[1]
            wanted = [c for n, c in columns if n == name]
            rows = self.words[name]
            if name in required and len(required) == 1:  # without a fallback, a row that gives no concept cannot match
                rows = [r for r in rows if any(r.get(c) for c in wanted)]
            body = trie(v for r in rows for v in variants(r))
            count[name] = count.get(name, 0) + 1
            return f"(?P<{name}__{count[name]}>{body})" if wanted else f"(?:{body})"

        parts = re.split(r"(\{[a-z_]\w*\})", pattern.text)
        text = "".join(_MACRO.sub(expand, p) if p.startswith("{") else p.replace(" ", " +") for p in parts)
        try:
            compiled = re.compile(rf"(?<!\w)(?<!\w')(?:{text})(?!\w|'t\b)")
        except re.error as error:
            raise PatternError(f"pattern {pattern.id}: {error}") from error
        self._compiled[pattern.id] = compiled
        return compiled

    @functools.cached_property
    def rows(self) -> dict[str, dict[str, Row]]:
        """Word file → written form → row."""
        return {name: {v: r for r in reversed(rows) for v in variants(r)} for name, rows in self.words.items()}

    def concept(self, pattern: Pattern, match: re.Match[str]) -> str | None:
        """The first of the pattern's concepts that the matched words give."""
        for choice in pattern.concept:
            name, _, column = choice.partition(".")
            if not column:
                return choice or None
            for group, value in match.groupdict().items():
                if value and group.rpartition("__")[0] == name:
                    row = self.rows[name][re.sub(" +", " ", value)]
                    if row.get(column):
                        return row[column]
        return None

    def matches(self, folded: str) -> Iterator[tuple[Pattern, re.Match[str]]]:
        """Every pattern at every place where it matches, overlaps included."""
        possible = self._sieve.of(folded)
        for word in _WORD.finditer(folded):
            for place in self.by_word.get(word[0], ()):
                if place in possible and (match := self.regex(self.patterns[place]).match(folded, word.start())):
                    yield self.patterns[place], match
        for place in self.anywhere:
            if place in possible:
                for match in self.regex(self.patterns[place]).finditer(folded):
                    yield self.patterns[place], match

    def find(self, text: str, only: str | None = None) -> list[Tagged]:
        """Tagged stretches by place; of those of one label that overlap, the longest (then first) stays.

        `only` is the id of the one pattern to try, where its own reach is to be seen.
        """
        found = []
        for pattern, match in self.matches(fold(text)):
            if only and pattern.id != only:
                continue
            start, end = match.span("mention") if match.groupdict().get("mention") else match.span()
            found.append(Tagged(start=start, end=end, text=text[start:end], label=pattern.label,
                                concept_id=self.concept(pattern, match), method=f"pattern:{pattern.id}"))  # fmt: skip
        found.sort(key=lambda t: (t.start - t.end, t.concept_id is None, t.start, t.label, t.method))
        kept: list[Tagged] = []
        for one in found:
            if not any(k.label == one.label and k.start < one.end and one.start < k.end for k in kept):
                kept.append(one)
        return sorted(kept, key=lambda t: (t.start, t.end, t.label))


def read_words(folder: Path) -> Words:
    """The word files of a folder: name → rows. Raises PatternError for a file without a `word` column."""
    words: Words = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            words[path.stem] = rows = list(csv.DictReader(file))
        if not rows or not all(r.get("word") for r in rows):
            raise PatternError(f"{path}: needs a column `word` with a value in every row")
    return words


def read_patterns(folder: Path) -> list[Pattern]:
    """The patterns of a folder, by file and place. Raises PatternError for one that is incomplete or there twice."""
    patterns: dict[str, Pattern] = {}
    for path in sorted(folder.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        phrases = content.get("phrase", {})
        for entry in content.get("pattern", []):
            name = entry.get("id", "?")
            if missing := {"id", "label", "text", "example"} - set(entry):
                raise PatternError(f"{path}: pattern {name} lacks {', '.join(sorted(missing))}")
            if name in patterns:
                raise PatternError(f"{path}: pattern {name} is there twice")
            text = entry["text"]
            while used := [p for p in phrases if f"{{{p}}}" in text]:
                text = text.replace(f"{{{used[0]}}}", f"(?:{phrases[used[0]]})")
            if re.search(r" [?*+{](?![a-z_])|\[[^]]* ", text):
                raise PatternError(f"{path}: pattern {name}: write a blank that may lack as (?: )?")
            concept = tuple(entry["concept"].split("|")) if entry.get("concept") else ()
            patterns[name] = Pattern(name, entry["label"], text, concept, tuple(entry["example"]),
                                     tuple(entry.get("not", ())))  # fmt: skip
    return list(patterns.values())


@functools.cache
def matcher() -> Matcher:
    """The matcher over the project's own vocabulary."""
    return Matcher(read_patterns(VOCABULARY / "patterns"), read_words(VOCABULARY / "words"))


def find_patterns(text: str) -> list[Tagged]:
    """Stretches of a text that the patterns of the vocabulary describe; `text[start:end] == tagged.text` always.

    `concept_name` is left open (the vocabulary knows it), `score` is 1. Nothing is dropped but the shorter of two
    overlapping stretches with the same label.
    """
    return matcher().find(text)
