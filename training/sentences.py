"""Whether posts hold what a page's reviewed text holds, and nothing of what surrounds it.

    python -m training.sentences ../shared/forum_pages/main_text [--fallback] [--missed]

Beside each page NAME.html stands NAME.gold.json with sentences that must (`must_have`) and must not be in some post.
"""

import argparse
import json
from pathlib import Path

from training.pages import fallback_only, posts_of, words


def squeezed(text: str) -> str:
    return " ".join(words(text))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--fallback", action="store_true", help="with every parser of a known software off")
    parser.add_argument("--missed", action="store_true", help="show the sentences that are wrong")
    args = parser.parse_args()
    if args.fallback:
        fallback_only()
    counts = {"must_have": [0, 0], "must_not_have": [0, 0]}
    for gold in sorted(args.pages.glob("*.gold.json")):
        page = gold.with_name(gold.name.replace(".gold.json", ".html"))
        posts = posts_of(page)
        texts = [squeezed(" ".join([p.text, *(q.shown or q.text for q in p.quotes)])) for p in posts]
        texts += [squeezed(p.text) for p in posts]
        marked = json.loads(gold.read_text("utf-8"))
        for kind, count in counts.items():
            for sentence in marked[kind]:
                found = any(squeezed(sentence) in text for text in texts)
                count[0] += found
                count[1] += 1
                if args.missed and found != (kind == "must_have"):
                    print(f"{page.name[:50]:50s} {kind:14s} {sentence[:100]!r}")
    for kind, (found, n) in counts.items():
        print(f"{kind:14s} {found} of {n} in some post ({found / n:.3f})")


if __name__ == "__main__":
    main()
