"""How long a treatment was used, told from how long anything else took, and when it began and ended."""

import datetime as dt
import functools
import re

from pipeline.records import Precision
from pipeline.spans import Regimen, Tagged
from pipeline.tag.quantities.numbers import GAP, table
from pipeline.tag.quantities.scan import Item
from pipeline.tag.regimens.dates import resolve

_ON = re.compile(
    r"[ ]?(?:course |trial |stint )?(?:now |so far |already |and counting )?(?:on|of|into|with|in|through|using|taking|doing|since starting|after starting|wearing)(?: (?:the|my|this|that|a|his|her|our|oral|iv|i\.v\.|topical|liquid|generic|high dose|low dose|daily|weekly|using|taking|being on))* ?"
)
_TO = re.compile(
    r"(?:[ ]?[,:(\-–—][ ]?| )(?:for|for the last|for the past|going on|day|now|about|now for|now going on|almost|nearly| )*(?: about| almost| nearly| just over)? ?"
)
THRESHOLD = 2


@functools.cache
def _cue(name: str, side: str) -> re.Pattern[str]:
    inner = "(?:" + "|".join(table()["use"][name]).replace(" ", GAP) + ")"
    return re.compile(
        {
            "before": rf"(?:^|[^\w'])(?:{inner})(?: a| the)? ?$",
            "after": rf"[ ,]?[ ]?(?:{inner})(?!\w)",
            "any": rf"(?<!\w)(?:{inner})(?!\w)",
        }[side]
    )


def duration(
    folded: str, own: list[Tagged], mine: list[Item], ends: list[int], regimen: Regimen, posted_at: dt.datetime | None
) -> None:
    """Fills duration and dates of a regimen from the stretches of time and the days that belong to it."""
    posted = posted_at.date() if posted_at else None
    on_ladder = len(regimen.steps) > 1
    best: tuple[float, Item] | None = None
    if all(t.label == "PROCEDURE" for t in own):
        mine = [i for i in mine if i.role not in ("span", "ordinal")]  # an operation is not used for a time
    for item in mine:
        if item.kind not in ("duration", "date") or item.role not in ("span", "ordinal") or item.quantity.days is None:
            continue
        if item.role == "ordinal" and on_ladder and any(-1 < item.start - i.end < 3 for i in mine if i.kind == "dose"):
            continue
        if re.fullmatch(r"(?:one|an?|1) (?:day|night)", folded[item.start : item.end]) and not re.search(
            r"\b(?:for|after|only|lasted|just) $", folded[max(0, item.start - 20) : item.start]
        ):
            continue
        if item.quantity.days < 1 or (on_ladder and _of_step(regimen, folded, item)):
            continue
        score = _use(folded, own, mine, item, ends)
        if score >= THRESHOLD and (best is None or score > best[0]):
            best = score, item
    if best:
        regimen.duration_days = round(best[1].quantity.days or 0, 2)
        regimen.duration_span = (best[1].start, best[1].end)
    _dates(folded, own, mine, ends, regimen, posted)


def _of_step(regimen: Regimen, folded: str, item: Item) -> bool:
    """`60 mg for 5 days, then …`, `over ten weeks`: how long a rung or the whole way down took."""
    return any(s.start < item.start < s.end + 45 and "." not in folded[s.end : item.start] for s in regimen.steps)


def _around(folded: str, item: Item, ends: list[int]) -> tuple[str, str]:
    start = max((e for e in ends if e <= item.start), default=0)
    end = min((e for e in ends if e >= item.end), default=len(folded))
    return folded[max(start, item.start - 70) : item.start].lstrip(), folded[item.end : min(end, item.end + 60)]


