"""Whether parsers keep quotes out of the text: own words, quotes and signatures against posts marked by hand.

    python -m training.posts MARKS.jsonl PAGES_DIR [--fallback] [--posts]

MARKS.jsonl holds a post a line: page (its file's name), post (1-based), author, text, quotes (author, text), signature.
Scores are F1 over words in their order (longest common subsequence), averaged over posts.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from rapidfuzz.distance import LCSseq

from pipeline.parsed import ParsedPost
from training.pages import fallback_only, posts_of, words


def f1(a: list[str], b: list[str]) -> float:
    """Of words in order; two texts without words agree."""
    return 2 * LCSseq.similarity(a, b) / (len(a) + len(b)) if a or b else 1.0


def nearest(mark: dict[str, Any], posts: list[ParsedPost]) -> ParsedPost | None:
    """The post a mark is of: the one most like it in all its words."""

    def whole(texts: list[str | None]) -> list[str]:
        return [w for t in texts for w in words(t)]

    marked = whole([mark["text"], *(q["text"] for q in mark["quotes"])])
    return max(
        posts,
        key=lambda p: f1(sorted(marked), sorted(whole([p.text, *(q.text for q in p.quotes)]))),
        default=None,
    )


def score(marks: list[dict[str, Any]], pages: Path, show: bool) -> dict[str, tuple[float, int]]:
    """Per figure its value and n."""
    read = {name: posts_of(pages / name) for name in sorted({m["page"] for m in marks})}
    found: dict[str, list[float]] = defaultdict(list)
    for mark in marks:
        post = nearest(mark, read[mark["page"]])
        own = f1(words(mark["text"]), words(post.text if post else ""))
        found["own text"].append(own)
        found["own text, right (>= 0.9)"].append(own >= 0.9)
        marked = [q for q in mark["quotes"] if words(q["text"])]
        got = [q for q in post.quotes if words(q.text)] if post else []
        if marked or got:
            best = [max((f1(words(q["text"]), words(g.text)) for g in got), default=0.0) for q in marked]
            back = [max((f1(words(q["text"]), words(g.text)) for q in marked), default=0.0) for g in got]
            found["quotes, recall"] += [b >= 0.9 for b in best]
            found["quotes, precision"] += [b >= 0.9 for b in back]
            for q, b in zip(marked, best, strict=True):
                if q["author"] and b >= 0.9:
                    g = max(got, key=lambda g: f1(words(q["text"]), words(g.text)))
                    found["quoted author"].append(words(g.author) == words(q["author"]))
        if mark["signature"] or (post and post.signature):
            found["signature"].append(f1(words(mark["signature"]), words(post.signature if post else None)))
        if show and (own < 0.9 or (marked and min(best) < 0.9) or len(got) > len(marked)):
            print(mark["page"][:50], mark["post"], f"own {own:.2f}", mark["kind"])
            print("   marked", repr(mark["text"][:150]), [(q["author"], q["text"][:60]) for q in marked])
            print("   read  ", repr(post.text[:150]) if post else None, [(q.author, q.text[:60]) for q in got])
    out = {k: (sum(v) / len(v), len(v)) for k, v in found.items()}
    p, r = out["quotes, precision"][0], out["quotes, recall"][0]
    out["quotes, F1"] = (2 * p * r / (p + r) if p + r else 0.0, out["quotes, recall"][1])
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("marks", type=Path)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--fallback", action="store_true", help="with every parser of a known software off")
    parser.add_argument("--posts", action="store_true", help="show the posts that are wrong")
    args = parser.parse_args()
    if args.fallback:
        fallback_only()
    marks = [json.loads(line) for line in args.marks.read_text("utf-8").splitlines()]
    for name, (value, n) in score(marks, args.pages, args.posts).items():
        print(f"{name:26s} {value:.3f}  n {n}")


if __name__ == "__main__":
    main()
