"""When a bare number is a dose: by the drug beside it, the time it is taken at, the list it stands in or a verb of changing."""

import dataclasses
import functools
import re

from pipeline.spans import Tagged
from pipeline.tag.quantities.doses import set_role
from pipeline.tag.quantities.grammar import unit_words
from pipeline.tag.quantities.numbers import GAP, table
from pipeline.tag.quantities.scan import Item, strength_of_form

_OF = re.compile(r" (?:of )?(?:my |the |her |his |that |this |those )?(?:\w+ )?")
_LIST = re.compile(
    r"[ ]?(?:,|;|>|->|=>|-+>?|/|\.\.+|to|then|and|,? ?then|,? ?and|,? ?and then|down to|up to|, now|\.)[ ]?"
    r"(?:the |at |to |on |up to |down to |back to |now |then )*"
)
_TIMED = ("slot", "every", "fixed", "times", "prn", "everyday", "weekday", "ly")
_TABLETS = ("tablet", "capsule")
_EFFECT = re.compile(  # `Lipitor took me from 260 to 180`: what it changed is no dose of it
    r" (?:has |had |have |really |just |only )?(?:took|brought|dropped|got|sent|lowered|raised|cut|made|pushed|drove|helped|kept) (?:me|it|my|him|her|his|them|that|the)\b"
)
_NEAR, _MOST = 90, 12  # characters; tablets taken at once
_LADDER = 100  # no ladder leads from a dose to one so many times larger or smaller


@functools.cache
def _cue(name: str, shape: str) -> re.Pattern[str]:
    words = "(?:" + "|".join(table()["bare"][name]).replace(" ", GAP) + ")"
    filler = "(?:" + "|".join(table()["bare"]["filler"]) + ")"
    change = "(?:" + "|".join(table()["bare"]["change"] + table()["bare"]["leads_up"]).replace(" ", GAP) + ")"
    return re.compile(
        {
            "after drug": rf"[ ]?(?:[:,(=\-/]+[ ]?|@ ?)?(?:{words} ){{0,4}}",
            "follows": rf"(?:[ ]?[.,;:()!?/>&+\n\]-]|$| {words}(?!\w))",
            "follows drug": rf" (?:(?:tablets?|tabs?|pills?|capsules?) )?{words}(?!\w)",
            "before": rf"(?:^|\W){words}(?: the| about| another| new| big| little| small)* $",
            "leads up": rf"(?:^|\W){change}(?: {filler})*[ ,:]*$",
            "not far": rf"\b{words}\b[^.!?]{{0,25}}$",
            "just before": rf"(?:[,;:]|{words}) $",
            "subject": rf"(?:{words}|i|we|you|he|she|it|they|and|then|now|so|but|to)(?:'?s|'?ve|'?m|'?d)?(?: (?:has|have|had|is|was|were|are|am|been|being|got|gets?|put|be|c[ao]m(?:e|es|ing)|went|gone?|going|brought|taken|took|dropp\w+|cut|moved|bumped|stepped|worked|tapered|weaned|titrated|just|only|then|now|slowly|gradually|eventually|finally|since|even|really|also|me|my|the|it|him|her))*$",
        }[shape]
    )


@functools.cache
def _analytes() -> frozenset[str]:
    return frozenset((*table()["not_dose"]["analyte"], *table()["not_dose"]["lab"]))


@dataclasses.dataclass(slots=True)
class Place:
    """A number, the drugs on either side of it and what has been read before it."""

    folded: str
    items: tuple[Item, ...]
    at: int
    left: Tagged | None
    right: Tagged | None
    kept: list[Item]

    @property
    def item(self) -> Item:
        return self.items[self.at]

    @property
    def words(self) -> str:
        return self.folded[self.item.start : self.item.end]

    @property
    def spelt(self) -> bool:
        return not any(c.isdigit() for c in self.words)

    @property
    def before(self) -> str:
        return self.folded[max(0, self.item.start - 45) : self.item.start]

    @property
    def gap_left(self) -> str:
        return self.folded[self.left.end : self.item.start] if self.left else "?" * 999

    @property
    def gap_right(self) -> str:
        return self.folded[self.item.end : self.right.start] if self.right else "?" * 999

    @property
    def close_left(self) -> bool:
        return len(self.gap_left) < 40 and _cue("after_drug", "after drug").fullmatch(self.gap_left) is not None

    @property
    def close_right(self) -> bool:
        gap = self.gap_right
        fits = len(gap) < 30 and _OF.fullmatch(gap) is not None
        return fits and not _cue("not_before_drug", "before").search(gap)

    @property
    def direct(self) -> bool:
        """Right after the drug's name, which is not that of something measured in blood: `wellbutrin 150 got me going`."""
        if self.left is None or self.spelt or self.gap_left not in (" ", " (", ": "):
            return False
        return self.folded[self.left.start : self.left.end] not in _analytes()

    def in_blood(self, number: float) -> bool:
        """A level of what is also taken: `theophylline 14.2`, but not `lithium 300 at night`."""
        for t in (self.left, self.right):
            low, high = table()["blood"].get(self.folded[t.start : t.end] if t else "", (1, 0))
            if low <= number <= high and not self.timed:
                return True
        return False

    @property
    def timed(self) -> bool:
        after = self.items[self.at + 1 : self.at + 2]
        return any(i.kind == "frequency" and i.role in _TIMED and i.start - self.item.end <= 2 for i in after)

    @property
    def dated(self) -> bool:
        """A date, a stretch of time or a frequency follows: `up to 20 after two weeks`, `60 in November`."""
        after = self.items[self.at + 1 : self.at + 2]
        return any(
            i.kind in ("date", "duration", "frequency", "route")
            and re.fullmatch(r"[ ,(]{0,2}(?:(?:in|on|at|for|after|over) )?", self.folded[self.item.end : i.start])
            for i in after
        )

    @property
    def formed(self) -> bool:
        after = self.items[self.at + 1 : self.at + 2]
        return any(i.kind == "form" and i.start - self.item.end == 1 for i in after)

    @property
    def doses(self) -> list[Item]:
        return [k for k in self.kept if k.kind == "dose" and self.left and k.start >= self.left.end - 80]

    def dose(self, unit: str | None = None, inferred: bool = True) -> Item:
        q = dataclasses.replace(self.item.quantity, unit=unit or self.item.quantity.unit, inferred=inferred)
        return dataclasses.replace(self.item, kind="dose", quantity=q)

    def tablets(self, unit: str = "tablet", inferred: bool = True) -> Item:
        """ "Two Vicodin" and "one at noon" count tablets; "Celexa 40" is in the drug's own unit."""
        item = self.dose(unit, inferred)
        item.quantity.role = item.role = "count_of"
        return item


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
    set_role(p.folded, p.item.start, p.item.end, new.quantity)
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
    if p.close_left or p.close_right or _cue("taking", "before").search(p.before):
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
    named = p.item.quantity.count is not None or _cue("strengths_after", "before").search(p.before) is not None
    near = p.close_left or p.close_right or (len(p.gap_left) < _NEAR and named) or (len(p.gap_right) < 20 and not lone)
    return p.dose() if near else None


