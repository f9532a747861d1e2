"""A sentence as the cue rules read it: plain words, and one capital letter for each thing already understood.

`I take 20mg of Lexapro for my anxiety and my mum hates it` reads, for Lexapro, as `i take D of T for my P and K hates T`.
Contractions and text-speak are spelt out, so a rule is written once. Every position maps back to the post's offsets.
"""

import bisect
import csv
import dataclasses
import functools
import re
from pathlib import Path

from pipeline.experience.lists import words
from pipeline.spans import TREATMENT_LABELS, Tagged
from pipeline.vocabulary.fold import fold

DATA = Path(__file__).parent.parent / "vocabulary"
SYMBOL = {"PROBLEM": "P", "DOSE": "D", "FREQUENCY": "F", "ROUTE": "R", "FORM": "M", "DURATION": "N"}
TIMES = {"ago": "G", "since": "S", "ordinal": "W"}
TOKEN = re.compile(r"█+|\d+(?:[.,]\d+)+|[^\W_]+(?:'[^\W\d_]+)*|[^\w\s]")
ABBREVIATION = re.compile(r"\b(?:dr|mr|mrs|ms|st|vs|approx|no|e\.g|i\.e|a\.m|p\.m|h\.s|b\.i\.d|t\.i\.d|q\.i\.d)\.$")
END = re.compile(r"[.!?…]+[\"')\]]*(?=\s|$)|\n+|(?<=\S)\s*[:;8][-o']?[)(DPp](?=\s|$)")


@dataclasses.dataclass(slots=True)
class Token:
    """A word, mark or tagged stretch of a sentence; `norm` is how rules see it (capital letter for a tagged stretch); `capital`:
    written like a name."""

    norm: str
    start: int
    end: int
    tagged: Tagged | None = None
    capital: bool = False


@dataclasses.dataclass(slots=True)
class Sentence:
    """Tokens of one sentence, with the offsets it spans in the post and whether it ends in a question mark."""

    start: int
    end: int
    tokens: list[Token]
    question: bool


