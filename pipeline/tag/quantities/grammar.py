"""Compiles `vocabulary/quantities.toml` into rules, found by the first word they can begin with."""

import dataclasses
import functools
import re
from collections.abc import Iterator

from pipeline.tag.quantities.numbers import GAP, alternatives, patterns, table
from pipeline.vocabulary.sieve import Sieve

NUMBER = "0"  # the lead of every rule that begins with a number, in figures or words


@dataclasses.dataclass(frozen=True)
class Rule:
    """One pattern of the table: `kind` is its section, `role` and `per_day` what the section's entry says."""

    kind: str
    role: str
    pattern: str
    not_after: tuple[str, ...] = ()
    per_day: float | None = None
    word: str | None = None
    glued: bool = False

    @functools.cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern compiled when it is first tried: most never are."""
        return compiled(self.pattern, self.not_after)


class Possible(dict[str, tuple[Rule, ...]]):
    """The rules that may match in a folded text, under every word they can begin with."""

    def __init__(self, folded: str):
        self._ids = {id(_all()[i]) for i in _sieve().of(folded)}

    def __missing__(self, lead: str) -> tuple[Rule, ...]:
        self[lead] = found = tuple(r for r in rules().get(lead, ()) if id(r) in self._ids)
        return found


@functools.cache
def unit_words() -> dict[str, str]:
    """Word -> canonical unit, for measures and for things counted."""
    both = {**table()["units"], **table()["count_units"]}
    return {word: unit for unit, words in both.items() for word in words}


@functools.cache
def period_words() -> dict[str, float]:
    """Word -> days."""
    return {w: float(p["days"]) for p in table()["period_days"].values() for w in p["words"]}


@functools.cache
def date_pattern(whole: bool = False) -> str:
    """A day, a month, a season or a year as people write it; `whole`: with more than a month's or a season's name."""
    month, season = (
        alternatives(list(table()["months"]["words"])),
        alternatives([*table()["seasons"]["words"], *table()["seasons"]["holidays"]]),
    )
    year = r"(?:(?:19[3-9]|20[0-4])\d|'\d\d)"
    day = r"(?:[12]?\d|3[01])(?:st|nd|rd|th)?"
    return (
        rf"(?:{month}\.?{GAP}{day}(?:,? {year})?(?![\d/])|{month}\.?,?(?: of)?{GAP}{year}|(?:the )?{day}(?: of)?{GAP}{month}(?:,? (?:of )?{year})?"
        rf"|\d{{4}}-\d\d-\d\d|\d{{1,2}}/\d{{1,2}}/\d{{2,4}}|\d{{1,2}}\.\d{{1,2}}\.\d{{2,4}}|\d{{1,2}}/(?:19|20)\d\d|(?:early |late |mid )?{year}|(?:last|this|this past) (?:{season}|{month}|week|month|year)"
        rf"|(?:the )?{season}(?: of)? {year}" + (")" if whole else rf"|(?:the )?{season}|{month})")
    )


@functools.cache
def _macros() -> dict[str, str]:
    n, t = patterns(), table()
    weekday = "(?:" + alternatives(t["weekdays"]["words"]) + r"(?:(?<=day)'?s)?)"
    units = alternatives(list(unit_words()))
    not_unit = rf"(?! ?-? ?(?:{units}|%)(?![a-z0-9]))(?![\d.,]*\d)"
    hour = r"(?:1[0-2]|[1-9])(?::\d\d)?(?: ?(?:am|pm|a\.m\.|p\.m\.))?"
    long_periods = [
        w
        for p in ("day", "night", "week", "fortnight", "month", "year", "decade")
        for w in t["period_days"][p]["words"]
        if len(w) > 1
    ]
    m = {
        "n": f"(?P<n>{n['n']})",
        "m": f"(?P<m>{n['n']})",
        "n2": f"(?:{n['n']})",
        "na": rf"(?P<n>{n['n']}|an?\b|another\b)",
        "bare": f"(?P<n>{n['n']}){not_unit}",
        "bareage": f"(?P<n>{n['n']}){not_unit}(?! ?(?:{alternatives(long_periods)}|x|%|of|times?|tablets?)(?![a-z]))",
        "weekday": weekday,
        "period": "(?P<p>" + alternatives(list(period_words())) + ")",
        "dperiod": "(?P<p>" + alternatives(long_periods) + ")",
        "dperiod2": "(?P<p2>" + alternatives(long_periods) + ")",
        "period_ly": "(?P<p>daily|nightly|weekly|monthly|yearly|hourly|annually|fortnightly)",
        "weekdays": rf"(?P<w>{weekday}(?:(?:, (?:and )?| and | ?& ?|/|, ?| to | thru | through | or |-){weekday})*)",
        "clock": r"(?:\d{1,2}(?::\d\d)?(?: ?(?:am|pm|a\.m\.?|p\.m\.?|o'?clock|ish))|\d{1,2}:\d\d|(?:[1-9]|1[0-2])(?![.,]?\d)(?=[,;.]? ?(?:and|,|;|\.|\)|$|-|then|plus|&)))",
        "clocks": rf"(?:{hour}(?:(?:, ?(?:and )?| and | ?& ?|/){hour})+)(?![\d.:]|,\d| ?(?:{units})(?![a-z]))",
        "small": "(?:couple of |few )",
        "date": f"(?P<d>{date_pattern()}){not_unit}",
        "fulldate": f"(?P<d>{date_pattern(whole=True)}){not_unit}",
        "end": r"(?=[ ]?(?:[.,;:)!?/&+\n-]|$)| (?:and|or|then|plus|for|with|but|so|i|only|\d+)\b)",
        "hour": "(?:1[0-2]|0?[1-9])",
        "hourword": rf"(?:1[0-2]|[1-9]|{alternatives([w for w, v in t['numbers']['words'].items() if 0 < v <= 12])})",
        "date2": f"(?P<e>{date_pattern()}|now|present|today)",
        "ordinal": rf"(?P<n>\d{{1,3}}|{n['small']})",
        "ordinalword": "(?P<o>" + alternatives(list(t["numbers"]["ordinals"])) + "|" + r"\d{1,2}(?:st|nd|rd|th))",
        "agenum": rf"(?P<n>[1-9]\d){not_unit}",
        "decade": r"(?:\d0'?s|teens|twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)",
        "bpnum": r"(?P<n>[89]\d|1\d\d|2[0-4]\d)",
        "bpnum2": r"(?P<m>[4-9]\d|1[0-4]\d)(?!\d|\.\d| ?mg| ?mcg)",
    }
    m |= {name: alternatives(t["not_dose"][name]) for name in ("lab", "labfill", "analyte")}
    return m


def compiled(pattern: str, not_after: tuple[str, ...] = ()) -> re.Pattern[str]:
    """A pattern of the table as a regular expression; a blank stands for white space or a hyphen."""
    macros = _macros()
    parts = re.split(r"(\{[a-z_][a-z_0-9]*\}|\[[^\]]*\]| \?)", pattern)
    out = [
        p if p.startswith("[") or p == " ?" else macros[p[1:-1]] if p.startswith("{") else p.replace(" ", GAP)
        for p in parts
    ]
    body = "".join(out).replace(" ?", r"[ \-]?")
    end = r"(?![a-z0-9])" if not pattern.endswith(".?") else ""
    return re.compile("".join(rf"(?<!\b{re.escape(w)})" for w in not_after) + body + end)


def leads(pattern: str) -> set[str]:
    """The first words a pattern can begin with; a number, in figures or words, counts as NUMBER, a sign as itself."""
    if not pattern:
        return set()
    if pattern[0] == "(":
        depth = 0
        for i, c in enumerate(pattern):  # noqa: B007
            depth += (c == "(") - (c == ")")
            if depth == 0:
                break
        inner, rest = pattern[1:i], pattern[i + 1 :]
        found: set[str] = set()
        for choice in _choices(inner):
            found |= leads(choice)
        if rest[:1] in ("?", "*"):
            found |= leads(rest[1:].lstrip())
        return found
    if m := re.match(r"\{([a-z_0-9]+)\}", pattern):
        return _macro_leads(m[1])
    if m := re.match(r"\[([^\]]*)\]", pattern):
        return set(m[1])
    if re.match(r"\\d|\d", pattern):
        return {NUMBER}
    if m := re.match(r"([a-z]+)(\?)?", pattern):
        return {m[1], m[1][:-1]} if m[2] else {m[1]}
    return {pattern.lstrip("\\")[0]}


def _choices(inner: str) -> Iterator[str]:
    depth, start = 0, 0
    for i, c in enumerate(inner):
        depth += (c == "(") - (c == ")")
        if c == "|" and depth == 0:
            yield inner[start:i]
            start = i + 1
    yield inner[start:]


def _macro_leads(name: str) -> set[str]:
    t = table()
    words = {
        "weekdays": [w + s for w in t["weekdays"]["words"] for s in ("", "s")],
        "lab": t["not_dose"]["lab"],
        "analyte": t["not_dose"]["analyte"],
        "ordinalword": list(t["numbers"]["ordinals"]),
        "date": [
            *t["months"]["words"],
            *t["seasons"]["words"],
            *t["seasons"]["holidays"],
            "last",
            "this",
            "the",
            "early",
            "late",
            "mid",
        ],
        "na": ["a", "an", "another"],
    }.get("date" if name == "fulldate" else name, [])
    found = {m[0] for w in words if (m := re.match(r"[a-z]+", w))}
    return found if name in ("weekdays", "lab", "analyte") else found | {NUMBER}


@functools.cache
def rules() -> dict[str, tuple[Rule, ...]]:
    """Every rule of the table under every word it can begin with, in the table's order."""
    t, index = table(), dict[str, list[Rule]]()

    def add(pattern: str, rule: Rule) -> None:
        for lead in leads(pattern):
            index.setdefault(lead, []).append(rule)

    for kind in ("frequency", "duration"):
        for entry in t[kind]:
            for pattern in entry["patterns"]:
                add(
                    pattern,
                    Rule(
                        kind,
                        entry["kind"],
                        pattern,
                        tuple(entry.get("not_after", ())),
                        entry.get("per_day"),
                        glued=entry.get("glued", False),
                    ),
                )
    for route, routes in t["route"].items():
        for pattern in routes:
            add(
                pattern,
                Rule("route", "route", pattern, word=route, glued=pattern in t["glued_routes"]["words"]),
            )
    for form, entry in t["form"].items():
        for word in entry["words"]:
            add(word, Rule("form", "form", word, word=form))
    for pattern in t["not_dose"]["patterns"]:
        add(pattern, Rule("not_dose", "not_dose", pattern))
    return {lead: tuple(dict.fromkeys(found)) for lead, found in index.items()}


@functools.cache
def _all() -> tuple[Rule, ...]:
    return tuple({id(r): r for found in rules().values() for r in found}.values())


@functools.cache
def _sieve() -> Sieve:
    """Every rule by the words it cannot do without; what a macro stands for is left open, as is what parts two words."""
    opened = re.compile(r"(\[[^]]*\])|\{[a-z_][a-z_0-9]*\}| ")
    return Sieve(opened.sub(lambda m: m[1] or "(?:.*)", r.pattern) for r in _all())
