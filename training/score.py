"""Scores predicted rows against marked threads (the row format of training/dev/README.md).

A marked row and a predicted one of the same post pair where their words overlap or their names agree, one to one. `experience`
counts rows that somebody in particular has had (status current or past, person not general) with treatment name and person right;
`row exact` rows with name, person and status right; a field counts over paired rows; effects, events over all marked rows. A
marked value may be a list of right ones; `optional` rows and effects and fields in `open` count neither way.
"""

import collections
import dataclasses
import re
from typing import Any

Row = dict[str, Any]
FIELDS = {"dose_low": 0.01, "daily_dose_mg": 0.01, "doses_per_day": 0.02, "duration_days": 0.03}  # relative slack
WORDS = ("dose_unit", "route", "outcome")
FORMS = frozenset(
    [
        "hcl",
        "hydrochloride",
        "sodium",
        "potassium",
        "acetate",
        "succinate",
        "tartrate",
        "sulfate",
        "citrate",
        "er",
        "xr",
        "sr",
        "la",
        "xl",
        "tablet",
        "capsule",
        "cream",
        "gel",
        "patch",
        "spray",
        "injection",
        "shot",
        "infusion",
        "drop",
        "pill",
        "surgery",
        "operation",
        "procedure",
        "therapy",
        "treatment",
        "machine",
        "device",
    ]
)
UNITS = {
    "puffs": "puff",
    "tablets": "tablet",
    "capsules": "capsule",
    "drops": "drop",
    "units": "unit",
    "iu": "unit",
    "ug": "mcg",
}


