"""Numbers that become a dose only by the drug beside them: "lexapro 20", "300 of gabapentin", "two Vicodin", "cut it to 50"."""

import dataclasses
import functools
import re

from pipeline.spans import Quantity, Tagged
from pipeline.tag.quantities.doses import set_role
from pipeline.tag.quantities.grammar import unit_words
from pipeline.tag.quantities.numbers import fold, table
from pipeline.tag.quantities.scan import Item, scan, stands, strength_of_form

DRUGS = frozenset({"DRUG", "DRUG_CLASS"})
_AFTER = re.compile(r"[ ]?(?:[:,(=\-/]+[ ]?|@ ?)?(?:(?:is|was|at|on|of|dose|now|currently|been|only|just|about|the|my|to|down to|up to|still|around|from|full|me|him|her) ){0,4}")
_OF = re.compile(r" (?:of )?(?:my |the |her |his |that |this |those )?(?:\w+ )?")
_FOLLOW = re.compile(
    r"(?:[ ]?[.,;:()!?/>&+\n\]-]|$| (?:and|plus|then|with|for|at|in|every|each|since|but|because|bc|cos|so|now|daily|when|after|before|until|till|or|to|as|on|"
    r"once|twice|thrice|which|while|it|i|my|made|did|has|helps?|helped|worked|works|was|is|if|though|although|tonight|today|again|instead|too|ok|okay|from|without|this|last|currently|did|didn't|does|doesn't|atm|prn|x|over|by|still|these)(?!\w)| (?:a|per) (?:day|night))"
)
_CHANGE = re.compile(
    r"(?:^|\W)(?:cut(?: it| me| down)?|dropped|drop|went|go|going|gone|up|down|back|increased?|raised|reduced|lowered|bumped|upped|moved|started|began|starting|stepped|stayed?|"
    r"now|usually|mostly|normally|generally|sometimes|currently|titrated|tapered|on|put|have|take|taking|took|takes|doing|using|only|still|was|am|at|to|with|from|settled|stable|happy|steady|dose is|dose was|to be on|then|after that)"
    r"(?: (?:it|me|him|her|them|us|back|down|up|to|on|at|with|from|about|around|the|just|only|by|than|i|a|of))*[ ,:]*$"
)
_LIST = re.compile(r"[ ]?(?:,|;|>|->|=>|-+>?|/|\.\.+|to|then|and|,? ?then|,? ?and|,? ?and then|down to|up to|, now|\.)[ ]?(?:the |at |to |on |up to |down to |back to |now |then )*")
_NOT_NUMBER_BEFORE = re.compile(r"(?:^|\W)(?:for|over|after|within|every|last|past|next|these|those|about \w+ years|in|since|by|until|of those|only)(?: the| about| another)? $")
_GAP = 90


@functools.cache
def _words() -> frozenset[str]:
    return frozenset(table()["numbers"]["words"])


def is_drug(t: Tagged) -> bool:
    """Something a dose can be of; a device or an operation is not."""
    return t.label in DRUGS or t.treatment_type in ("drug", "drug_class", "supplement")


