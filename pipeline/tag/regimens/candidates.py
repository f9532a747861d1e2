"""The quantities of a text that may belong to its treatments, with the numbers only a treatment makes a dose."""

import dataclasses
import re

from pipeline.spans import Quantity, Tagged
from pipeline.tag.quantities.doses import match, reached
from pipeline.tag.quantities.numbers import fold
from pipeline.tag.quantities.scan import Item, scan, stands
from pipeline.tag.regimens.bare import promoted
from pipeline.tag.regimens.beside import Place
from pipeline.tag.regimens.places import Row

DRUGS = frozenset({"DRUG", "DRUG_CLASS"})
_LIMIT = re.compile(r"\b(?:up to|max(?:imum)?(?: of)?|no more than|at most|not more than|as many as) $")
_TWO = re.compile(r"(?!(?:9\d|[12]\d\d)/(?:[6-9]\d|1[0-2]\d)(?!\d))\d+(?:\.\d+)?/\d+(?:\.\d+)?")  # no blood pressure
_DENIED = re.compile(r"\b(?:than|not|never|wasn't|without) $")


def is_drug(t: Tagged) -> bool:
    """Something a dose can be of; a device or an operation is not."""
    return t.label in DRUGS or t.treatment_type in ("drug", "drug_class", "supplement")


def candidates(text: str, treatments: list[Tagged]) -> list[Item]:
    """Every quantity that may belong to a treatment, in order; numbers inside a treatment's words are part of its name."""
    items, folded = scan(text), fold(text)
    every, drugs = Row(treatments), Row(treatments, is_drug)
    kept: list[Item] = []
    for i, item in enumerate(items):
        inside = [treatments[k] for k in every.over(item.start, item.end)]
        if inside:
            if item.kind in ("form", "route") or item.end > inside[-1].end + 3:
                kept.append(item)
            continue
        if item.kind == "not_dose":
            kept += _strengths(folded, item, treatments, drugs)
            continue
        if _pace(folded, items, i):
            continue
        if item.kind in ("bare", "strength", "percent") or item.role == "count":
            left, right = (
                (treatments[k] if k is not None else None) for k in (drugs.left(item.end), drugs.right(item.start))
            )
            if left and "\n\n" in text[left.end : item.start]:
                left = None
            dose = promoted(text, Place(folded, items, i, left, right, kept))
            kept += [dose] if dose else []
            continue
        if rate := _rate_after_drug(folded, item, treatments, every, kept):
            kept.append(rate)
        elif not item.glued or stands(text, items, i) or _beside(folded, item, treatments, every, kept):
            kept.append(_limited(folded, item))
    return kept


def _strengths(folded: str, item: Item, treatments: list[Tagged], drugs: Row) -> list[Item]:
    """`Sinemet 25/100`: right after a drug two numbers are its strengths, though elsewhere they are a score or a pressure."""
    words, i = folded[item.start : item.end], drugs.left(item.start)
    if i is None or folded[treatments[i].end : item.start] not in (" ", " (") or not _TWO.fullmatch(words):
        return []
    found = match(folded, item.start)
    if found is None or found[0] not in ("dose", "strength"):
        return []
    kind, end, q = found
    return [Item(item.start, end, "dose", q.role, dataclasses.replace(q, inferred=kind == "strength"))]


def _pace(folded: str, items: tuple[Item, ...], i: int) -> bool:
    """`ten percent every four weeks`, `more than twice a week`: how fast or how rarely, not how often it is taken."""
    item = items[i]
    if item.kind != "frequency":
        return False
    if _DENIED.search(folded[max(0, item.start - 9) : item.start]):
        return True
    if not i or not re.fullmatch(r"[ ,]{0,2}", folded[items[i - 1].end : item.start]):
        return False
    last = items[i - 1]
    return last.role == "step" or (
        last.kind == "not_dose" and re.search(r"%|per ?cent", folded[last.start : last.end]) is not None
    )


def _rate_after_drug(folded: str, item: Item, treatments: list[Tagged], every: Row, kept: list[Item]) -> Item | None:
    """`four Solpadeine a day`: what reads as a stretch of time is the rate of the amount before the drug."""
    if item.kind != "duration" or not kept or kept[-1].kind != "dose":
        return None
    if item.start - kept[-1].end > 120:
        return None
    between = [treatments[k] for k in every.between(kept[-1].end, item.start)]
    m = re.fullmatch(r"an? (day|week|month)", folded[item.start : item.end])
    if m and between and between[-1].end + 1 == item.start and between[0].start - kept[-1].end < 8:
        return Item(item.start, item.end, "frequency", "total", Quantity(per=m[1], role="total"))
    return None


def _beside(folded: str, item: Item, treatments: list[Tagged], every: Row, kept: list[Item]) -> bool:
    left = every.left(item.start)
    if left is not None and re.fullmatch(r"[ ,:(-]{0,2}", folded[treatments[left].end : item.start][:4]):
        return True
    dose = kept[-1] if kept and kept[-1].kind == "dose" else None
    return dose is not None and re.fullmatch(r"[ ,.(/+&-]{0,3}(?:and |or )?", folded[dose.end : item.start]) is not None


def _limited(folded: str, item: Item) -> Item:
    """`up to three times a day` is a limit, so that how often stays open; `bumped up to` is none."""
    if (
        item.kind == "frequency"
        and item.quantity.per_day
        and _LIMIT.search(before := folded[max(0, item.start - 40) : item.start])
        and not reached(before)
    ):
        return dataclasses.replace(item, quantity=dataclasses.replace(item.quantity, per_day=None))
    return item