@dataclasses.dataclass(slots=True)
class Count:
    """True and false positives, false negatives."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def add(self, right: bool, both: bool = True) -> None:
        """A compared value: right, or wrong on both sides (`both`) or only missing."""
        if right:
            self.tp += 1
        else:
            self.fn += 1
            self.fp += both

    def __iadd__(self, other: "Count") -> "Count":
        self.tp, self.fp, self.fn = self.tp + other.tp, self.fp + other.fp, self.fn + other.fn
        return self

    @property
    def p(self) -> float | None:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def r(self) -> float | None:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def f1(self) -> float | None:
        n = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / n if n else None

    @property
    def n(self) -> int:
        return self.tp + self.fn


Scores = dict[str, Count]


def alternatives(value: Any) -> list[Any]:
    """The right values of a marked field."""
    return value if isinstance(value, list) else [value]


def agrees(gold: Any, pred: Any) -> bool:
    """Whether a predicted word is one of the right ones."""
    return str(pred).lower() in (str(g).lower() for g in alternatives(gold))


def name_key(name: str | None) -> frozenset[str]:
    """A treatment name up to case, plural, salt, form and the order of a combination."""
    out = set()
    for part in re.split(r"/|\+|,|&|\band\b|\bwith\b", (name or "").lower()):
        words = [
            w.removesuffix("s") if len(w) > 3 and not w.endswith("ss") else w for w in re.findall(r"[a-z0-9]+", part)
        ]
        kept = [w for w in words if w not in FORMS] or words
        if kept:
            out.add(" ".join(kept))
    return frozenset(out)


def same_name(pred: str | None, golds: list[str]) -> bool:
    """Whether a predicted name is one of the right ones."""
    key = name_key(pred)
    return bool(key) and any(key == name_key(g) for g in golds)


def is_experience(row: Row) -> bool:
    """Somebody in particular has had it."""
    return alternatives(row["status"])[0] in ("current", "past") and alternatives(row["person"])[0] != "general"


def places(text: str, words: str, start: int | None) -> list[tuple[int, int]]:
    """Where the marked words stand."""
    if start is not None:
        return [(start, start + len(words))]
    return [m.span() for m in re.finditer(re.escape(words), text)]


def touches(spans: list[tuple[int, int]], mention: Row | None) -> bool:
    """A mention shares a character with one of the spans and is not much longer."""
    if mention is None or mention["field"] != "text":
        return False
    a, b = mention["start"], mention["end"]
    return any(s < b and a < e and b - a <= 2 * (e - s) + 25 for s, e in spans)


def same_effect(want: Row, row: Row, effect: Row, mentions: dict[str, Row], texts: list[str]) -> bool:
    """Whether a predicted effect is the one marked as `want` in a row: the relation is right and the words touch."""
    spans = places(texts[want.get("post", row["post"]) - 1], want["text"], want.get("start"))
    return agrees(want["relation"], effect["relation"]) and touches(spans, mentions[effect["mention_id"]])


def close(field: str, gold: Any, pred: float, slack: float | None) -> bool:
    """A number within the row's own tolerance or the field's usual one."""
    share = FIELDS[field]
    return any(abs(float(g) - pred) <= (share * abs(float(g)) if slack is None else slack) for g in alternatives(gold))


def pair(gold: list[Row], pred: list[Row], mentions: dict[str, Row], texts: list[str]) -> list[tuple[Row, Row]]:
    """Marked and predicted rows that are about the same thing, the best pairs first, one to one."""
    scored = []
    for i, g in enumerate(gold):
        spans = places(texts[g["post"] - 1], g["text"], g.get("start"))
        for j, p in enumerate(pred):
            if p["post"] != g["post"]:
                continue
            over, named = touches(spans, mentions.get(p["mention_id"])), same_name(p["treatment_name"], g["treatment"])
            if over or named:
                who = agrees(g["person"], p["person"]) + agrees(g["status"], p["status"])
                scored.append((-(2 * over + 2 * named + who), i, j))
    out: list[tuple[Row, Row]] = []
    used: tuple[set[int], set[int]] = (set(), set())
    for _, i, j in sorted(scored):
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            out.append((gold[i], pred[j]))
    return out


def score_thread(gold: Row, pred: Row) -> tuple[Scores, list[str]]:
    """Counts of one thread, and its errors in words."""
    counts: Scores = collections.defaultdict(Count)
    errors: list[str] = []
    texts = [p["text"] for p in gold["posts"]]
    mentions = {m["mention_id"]: m for m in pred["mentions"]}
    pairs = pair(gold["experiences"], pred["experiences"], mentions, texts)
    for g, p in pairs:
        _row(g, p, counts, errors)
        _effects(g, p, pred, mentions, texts, counts, errors)
        _events(g, p, pred, counts, errors)
    matched = {id(x) for pair_ in pairs for x in pair_}
    for g in gold["experiences"]:
        if id(g) not in matched and not g.get("optional"):
            errors.append(f"missing row: post {g['post']} {g['text']!r}")
            counts["rows"].fn += 1
            counts["row exact"].fn += 1
            counts["experience"].fn += is_experience(g)
            counts["effects"].fn += sum(not e.get("optional") for e in g.get("effects", []))
            counts["events"].fn += len(g.get("events", []))
    for p in pred["experiences"]:
        if id(p) not in matched:
            errors.append(f"extra row: post {p['post']} {p['treatment_name']!r} {p['person']}/{p['status']}")
            counts["rows"].fp += 1
            counts["experience"].fp += p["is_experience"]
            counts["effects"].fp += sum(e["experience_id"] == p["experience_id"] for e in pred["effects"])
    return counts, errors


def _row(g: Row, p: Row, counts: Scores, errors: list[str]) -> None:
    if g.get("optional"):
        return
    named, who = same_name(p["treatment_name"], g["treatment"]), agrees(g["person"], p["person"])
    status = agrees(g["status"], p["status"])
    counts["rows"].tp += 1
    counts["row exact"].add(named and who and status)
    both = is_experience(g) and p["is_experience"]
    right = bool(both and named and who)
    counts["experience"].tp += right
    counts["experience"].fn += is_experience(g) and not right
    counts["experience"].fp += p["is_experience"] and not right
    for field, ok in (("name", named), ("person", who), ("status", status)):
        counts[field].add(ok)
        if not ok:
            errors.append(f"{field}: {g['text']!r}, got {p.get(field) or p['treatment_name']!r}")
    for field in (*FIELDS, *WORDS):
        _field(field, g, p, counts, errors)


def _field(field: str, g: Row, p: Row, counts: Scores, errors: list[str]) -> None:
    want, got = g.get(field), p.get(field)
    if field in g.get("open", ()) or (want is None and got is None):
        return
    if want is None:
        inferred = (
            p["route_inferred"] if field == "route" else p["dose_inferred"] or p["dose_basis"] not in (None, "intake")
        )
        if field not in g and (inferred or field in ("dose_unit", "route")):
            return
        counts[field].fp += 1
        errors.append(f"{field}: {g['text']!r} says nothing, got {got}")
    elif got is None:
        counts[field].fn += 1
        errors.append(f"{field}: {g['text']!r} says {want}, got nothing")
    elif field in FIELDS:
        counts[field].add(close(field, want, got, g.get("tolerance", {}).get(field)))
    else:
        unit = [UNITS.get(str(w).lower(), str(w).lower()) for w in alternatives(want)]
        counts[field].add(UNITS.get(str(got).lower(), str(got).lower()) in unit)


def _effects(
    g: Row, p: Row, pred: Row, mentions: dict[str, Row], texts: list[str], counts: Scores, errors: list[str]
) -> None:
    mine = [e for e in pred["effects"] if e["experience_id"] == p["experience_id"]]
    for want in g.get("effects", []):
        hit = next((e for e in mine if same_effect(want, g, e, mentions, texts)), None)
        if hit is not None:
            mine.remove(hit)
        if want.get("optional") or g.get("optional"):
            continue
        counts["effects"].add(hit is not None, both=False)
        if hit is None:
            errors.append(f"missing effect: {g['text']!r} {want['relation']} {want['text']!r}")
        else:
            counts["polarity"].add(agrees(want["polarity"], hit["polarity"]))
    if not g.get("optional"):
        counts["effects"].fp += len(mine)
        errors += [f"extra effect: {g['text']!r} {e['relation']} {e['concept_name']!r}" for e in mine]


def _events(g: Row, p: Row, pred: Row, counts: Scores, errors: list[str]) -> None:
    if g.get("optional"):
        return
    mine = [e for e in pred["events"] if e["experience_id"] == p["experience_id"]]
    for want in g.get("events", []):
        hit = next((e for e in mine if agrees(want["kind"], e["kind"])), None)
        counts["events"].add(hit is not None, both=False)
        if hit is None:
            errors.append(f"missing event: {g['text']!r} {want['kind']}")
            continue
        mine.remove(hit)
        if want.get("reason_kind"):
            counts["reason"].add(agrees(want["reason_kind"], hit["reason_kind"]), both=hit["reason_kind"] is not None)
    extra = [e for e in mine if e["kind"] != "start"]  # a start is implied by every use
    counts["events"].fp += len(extra)
    errors += [f"extra event: {g['text']!r} {e['kind']}" for e in extra]
