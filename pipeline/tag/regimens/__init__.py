"""Puts each quantity on its own treatment and reads the regimen they amount to."""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Sequence

from pipeline.spans import Regimen, Tagged
from pipeline.tag.quantities.numbers import fold
from pipeline.tag.quantities.scan import LABELS, Item
from pipeline.tag.regimens.attach import attach, sentence_ends
from pipeline.tag.regimens.candidates import candidates, is_drug
from pipeline.tag.regimens.compose import compose
from pipeline.tag.regimens.durations import duration

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
    items = [dataclasses.replace(i, quantity=dataclasses.replace(i.quantity)) for i in candidates(text, treatments)]
    ends = sentence_ends(text, items)
    owner = attach(text, treatments, items, ends)
    groups = list(group) if group is not None else list(range(len(treatments)))
    own: dict[int, list[int]] = {}
    for k, i in owner.items():
        own.setdefault(groups[i], []).append(k)
    for k, shared in _both(text, treatments, items, owner, ends):
        for i in shared:
            own.setdefault(groups[i], [])
            own[groups[i]] = sorted({*own[groups[i]], k})
    out: dict[int, Regimen] = {}
    for g in sorted(set(groups)):
        members = [i for i, x in enumerate(groups) if x == g]
        mine = [items[k] for k in sorted(own.get(g, ()))]
        unit = next((u for i in members if (u := unit_of(treatments[i]))), None)
        regimen, rungs = compose(
            folded,
            [_copy(i) for i in mine if i.kind in ("dose", "frequency", "route", "form") or i.role == "span"],
            unit,
        )
        duration(
            folded,
            [treatments[i] for i in members],
            [i for i in mine if all(i.start != r.start for r in rungs)],
            ends,
            regimen,
            posted_at,
        )
        if regimen.low is None and regimen.high is None and not any(is_drug(treatments[i]) for i in members):
            regimen.doses_per_day = None  # intakes are of drugs: a massage every Friday is none
        regimen.spans = [_tagged(text, i) for i in mine if i.kind in LABELS]
        if mine or regimen.duration_days is not None or regimen.started_on:
            for i in members:
                out[i] = regimen
    return out


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


def _both(
    text: str, treatments: list[Tagged], items: list[Item], owner: dict[int, int], ends: list[int]
) -> list[tuple[int, list[int]]]:
    """`10 mg of A and 300 mg of B, both in the morning`: what is said of both belongs to every drug of the sentence."""
    out = []
    for k, item in enumerate(items):
        m = re.search(
            r"\b(both|each|all(?: of them| three| four)?|everything)(?: taken| at| once)?\s*$",
            text[max(0, item.start - 25) : item.start],
            re.I,
        )
        m = m or re.match(r",? (each|apiece|for both|for all)\b", text[item.end :])
        if item.kind == "frequency" and m and k in owner:
            start = max((e for e in ends if e <= item.start), default=0)
            drugs = sorted(
                (i for i, t in enumerate(treatments) if start <= t.start < item.start and is_drug(t)),
                key=lambda i: treatments[i].start,
            )
            out.append((k, drugs[-2:] if m[1].lower() == "both" else drugs))
    return out