def candidates(text: str, treatments: list[Tagged]) -> list[Item]:
    """Every quantity of the text that may belong to a treatment, with bare numbers that a treatment makes a dose.

    Numbers inside the words of a treatment are part of its name.
    """
    items, folded = scan(text), fold(text)
    drugs = sorted((t for t in treatments if is_drug(t)), key=lambda t: t.start)
    kept: list[Item] = []
    for i, item in enumerate(items):
        if any(item.start < t.end and t.start < item.end for t in treatments):
            if item.kind in ("form", "route") or item.end > max(t.end for t in treatments if item.start < t.end and t.start < item.end) + 3:
                kept.append(item)
            continue
        if item.kind == "not_dose" or item.kind == "frequency" and re.search(r"\b(?:than|not|never|wasn't|without) $", folded[max(0, item.start - 9) : item.start]):
            continue
        if item.kind == "frequency" and i and (items[i - 1].kind == "not_dose" and re.search(r"%|per ?cent", folded[items[i - 1].start : items[i - 1].end]) or items[i - 1].role == "step") and re.fullmatch(r"[ ,]{0,2}", folded[items[i - 1].end : item.start]):
            continue  # a pace: "ten percent every four weeks"
        if item.kind == "duration" and kept and kept[-1].kind == "dose" and re.fullmatch(r"an? (?:day|week|month)", folded[item.start : item.end]):
            between = [t for t in treatments if kept[-1].end <= t.start and t.end <= item.start]
            if between and folded[between[-1].end : item.start] == " " and between[0].start - kept[-1].end < 8:  # `four Solpadeine a day`
                per = folded[item.start : item.end].split()[1]
                kept.append(Item(item.start, item.end, "frequency", "total", Quantity(per=per, role="total")))
                continue
        if item.kind in ("bare", "strength", "percent") or item.role == "count":
            upgraded = _upgrade(text, folded, items, i, drugs, kept)
            if upgraded:
                kept.append(upgraded)
            continue
        if item.glued and not stands(text, items, i) and not _beside(folded, item, treatments):
            if not (kept and kept[-1].kind == "dose" and re.fullmatch(r"[ ,.(/+&-]{0,3}(?:and |or )?", folded[kept[-1].end : item.start])):
                continue
        if item.kind == "frequency" and item.quantity.per_day and re.search(r"\b(?:up to|max(?:imum)?(?: of)?|no more than|at most|not more than|as many as) $", folded[max(0, item.start - 16) : item.start]):
            item = dataclasses.replace(item, quantity=dataclasses.replace(item.quantity, per_day=None))  # a limit says not how often
        kept.append(item)
    return kept


def _beside(folded: str, item: Item, treatments: list[Tagged]) -> bool:
    return any(re.fullmatch(r"[ ,:(-]{0,2}", folded[t.end : item.start]) for t in treatments if t.end <= item.start)


