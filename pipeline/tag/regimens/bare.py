"""When a bare number is a dose: by the drug beside it, the time it is taken at, the list it stands in or a verb of changing."""

import re

from pipeline.tag.quantities.doses import set_role
from pipeline.tag.quantities.grammar import unit_words
from pipeline.tag.quantities.numbers import table
from pipeline.tag.quantities.scan import Item, strength_of_form
from pipeline.tag.regimens.beside import Place, cue

_LIST = re.compile(
    r"[ ]?(?:,|;|>|->|=>|-+>?|/|\.\.+|to|then|and|,? ?then|,? ?and|,? ?and then|down to|up to|, now|\.)[ ]?"
    r"(?:the |at |to |on |up to |down to |back to |now |then )*"
)
_TABLETS = ("tablet", "capsule")
_EFFECT = re.compile(  # `Lipitor took me from 260 to 180`: what it changed is no dose of it
    r" (?:has |had |have |really |just |only )?(?:took|brought|dropped|got|sent|lowered|raised|cut|made|pushed|drove|helped|kept) (?:me|it|my|him|her|his|them|that|the)\b"
)
_NEAR, _MOST = 90, 12  # characters; tablets taken at once
_LADDER = 100  # no ladder leads from a dose to one so many times larger or smaller


def promoted(text: str, place: Place) -> Item | None:
    """The number as a dose, or None where nothing makes it one."""
    item = place.item
    if item.kind == "percent":
        beside = place.close_left or place.gap_right == " " or strength_of_form(text, place.items, place.at)
        return place.dose(inferred=False) if beside else None
    if item.role == "count":
        return _a_day(place)
    if item.kind == "strength":
        return _strength(place)
    return _number(place)


def _a_day(p: Place) -> Item | None:
    """`4 a day`: a limit, that much of the drug (vit D 5000 a day), or so many intakes."""
    if p.left is None or len(p.gap_left) > 2 * _NEAR or not _taken(p):
        return None
    if p.item.quantity.per == "month" and (p.item.quantity.high or 0) > _MOST:
        return None  # `Nexium is 30 a month with my card`
    new = p.dose()
    new.quantity.role = None
    number = re.match(r"[\d.,]*\d|\w+", p.words)
    set_role(p.folded, p.item.start, p.item.start + (number.end() if number else 0), new.quantity)
    if new.quantity.role == "step":
        return None  # `going up 25 a week`
    if p.doses and p.before.endswith("up to ") and (new.quantity.high or 0) <= _MOST:
        new.quantity.role, new.quantity.low = "maximum", None  # `10 mg for breakthrough, up to 6 a day`
    if new.quantity.role == "maximum":
        new.role = "maximum"
        new.quantity.unit = "tablet" if (new.quantity.high or 0) <= _MOST else None
    elif p.close_left and not p.spelt:
        new.role = None
    else:
        new.quantity.role = "count"
    return new


def _taken(p: Place) -> bool:
    """`Norco 10, four a day`, `takes up to 6 a day`; but `I get nine a month` and `from 20 a day` count attacks."""
    if p.close_left or p.close_right or cue("taking", "before").search(p.before):
        return True
    last = p.kept[-1] if p.kept else None
    return (
        last is not None
        and re.fullmatch(r"[^.!?\n]{0,25}", p.folded[last.end : p.item.start]) is not None
        and (re.search(r"\b(?:from|get|gets|got|getting|have|has|had|having) (?:\w+ )?$", p.before) is None)
    )


def _strength(p: Place) -> Item | None:
    """`10/325`, `two 20s`, `3 x 300`, and alone `the 50s`."""
    lone = p.item.role == "strength"
    if re.search(r"\bin (?:the|my|his|her) (?:low |high |mid |upper )?$", p.before):
        return None  # `in the 300s`
    named = p.item.quantity.count is not None or cue("strengths_after", "before").search(p.before) is not None
    near = p.close_left or p.close_right or (len(p.gap_left) < _NEAR and named) or (len(p.gap_right) < 20 and not lone)
    return p.dose() if near else None


def _number(p: Place) -> Item | None:
    number = p.item.quantity.high or 0.0
    year = 1900 <= number <= 2099 and re.fullmatch(r"\d{4}(?: ?(?:-|to) ?\d{4})?", p.words) is not None
    if number == 0 or number > 100_000 or year or p.before.endswith("#") or _list_number(p):
        return None
    if p.in_blood(number) or _fall(p, number):
        return None
    if p.spelt and (number > _MOST or re.search(r"\b(?:at|around|till|until) $", p.before)):
        return None  # `at nine`, `gave me thirty Percocet`
    if cue("counted_after", "follows drug").match(p.folded, p.item.end):
        return None
    if p.close_right and p.left is not p.right and (not p.close_left or " of " in p.gap_right or _served(p)):
        if p.gap_right == " " or " of " in p.gap_right or p.spelt or (number <= 10 and number * 4 == int(number * 4)):
            return _before_drug(p, number)
    if p.changed and re.fullmatch(r" on (?:the |my |her |his |this )?", p.gap_right) and p.of_drug:
        return p.dose()  # `got bumped to 150 on the Zoloft`
    follows = (
        cue("followed_by", "follows").match(p.folded, p.item.end) is not None
        or p.timed
        or p.dated
        or (p.formed and not p.spelt)
        or p.direct
        or (p.doses and re.match(r" (?:in|at|from|after|before|over|by)\b", p.folded[p.item.end :]))
    )
    if not follows or cue("no_dose_after", "before").search(p.before):
        return None
    if p.close_left:
        return _after_drug(p)
    if p.left is None or ("\n" in p.gap_left and not p.timed) or len(p.gap_left) > 400:
        return None
    return _at_a_time(p, number) or _in_a_course(p, number)