@functools.cache
def expansions() -> dict[str, list[str]]:
    """Contractions, text-speak and variants with what rules call them (vocabulary/cues/expansions.csv)."""
    with (DATA / "cues" / "expansions.csv").open(encoding="utf-8", newline="") as f:
        return {row["word"]: row["means"].split() for row in csv.DictReader(f)}


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Offsets of the sentences of `text`; line ends, sentence marks and smilies end one, abbreviations do not."""
    out, start = [], 0
    for m in END.finditer(text):
        if ABBREVIATION.search(text[max(start, m.start() - 8) : m.start() + 1].lower()) and "\n" not in m.group():
            continue
        if text[start : m.end()].strip():
            out.append((start, m.end()))
        start = m.end()
    if text[start:].strip():
        out.append((start, len(text)))
    return out


def sentences(text: str, tagged: list[Tagged]) -> list[Sentence]:
    """Cut `text` into sentences of tokens; a tagged stretch is one token and never cut by a sentence end inside it."""
    spans: list[tuple[int, int]] = []
    stretches = sorted(tagged, key=lambda t: t.start)
    starts = [t.start for t in stretches]
    for start, end in sentence_spans(text):
        last = bisect.bisect_left(starts, spans[-1][1]) - 1 if spans else -1
        if last >= 0 and stretches[last].end > spans[-1][1]:
            start = spans.pop()[0]
        spans.append((start, end))
    folded, out, k = _plain(text), [], 0
    for start, end in spans:
        inside = []
        while k < len(stretches) and stretches[k].start < end:
            inside.append(stretches[k])
            k += 1
        out.append(
            Sentence(start, end, _tokens(text, folded, start, end, inside), "?" in text[max(start, end - 4) : end])
        )
    return out


def _plain(text: str) -> str:
    """Like fold, but a dash between spaces stays a dash: it parts clauses."""
    folded = list(fold(text))
    for m in re.finditer(r"(?<=\s)[-–—]+(?=\s)", text):
        folded[m.start() : m.end()] = "-" * (m.end() - m.start())
    return "".join(folded)


def _tokens(text: str, folded: str, start: int, end: int, inside: list[Tagged]) -> list[Token]:
    means, out, at = expansions(), [], start
    for t in [*inside, None]:
        for m in TOKEN.finditer(folded, at, t.start if t else end):
            for word in means.get(m.group(), [m.group()]):
                out.append(
                    Token(
                        word,
                        m.start(),
                        m.end(),
                        capital=text[m.start()].isupper() and text[m.start() + 1 : m.end()].islower(),
                    )
                )
        if t is not None and t.start >= at:
            out.append(Token(_symbol(t), t.start, t.end, t))
            at = t.end
    return _spelt(out)


def _spelt(tokens: list[Token]) -> list[Token]:
    """`'s` after a tagged stretch is `has` or `is` where the next word says so (`Trikafta's been`); else it owns something."""
    out: list[Token] = []
    for i, token in enumerate(tokens):
        following = [t.norm for t in tokens[i + 1 : i + 3]]
        after = out[-1:] and out[-1].tagged is not None and token.norm == "'" and following[:1] == ["s"]
        verb = next((v for v in ("has", "is") if after and following[1:] and following[1] in words(f"after_{v}")), None)
        if verb:
            tokens[i + 1].norm = verb
        else:
            out.append(token)
    return out


def _symbol(t: Tagged) -> str:
    """A duration that lies back (`three weeks ago`) reads `G`, one that goes on (`since 2003`) `S`, a count (`day 3`) `W`."""
    if t.quantity is not None and t.quantity.days_kind in TIMES:
        return TIMES[t.quantity.days_kind]
    return SYMBOL.get(t.label, "O")


class Reading:
    """The sentence as one string for a given target, with a map from string positions back to tokens.

    `T` is the target and whatever is listed with it, `O` another treatment, `Q` the target problem and its list, `P`
    another; `D` dose, `F` frequency, `R` route, `M` form, `N` duration, `G` a time ago, `S` since a time, `W` the nth day
    or week; `K` a relative, `X` another person, `C` a clinician; `|` parts clauses.
    """

    def __init__(self, tokens: list[Token], targets: set[int], problems: set[int], marks: dict[int, str]):
        pieces: list[str] = []
        self.starts: list[int] = []
        self.token_of: list[int] = []
        at, last = 0, ""
        for i, token in enumerate(tokens):
            norm = marks.get(i, token.norm)
            if i in targets:
                norm = "T"
            elif i in problems:
                norm = "Q"
            elif token.tagged is not None and token.tagged.label in TREATMENT_LABELS:
                norm = "O"
            if token.norm in may_part() and last != "|" and boundary(tokens, i):
                pieces.append("|")
                self.starts.append(at)
                self.token_of.append(i)
                at += 2
            pieces.append(norm)
            self.starts.append(at)
            self.token_of.append(i)
            at += len(norm) + 1
            last = norm
        self.text = " ".join(pieces)

    def prefix(self, word: str) -> None:
        """Put an unwritten word first."""
        shift = len(word) + 1
        self.text = f"{word} {self.text}"
        self.starts = [0] + [s + shift for s in self.starts]
        self.token_of = [0, *self.token_of]

    def token_at(self, position: int) -> int:
        """Index of the token that covers a position of `text`."""
        return self.token_of[max(0, bisect.bisect_right(self.starts, position) - 1)]


@functools.cache
def may_part() -> frozenset[str]:
    """Words and marks with which a clause may begin (see `boundary`)."""
    return words("parting") | {";", "-", "(", ")", ":", "so", ",", "and", "or"}


def boundary(tokens: list[Token], i: int) -> bool:
    """True where a clause begins at token i."""
    t = tokens[i]
    if t.norm not in may_part() or t.tagged is not None or i == 0:
        return False
    if t.norm == "but" and tokens[i - 1].norm in ("all", "nothing", "anything", "none"):
        return False  # `all but gone`, `nothing but trouble`
    if t.norm in words("parting") or t.norm in {";", "-", "(", ")", ":"}:
        return True
    after = tokens[i + 1].norm if i + 1 < len(tokens) else ""
    if t.norm == "so":
        return after in words("subjects") or tokens[i - 1].norm == ","
    return t.norm in {",", "and", "or"} and (
        after in words("subjects") or (after in {"O", "and", "but", "so"} and t.norm == ",")
    )
