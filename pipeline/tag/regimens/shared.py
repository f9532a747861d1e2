"""Frequencies said once of several treatments: `A and B, both at night`, `A 5 mg and B 10 mg every evening`."""

import re

from pipeline.spans import Tagged
from pipeline.tag.quantities.scan import Item
from pipeline.tag.regimens.candidates import is_drug
from pipeline.tag.regimens.places import Row, sentence_start

_ALL_BEFORE = re.compile(r"\b(both|each|all(?: of them| three| four)?|everything)(?: taken| at| once)?\s*$", re.I)
_ALL_AFTER = re.compile(r",? (each|apiece|for both|for all)\b", re.I)
_WITH = re.compile(r",? ?(?:and|&|\+|plus) ?(?:also |the |my |some )*", re.I)
_TRAILING = ("slot", "times", "every", "fixed", "ly", "everyday", "weekday")


def shared(
    text: str, treatments: list[Tagged], items: list[Item], owner: dict[int, int], ends: list[int]
) -> list[tuple[int, int]]:
    """Further owners of frequencies: pairs of an item and a treatment it belongs to as well."""
    drugs, doses = Row(treatments, is_drug), _doses(items, owner)
    found: list[tuple[int, int]] = []
    for k, item in enumerate(items):
        if item.kind != "frequency" or k not in owner:
            continue
        m = _ALL_BEFORE.search(text[max(0, item.start - 25) : item.start]) or _ALL_AFTER.match(
            text[item.end : item.end + 12]
        )
        if m:
            named = drugs.between(sentence_start(ends, item.start), item.start)
            found += [(k, i) for i in (named[-2:] if m[1].lower() == "both" else named)]
        elif item.role in _TRAILING:
            found += [(k, i) for i in _joined(text, treatments, items, owner, k, doses)]
    return found


def _doses(items: list[Item], owner: dict[int, int]) -> dict[int, list[int]]:
    """Treatment -> its quantities other than routes and forms, in order."""
    out: dict[int, list[int]] = {}
    for k, i in sorted(owner.items()):
        if items[k].kind in ("dose", "frequency"):
            out.setdefault(i, []).append(k)
    return out


def _joined(
    text: str, treatments: list[Tagged], items: list[Item], owner: dict[int, int], k: int, doses: dict[int, list[int]]
) -> list[int]:
    """The drug `A` of `A 5 mg and B 10 mg every evening`, where A has one dose and nothing that says how often.

    Only of a pair told name first with its unit: in a list ("A 10, B 5 and C .5 at night") and after "100 of A and 15 of B" a
    frequency at the end is mostly that of the last.
    """
    last = owner[k]
    whole = _whole(treatments, items, doses, last)
    if whole is None or k != doses[last][1] or not re.fullmatch(r",? ?", text[whole[1] : items[k].start]):
        return []
    first = next((owner[j] for j in range(k - 2, max(-1, k - 5), -1) if owner.get(j, last) != last), None)
    before = _whole(treatments, items, doses, first) if first is not None else None
    if first is None or before is None or len(doses[first]) != 1 or not is_drug(treatments[first]):
        return []
    listed = re.search(r"\d[ \w]{0,12}, ?$", text[max(0, before[0] - 20) : before[0]])
    return [first] if not listed and _WITH.fullmatch(text[before[1] : whole[0]]) else []


def _whole(treatments: list[Tagged], items: list[Item], doses: dict[int, list[int]], i: int) -> tuple[int, int] | None:
    """From the first character of a treatment to the last of the dose right after it."""
    mine = doses.get(i, [])
    if not mine or items[mine[0]].kind != "dose" or items[mine[0]].quantity.inferred:
        return None
    t, dose = treatments[i], items[mine[0]]
    return (t.start, dose.end) if 0 <= dose.start - t.end < 12 else None