def _fall(p: Place, number: float) -> bool:
    """`Crestor 210→142`: one fall of a number without a unit, of a drug with no dose, is what the drug did; a ladder has more rungs."""
    arrow = r" ?(?:→|[-=]+>) ?"
    after = re.match(rf"{arrow}(\d+(?:\.\d+)?)(?!\d| ?[a-z]*g\b|{arrow})", p.folded[p.item.end :])
    return after is not None and float(after[1]) < number and not p.doses


def _list_number(p: Place) -> bool:
    after = p.folded[p.item.end : p.item.end + 2]
    opened = "(" in p.before[-12:]
    return (after[:1] == ")" and not opened) or (
        after in (". ", ": ") and re.search(r"(?:^|\n)[ ]*$", p.before) is not None
    )


def _served(p: Place) -> bool:
    """Whether the drug on the left has a dose right before it: `75mg Effexor, 15 Remeron`."""
    last = p.doses[-1] if p.doses else None
    return last is not None and p.left is not None and p.folded[last.end : p.left.start] in (" ", " of ")


def _before_drug(p: Place, number: float) -> Item | None:
    """`300 of gabapentin` is in its unit, `two Vicodin` and `2 Movicol sachets` count."""
    if p.right and cue("left_over", "follows drug").match(p.folded, p.right.end):
        return None  # `40 Percocet left`
    if not p.spelt and (number > 10 or " of " in p.gap_right):
        return p.dose()
    thing = re.match(r" (\w+)", p.folded[p.right.end :]) if p.right else None
    unit = unit_words().get(thing[1]) if thing else None
    return p.tablets(unit, inferred=False) if unit and unit in table()["count_units"] else p.tablets()


def _after_drug(p: Place) -> Item:
    """`lexapro 20`; after `90 mg of Cymbalta: 60 in the morning` the unit is known."""
    if p.spelt:
        return p.tablets()
    for k in reversed(p.kept):
        if p.left and k.kind == "dose" and not k.quantity.word and k.end <= p.left.start:
            if re.fullmatch(r" (?:of )?(?:my |the )?", p.folded[k.end : p.left.start]):
                return p.dose(k.quantity.unit, k.quantity.inferred)
    return p.dose()


def _at_a_time(p: Place, number: float) -> Item | None:
    """`one at 11`, `300 in the am`, `.1 mg in the morning and .2 at bedtime`."""
    last = p.kept[-1] if p.kept else None
    chained = last is not None and last.kind in ("dose", "frequency")
    if not p.timed or len(p.gap_left) >= 120 or not (number <= 4 or len(p.gap_left) < 60 or chained):
        return None
    told = [k for k in p.kept if k.kind == "dose"]
    whole = number <= 4 and number == int(number)
    near = [k.quantity.unit for k in told if p.left and k.start > p.left.start - 40 and k.quantity.unit]
    carried = near[-1] if near else None
    if p.spelt or carried in _TABLETS or (whole and any(k.quantity.word for k in told)):
        return p.tablets()
    return p.dose(carried, inferred=carried is None)


def _in_a_course(p: Place, number: float) -> Item | None:
    """A rung of a ladder ("40 for 2 wks, 30, 20"), or the dose after a verb ("cut it to 50", "it's 100 now")."""
    doses, last = p.doses, p.kept[-1] if p.kept else None
    changed = p.changed
    if p.spelt:
        leads = cue("change", "leads up").search(p.before) is not None
        return p.tablets() if doses and p.words == "half" and leads else None
    if _EFFECT.match(p.gap_left) and re.search(r"\bfrom (?:[\d.]+ )?(?:to )?$", p.before):
        return None
    told = [d.quantity for d in doses if d.quantity.high and d.quantity.unit not in _TABLETS]
    if told and not any(1 / _LADDER < number / (q.high or 1) < _LADDER for q in told):
        return None
    unit, inferred = (told[-1].unit, told[-1].inferred) if told else (None, True)
    listed = (
        last is not None
        and _LIST.fullmatch(p.folded[max(last.end, p.left.end if p.left else 0) : p.item.start]) is not None
    )
    if doses and last is not None and p.item.start - last.end < 45 and (listed or (changed and p.of_drug)):
        return p.dose(unit, inferred)
    ends = re.match(r" (?:now|currently|since|at the moment|these days)\b|[.,;!]|$", p.folded[p.item.end :])
    if doses and p.item.start - doses[-1].end < 40 and ends and cue("just_before", "just before").search(p.before):
        return p.dose(unit, inferred)
    if changed and number >= 1 and len(p.gap_left) < 160 and p.of_drug:
        return p.dose(unit, inferred)
    return None