def _use(folded: str, own: list[Tagged], mine: list[Item], item: Item, ends: list[int]) -> float:
    """How surely a stretch of time is one of use: 0 not at all, 2 good enough."""
    before, after = _around(folded, item, ends)
    beside = 0.0
    for t in own:
        if t.end <= item.start and _TO.fullmatch(folded[t.end : item.start]):
            beside = 3.0
        elif t.start >= item.end and _ON.fullmatch(folded[item.end : t.start]):
            beside = 4.0
    stopping = _cue("stop_before", "before").search(before) is not None
    whole = before + " " + folded[item.start : item.end] + after
    if item.role == "ordinal":
        words = folded[item.start : item.end]
        if re.match(r"(?:first|second|last)\b", words) and beside < 4 and not re.match(r" (?:on|of|with)\b", after):
            return 0.0
        if re.search(r"\b(?:by|until|till|around|from|at|before|cycle|about|every)(?: the)? $", before) and not _cue(
            "stop_words", "any"
        ).search(whole):
            return 0.0
        if re.search(
            r"\b(?:cold turkey|detox\w*|withdraw\w*|off (?:the |my |of )?\w+|sober|clean)\b",
            folded[max(0, item.start - 80) : item.start],
        ) and not re.search(r"\b(?:on|at|by) $", before):
            return 0.0
        return max(
            beside,
            2.0
            if re.match(r"\s*[,.:;!?]|\s*$| (?:of|on|in|and|here|now|today|with|since)\b", after)
            or _cue("stop_words", "any").search(whole)
            or re.search(r"\bon $", before)
            else 0.0,
        )
    dosed = any(
        i.end <= item.start
        and re.fullmatch(
            r",? ?(?:taken )?for(?: about| the| around| almost| nearly| over)? ", folded[i.end : item.start]
        )
        for i in mine
        if i.kind in ("dose", "frequency")
    )
    ahead = [t for t in own if t.start >= item.end]
    if (
        len(ahead) == len(own)
        and beside < 4
        and not re.match(r" in\b", after)
        and not re.search(r"\b(?:been|tak\w+|on|us(?:e|ed|ing)|had|wearing)\b", folded[item.end : ahead[0].start])
    ):
        return 0.0
    begun = (
        dosed
        or (not re.match(r" to\b", after) and (beside and re.search(r"\bfor\b", before[-12:])))
        or (after.startswith(" before") and re.search(r"\b(?:on|taking|took|used|using|gave)\b[^.]{0,45}$", before))
    )
    if (_cue("no_after", "after").match(after) and not begun) or any(
        re.search(
            r"\b(?:off|quit|stopped|without|no)(?: of)?(?: the| my| all)? $", folded[max(0, t.start - 16) : t.start]
        )
        for t in own
        if -1 < item.start - t.end < 15 and not stopping  # `quit Effexor after 3 weeks`
    ):
        return 0.0
    if stopping:
        return 2.5 if beside >= 4 or _cue("stop_words", "any").search(whole) else 0.0
    if re.search(r"\bin(?: about| just| only| the last)? $", before):
        return beside if beside >= 4 else 2.0 if own[0].label == "THERAPY" or re.search(r"been in $", before) else 0.0
    other, used = _cue("no_before", "before").search(before), _cue("yes_before", "before").search(before)
    if other and used:  # the longer cue knows more: `for the last`, `took me about`
        other, used = (other, None) if other.start() < used.start() else (None, used)
    if other and beside < 4:
        return 0.0
    if _negated(before):
        return 0.0
    score = beside
    apart = (
        before.endswith(", ")
        and re.match(r"[,.;!)]|$", after)
        and any(t.end <= item.start and item.start - t.end < 60 and _same_sentence(ends, t, item) for t in own)
    )
    score = max(score, 2.0 if apart else 0.0)  # `Cipro 500 bid, 7 days, …`
    if dosed:
        score = max(score, 2.5)
    elif re.search(r", for(?: about)? $", before) and any(
        0 < item.start - i.end < 60 and i.kind == "dose" for i in mine
    ):
        score = max(score, 2.2)
    if used:
        recent = re.search(r"\b(?:last|past)\W*$", used[0]) and re.match(
            r",? (?:i|he|she|we|my)\b.{0,12}\b(?:been|on|tak\w+|us\w+)\b", after
        )
        score = max(
            score,
            2.5
            if recent
            else (1.5 if re.match(r"\W?for\b", used[0]) else 2.0)
            + (
                1.0
                if re.search(
                    r"\b(?:on|take|taking|took|taken|use|using|used|had|wore|wearing|did|doing|been|gave|given|stuck|managed|rent\w*|tried|try|put on|prescribed)\b",
                    before.split(", ")[-1][-45:],
                )
                else 0.0
            ),
        )
    if _cue("yes_after", "after").match(after):
        score = max(score, 2.2)
    if re.search(
        r"\b(?:been (?:on|taking|using|getting)|(?:i'm|i am|still|was|had been|is|be|we're|he's|she's|went) on|took|used|did|given?|gave)\b[^,;]{0,40}$",
        before,
    ) and not re.search(r"\b(?:no|not|without|after|before|when|took)\b[^,;]{0,25}$", before):
        score = max(score, 2.1)
    if re.search(r"\bgave (?:me|her|him|us)(?: about| a good| another)? $", before):
        score = max(score, 2.3)
    elsewhere = not any(_same_sentence(ends, t, item) for t in own)
    return score - (0.6 if elsewhere and score < 2.2 else 0.0)


