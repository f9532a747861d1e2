"""The form in which text and vocabulary terms are compared: lower case, plain apostrophes, hyphen = blank."""

import functools
import re
import unicodedata

_HYPHENS = "-\u2010\u2011\u2012\u2013\ufe63\uff0d"  # what joins two words; the long dashes part clauses
_APOSTROPHES = "'\u2018\u2019\u201b\u02bc\u2032\u00b4`\uff07"
_JOINT = re.compile(r"(?<=[^\W_])-(?=[^\W_])")
LEAD = re.compile(
    r"^(?:(?:the|a|an|my|his|her|their|some|this|that) )+"
)  # what stands before a name and is no part of it
_NEWLINES = re.compile(r"\n[ \n]*")


class _Folds(dict[int, str]):
    """What each character folds to, worked out when first met (the form `str.translate` wants)."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in _HYPHENS:
            folded = "-"
        elif char in _APOSTROPHES:
            folded = "'"
        elif char == "\n":
            folded = "\n"
        elif char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Zs"):
            folded = " "
        else:
            parts = unicodedata.normalize("NFD", char)  # Ménière = Meniere
            folded = (parts[0] if all(map(unicodedata.combining, parts[1:])) else char).lower()
        self[code] = folded
        return folded


@functools.cache
def _folds() -> _Folds:
    return _Folds()


@functools.lru_cache(maxsize=64)  # several readers in turn ask for the same post
def fold(text: str) -> str:
    """Fold a text character by character, so that offsets stay: `len(fold(t)) == len(t)`.

    Lower case without accents; curly apostrophes straight; every white-space character a blank, and so is a line break,
    but a blank line stays as line breaks; a hyphen or en dash between two words is a blank, any other hyphen stays `-`
    and long dashes stay themselves. So a phrase whose words are parted by blanks only never crosses a paragraph, a list
    item or a dash that parts clauses.
    """
    flat = _NEWLINES.sub(
        lambda m: ("\n" if m[0].count("\n") > 1 else " ") * len(m[0]),
        text.translate(_folds()),
    )
    return _JOINT.sub(" ", flat)
