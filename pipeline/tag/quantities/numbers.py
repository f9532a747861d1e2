"""Numbers in figures and words: the pattern that finds them and the reading of what it found."""

import functools
import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).resolve().parents[2] / "vocabulary" / "quantities.toml"
_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
GAP = r"(?: {1,3}|-| ?\n ?)"  # what may stand between two words of a phrase: never a blank line


class _Folds(dict[int, str]):
    """Lower case character by character. Unlike `vocabulary.fold` a hyphen between figures stays: 5-10 mg is a range."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d":
            new = "-"
        elif char in "\u2018\u2019\u201b\u02bc\u2032\u00b4`":
            new = "'"
        elif char in "\u201c\u201d\u2033":
            new = '"'
        elif char in "µμ":
            new = "u"
        elif char != "\n" and (char.isspace() or unicodedata.category(char) in ("Cc", "Cf")):
            new = " "
        else:
            new = char.lower() if len(char.lower()) == 1 else char
        self[code] = new
        return new


@functools.cache
def _folds() -> _Folds:
    return _Folds()


@functools.lru_cache(maxsize=64)  # several readers in turn ask for the same post
def fold(text: str) -> str:
    """Lower case, plain dashes, quotes and blanks; `len(fold(t)) == len(t)`, line breaks stay."""
    return text.translate(_folds())


@functools.cache
def table() -> dict[str, Any]:
    """`vocabulary/quantities.toml`."""
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


def alternatives(words: list[str]) -> str:
    """A pattern for any of the words, the longest first."""
    ordered = sorted(set(words), key=lambda w: (-len(w), w))
    return "(?:" + "|".join(re.escape(w).replace(r"\ ", GAP) for w in ordered) + ")"


@functools.cache
def patterns() -> dict[str, str]:
    """Patterns of one number: `figure`, `word`, `one` (either) and `n` (one number or a range of two)."""
    words: dict[str, int] = table()["numbers"]["words"]
    units = alternatives([w for w, v in words.items() if v < 20 or v % 10])
    tens = alternatives([w for w, v in words.items() if v >= 20])
    small = f"(?:{tens}(?:{GAP}{units})?|{units})"
    big = f"(?:(?:a|{small}){GAP}(?:hundred|thousand)(?:{GAP}(?:and{GAP})?{small})?(?:{GAP}(?:and{GAP})?{small})?)"
    half = rf"(?:(?:a{GAP})?half(?:{GAP}of)?(?:{GAP}an?\b)?|(?:a{GAP}|one{GAP})?quarter(?:{GAP}of)?(?:{GAP}an?\b)?|three{GAP}quarters(?:{GAP}of{GAP}an?)?)"
    word = rf"(?:(?:{big}|{small})(?:{GAP}and{GAP}(?:a|one){GAP}(?:half|quarter)|{GAP}and{GAP}a{GAP}half)?|{half}|(?:a{GAP})?couple(?:{GAP}of)?)"
    fraction = r"(?:\d{1,2}[ -])?[1-5]/[2-8](?![\d/])"
    vulgar = "[" + "".join(_VULGAR) + "]"
    figure = (
        rf"(?:\d{{1,2}} ?{vulgar}|{vulgar}|{fraction}|\d{{1,3}}(?:,\d{{3}})+(?:\.\d{{1,4}})?|\d{{1,7}}(?:[.,]\d{{1,4}})?|\.\d{{1,4}})"
        rf"(?:{GAP}and{GAP}a{GAP}half)?(?:k(?![a-z]))?"
    )
    one = f"(?:{figure}|{word})"
    tail = rf"(?:{figure}|{big}|{small}|(?:a{GAP})?half|(?:a{GAP})?couple)"
    n = rf"(?:{one}(?: ?(?:-|to|or|/or|and/or|~) ?{tail})?)"
    return {"figure": figure, "word": word, "one": one, "n": n, "small": small}


@functools.cache
def _splitter() -> re.Pattern[str]:
    one = patterns()["one"]
    return re.compile(rf"({one})(?: ?(?:-|to|or|/or|and/or|~) ?({one}))?\Z")


def _figure(text: str) -> float:
    text = text.strip()
    factor = 1000.0 if text.endswith("k") else 1.0
    text = text.removesuffix("k")
    if text[-1] in _VULGAR:
        return float(text[:-1].strip() or 0) + _VULGAR[text[-1]]
    whole, _, part = text.rpartition(" ") if " " in text else text.rpartition("-")
    if "/" in part:
        above, below = part.split("/")
        return float(whole or 0) + int(above) / int(below)
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"\d\.000", text):  # nobody writes three zeros after a decimal point: 1.000 mg is a gram
        text = text.replace(".", "")
    return float(text.replace(",", ".")) * factor


def value(text: str) -> float:
    """The number a stretch of folded text says; ValueError where it says none."""
    words: dict[str, int] = table()["numbers"]["words"]
    text = " ".join(text.replace("\n", " ").split())
    plus = 0.0
    if m := re.search(r"[ -]and[ -](?:a|one)[ -](half|quarter)\Z", text):
        plus, text = (0.5 if m[1] == "half" else 0.25), text[: m.start()]
    if text[0] in "0123456789." or text[0] in _VULGAR:
        return _figure(text) + plus
    total = last = 0.0
    for word in re.findall(r"[a-z]+", text):
        match word:
            case "half":
                last += 0.5
            case "quarter":
                last += 0.25
            case "quarters":
                last = last * 0.25
            case "couple":
                last += 2
            case "hundred":
                last = (last or 1) * 100
            case "thousand":
                total, last = total + (last or 1) * 1000, 0.0
            case "a" | "an" | "of" | "and":
                pass
            case "one" if "quarter" in text:
                pass
            case _ if word in words:
                last += words[word]
            case _:
                raise ValueError(f"no number: {text!r}")
    return total + last + plus


def bounds(text: str) -> tuple[float, float]:
    """Lower and upper end of a number or a range."""
    text = text.strip()
    m = _splitter().match(text)
    if not m:
        raise ValueError(f"no number: {text!r}")
    low = value(m[1])
    return low, value(m[2]) if m[2] else low
