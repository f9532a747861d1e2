"""Post splitting on real pages, per board: all parsers, and the structural fallback alone.

    python -m training.boards ../shared/forum_pages/posts ../shared/tools/score_posts.py

Pages and scorer are shared material, no part of the repository. The table printed is the one in docs/PARSERS.md.
"""

import argparse
import collections
import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pipeline.parse
from pipeline.parse import SourceSettings, parse_bytes
from pipeline.parsed import Rejected
from pipeline.run.lines import show_thread

LINE = re.compile(r"^(\S.*?)\s+gold\s+(\d+) pred\s+(\d+) right\s+(\d+) author\s+(\d+) date (\d+)/(\d+)( +<<)?")


def run(pages: list[Path], scorer: Path) -> tuple[dict[str, list[int]], str, dict[str, list[str]]]:
    """Per board: pages, perfect pages, posts marked, read, right, authors right, dates right, dated; the total line; rejects."""
    out = io.BytesIO()
    refused: dict[str, list[str]] = collections.defaultdict(list)
    for page in pages:
        for item in parse_bytes(page.read_bytes(), page.name, settings=SourceSettings()):
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


def board_of(name: str) -> str:
    return name.split("_")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("scorer", type=Path)
    args = parser.parse_args()
    pages = sorted(args.pages.glob("*.html"))
    everything, total, _ = run(pages, args.scorer)
    pipeline.parse.parsers = lambda: ()
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


if __name__ == "__main__":
    main()
