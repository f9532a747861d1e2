"""Puts each quantity on its own treatment and reads the regimen they amount to."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence

from pipeline.spans import Regimen, Tagged
from pipeline.tag.quantities.numbers import fold
from pipeline.tag.quantities.scan import LABELS, Item
from pipeline.tag.regimens.attach import attach
from pipeline.tag.regimens.candidates import candidates, is_drug
from pipeline.tag.regimens.compose import compose
from pipeline.tag.regimens.durations import duration
from pipeline.tag.regimens.places import sentence_ends
from pipeline.tag.regimens.shared import shared

__all__ = ["assign"]


def assign(
    text: str,
    treatments: list[Tagged],
    posted_at: dt.datetime | None = None,
    unit_of: Callable[[Tagged], str | None] = lambda _: None,
    group: Sequence[int] | None = None,
) -> dict[int, Regimen]:
    """Index of a treatment -> its regimen, for the treatments about which the text says anything of the kind.

    `treatments` may hold words that only stand for one ("it"). `unit_of` gives the unit a bare number of that treatment
    is in ("lexapro 20"). Treatments with the same number in `group` are one: their quantities are read together and each
    of them gets the result; without `group` every treatment stands alone. The quantities are read from the text afresh; `spans` of a
    regimen holds those it rests on, and with them the numbers `find_quantities` cannot know to be a dose.
    """
    folded = fold(text)
    items = [_copy(i) for i in candidates(text, treatments)]
    ends = sentence_ends(text, items)
    groups = list(group) if group is not None else list(range(len(treatments)))
    own: dict[int, set[int]] = {}
    for k, i in [
        *(owner := attach(text, treatments, items, ends)).items(),
        *shared(text, treatments, items, owner, ends),
    ]:
        own.setdefault(groups[i], set()).add(k)
    members: dict[int, list[int]] = {}
    for i, g in enumerate(groups):
        members.setdefault(g, []).append(i)
    out: dict[int, Regimen] = {}
    for g, ids in sorted(members.items()):
        mine = [items[k] for k in sorted(own.get(g, ()))]
        regimen = _regimen(folded, [treatments[i] for i in ids], mine, ends, posted_at, unit_of)
        regimen.spans = [_tagged(text, i) for i in mine if i.kind in LABELS]
        if mine or regimen.duration_days is not None or regimen.started_on:
            out |= dict.fromkeys(ids, regimen)
    return out


def _regimen(
    folded: str,
    own: list[Tagged],
    mine: list[Item],
    ends: list[int],
    posted_at: dt.datetime | None,
    unit_of: Callable[[Tagged], str | None],
) -> Regimen:
    amounts = [_copy(i) for i in mine if i.kind in ("dose", "frequency", "route", "form") or i.role == "span"]
    regimen, rungs = compose(folded, amounts, next((u for t in own if (u := unit_of(t))), None))
    of_rungs = {r.start for r in rungs}
    duration(folded, own, [i for i in mine if i.start not in of_rungs], ends, regimen, posted_at)
    if regimen.low is None and regimen.high is None and not any(map(is_drug, own)):
        regimen.doses_per_day = None  # intakes are of drugs: a massage every Friday is none
    return regimen


def _copy(item: Item) -> Item:
    return dataclasses.replace(item, quantity=dataclasses.replace(item.quantity))


def _tagged(text: str, item: Item) -> Tagged:
    return Tagged(
        item.start,
        item.end,
        text[item.start : item.end],
        LABELS[item.kind],
        quantity=item.quantity,
        method=f"quantities:{item.role or item.kind}",
    )