def _negated(before: str) -> bool:
    return (
        re.search(
            r"\b(?:without|off (?:it|them|all|everything|of|the)|haven't|hasn't|hadn't|no longer|never|stopped|quit|since stopping|free)\b[^,;.]{0,30}$",
            before,
        )
        is not None
    )


def _same_sentence(ends: list[int], t: Tagged, item: Item) -> bool:
    a, b = (t.end, item.start) if t.end <= item.start else (item.end, t.start)
    return not any(a < e <= b for e in ends)


def _dates(
    folded: str, own: list[Tagged], mine: list[Item], ends: list[int], r: Regimen, posted: dt.date | None
) -> None:
    """Start and end from `since 9/2010`, `began on the 1st of May`, `three weeks ago`, `March 2009 to June 2011`."""
    for item in mine:
        if item.kind not in ("duration", "date") or item.role not in ("since", "date", "ago", "between"):
            continue
        before, after = _around(folded, item, ends)
        near = any(_same_sentence(ends, t, item) for t in own)
        gap = min((abs(item.start - t.end) if t.end <= item.start else t.start - item.end for t in own), default=999)
        if (
            not near
            or gap > 80
            or re.search(
                r"\b(?:diagnosed|lost|born|accident|crash|not|no|never|haven't|hasn't|without|free|fused)\b(?![^,;]*\b(?:since|start\w*|began)\b)[^,;]{0,40}$",
                before,
            )
        ):
            continue
        if item.role == "between":
            first, last = ([*(item.quantity.word or "").split("|"), ""])[:2]
            start, stop = resolve(first, posted), resolve(last, posted)
            if start and stop and gap < 25 and start[0] < stop[0]:
                r.started_on, r.stopped_on, r.date_precision = start[0], stop[0], _coarser(start[1], stop[1])
                if r.date_precision in ("month", "day") and r.duration_days is None:
                    _lasting(r, (stop[0] - start[0]).days, item)
            continue
        if item.role == "ago":
            when = (
                (
                    posted - dt.timedelta(days=item.quantity.days),
                    "day" if item.quantity.days < 14 else "month" if item.quantity.days < 700 else "year",
                )
                if posted and item.quantity.days is not None
                else None
            )
        else:
            when = resolve(item.quantity.word or "", posted)
        if (
            item.role == "ago"
            and posted is None
            and item.quantity.days
            and re.search(r"\b(?:start|began|put (?:me|him|her)? ?on)\w*\b[^,;]{0,40}$", before)
        ):
            _lasting(r, int(item.quantity.days), item)
        if when is None or (posted and when[0] > posted):
            continue
        begun = _cue("start_words", "any").search(before[-60:]) is not None or (item.role == "since" and gap < 30)
        after_start = (
            re.search(
                r"\b(?:started|began|put on|prescribed|i have been on|been on|i've been on|went on|i went on)\b",
                after[:40],
            )
            is not None
        )
        stopped = _cue("stop_words", "any").search(before[-45:]) is not None
        if (
            item.role != "since"
            and stopped
            and not re.search(r"\b(?:start|began|switched to|moved to|changed to)\w*[^,;]{0,40}$", before)
        ):
            r.stopped_on, r.date_precision = when[0], when[1]  # type: ignore[assignment]
        elif (
            begun
            and (
                item.role == "since"
                or re.search(
                    r"\b(?:start\w*|began|begun|put|prescribed|added|implanted|in|fitted|placed|inserted|switched|moved|introduced|commenced|initiated)\b",
                    before,
                )
            )
        ) or after_start:
            if r.started_on is None:
                r.started_on, r.date_precision = when[0], when[1]  # type: ignore[assignment]
                exact = when[1] == "day" and item.role == "date" and own[0].label != "PROCEDURE"
                lasting = re.match(r"(?:ever )?since\b", folded[item.start : item.end]) and when[1] != "year"
                if posted and r.duration_days is None and r.stopped_on is None and (exact or lasting):
                    _lasting(r, (posted - when[0]).days, item)
                elif (
                    item.role == "ago"
                    and own[0].label != "PROCEDURE"
                    and r.duration_days is None
                    and r.stopped_on is None
                ):
                    _lasting(r, int(item.quantity.days or 0), item)


def _lasting(r: Regimen, days: int, item: Item) -> None:
    if days > 0:
        r.duration_days, r.duration_span = float(days), (item.start, item.end)


def _coarser(a: Precision, b: Precision) -> Precision:
    order: tuple[Precision, ...] = ("minute", "day", "month", "year")
    return order[max(order.index(a), order.index(b))]
