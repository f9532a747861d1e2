"""Which language a post is in: only English is tagged, and a wrong guess would silence a post."""

import functools
import re
from collections import Counter
from collections.abc import Iterable

import wordfreq

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
COMMONEST = 100  # words of a language: its function words, which neither misspellings nor drug names disturb
SHARE = 0.2  # of the words that are among them; running text has 0.3–0.5, lists of medicines under 0.1
MARGIN = 1.5  # by which another language must beat English
SCRIPTS = {  # where words are not parted, or too few are known: the commonest language of a script
    "ja": r"[\u3040-\u30ff]", "zh": r"[\u4e00-\u9fff]", "ko": r"[\uac00-\ud7af]", "th": r"[\u0e00-\u0e7f]",
    "ru": r"[\u0400-\u04ff]", "el": r"[\u0370-\u03ff]", "he": r"[\u0590-\u05ff]", "ar": r"[\u0600-\u06ff]",
}  # fmt: skip


@functools.cache
def common_words(language: str) -> frozenset[str]:
    """The commonest words of a language, single letters apart from English `i` and `a` left out."""
    words = wordfreq.top_n_list(language, COMMONEST, wordlist="small")
    return frozenset(w for w in words if len(w) > 1 or (language == "en" and w in "ia"))


@functools.cache
def others() -> tuple[str, ...]:
    """The languages told from English by their words, sorted."""
    return tuple(sorted(set(wordfreq.available_languages("small")) - {"en", "ja", "zh", "ko"}))


def language_of(text: str) -> str | None:
    """ISO 639-1 code, or None where the text is too short or too odd to tell.

    By the share of words that are among a language's commonest: statistics of letters (we tried py3langid) take lists of
    medicines for Romanian or Tagalog.
    """
    return language_of_words([w.lower().replace("’", "'") for w in WORD.findall(text)]) or language_of_script(text)


def language_of_script(text: str) -> str | None:
    """The language most of the letters belong to, where they are not Latin."""
    letters = len(re.findall(r"[^\W\d_]", text))
    return next((code for code, script in SCRIPTS.items() if len(re.findall(script, text)) * 2 > letters), None)


def language_of_words(words: list[str]) -> str | None:
    """The language whose commonest words make up enough of the words (lower case, at least four)."""
    if len(words) < 4:
        return None

    def share(language: str) -> float:
        return sum(w in common_words(language) for w in words) / len(words)

    english = share("en")
    if english >= SHARE * MARGIN:
        return "en"
    best = max(others(), key=share)
    if share(best) >= max(SHARE, english * MARGIN) and len(common_words(best).intersection(words)) > 2:
        return best
    return "en" if english >= SHARE else None


def languages(texts: Iterable[str], default: str = "en") -> list[str]:
    """A language for each post of a thread: its own where it can be told, else the one most of the thread is in."""
    told = [language_of(t) for t in texts]
    counts = Counter(t for t in told if t)
    usual = min(counts, key=lambda c: (-counts[c], c)) if counts else default
    return [t or usual for t in told]
