"""medspaCy's default ConText on marked threads, beside ours: `python -m training.context --medspacy PYTHON [--set probes]`.

ConText is given each marked treatment as its target, so only its judgement counts, never its finding; ours must find them itself,
and is scored over the same rows. Its categories stand for our values as: NEGATED_EXISTENCE → declined, HYPOTHETICAL or POSSIBLE →
general, HISTORICAL → past, FAMILY → person family; no category → self, current. PYTHON is that of an environment with medspacy
1.3.1 (`make compare` makes one): it forces spaCy 3.7.
"""

import argparse
import json
import subprocess
from collections import Counter
from typing import Any

from training.evaluate import SETS, extract, golds_of
from training.score import agrees, places, touches

SCRIPT = """
import json, sys, time, logging, warnings
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import medspacy, spacy
nlp = medspacy.load(medspacy_enable=["medspacy_pyrush", "medspacy_context"])
context = nlp.get_pipe("medspacy_context")
spent = words = 0
out = []
for text, spans in json.load(sys.stdin):
    start = time.process_time()
    doc = nlp.make_doc(text)
    nlp.get_pipe("medspacy_pyrush")(doc)
    found = [doc.char_span(a, b, label="TREATMENT", alignment_mode="expand") for a, b in spans]
    doc.ents = spacy.util.filter_spans([s for s in found if s is not None])
    context(doc)
    spent += time.process_time() - start
    words += len(text.split())
    kinds = ("is_negated", "is_historical", "is_hypothetical", "is_uncertain", "is_family")
    said = {(e.start, e.end): [getattr(e._, k) for k in kinds] for e in doc.ents}
    out.append([said.get((s.start, s.end)) if s is not None else None for s in found])
print(json.dumps({"said": out, "words_a_second": words / max(spent, 1e-9)}))
"""


def judged(python: str, golds: list[dict[str, Any]]) -> tuple[list[tuple[dict[str, Any], str, str]], float]:
    """(row, person, status) of each marked row whose words are in its post, by ConText; and its words a second."""
    rows, given = [], []
    for gold in golds:
        for n, post in enumerate(gold["posts"], 1):
            mine = [r for r in gold["experiences"] if r["post"] == n and not r.get("optional")]
            found = [(r, p[0]) for r in mine if (p := places(post["text"], r["text"], r.get("start")))]
            if found:
                rows.append([r for r, _ in found])
                given.append([post["text"], [span for _, span in found]])
    run = subprocess.run([python, "-c", SCRIPT], input=json.dumps(given), capture_output=True, text=True, check=True)
    answer = json.loads(run.stdout.splitlines()[-1])
    out = []
    for some, said in zip(rows, answer["said"], strict=True):
        for row, flags in zip(some, said, strict=True):
            negated, historical, hypothetical, uncertain, family = flags or [False] * 5
            status = (
                "declined"
                if negated
                else "general"
                if hypothetical or uncertain
                else "past"
                if historical
                else "current"
            )
            out.append((row, "family" if family else "self", status))
    return out, answer["words_a_second"]


def ours(golds: list[dict[str, Any]]) -> dict[int, tuple[str, str]]:
    """Our person and status of the marked rows that we found, by the row's identity."""
    out = {}
    for gold, pred in zip(golds, extract(golds), strict=True):
        mentions = {m["mention_id"]: m for m in pred["mentions"]}
        for row in gold["experiences"]:
            spans = places(gold["posts"][row["post"] - 1]["text"], row["text"], row.get("start"))
            near = [
                p for p in pred["experiences"] if p["post"] == row["post"] and touches(spans, mentions[p["mention_id"]])
            ]
            near.sort(key=lambda p: -(agrees(row["person"], p["person"]) + agrees(row["status"], p["status"])))
            if near:
                out[id(row)] = (near[0]["person"], near[0]["status"])
    return out


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--medspacy", required=True, metavar="PYTHON")
    ap.add_argument("--set", choices=list(SETS), action="append")
    a = ap.parse_args()
    for name in a.set or ["probes"]:
        golds = golds_of(name)
        theirs, speed = judged(a.medspacy, golds)
        mine = ours(golds)
        right: Counter[str] = Counter()
        for row, person, status in theirs:
            for who, said in (("medspaCy", (person, status)), ("threadrx", mine.get(id(row), ("", "")))):
                person_ok, status_ok = agrees(row["person"], said[0]), agrees(row["status"], said[1])
                right[f"{who} person"] += person_ok
                right[f"{who} status"] += status_ok
                right[f"{who} both"] += person_ok and status_ok
        print(
            f"{name}: share right of {len(theirs)} marked treatments (medspaCy is told where they stand, {speed:,.0f} words/s)"
        )
        for who in ("medspaCy", "threadrx"):
            print(
                f"  {who:9s}"
                + "".join(f"  {k} {right[f'{who} {k}'] / len(theirs):.3f}" for k in ("person", "status", "both"))
            )


if __name__ == "__main__":
    main()
