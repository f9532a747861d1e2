"""How long a treatment was used, told from how long anything else took."""

import datetime as dt
import re

from pipeline.spans import Regimen, Tagged
from pipeline.tag.quantities.scan import Item
from pipeline.tag.regimens.begun import dates, lasting, precision_of
from pipeline.tag.regimens.near import Near, cue
from pipeline.tag.regimens.places import crossed

_ON = re.compile(
    r"[ ]?(?:course |trial |stint )?(?:now |so far |already |and counting )?(?:on|of|into|with|in|through|using|taking|doing|since starting|after starting|wearing)(?: (?:the|my|this|that|a|his|her|our|oral|iv|i\.v\.|topical|liquid|generic|high dose|low dose|daily|weekly|using|taking|being on))* ?"
)
_TO = re.compile(
    r"(?:[ ]?[,:(\-–—][ ]?| )(?:for|for the last|for the past|going on|day|now|about|now for|now going on|almost|nearly| )*(?: about| almost| nearly| just over)? ?"
)
_DOSED = re.compile(r",? ?(?:taken |as \w+ )?for(?: about| the| around| almost| nearly| over)? ")
_OFF_IT = re.compile(r"\b(?:off|quit|stopped|without|no)(?: of)?(?: the| my| all)? $")
_NEGATED = re.compile(
    r"\b(?:without|off (?:it|them|all|everything|of|the)|haven't|hasn't|hadn't|no longer|never|stopped|quit|since stopping|free)\b[^,;.]{0,30}$"
)
_TAKING_BEFORE = re.compile(
    r"\b(?:on|take|taking|took|taken|use|using|used|had|wore|wearing|did|doing|been|gave|given|stuck|managed|rent\w*|tried|try|put on|prescribed)\b"
)
_BEEN_ON = re.compile(
    r"\b(?:been (?:on|taking|using|getting)|(?:i'm|i am|still|was|had been|is|be|we're|he's|she's|went) on|took|used|did|given?|gave)\b[^,;]{0,40}$"
)
_NOT_ON = re.compile(r"\b(?:no|not|without|after|before|when|took)\b[^,;]{0,25}$")
_RATE = re.compile(r"\d[\w.]* (?:[a-z]+ ){1,2}$")  # `4 headaches` a month
_WITHDRAWN = re.compile(
    r"\b(?:cold turkey|detox\w*|withdraw\w*|off (?:the |my |of )?\w+|sober|clean)\b",
)
THRESHOLD = 2


def duration(
    folded: str, own: list[Tagged], mine: list[Item], ends: list[int], regimen: Regimen, posted_at: dt.datetime | None
) -> None:
    """Fills duration and dates of a regimen from the stretches of time and the days that belong to it."""
    on_ladder = len(regimen.steps) > 1
    best: tuple[float, Item] | None = None
    if all(t.label == "PROCEDURE" for t in own):
        mine = [i for i in mine if i.role not in ("span", "ordinal")]  # an operation is not used for a time
    near = Near(folded, own, mine, ends)
    for item in mine:
        if item.kind not in ("duration", "date") or item.role not in ("span", "ordinal") or item.quantity.days is None:
            continue
        if _of_a_rung(near, item, regimen) if on_ladder else _a_day(near, item):
            continue
        score = _use(near, item) if item.quantity.days >= 1 else 0.0
        if score >= THRESHOLD and (best is None or score > best[0]):
            best = score, item
    if best:
        lasting(regimen, best[1].quantity.days or 0, best[1], precision_of(near.words(best[1])))
    dates(near, mine, regimen, posted_at.date() if posted_at else None)


def _a_day(near: Near, item: Item) -> bool:
    """`one day I …` is no length of time unless a word says so."""
    before = near.folded[max(0, item.start - 20) : item.start]
    return re.fullmatch(r"(?:one|an?|1) (?:day|night)", near.words(item)) is not None and not re.search(
        r"\b(?:for|after|only|lasted|just) $", before
    )


def _of_a_rung(near: Near, item: Item, regimen: Regimen) -> bool:
    """`60 mg for 5 days, then …`, `week 2: 20 mg`, `over ten weeks`: how long a rung or the whole way down took."""
    if item.role == "ordinal" and any(-1 < item.start - i.end < 3 for i in near.quantities(item, "dose")):
        return True
    rung = any(s.start < item.start < s.end + 45 and "." not in near.folded[s.end : item.start] for s in regimen.steps)
    return rung or _a_day(near, item)


def _use(near: Near, item: Item) -> float:
    """How surely a stretch of time is one of use: 0 not at all, 2 good enough."""
    before, after = near.around(item)
    left, right, words = near.before(item), near.after(item), near.words(item)
    beside = 0.0
    if right and right.start - item.end < 120 and _ON.fullmatch(near.folded[item.end : right.start]):
        beside = 4.0
    elif left and item.start - left.end < 60 and _TO.fullmatch(near.folded[left.end : item.start]):
        beside = 3.0
    stopping = cue("stop_before", "before").search(before) is not None
    over = cue("stop_words", "any").search(f"{before} {words}{after}") is not None
    if item.role == "ordinal":
        return _ordinal(near, item, before, after, beside, over)
    dosed = _dosed(near, item, after)
    if _not_yet(near, item, right, left, after, beside):
        return 0.0
    begun = (
        dosed
        or (not re.match(r" to\b", after) and (beside and re.search(r"\bfor\b", before[-12:])))
        or (after.startswith(" before") and re.search(r"\b(?:on|taking|took|used|using|gave)\b[^.]{0,45}$", before))
    )
    if cue("no_after", "after").match(after) and not begun:
        return 0.0
    if left and item.start - left.end < 15 and not stopping:
        if _OFF_IT.search(near.folded[max(0, left.start - 16) : left.start]):
            return 0.0  # but `quit Effexor after 3 weeks`
    if stopping:
        return 2.5 if beside >= 4 or over else 0.0
    if re.search(r"\bin(?: about| just| only| the last)? $", before):
        therapy = near.own[0].label == "THERAPY" or re.search(r"been in $", before)
        return beside if beside >= 4 else 2.0 if therapy else 0.0
    return _told(near, item, before, after, beside, dosed)


