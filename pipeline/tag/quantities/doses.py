"""The grammar of amounts: `5-10 mg`, `two 20s`, `half a 10mg tablet`, `2 x 500 mg`, `10/325`, `0.85 units an hour`."""

import functools
import re

from pipeline.spans import Quantity
from pipeline.tag.quantities.grammar import unit_words
from pipeline.tag.quantities.numbers import GAP, alternatives, bounds, patterns, table, value

_HOUR = r"(?: ?(?:/|per|an|a|ph) ?(?P<rate>hours?|hrs?|h|min|mins|minute)(?![a-z])(?! ?(?:before|after|prior|later|ago|or so|or two|early|and a half)))"
_KILO = r"(?: ?(?:/|per|a|p) ?(?P<kg>kgs?|kilo|kilos|kilogram|m2|sq m)(?![a-z])(?: of body ?weight)?)"
_VOLUME = r"(?: ?(?:/|per|in|in every|to the) ?(?P<vol>\d+(?:\.\d+)?)? ?(?:ml|mls|cc|teaspoon|tsp)(?![a-z]))"


@functools.cache
def _measures() -> str:
    return alternatives([w for words in table()["units"].values() for w in words])


@functools.cache
def _things() -> str:
    return alternatives([w for words in table()["count_units"].values() for w in words])


@functools.cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    n, unit, thing = patterns(), _measures(), _things()
    adjective = rf"(?:{alternatives(table()['cues']['adjectives'])}{GAP}){{0,2}}"
    one, end = n["one"], r"(?![a-z0-9])"
    tablets = rf"(?:(?: {{1,2}}|-){adjective}(?P<f>{thing}){end})?"
    times = rf"(?: ?[x×*] ?| {{1,2}}(?:(?:{alternatives(table()['cues']['adjectives'])}) ){{0,3}}|{GAP}of{GAP}(?:a|the|my|his|her){GAP}|{GAP}an?{GAP})"
    tail = rf"(?:{_VOLUME}|{_KILO}?{_HOUR}?)"
    by = rf"(?: ?[x×] ?(?P<x>[2-9])(?= (?:at|in the|before|with|every|each|nightly|hs|qhs|once|twice|mane|nocte|b\.?i?d|t[id][ds]|q[id][ds]|{one}{GAP}(?:times|x))\b))?"  # 100 mg x 3 at night
    shapes = {
        "amount": rf"(?P<n>{n['n']})(?: ?-? ?)(?P<u>{unit}){end}{tail}{tablets}{by}",
        "single": rf"(?P<n>an? )(?P<u>grams?|gramme){end}(?= of | (?:once|twice|a day|daily|every|at|in the|each|[2-6] ?(?:x|times)|three|four)\b)",
        "ends": rf"(?P<n>{one}) ?(?P<u>{unit}) ?(?:-|to|or|/or|and/or) ?(?P<m>{one}) ?(?P<u2>{unit}){end}{_KILO}?{_HOUR}?",
        "between": rf"(?<=between )(?P<n>{one}) ?(?:{unit} ?)?and (?P<m>{one}) ?(?P<u2>{unit}){end}",
        "counted": rf"(?P<c>{one}){times}(?P<n>{one})(?: ?-? ?)(?P<u>{unit}){end}{tablets}",
        "combination": rf"(?:(?P<c>{one}){times})?(?P<n>{n['figure']}) ?(?P<u>{unit})? ?/ ?{n['figure']}(?: ?/ ?{n['figure']})?(?: ?(?P<u2>{unit}))?{end}{tablets}",
        "things": rf"(?P<n>{n['n']})(?:{GAP}(?:of{GAP})?(?:an?|the|one)(?={GAP}))?(?:{GAP}?){adjective}(?P<f>{thing}){end}",
        "times": rf"(?P<c>{one}) ?[x×*] ?(?P<n>{n['figure']}){end}(?! ?(?:a |per|/|each|every|daily|day|times|d\b|week|month))(?! ?(?:{unit}){end})",
        "strengths": rf"(?P<c>{one}){times}(?P<n>{n['figure']})'?s{end}",
        "strength": rf"(?P<n>{n['figure']})'?s{end}",
        "percent": rf"(?P<n>{n['n']}) ?(?:%|percent\b|per cent\b)",
        "bare": rf"(?P<n>{n['n']})(?!\w)(?![.,]\d)",
    }
    return [(name, re.compile(shape)) for name, shape in shapes.items()]


@functools.cache
def _cues() -> dict[str, re.Pattern[str]]:
    cues = table()["cues"]
    about = r"(?:(?: about| around| only| roughly| like| just| approximately)? )"
    return {
        "maximum": re.compile(rf"(?:^|\W){alternatives(cues['maximum_before'])}{about}?$"),
        "reached": re.compile(rf"(?:^|\W){alternatives(cues['reached_before_up_to'])}(?: \w+ly)? up to{about}?$"),
        "tops": re.compile(rf",? ?{alternatives(cues['maximum_after'])}(?![a-z])"),
        "step": re.compile(rf"(?:^|\W){alternatives(cues['step_before'])}{about}$"),
        "step_after": re.compile(rf" (?:\w+ )?{alternatives(cues['step_after'])}(?![a-z])(?! than the)"),
        "step_verb": re.compile(rf"(?:^|\W){alternatives(cues['step_verbs'])}(?: it| the dose)?{about}$"),
        "pace": re.compile(
            r" ?(?:a|per|every|each|/|at a) ?(?:\d|week|month|fortnight|few|couple|other|two|three|four|time|\w+ weeks)"
        ),
    }


