"""A sieve leaves no pattern out that matches."""

import functools

import pytest

from pipeline.experience.rules import load_rules, possible
from pipeline.vocabulary.sieve import Sieve, strings_of
from tests.test_rules import FILES, readings


@pytest.mark.parametrize(
    ("pattern", "strings"),
    [
        ("stopped T", {"stopped T"}),
        ("(?:took|taking) (?:it|T)", {"took it", "took T", "taking it", "taking T"}),
        ("(?<!not )(?:off )?T", {"off T", "T"}),
        ("off(?: it)+ again", {" again"}),
        (r"T \d+ weeks", {" weeks"}),
        ("(?:[^|TO ]+ ){0,4}went", {"went"}),
        ("(?:gone|\\S+) away", {" away"}),
        ("m[ua]m", {"mum", "mam"}),
        ("(?:a|b|)", None),
        (r"\S+", None),
        ("(?i)stopped", None),
        ("(?i:stopped)", None),
        ("(?:no more)?", None),
        ("(?:hot|)(?:cold|warm)", {"cold", "warm"}),
    ],
)
def test_strings_of_which_every_match_holds_one(pattern: str, strings: set[str] | None) -> None:
    assert strings_of(pattern) == strings


def test_more_strings_than_it_keeps_are_cut_to_a_part() -> None:
    found = strings_of("x[ab]{1}" + "[ab]" * 7 + "y")
    assert found is not None and max(map(len, found)) < 10
    assert all(any(s in whole for s in found) for whole in ("xaaaaaaaay", "xbbbbbbbby", "xababababy"))


def test_patterns_without_such_strings_are_always_possible() -> None:
    assert Sieve([r"\d+", "off T"]).of("on T") == {0}
    assert Sieve([r"\d+", "off T"]).of("off T") == {0, 1}
    assert Sieve([]).of("off T") == set()


@functools.cache
def said() -> list[str]:
    """The readings of every rule's example."""
    return sorted({r for file in FILES for rule in load_rules(file) for r in readings(rule.example)})


@pytest.mark.parametrize("name", FILES)
def test_no_rule_that_fires_is_left_out(name: str) -> None:
    rules, tried = load_rules(name), 0
    for text in said():
        kept = possible(name, text)
        tried += len(kept)
        assert [r.id for r in rules if r.pattern.search(text) and r not in kept] == []
        assert kept == sorted(kept, key=rules.index)
    assert tried < len(said()) * len(rules) / 3