def _number(p: Place) -> Item | None:
    number = p.item.quantity.high or 0.0
    year = 1900 <= number <= 2099 and re.fullmatch(r"\d{4}(?: ?(?:-|to) ?\d{4})?", p.words) is not None
    if number == 0 or number > 100_000 or year or p.before.endswith("#") or _list_number(p):
        return None
    if p.in_blood(number):
        return None
    if p.spelt and (number > _MOST or re.search(r"\b(?:at|around|till|until) $", p.before)):
        return None  # `at nine`, `gave me thirty Percocet`
    if _cue("counted_after", "follows drug").match(p.folded, p.item.end):
        return None
    if p.close_right and p.left is not p.right and (not p.close_left or " of " in p.gap_right or _served(p)):
        if p.gap_right == " " or " of " in p.gap_right or p.spelt or (number <= 10 and number * 4 == int(number * 4)):
            return _before_drug(p, number)
    if _changed(p) and re.fullmatch(r" on (?:the |my |her |his |this )?", p.gap_right) and _of_drug(p):
        return p.dose()  # `got bumped to 150 on the Zoloft`
    follows = (
        _cue("followed_by", "follows").match(p.folded, p.item.end) is not None
        or p.timed
        or p.dated
        or (p.formed and not p.spelt)
        or p.direct
        or (p.doses and re.match(r" (?:in|at|from|after|before|over|by)\b", p.folded[p.item.end :]))
    )
    if not follows or _cue("no_dose_after", "before").search(p.before):
        return None
    if p.close_left:
        return _after_drug(p)
    if p.left is None or ("\n" in p.gap_left and not p.timed) or len(p.gap_left) > 400:
        return None
    return _at_a_time(p, number) or _in_a_course(p, number)


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
    if p.right and _cue("left_over", "follows drug").match(p.folded, p.right.end):
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


def _changed(p: Place) -> bool:
    """A verb of changing or taking leads up to it."""
    leads = _cue("change", "leads up").search(p.before) is not None
    return leads and _cue("change", "not far").search(p.before) is not None


def _of_drug(p: Place) -> bool:
    """Whether what is said to change may be the dose: `I went from 150`, `cut it to 50`, not `my pulse is down to 48`."""
    earlier = p.items[p.at - 1] if p.at else None
    if (
        earlier
        and earlier.kind == "bare"
        and p.item.start - earlier.end < 20
        and earlier.start not in {k.start for k in p.kept}
    ):
        return False  # `the count went to 110 and back to 9`
    at = p.item.start - len(p.before)
    leads = _cue("change", "leads up").search(p.before)
    words = p.folded[max(0, at - 40) : at + leads.start() + 1] if leads else ""
    if p.left:
        words = words[max(0, len(words) - max(0, at + leads.start() + 1 - p.left.end)) :] if leads else words
    clause = re.split(r"[.!?\n;:,(]", words)[-1].strip()
    return not clause or _cue("prescriber", "subject").search(clause) is not None


def _in_a_course(p: Place, number: float) -> Item | None:
    """A rung of a ladder ("40 for 2 wks, 30, 20"), or the dose after a verb ("cut it to 50", "it's 100 now")."""
    doses, last = p.doses, p.kept[-1] if p.kept else None
    changed = _changed(p)
    if p.spelt:
        leads = _cue("change", "leads up").search(p.before) is not None
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
    if doses and last is not None and p.item.start - last.end < 45 and (listed or (changed and _of_drug(p))):
        return p.dose(unit, inferred)
    ends = re.match(r" (?:now|currently|since|at the moment|these days)\b|[.,;!]|$", p.folded[p.item.end :])
    if doses and p.item.start - doses[-1].end < 40 and ends and _cue("just_before", "just before").search(p.before):
        return p.dose(unit, inferred)
    if changed and number >= 1 and len(p.gap_left) < 160 and _of_drug(p):
        return p.dose(unit, inferred)
    return None