def _ordinal(near: Near, item: Item, before: str, after: str, beside: float, over: bool) -> float:
    """`day 9 of Chantix`, `in my third week`."""
    first = re.match(r"(?:first|second|last)\b", near.words(item))
    if first and beside < 4 and not re.match(r" (?:on|of|with)\b", after):
        return 0.0
    elsewhere = re.search(r"\b(?:by|until|till|around|from|at|before|cycle|about|every)(?: the)? $", before)
    if elsewhere and not over:
        return 0.0
    off = _WITHDRAWN.search(near.folded[max(0, item.start - 80) : item.start])
    if off and not re.search(r"\b(?:on|at|by) $", before):
        return 0.0
    ends = re.match(r"\s*[,.:;!?]|\s*$| (?:of|on|in|and|here|now|today|with|since)\b", after)
    return max(beside, 2.0 if ends or over or re.search(r"\bon $", before) else 0.0)


def _dosed(near: Near, item: Item, after: str) -> bool:
    """A dose or a frequency just before: `500 mg three times a day for a week`, `2x a day 2 weeks`."""
    closed = re.match(r"[,.;)!]|$", after)
    for i in near.quantities(item, "dose", "frequency", "route", "form"):
        gap = near.folded[i.end : item.start] if i.end <= item.start else "?"
        if _DOSED.fullmatch(gap) or (i.kind == "frequency" and closed and re.fullmatch(r",? ", gap)):
            return True
        if re.match(r"since|for|4", near.words(item)) and re.fullmatch(r",? (?:now )?", gap):
            return True
    return False


def _not_yet(near: Near, item: Item, right: Tagged | None, left: Tagged | None, after: str, beside: float) -> bool:
    """A stretch of time before the first mention, with nothing between that says it was taken."""
    if left is not None or right is None or beside >= 4 or re.match(r" in\b", after):
        return False
    if near.words(item).startswith("since"):
        return False
    between = near.folded[item.end : min(right.start, item.end + 400)]
    return not re.search(r"\b(?:been|tak\w+|on|us(?:e|ed|ing)|had|wearing)\b", between)


def _told(near: Near, item: Item, before: str, after: str, beside: float, dosed: bool) -> float:
    words = near.words(item)
    lead = re.match(r"since |(?:for|4) the (?:last|past) ", words)  # the cue stands inside the words
    told = before + lead[0] if lead else before
    other, used = cue("no_before", "before").search(told), cue("yes_before", "before").search(told)
    if other and used:  # the longer cue knows more: `for the last`, `took me about`
        other, used = (other, None) if other.start() < used.start() else (None, used)
    if (other and beside < 4) or _NEGATED.search(before) or (re.match(r"an? ", words) and _RATE.search(before)):
        return 0.0
    score = max(beside, 2.5 if dosed else _apart(near, item, before, after))
    if lead and lead[0] == "since " and (_TAKING_BEFORE.search(before) or near.in_sentence(item)):
        score = max(score, 2.5)
    if used:
        score = max(score, _cued(used[0], told, after))
    if cue("yes_after", "after").match(after):
        score = max(score, 2.2)
    if _BEEN_ON.search(before) and not _NOT_ON.search(before):
        score = max(score, 2.1)
    if re.search(r"\bgave (?:me|her|him|us)(?: about| a good| another)? $", before):
        score = max(score, 2.3)
    return score - (0.6 if score < 2.2 and not near.in_sentence(item) else 0.0)


def _apart(near: Near, item: Item, before: str, after: str) -> float:
    """Between commas after the treatment (`Cipro 500 bid, 7 days, …`), or `, for` some way after a dose."""
    left = near.before(item)
    if before.endswith(", ") and re.match(r"[,.;!)]|$", after) and left and item.start - left.end < 60:
        if not crossed(near.ends, left.end, item.start):
            return 2.0
    if re.search(r", for(?: about)? $", before):
        return 2.2 if any(0 < item.start - i.end < 60 for i in near.quantities(item, "dose")) else 0.0
    return 0.0


def _cued(used: str, before: str, after: str) -> float:
    """A cue before it counts for more beside a verb of taking."""
    recent = re.search(r"\b(?:last|past)\W*$", used)
    if recent and re.match(r",? (?:i|he|she|we|my)\b.{0,12}\b(?:been|on|tak\w+|us\w+)\b", after):
        return 2.5
    weak = re.match(r"\W?for\b", used) is not None
    return (1.5 if weak else 2.0) + bool(_TAKING_BEFORE.search(before.split(", ")[-1][-45:]))
