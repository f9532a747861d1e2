"""How well two markings of the same threads agree: `python -m training.agreement FIRST.txt SECOND.txt`.

The second is scored against the first as the program's output would be, by the same scorer; and mention by mention, strictly and
by overlap. Only threads that both hold, with the same words, are compared.
"""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from training.evaluate import ORDER, total
from training.score import score_thread
from training.threads import RELATION, MarkedThread, as_gold, read


def as_prediction(thread: MarkedThread) -> dict[str, Any]:
    """The rows of a marking in the form `threadrx extract` prints them."""
    mentions: dict[tuple[int, int, int], dict[str, Any]] = {}
    out: dict[str, Any] = {"experiences": [], "effects": [], "events": []}

    def mention(place: int, start: int, end: int) -> str:
        key = (place, start, end)
        mentions.setdefault(
            key, {"mention_id": f"m{len(mentions)}", "post": place, "start": start, "end": end, "field": "text"}
        )
        return str(mentions[key]["mention_id"])

    for place, post in enumerate(thread.posts, 1):
        problems = {k: m for m in reversed(post.marks) if m.label == "PROBLEM" for k in m.keys}
        for row in post.rows:
            words = next(m for m in post.marks if row.key in m.keys and m.label != "PROBLEM")
            eid = f"{place}-{row.key}"
            out["experiences"].append({
                "experience_id": eid, "post": place, "mention_id": mention(place, words.start, words.end),
                "treatment_name": row.name, "person": row.person, "status": row.status, "outcome": row.outcome,
                "is_experience": row.status in ("current", "past") and row.person != "general",
                    "dose_inferred": False, "dose_basis": None, "route_inferred": False,
            })  # fmt: skip
            for word, letter in row.links:
                p = problems[letter]
                relation, polarity = RELATION[word]
                out["effects"].append({"experience_id": eid, "mention_id": mention(place, p.start, p.end),
                                       "concept_name": None, "relation": relation, "polarity": polarity})  # fmt: skip
            for kind, reason, to in row.events:
                out["events"].append(
                    {"experience_id": eid, "kind": kind, "reason_kind": reason, "to_treatment_name": to}
                )
    return out | {"thread_id": thread.id, "mentions": list(mentions.values())}


def mentions(first: MarkedThread, second: MarkedThread) -> Counter[tuple[str, str]]:
    """Counts of marks per label: in the first, in the second, in both exactly, of the first overlapped, of the second."""
    out: Counter[tuple[str, str]] = Counter()
    for p, q in zip(first.posts, second.posts, strict=True):
        for label in {m.label for m in (*p.marks, *q.marks)}:
            a = {(m.start, m.end) for m in p.marks if m.label == label}
            b = {(m.start, m.end) for m in q.marks if m.label == label}
            out[label, "first"] += len(a)
            out[label, "second"] += len(b)
            out[label, "same"] += len(a & b)
            out[label, "touched"] += sum(any(x < d and c < y for c, d in b) for x, y in a)
            out[label, "touching"] += sum(any(x < d and c < y for x, y in a) for c, d in b)
    return out


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("first", type=Path, nargs="+")
    ap.add_argument("second", type=Path)
    a = ap.parse_args()
    first = {t.id: t for path in a.first for t in read(path)}
    pairs = [
        (first[t.id], t)
        for t in read(a.second)
        if t.id in first and [p.text for p in t.posts] == [p.text for p in first[t.id].posts]
    ]
    print(f"{len(pairs)} threads marked twice, {sum(len(t.posts) for t, _ in pairs)} posts")
    sums = total(score_thread(as_gold(t), as_prediction(u))[0] for t, u in pairs)
    for m in ORDER:
        if m in sums and sums[m].n:
            print(f"{m:16s} F1 {sums[m].f1 or 0:.3f}  n {sums[m].n}")
    counts: Counter[tuple[str, str]] = Counter()
    for t, u in pairs:
        counts.update(mentions(t, u))
    for label in sorted({x for x, _ in counts}):
        n, m = counts[label, "first"], counts[label, "second"]
        relaxed = (counts[label, "touched"] + counts[label, "touching"]) / (n + m)
        print(f"{label:16s} strict F1 {2 * counts[label, 'same'] / (n + m):.3f}  relaxed {relaxed:.3f}  n {n}")


if __name__ == "__main__":
    main()
