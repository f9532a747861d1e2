"""How often a mention whose words no list holds gets the right concept, by threshold (`pipeline/tag/linking.py`).

    python -m training.linking [--errors]

The marks of training/threads that stand for a row and are no term of the vocabulary, each wording once; right is the concept
that the row's generic name names, or one of that name. `left alone` is where the row's name is the mention's own words, and no
concept of the vocabulary: there a link is a mistake. Half of the wordings, by a hash, chose the thresholds.
"""

import argparse
import sys
import zlib
from collections.abc import Iterator

from pipeline.tag import linking
from pipeline.vocabulary import load_vocabulary
from pipeline.vocabulary.fold import LEAD, fold
from training.score import same_name
from training.threads import TREATMENT, threads

NEARS = (0.65, 0.7, 0.75, 0.8, 0.85)
APARTS = (0.0, 0.05, 0.1, 0.15)


def wordings() -> Iterator[tuple[str, str]]:
    """(folded words, the marker's generic name) of each marked treatment that is no term."""
    seen: set[str] = set()
    for post in (p for thread in threads() for p in thread.posts):
        names = {row.key: row.name for row in post.rows}
        for mark in post.marks:
            words = LEAD.sub("", fold(post.text[mark.start : mark.end])).strip()
            known = words in seen or words in load_vocabulary().terms
            if mark.label in TREATMENT and mark.label != "REF" and mark.keys and not known:
                seen.add(words)
                yield words, names[mark.keys[0]]


def right(words: str, name: str, near: float, apart: float) -> bool | None:
    """Whether a wording is linked rightly; None where it is not linked."""
    linking.NEAR, linking.APART = near, apart
    concept = linking.link(words, problems=False)
    if concept is None:
        return None
    wanted = load_vocabulary().terms.get(fold(name))
    return (wanted is not None and wanted[0] == concept) or same_name(concept.name, [name])


def main(argv: list[str] | None = None) -> int:
    """Print the tables."""
    ap = argparse.ArgumentParser(description=__doc__, prog="python -m training.linking",
                                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    ap.add_argument("--errors", action="store_true", help="print what is linked wrongly, as the pipeline is set")
    a = ap.parse_args(argv)
    near, apart = linking.NEAR, linking.APART
    found = list(wordings())
    for half in (0, 1):
        part = [(w, n) for w, n in found if zlib.crc32(w.encode()) % 2 == half]
        print(f"\n{'chosen on' if half == 0 else 'not looked at'}: {len(part)} wordings; right of linked")
        for least in NEARS:
            said = []
            for gap in APARTS:
                scored = [right(w, n, least, gap) for w, n in part]
                said.append(f"apart {gap}: {scored.count(True)}/{len(scored) - scored.count(None)}")
            print(f"near {least}  " + "  ".join(said))
    for words, name in found if a.errors else ():
        if right(words, name, near, apart) is False:
            concept = linking.link(words, problems=False)
            print(f"{words!r} → {concept.name if concept else None}, marked {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
