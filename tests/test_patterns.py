"""Every pattern finds its examples and leaves its counter-examples; every word of every word file can fire."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.tag.patterns import Matcher, Pattern, PatternError, find_patterns, matcher, starts, trie, variants
from pipeline.vocabulary.fold import fold


def spans(name: str, text: str) -> list[str]:
    """What one pattern marks in a text."""
    return [t.text for t in matcher().find(text, only=name)]


def cases(kind: str) -> list[tuple[str, str]]:
    return [(p.id, text) for p in matcher().patterns for text in getattr(p, kind)]


@pytest.mark.parametrize(("name", "example"), cases("example"))
def test_pattern_finds_its_example(name: str, example: str) -> None:
    """Square brackets in an example hold exactly what is to be marked; without them anything marked will do."""
    wanted = re.findall(r"\[(.*?)\]", example)
    marked = spans(name, re.sub(r"[][]", "", example))
    assert marked == wanted if wanted else marked


@pytest.mark.parametrize(("name", "counter"), cases("counter"))
def test_pattern_leaves_its_counter_example(name: str, counter: str) -> None:
    assert spans(name, counter) == []


def test_every_word_can_fire() -> None:
    """Put into the place that its file has in an example, each word (and its plural) is matched by a pattern."""
    silent = []
    for name, rows in matcher().words.items():
        slots = list(example_slots(name))
        for row in rows:
            for form in variants(row):
                if not any(spans(p.id, before + form + after) for p, before, after in slots):
                    silent.append(f"{name}: {form}")
    assert silent == []


def example_slots(name: str) -> list[tuple[Pattern, str, str]]:
    """Examples of the patterns that use a word file, parted around the place where one of its words stands."""
    slots = []
    for pattern in (p for p in matcher().patterns if name in p.macros):
        asking = dataclasses.replace(pattern, concept=(f"{name}.word",))
        regex = Matcher([asking], matcher().words).regex(asking)
        for example in pattern.example:
            text = fold(re.sub(r"[][]", "", example))
            for match in regex.finditer(text):
                for group, value in match.groupdict().items():
                    if value and group.startswith(f"{name}__"):
                        slots.append((pattern, text[: match.start(group)], text[match.end(group) :]))
    return slots


def make(text: str, concept: str = "", pattern_id: str = "p") -> Pattern:
    return Pattern(pattern_id, "PROBLEM", text, tuple(filter(None, concept.split("|"))), (), ())


WORDS = {
    "part": [{"word": "ankle", "plural": "1", "swelling": "HP:0001785"}, {"word": "left foot", "plural": "", "swelling": ""}],
    "cannot": [{"word": "can't"}, {"word": "unable to"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "concept", "post", "expected"),
    [
        ("swollen {part}", "", "my swollen  ankles, swollen left-foot", [("swollen  ankles", None), ("swollen left-foot", None)]),
        ("swollen {part}", "part.swelling", "swollen ankle swollen left foot", [("swollen ankle", "HP:0001785")]),
        ("swollen {part}", "part.swelling|HP:0000969", "swollen left foot", [("swollen left foot", "HP:0000969")]),
        ("{cannot} sleep", "", "Can’t sleep. cant sleep. can sleep. can't. sleep", [("Can’t sleep", None), ("cant sleep", None)]),
        ("{cannot} sleep", "", "unable to\nsleep; unable to\n\nsleep", [("unable to\nsleep", None)]),
        (r"lost \d+ (?P<mention>lbs?)", "", "lost 12 lbs", [("lbs", None)]),
        ("(?:un|dis)?comfort", "", "discomfort comforted comfort uncomfort's", [("discomfort", None), ("comfort", None), ("uncomfort", None)]),
        ("i can", "", "i can't, I can", [("I can", None)]),
        (r"\d+ lbs", "", "x12 lbs, 7 lbs", [("7 lbs", None)]),
        ("numb", "", "o'numb, 'numb", [("numb", None)]),
    ],
)  # fmt: skip
def test_matching(text: str, concept: str, post: str, expected: list[tuple[str, str | None]]) -> None:
    found = Matcher([make(text, concept)], WORDS).find(post)
    assert [(t.text, t.concept_id) for t in found] == expected
    assert all(post[t.start : t.end] == t.text for t in found)


def test_longest_wins_within_a_label() -> None:
    short, long = make("swollen", "", "short"), make("swollen {part}", "", "long")
    other = dataclasses.replace(short, id="other", label="PROCEDURE")
    found = Matcher([short, long, other], WORDS).find("swollen ankles")
    assert [(t.text, t.method) for t in found] == [("swollen", "pattern:other"), ("swollen ankles", "pattern:long")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(?:no|low) energy", {"no", "low"}),
        ("(?:very )?{part} pain", {"very", "ankle", "ankles", "left"}),
        ("couldn'?t|can", {"couldn", "couldnt", "can"}),
        (r"(?!x)\bnumb(?:ness)?", {"numb", "numbness"}),
        (r"\d+ lbs", None),
        (r"(?:\w+ )?pain", None),
    ],
)
def test_first_words(text: str, expected: set[str] | None) -> None:
    words = {"part": {"ankle", "ankles", "left "}}
    assert starts(text, words) == expected


def test_bad_patterns_are_refused() -> None:
    with pytest.raises(PatternError, match=r"p: no words/nothing\.csv"):
        Matcher([make("swollen {nothing}")], WORDS)
    with pytest.raises(PatternError, match="unbalanced"):
        Matcher([make("swollen) ankle")], WORDS)


@given(
    st.lists(st.text("ab ", min_size=1, max_size=5).map(lambda w: " ".join(w.split()) or "a"), min_size=1),
    st.text("ab ", max_size=5),
)
def test_trie_is_the_set(words: list[str], other: str) -> None:
    regex = re.compile(trie(words))
    assert all(regex.fullmatch(w) for w in words)
    assert bool(regex.fullmatch(other)) == (re.sub(" +", " ", other) in words)


@given(st.text())
def test_fold_keeps_length_and_is_stable(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


def test_fold_keeps_length_for_every_character() -> None:
    text = "".join(map(chr, range(0x110000)))
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Couldn’t SLEEP", "couldn't sleep"),
        ("non\u2011drug, 5–10 mg", "non drug, 5 10 mg"),
        ("tired—hands numb - legs", "tired—hands numb - legs"),
        ("Ménière İ ß", "meniere i ß"),
        ("a\u00a0b\tc\nd", "a b c d"),
        ("one\r\n \ntwo\n-three", "one \n\n\ntwo -three"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_found_text_is_the_texts_own(text: str) -> None:
    post = text + " can't sleep " + text
    found = find_patterns(post)
    assert all(post[t.start : t.end] == t.text and t.text for t in found)
    assert found == find_patterns(post)
