"""Speed on one core: of parsing, beside public baselines measured in the same run, and of the quantity grammar.

    make bench                      # the pages of ../shared/forum_pages, else those of tests/cases
    python -m training.bench PAGES… [--harvest PYTHON]
    python -m training.bench --quantities  # the grammar alone, in words a second

`--harvest` names the Python of an environment with harvest-webforum (`make bench` makes one); it reads every eighth page only, as
it takes seconds for each. Figures are processor time; a page is counted by its size, in pages of 100 KB.
"""

import argparse
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import lxml.html
from bs4 import BeautifulSoup

from pipeline.parse import SourceSettings, parse_bytes
from pipeline.tag.quantities import find_quantities, scan
from training.evaluate import golds_of
from training.pages import fallback_only

HARVEST = """
import json, sys, time
from harvest import extract_data
spent = 0.0
for name in json.load(sys.stdin):
    html = open(name, encoding="utf-8", errors="replace").read()
    start = time.process_time()
    try:
        extract_data(html, "https://example.org/" + name)
    except Exception as e:
        print(name, e, file=sys.stderr)
    spent += time.process_time() - start
print(spent)
"""
DEFAULTS = ("../shared/forum_pages/posts", "../shared/forum_pages/main_text", "tests/cases/pages")


def seconds(work: Callable[[str, bytes], object], pages: list[tuple[str, bytes]]) -> float:
    """Processor time of the second run: the first fills caches."""
    spent = 0.0
    for _ in range(2):
        start = time.process_time()
        for name, data in pages:
            work(name, data)
        spent = time.process_time() - start
    return spent


def parse(name: str, data: bytes) -> object:
    return list(parse_bytes(data, name, settings=SourceSettings()))


def harvest(python: str, pages: list[tuple[str, bytes]]) -> float:
    names = json.dumps([str(Path(name).resolve()) for name, _ in pages])
    run = subprocess.run([python, "-c", HARVEST], input=names, capture_output=True, text=True, check=True)
    return float(run.stdout.split()[-1])


def quantities() -> float:
    """Words a second the quantity grammar reads of the dev set's posts, in processor time; aim of issue 5: 50,000."""
    texts = [(post["text"], b"") for thread in golds_of("dev") for post in thread["posts"]]

    def read(text: str, _: bytes) -> None:
        scan.cache_clear()
        find_quantities(text)

    return sum(len(text.split()) for text, _ in texts) / seconds(read, texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", type=Path, default=[Path(d) for d in DEFAULTS if Path(d).exists()])
    parser.add_argument("--harvest", metavar="PYTHON")
    parser.add_argument("--quantities", action="store_true")
    args = parser.parse_args()
    if args.quantities:
        print(f"quantities {quantities():,.0f} words/s")
        return
    found = [p for d in args.pages for p in (sorted(d.rglob("*.html")) if d.is_dir() else [d])]
    pages = [(str(p), p.read_bytes()) for p in found]
    size = sum(len(data) for _, data in pages) / 1e5
    print(f"{len(pages)} pages, {size / 10:.1f} MB, one core, processor time")
    figures = {
        "lxml, bare tree": size / seconds(lambda _, data: lxml.html.document_fromstring(data), pages),
        "BeautifulSoup, bare tree": size / seconds(lambda _, data: BeautifulSoup(data, "lxml"), pages),
        "threadrx": size / seconds(parse, pages),
    }
    fallback_only()
    figures["threadrx, fallback only"] = size / seconds(parse, pages)
    if args.harvest:
        some = pages[::8]
        figures["harvest-webforum"] = sum(len(data) for _, data in some) / 1e5 / harvest(args.harvest, some)
    print(f"{'':26s} pages of 100 KB a second   threadrx is so many times as fast")
    for name, figure in figures.items():
        print(f"{name:26s} {figure:10.1f} {figures['threadrx'] / figure:30.1f}")


if __name__ == "__main__":
    main()
