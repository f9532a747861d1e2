"""Scores of the quantity grammar on phrases, posts and sentences without a dose, marked apart from it.

    python -m training.quantities                # the half whose errors are read, with its errors
    python -m training.quantities --heldout      # the other half: totals only
    python -m training.quantities --second       # likewise the sentences written for the second round; also with --heldout

Treatments are given, so that the vocabulary is not scored with the grammar. A phrase is exact when every field of `FIELDS` is as
marked and none is filled besides; `open` lists those the marker leaves open, and what only follows from the form or the thing
counted (route, form) is free.
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

from pipeline.spans import Regimen, Tagged
from pipeline.tag.regimens import assign

CASES = Path(__file__).parents[1] / "tests/cases/blind"
FIELDS = {
    "dose_low": "low",
    "dose_high": "high",
    "dose_unit": "unit",
    "dose_basis": "basis",
    "doses_per_day": "doses_per_day",
    "daily_dose_value": "daily_value",
    "daily_dose_unit": "daily_unit",
    "route": "route",
    "form": "form",
    "duration_days": "duration_days",
}
USUAL = {"levothyroxine": "mcg", "fentanyl": "mcg/hr", "vitamin d": "iu"}  # unit of a bare number; mg for the rest


def regimens(text: str, names: list[str]) -> dict[str, Regimen]:
    """The regimen of each named treatment; every place of a name is one mention of the same treatment."""
    found = [
        (m.start(), m.end(), k)
        for k, name in enumerate(names)
        for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    ]
    spans = [Tagged(a, b, text[a:b], "DRUG", concept_name=names[k], treatment_type="drug") for a, b, k in found]
    out = assign(text, spans, None, lambda t: USUAL.get(t.text.lower(), "mg"), [k for _, _, k in found])
    return {names[k]: out.get(i, Regimen()) for i, (_, _, k) in enumerate(found)}


def same(wanted: Any, got: Any) -> bool:
    """Equal, numbers to two in a hundred (a weekly intake is 0.14 or 0.1429 a day)."""
    if isinstance(wanted, int | float) and isinstance(got, int | float):
        return abs(wanted - got) <= 0.02 * abs(wanted) + 1e-9
    return bool(wanted == got)


def amiss(wanted: dict[str, Any], regimen: Regimen) -> dict[str, tuple[Any, Any]]:
    """The fields that differ, each with what was wanted and what was read."""
    implied = {"route"} if regimen.route_inferred else set()
    if regimen.form in ("tablet", "capsule"):
        implied.add("form")  # what is counted implies it: `5 diazepam`
    free = {*wanted.get("open", ()), *(implied - wanted.keys())}
    pairs = {f: (wanted.get(f), getattr(regimen, column)) for f, column in FIELDS.items() if f not in free}
    return {f: pair for f, pair in pairs.items() if not same(*pair)}


def cases(kind: str, folder: str) -> list[dict[str, Any]]:
    """The marked `phrases`, `posts` or `none` of one half (`open`, `heldout`, and the same below `second`)."""
    return [json.loads(line) for line in (CASES / folder / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()]


def score(folder: str) -> tuple[dict[str, float], list[str]]:
    """Shares (phrases and posts that are exact, posts with every dose on its treatment, false doses), and the errors in words."""
    shares, errors = {}, []
    for kind in ("phrases", "posts"):
        marked = cases(kind, folder)
        exact = placed = 0
        for case in marked:
            got = regimens(case["text"], list(case["expect"]))
            wrong = {name: bad for name, wanted in case["expect"].items() if (bad := amiss(wanted, got[name]))}
            exact += not wrong
            placed += not any(bad.keys() & {"dose_low", "dose_high"} for bad in wrong.values())
            if wrong:
                errors.append(f"{kind}: {case['text']}\n    {wrong}")
        shares[f"{kind} exact"] = exact / len(marked)
        if kind == "posts":
            shares["posts with every dose on its treatment"] = placed / len(marked)
    sentences = cases("none", folder)
    for case in sentences:
        names = case["treatments"] or ["Xylomed"]
        text = case["text"] if case["treatments"] else case["text"] + " I take Xylomed."
        if false := {n: (r.low, r.high, r.unit) for n, r in regimens(text, names).items() if r.low or r.high}:
            errors.append(f"none: {text}\n    {false}")
    shares["sentences with a false dose"] = sum(e.startswith("none:") for e in errors) / len(sentences)
    return shares, errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heldout", action="store_true", help="the half nobody reads: totals only")
    parser.add_argument("--second", action="store_true", help="the phrases, posts and traps of the second round")
    args = parser.parse_args()
    shares, errors = score(("second/" if args.second else "") + ("heldout" if args.heldout else "open"))
    if not args.heldout:
        print("\n".join(errors))
    print("\n".join(f"{share:6.3f}  {name}" for name, share in shares.items()))


if __name__ == "__main__":
    main()