def match(text: str, at: int) -> tuple[str, int, Quantity] | None:
    """The longest amount that begins at `at` in folded text: its kind (dose, strength, percent, bare, not_dose), its end, its numbers."""
    best: tuple[str, re.Match[str]] | None = None
    for name, regex in _forms():
        m = regex.match(text, at)
        if m and (best is None or m.end() > best[1].end()) and _sound(name, m):
            best = name, m
    if best is None:
        return None
    name, m = best
    kind, quantity = _read(name, m)
    if kind in ("dose", "strength", "bare"):
        set_role(text, m.start(), m.end(), quantity)
    return kind, m.end(), quantity


def _sound(name: str, m: re.Match[str]) -> bool:
    """A count before a strength is small, and `one 5 mg` is not `1.5`."""
    if name == "counted" and re.fullmatch(r"[a-z]+", m["u"]) and m["u"] == "u" and " " in m[0]:
        return False
    if (
        name == "combination"
        and (half := re.search(r"(?<![\d.,])([1-3]) ?/ ?([2-8])(?![\d.,])", m[0]))
        and half[1] < half[2]
    ):
        return False  # 1/2 a tablet
    if "c" in m.groupdict() and m["c"] and name != "times":
        return value(m["c"]) <= 12
    return True


def _read(name: str, m: re.Match[str]) -> tuple[str, Quantity]:
    groups = m.groupdict()
    low, high = bounds(m["n"]) if name != "single" else (1.0, 1.0)
    unit = groups.get("u2") or groups.get("u")
    unit = unit_words()[_plain(unit)] if unit else None
    count = value(groups["c"]) if groups.get("c") else float(groups.get("x") or 1)
    q = Quantity(
        low=low * count, high=high * count, unit=unit, count=count if groups.get("c") or groups.get("x") else None
    )
    if groups.get("f"):
        q.word = unit_words()[_plain(groups["f"])]
    match name:
        case "ends":
            first = unit_words()[_plain(m["u"])]
            low, high = bounds(m["n"])[0], bounds(m["m"])[1]
            q.low, q.high = _in_unit(low, first, unit), high
            q.role = "fall" if q.low > q.high else None
        case "between":
            q.high = bounds(m["m"])[1]
        case "things":
            q.unit = q.word
        case "combination":
            q.role = "combination"
            return ("dose" if unit else "strength"), q
        case "times" | "strengths" | "strength":
            q.role = name
            return "strength", q
        case "percent":
            q.unit = "%"
            return "percent", q
        case "bare" | "amount" if low and high > 20 * low:
            q.high, q.role = low, "combination"  # Percocet 5-325
            return ("dose" if unit else "strength"), q
        case "bare":
            return "bare", q
    if m.re.groupindex.get("vol") and re.search(
        r"(?:/|per|in|to the)[^/]*(?:ml|mls|cc|teaspoon|tsp)\Z", m[0][m.end("u") - m.start() :].split("tab")[0].strip()
    ):
        volume = float(groups["vol"] or 1)
        q.low, q.high, q.unit, q.role = low / volume, high / volume, f"{unit}/ml", "concentration"
    if groups.get("kg"):
        q.unit = f"{unit}/{'m2' if groups['kg'] in ('m2', 'sq m') else 'kg'}"
    if groups.get("rate"):
        minute = groups["rate"].startswith("m")
        q.unit, q.per = f"{q.unit}/{'min' if minute else 'hr'}", "minute" if minute else "hour"
    return ("not_dose" if q.unit == "ml/hr" else "dose"), q


def _plain(word: str) -> str:
    return " ".join(word.replace("-", " ").split())


def _in_unit(number: float, unit: str | None, wanted: str | None) -> float:
    mass = table()["mass_mg"]
    return number * mass[unit] / mass[wanted] if unit in mass and wanted in mass and unit != wanted else number


_UP_TO = re.compile(r"(?:^|[,;.:(] ?)(?:and |now |already )*up to $")
_DONE = re.compile(r"[.,;!)]|$| now| already| so far")  # `Lamictal, up to 100.`: reached, no limit


def reached(before: str) -> bool:
    """Whether the words that end in `up to` say that so much was reached, not that it is the limit."""
    return _cues()["reached"].search(before) is not None


def set_role(text: str, start: int, end: int, q: Quantity) -> None:
    """A limit, a step up or down, or an amount: the words just before and after decide."""
    before, cues = text[max(0, start - 40) : start], _cues()
    if q.role is None and (
        cues["step"].search(before)
        or cues["step_after"].match(text, end)
        or (cues["step_verb"].search(before) and cues["pace"].match(text, end))
    ):
        q.role = "step"
    elif (
        q.role in (None, "fall")
        and not reached(before)
        and not (_UP_TO.search(before) and _DONE.match(text, end))
        and (cues["maximum"].search(before) or cues["tops"].match(text, end))
    ):
        q.role, q.low = "maximum", None