def _upgrade(text: str, folded: str, items: tuple[Item, ...], i: int, drugs: list[Tagged], kept: list[Item]) -> Item | None:
    item = items[i]
    left = next((t for t in reversed(drugs) if t.end <= item.start and "\n\n" not in text[t.end : item.start]), None)
    right = next((t for t in drugs if t.start >= item.end), None)
    gap_left = folded[left.end : item.start] if left else None
    gap_right = folded[item.end : right.start] if right else None
    close_left = gap_left is not None and len(gap_left) < 40 and _AFTER.fullmatch(gap_left) is not None
    close_right = gap_right is not None and len(gap_right) < 30 and _OF.fullmatch(gap_right) is not None and not re.search(r" (?:on|in|with|and|to|for|people|or|from|after|before|than|off|by|the last|a) $", gap_right)
    words = folded[item.start : item.end]
    is_word = not any(c.isdigit() for c in words)
    new = dataclasses.replace(item, kind="dose", quantity=dataclasses.replace(item.quantity, inferred=True))
    if item.kind == "percent":
        return dataclasses.replace(new, quantity=item.quantity) if close_left or gap_right == " " or strength_of_form(text, items, i) else None
    if item.role == "count":
        if left is None or len(gap_left or "") > _GAP * 2:
            return None
        new.quantity.role = None
        set_role(folded, item.start, item.end, new.quantity)
        if new.quantity.role == "maximum":
            new.role = "maximum"
            new.quantity.unit = "tablet" if (new.quantity.high or 0) <= 12 else None
        elif close_left and not is_word:  # vit D 5000 a day
            new.role = None
        else:
            new.quantity.role = "count"
        return new
    if item.kind == "strength":
        lone = item.role == "strength"
        near = close_left or close_right or (left is not None and len(gap_left or "") < _GAP and (not lone or _STRENGTHS.search(folded[max(0, item.start - 60) : item.start]) is not None)) or (right is not None and len(gap_right or "") < 20 and not lone)
        return new if near else None
    number = item.quantity.high or 0.0
    if number == 0 or number > 100000 or (1900 <= number <= 2099 and not is_word and re.match(r"\d{4}(?!\w)", words)) or folded[item.start - 1 : item.start] == "#":
        return None
    if (folded[item.end : item.end + 1] == ")" and "(" not in folded[max(0, item.start - 12) : item.start]) or re.search(r"(?:^|\n)[ ]*$", folded[max(0, item.start - 60) : item.start]) and folded[item.end : item.end + 2] in (". ", ": "):
        return None  # the number of a point in a list
    follows = _FOLLOW.match(folded, item.end) is not None or (i + 1 < len(items) and items[i + 1].kind == "frequency" and items[i + 1].start - item.end <= 2)
    before = folded[max(0, item.start - 45) : item.start]
    if close_right and left is not right and (not close_left or " of " in (gap_right or "")):
        if gap_right == " " or " of " in (gap_right or "") or (is_word or number <= 10):
            new = _amount(new, is_word or (number <= 10 and " of " not in (gap_right or "")), is_word)
            thing = re.match(r" (\w+)", folded[right.end :]) if right else None
            if thing and new.role == "count_of" and unit_words().get(thing[1]) in table()["count_units"]:
                new.quantity.unit, new.quantity.inferred = unit_words()[thing[1]], False
            return new
    if not follows or _NOT_NUMBER_BEFORE.search(before):
        return None
    if close_left and left:
        same = next((k for k in reversed(kept) if k.kind == "dose" and not k.quantity.word and k.end <= left.start and re.fullmatch(r" (?:of )?(?:my |the )?", folded[k.end : left.start])), None)
        if same and not is_word:  # `90 mg of Cymbalta: 60 in the morning`
            new.quantity.unit, new.quantity.inferred = same.quantity.unit, same.quantity.inferred
        return _amount(new, is_word, is_word)
    last = kept[-1] if kept else None
    timed = i + 1 < len(items) and items[i + 1].kind == "frequency" and items[i + 1].role in ("slot", "every", "fixed", "times", "prn", "everyday", "weekday") and items[i + 1].start - item.end <= 2
    if left is None or "\n" in (gap_left or "") and not timed or len(gap_left or "") > 400:
        return None
    if timed and (len(gap_left or "") < 120) and (number <= 4 or len(gap_left or "") < 60 or last is not None and last.kind in ("dose", "frequency")):
        tablets = is_word or (number <= 4 and number == int(number) and any(k.kind == "dose" and k.quantity.word for k in kept))
        carried = next((k.quantity.unit for k in reversed(kept) if k.kind == "dose" and k.start > left.start - 40), None)
        if not tablets and carried and carried not in ("tablet", "capsule"):
            new.quantity.unit, new.quantity.inferred = carried, False
        return _amount(new, tablets or carried in ("tablet", "capsule"), is_word)
    doses = [k for k in kept if k.kind == "dose" and k.start >= left.end - 80]
    if doses and last is not None and item.start - last.end < 45 and not is_word and (_LIST.fullmatch(folded[last.end : item.start]) or _CHANGE.search(before) and _dose_change(before)):
        carried = next((d.quantity.unit for d in reversed(doses) if d.quantity.unit), None)
        new.quantity.unit, new.quantity.inferred = carried, carried is None
        return new
    if doses and words == "half" and _CHANGE.search(before):
        return _amount(new, True, True)  # `now I only take half`
    if doses and not is_word and item.start - doses[-1].end < 40 and re.search(r"(?:[,;:]|it'?s|it is|i'm at|im at|now|usually|mostly|normally|sometimes|dose is) $", before) and re.match(r" (?:now|currently|since|at the moment|these days)\b|[.,;!]|$", folded[item.end :]):
        new.quantity.unit, new.quantity.inferred = doses[-1].quantity.unit, doses[-1].quantity.inferred
        return new
    if not is_word and _CHANGE.search(before) and len(gap_left or "") < 160 and number >= 1 and _dose_change(before):
        carried = next((d.quantity.unit for d in reversed(doses) if d.quantity.unit and not d.quantity.inferred), None)
        new.quantity.unit, new.quantity.inferred = carried, carried is None
        return new
    return None


_STRENGTHS = re.compile(r"(?:^|\W)(?:the|my|on|are|of|take|taking|took|some|got|give me|gave me|have)(?: the| new| big| little| small)* $")


def _dose_change(before: str) -> bool:
    """A bare number far from the drug needs a verb of changing or being on a dose, not any preposition."""
    return re.search(r"(?:cut|drop|dropped|went|go|gone|up|down|back|increase|increased|raise|raised|reduced|lowered|bumped|upped|moved|started|began|titrated|tapered|now|currently|usually|mostly|normally|sometimes|settled|stable|dose|still (?:at|on))\b[^.!?]{0,25}$", before) is not None


def _amount(item: Item, tablets: bool, word: bool) -> Item:
    """"Two Vicodin" and "one at noon" count tablets; "Celexa 40" is in the drug's own unit."""
    if tablets:
        item.quantity.unit, item.quantity.role = "tablet", "count_of"
        item.role = "count_of"
    return item
