"""Names, e-mails, phone numbers and links out of stored text, each character replaced by a filler so that offsets hold."""

import dataclasses
import functools
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import phonenumbers
import wordfreq

FILLER = "█"
EMAIL = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[\w.+-]+\s?(?:[(\[{]\s?at\s?[)\]}]|\sat\s)\s?[\w-]+(?:\s?(?:[(\[{]\s?dot\s?[)\]}]|\sdot\s)\s?\w{2,})+",
    re.I,
)  # the second as people write it for each other: "tam (at) mail dot com"
LINK = re.compile(
    r"(?:https?|ftp)://[^\s<>\"]*[^\s<>\".,;:!?)\]]|\bwww\.[^\s<>\"]*[^\s<>\".,;:!?)\]]"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|info|co\.uk|org\.uk|de|ca|au)\b(?:/[^\s<>\"]*[^\s<>\".,;:!?)\]])?",
    re.I,
)
PHONE = re.compile(
    r"\(\d{3}\)\s?\d{3}[-. ]\d{4}\b|(?<![\d-])(?:1[-. ])?\d{3}([-.])\d{3}\1\d{4}(?![\d-])"
)  # written like one
DIGITS = re.compile(r"\+?\(?\d(?:[\d\s().–-]{5,})\d")  # could be another; the library decides
REGIONS = ("US", "GB", "AU")
RARE = 2.5  # Zipf frequency: below, a name is no ordinary word ("kettlewell" 2.0, "hope" 5.2)
LINES = re.compile(r"[^\n]+")


@functools.cache
def names_data() -> dict[str, list[str]]:
    """The lists of names.toml."""
    return tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted((re.escape(w).replace(r"\ ", r"\s+") for w in words), key=len, reverse=True))


@functools.cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """What stands around a name that nobody in the thread carries; group 1 is the name."""
    d = names_data()
    name = r"([A-Z][a-z]+(?:[-'][A-Z]?[a-z]+)?)"
    end = r"(?=\s*(?:[,.!?:;]|\n|$|\band\b|&))"
    return (
        re.compile(rf"(?<!\w)(?i:{_any(d['greetings'])})[\s,]+{name}{end}"),
        re.compile(rf"(?<!\w)(?i:{_any(d['greetings'])})[\s,]+[A-Z][a-z]+\s+(?:and|&)\s+{name}{end}"),
        re.compile(rf"(?<!\w)(?i:{_any(d['announces'])})\s+{name}"),
        re.compile(rf"(?<!\w)(?i:{_any(d['titles'])})\s+{name}"),
        re.compile(rf"(?:^|\n)\s*(?i:{_any(d['closings'])})[\s,.!~-]*\n+\s*{name}(?:\s+[xo]+)?\W*$"),
        re.compile(rf"\n\s*[-~–—]+\s*{name}\W*$"),
        re.compile(r"(?<![\w@])@(\w[\w.-]*\w)"),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Masker:
    """Masks the texts of one thread. `distinct` finds names that are no words, `plain` those that are, or parts of names."""

    distinct: re.Pattern[str] | None
    plain: re.Pattern[str] | None
    is_term: Callable[[str], bool]

    def __call__(self, text: str, title: bool = False) -> str:
        """The text with fillers; same length. In a title, where any word may be capitalised, only distinct names go."""
        spans = list(contacts(text))
        if self.distinct:
            spans += [m.span() for m in self.distinct.finditer(text)]
        if not title:
            spans += self._addressed(text)
        for start, end in spans:
            text = text[:start] + FILLER * (end - start) + text[end:]
        return text

    def _addressed(self, text: str) -> Iterator[tuple[int, int]]:
        spared = frozenset(names_data()["not_names"])
        for pattern in _patterns():
            for m in pattern.finditer(text):
                if m[1].lower() not in spared and not self.is_term(m[1]):
                    yield m.span(1)
        for m in self.plain.finditer(text) if self.plain else ():
            # Capitalised in mid-sentence, or at its start and spoken to or quoted: a name even if it is a word too.
            before, after = text[: m.start()].rstrip(" "), text[m.end() :]
            inside = before and before[-1] not in ".!?\n:*-•\"'“("
            if inside or re.match(rf",|:|\s+(?:{_any(names_data()['speech'])})\b", after):
                yield m.span()


def contacts(text: str) -> Iterator[tuple[int, int]]:
    """Spans of e-mail addresses, links and phone numbers."""
    for pattern in (EMAIL, LINK, PHONE):
        yield from (m.span() for m in pattern.finditer(text))
    for candidate in DIGITS.finditer(text):
        if not 10 <= sum(c.isdigit() for c in candidate[0]) <= 30:
            continue
        for region in REGIONS:
            for found in phonenumbers.PhoneNumberMatcher(candidate[0], region):
                yield candidate.start() + found.start, candidate.start() + found.end


def parts(name: str) -> list[str]:
    """The words a screen name is made of: `TamMartin_62` → Tam, Martin."""
    return re.findall(r"[A-Z]?[a-z]{2,}", name)


def masker(names: Iterable[str], is_term: Callable[[str], bool]) -> Masker:
    """A masker for a thread whose posters and quoted people are `names` (as shown).

    `is_term(word)`: it is in the vocabulary, so somebody called Botox does not take every botox out of the thread.
    """
    distinct, plain = set(), set()
    for name in {n.strip() for n in names} - {""}:
        ordinary = name.isalpha() and (is_term(name) or wordfreq.zipf_frequency(name, "en") >= RARE)
        if len(name) > 2 and not ordinary and not is_term(name):
            distinct.add(name)
        plain |= {p.capitalize() for p in parts(name) if len(p) > 2 and not is_term(p)}
    plain -= {w.capitalize() for w in names_data()["not_names"]}
    return Masker(
        re.compile(rf"(?<!\w)(?:{_any(distinct)})(?!\w)", re.I) if distinct else None,
        re.compile(rf"(?<!\w)(?:{_any(plain)})(?!\w)") if plain else None,
        is_term,
    )
