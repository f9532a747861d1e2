"""Post splitting on real pages, per board: all parsers, and the structural fallback alone.

    python -m training.boards ../shared/forum_pages/posts ../shared/tools/score_posts.py [--hashed]

`--hashed` scores the fallback once more with every class name and id of the pages made unreadable: what structure alone can tell.

Pages and scorer are shared material, no part of the repository. The table printed is the one in docs/PARSERS.md.
"""

import argparse
import collections
import hashlib
import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from lxml import etree

from pipeline.parse import SourceSettings, parse_bytes
from pipeline.parse.documents import read_documents
from pipeline.parsed import Rejected
from pipeline.run.lines import show_thread
from training.pages import fallback_only

LINE = re.compile(r"^(\S.*?)\s+gold\s+(\d+) pred\s+(\d+) right\s+(\d+) author\s+(\d+) date (\d+)/(\d+)( +<<)?")


def run(
    pages: list[Path], scorer: Path, make_unreadable: bool = False
) -> tuple[dict[str, list[int]], str, dict[str, list[str]]]:
    """Per board: pages, perfect pages, posts marked, read, right, authors right, dates right, dated; the total line; rejects."""
    out = io.BytesIO()
    refused: dict[str, list[str]] = collections.defaultdict(list)
    for page in pages:
        data = hashed(page.read_bytes(), page.name) if make_unreadable else page.read_bytes()
        for item in parse_bytes(data, page.name, settings=SourceSettings()):
            if isinstance(item, Rejected):
                if item.kind == "page":
                    refused[board_of(page.name)].append(item.reason)
            else:
                out.write(show_thread(str(page), item) + b"\n")
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as f:
        f.write(out.getvalue())
        f.flush()
        command = [sys.executable, str(scorer), str(pages[0].parent), f.name, "--pages"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    boards: dict[str, list[int]] = collections.defaultdict(lambda: [0] * 8)
    for m in filter(None, map(LINE.match, said)):
        values = [1, not m[8], *(int(g) for g in m.groups()[1:7])]
        boards[board_of(m[1])] = [a + b for a, b in zip(boards[board_of(m[1])], values, strict=True)]
    return boards, said[-1], refused


def hashed(page: bytes, name: str) -> bytes:
    """A page whose class names and ids say nothing, numbers in them kept."""
    doc = next(read_documents(page, name, settings=SourceSettings()))
    if isinstance(doc, Rejected):
        return page

    def unreadable(word: str) -> str:
        letters = (
            hashlib.sha256(re.sub(r"\d", "", word).encode())
            .hexdigest()
            .translate(str.maketrans("0123456789", "ghijklmnop"))
        )
        return letters[:8] + re.sub(r"\D", "", word)

    for e in doc.tree.iter(etree.Element):
        for name in ("class", "id"):
            if e.get(name):
                e.set(name, " ".join(map(unreadable, e.get(name).split())))
        for name in ("itemprop", "itemtype", "rel", "data-author", "data-username"):
            e.attrib.pop(name, None)
    return etree.tostring(doc.tree, method="html", encoding="utf-8")


def board_of(name: str) -> str:
    return name.split("_")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("scorer", type=Path)
    parser.add_argument("--hashed", action="store_true")
    args = parser.parse_args()
    pages = sorted(args.pages.glob("*.html"))
    everything, total, _ = run(pages, args.scorer)
    fallback_only()
    alone, total_alone, refused = run(pages, args.scorer)
    print(
        "| board | pages | posts | all: right, perfect pages | fallback: right, extra, perfect pages | authors | dates |"
    )
    print("|---|---|---|---|---|---|---|")
    for board, (n, perfect, gold, pred, right, author, date, dated) in sorted(alone.items()):
        said = f" ({', '.join(refused[board])})" if refused[board] else ""
        print(
            f"| {board} | {n} | {gold} | {everything[board][4]}, {everything[board][1]} "
            f"| {right}, {pred - right}, {perfect}{said} | {author}/{right} | {date}/{dated} |"
        )
    print(f"\nAll parsers: {total}\n\nFallback alone: {total_alone}")
    if args.hashed:
        print(f"\nFallback, class names and ids hashed: {run(pages, args.scorer, True)[1]}")


if __name__ == "__main__":
    main()
