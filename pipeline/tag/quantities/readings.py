"""What a matched frequency or duration says: times a day, days, as numbers."""

import re

from pipeline.spans import Quantity
from pipeline.tag.quantities.grammar import Rule, period_words
from pipeline.tag.quantities.numbers import bounds, table

_PERIOD_LY = {
    "daily": 1.0,
    "nightly": 1.0,
    "weekly": 7.0,
    "fortnightly": 14.0,
    "monthly": 30.0,
    "quarterly": 91.0,
    "yearly": 365.0,
    "annually": 365.0,
    "hourly": 1 / 24,
}
_EVERY = {
    "other": 2,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "alternate": 2,
    "alternating": 2,
    "eod": 2,
    "qod": 2,
    "q.o.d": 2,
}


def read_frequency(rule: Rule, m: re.Match[str], q: Quantity) -> None:
    groups, text = m.groupdict(), m[0]
    days = _days(groups.get("p"))
    low, high = bounds(groups["n"]) if groups.get("n") else (1.0, 1.0)
    match rule.role:
        case "times":
            if " or " in text.replace(groups.get("n") or "", "") or low != high:
                return
            count = 2.0 if text.startswith(("twi", "2wice", "2ice")) else 3.0 if text.startswith("thrice") else low
            q.per_day = count / days
        case "every":
            skip = next((k for w, k in _EVERY.items() if re.search(rf"\b{w}\b", text)), None)
            if low != high or re.search(r"\b(few|couple)\b", text):
                return
            q.per_day = 1 / ((skip or low) * (days if groups.get("p") else _named_days(text)))
        case "fixed" | "slot" | "everyday":
            q.per_day = rule.per_day
            if rule.role == "slot" and (hours := re.findall(r"(?<![\d:])(?:1[0-2]|[1-9])(?!\d)", text)):
                q.per_day = float(len(hours))  # at 7, 11 and 3
        case "ly":
            q.per_day = 1 / _PERIOD_LY[re.findall(r"[a-z]+", text)[-1]]
        case "prn":
            q.as_needed = True
        case "weekday":
            _weekdays(text, q)
        case "split":
            q.per_day = low if groups.get("n") and low == high else None
        case "hours":
            q.low = q.high = low if groups.get("n") else 24.0
        case "total":
            q.per = next(
                (
                    p
                    for p in ("week", "month", "fortnight", "year")
                    if re.search(rf"\b{p}|\bwk", text) and (p in text or p == "week")
                ),
                "day",
            )
        case "count":
            q.low, q.high, q.per = low, high, "week" if "week" in text else "month" if "month" in text else "day"


def _days(word: str | None) -> float:
    if word is None:
        return 1.0
    return _PERIOD_LY.get(word) or period_words()[word]


def _named_days(text: str) -> float:
    """Days of the period a pattern names without a group: `every month`, `alternate weeks`, `4 hourly`."""
    if re.search(r"(?:day|mon|tues?|weds?|thurs?|fri|sat|sun)s?$", text) and not re.search(r"\bdays?$", text):
        return 7.0  # every other Friday
    if "half hour" in text:
        return 1 / 48
    if "hourly" in text:
        return 1 / 24
    return next(
        (d for w, d in sorted(period_words().items(), key=lambda p: -len(p[0])) if re.search(rf"\b{w}\b", text)), 1.0
    )


def _weekdays(text: str, q: Quantity) -> None:
    """`Tuesdays and Saturdays` is twice a week; `Sunday` alone is a day; `Mon to Fri` are five."""
    if part := re.search(r"weekend|weekday|school day", text):
        q.per_day, q.word = (2 if part[0] == "weekend" else 5) / 7, "once"  # counts only beside a dose
        return
    names = re.findall(r"[a-z']+", text)
    lead = names[0] if names[0] in ("on", "every", "each") else None
    article = len(names) > 1 and names[1] in ("a", "an")
    days = [
        n
        for n in names
        if n.rstrip("s'") and n not in ("on", "every", "each", "a", "an", "and", "or", "to", "thru", "through")
    ]
    order = {"mo": 0, "tu": 1, "te": 1, "we": 2, "th": 3, "fr": 4, "sa": 5, "su": 6}
    numbers = sorted({order[d[:2]] for d in days})
    if re.search(r" (to|thru|through) |-", text) and len(days) == 2:
        first, last = (order[d[:2]] for d in days)
        count = (last - first) % 7 + 1
    else:
        count = len(numbers)
    plural = any(d.endswith("s") and d.rstrip("s'") not in ("tue", "we", "thur", "wed") for d in days)
    if not plural and lead not in ("every", "each") and not article:
        if len(days) == 1:
            return
        q.word = "once"  # `Sat and Sun`: only beside a dose
    q.per_day = count / 7


def read_duration(rule: Rule, m: re.Match[str], q: Quantity) -> None:
    groups = m.groupdict()
    q.days_kind = rule.role
    if groups.get("d"):
        q.word = groups["d"] + (f"|{groups['e']}" if groups.get("e") else "")
    n = groups.get("n")
    if rule.role in ("span", "ago", "ordinal"):
        text = m[0]
        if n is None or n in ("a", "an", "another"):
            count = 0.5 if text.startswith("half") else 2.0 if "couple" in text else 1.0
            if groups.get("o"):
                count = float(table()["numbers"]["ordinals"].get(groups["o"]) or re.sub(r"\D", "", groups["o"]))
        else:
            low, high = bounds(n)
            count = (low + high) / 2
            if low != high:
                days = period_words()[groups["p"]] if groups.get("p") else 1.0
                q.low, q.high = low * days, high * days  # `2-3 weeks`
        if re.search(r"(month|year|week|decade|yr)s? and a (half|bit)\Z", text) and text.endswith("half"):
            count += 0.5
        if " few " in f" {text} " and "few " in text:
            return
        word = groups.get("p") or next(
            (w for w in ("decade", "year", "month", "week", "day", "night") if w in text), "day"
        )
        q.days = count * (period_words().get(word, 1.0))
        if groups.get("p2"):
            low, high = bounds(groups["m"])
            q.days += low * period_words()[groups["p2"]]
        if rule.role == "ago" and n is None:
            q.days = 182.0 if "half" in text else 0.0 if "today" in text or "this" in text else 1.0
