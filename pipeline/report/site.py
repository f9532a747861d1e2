"""The site as a whole: written into a folder beside its place, and put there when it is complete."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from pipeline.report.html import Pages
from pipeline.report.rows import Dataset
from pipeline.report.search import SearchIndex
from pipeline.report.threads import write_threads
from pipeline.report.treatments import treatments, write_overview, write_problems, write_treatments

ASSETS = Path(__file__).parent / "assets"
OURS = '<meta name="generator" content="ThreadRx">'  # in our index.html: what says that a folder may be replaced


def write_report(tables: Path, site: Path, progress: Callable[[str, int, int], None] = lambda *_: None) -> int:
    """Write the site over the tables of a folder to `site`; returns the number of its pages. Same tables, same bytes.

    What stood at `site` stands until the new one is whole. Raises FileNotFoundError where a table is missing, FileExistsError
    where `site` holds anything but a site of ours.
    """
    check_ours(site)
    site.parent.mkdir(parents=True, exist_ok=True)
    new, old = (site.with_name(f".{site.name}.{os.getpid()}.{kind}") for kind in ("new", "old"))
    scratch = site.with_name(f".{site.name}.{os.getpid()}.scratch")
    try:
        for folder in (new, scratch):
            folder.mkdir()
        n = write_pages(tables, new, scratch, progress)
        if site.exists():
            site.rename(old)
        new.rename(site)
    finally:
        for folder in (new, old, scratch):
            shutil.rmtree(folder, ignore_errors=True)
    return n


def check_ours(site: Path) -> None:
    """Refuse to replace what is not ours."""
    index = site / "index.html"
    if not site.exists() or (site.is_dir() and not any(site.iterdir())):
        return
    if not (index.is_file() and OURS in index.read_text(encoding="utf-8", errors="replace")):
        raise FileExistsError(f"{site} holds something else than an earlier report: name another folder with --site")


def write_pages(tables: Path, site: Path, scratch: Path, progress: Callable[[str, int, int], None]) -> int:
    """Every page, the search index and the assets."""
    shutil.copytree(ASSETS, site / "assets")
    dataset = Dataset(tables, scratch / "report.duckdb")
    pages, index = Pages(site), SearchIndex(dataset)
    told = treatments(dataset)
    write_threads(dataset, pages, index, {t["treatment_id"] for t in told}, lambda n, of: progress("threads", n, of))
    write_treatments(dataset, pages, index, told, lambda n, of: progress("treatments", n, of))
    write_problems(dataset, pages, index, told)
    write_overview(dataset, pages, told)
    index.write(site / "search")
    dataset.db.close()
    return pages.written
