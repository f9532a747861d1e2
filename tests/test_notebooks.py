"""Notebooks run from top to bottom and show what they say; each is written from the source beside it.

Change the `.py`; `UPDATE_DOCS=1 pytest tests/test_notebooks.py -k written` writes the `.ipynb` anew.
"""

import os
import shutil
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

from pipeline.run.build import build
from tests.conftest import SOURCE, archive_page

FOLDER = Path(__file__).parent.parent / "notebooks"
SOURCES = sorted(FOLDER.glob("*.py"))
SECONDS = 180  # a cell, on a busy machine; on a quiet one the longest takes about ten
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def written(source: Path) -> str:
    """The notebook of a source: no outputs, cells numbered, so that the same source gives the same bytes."""
    book = jupytext.read(source)
    for n, cell in enumerate(book.cells, 1):
        cell.id = f"cell-{n:02}"
        cell.metadata = {}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book.metadata = nbformat.from_dict({"kernelspec": kernel, "language_info": {"name": "python"}})
    book.nbformat, book.nbformat_minor = 4, 5
    nbformat.validate(book)
    return str(nbformat.writes(book)) + "\n"


def executed(
    source: Path, cwd: Path, monkeypatch: pytest.MonkeyPatch, data: Path | None = None
) -> nbformat.NotebookNode:
    """The committed notebook after running in a folder, on the tables in `data` (else those found from the folder)."""
    monkeypatch.delenv("THREADRX_DATA", raising=False)
    if data is not None:
        monkeypatch.setenv("THREADRX_DATA", str(data))
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    book = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    client = NotebookClient(book, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(cwd)}})
    return client.execute()


def shown(book: nbformat.NotebookNode, kind: str) -> list[str]:
    """What the cells put out of a MIME type; `text` for what they print."""
    outputs = [o for c in book.cells if c.cell_type == "code" for o in c.outputs]
    if kind == "text":
        return [o.text for o in outputs if o.output_type == "stream"]
    return [o.data[kind] for o in outputs if kind in o.get("data", {})]


def test_there_are_notebooks() -> None:
    assert [p.stem for p in SOURCES] == [p.stem for p in sorted(FOLDER.glob("*.ipynb"))] != []


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_the_notebook_is_written_from_its_source_without_outputs(source: Path) -> None:
    target = source.with_suffix(".ipynb")
    if os.environ.get("UPDATE_DOCS"):
        target.write_text(written(source), encoding="utf-8")
    assert target.read_text(encoding="utf-8") == written(source), "change the .py, then see the head of this test"


def test_from_page_to_row_shows_each_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = executed(FOLDER / "01_from_page_to_row.py", FOLDER, monkeypatch, tmp_path)  # there are no tables
    printed, tables = "\n".join(shown(book, "text")), shown(book, "text/html")
    assert "bytes; around the first post" in printed and '<div class="' in printed  # the page, as it is
    assert "vbulletin_archive" in printed
    assert "rests on text[" in printed and "decided by" in printed
    assert len(tables) == 4 and '<mark style="' in tables[1]
    assert all("<tbody>" in t and t.count("<tr") > 2 for t in tables[:1] + tables[2:])
    assert len(shown(book, "image/png")) == 1
    assert "Error" not in printed and not [o for o in shown(book, "text") if "Warning" in o]


@pytest.mark.parametrize(
    ("name", "says", "tables", "plots"),
    [
        ("02_what_patients_say", "people in", 5, 2),
        ("03_compare_two_treatments", "helped; ", 2, 1),
        ("04_how_good_is_it", "", 2, 2),
        ("05_your_own_archive", "2 threads, 6 posts,", 1, 1),
    ],
)
def test_a_notebook_answers_its_question(
    name: str, says: str, tables: int, plots: int, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = executed(FOLDER / f"{name}.py", FOLDER, monkeypatch, dataset)
    printed = "\n".join(shown(book, "text"))
    assert says in printed and "Error" not in printed and "Warning" not in printed
    rows = [t.count("<tr") for t in shown(book, "text/html")]
    assert len(rows) >= tables and rows[0] > 2
    assert len(shown(book, "image/png")) == plots
    if name.startswith("05"):
        assert "photo.html: not_text" in printed


def test_words_of_posts_are_never_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = tmp_path / "data/raw/board"
    raw.mkdir(parents=True)
    (raw / "source.toml").write_text(SOURCE)
    told = f"I take 20 mg of baclofen {EVIL} daily and it helped a lot. It makes me dizzy. {EVIL}"
    (raw / "t-1.html").write_text(
        archive_page(EVIL.replace("<", "&lt;"), [("<i>ann</i>", told), ("ben", "No luck with it here.")])
    )
    build(raw.parent, tmp_path / "data/processed")
    (tmp_path / "notebooks").mkdir()
    book = executed(FOLDER / "01_from_page_to_row.py", tmp_path / "notebooks", monkeypatch)
    tables = shown(book, "text/html")
    planted = [t.count("&lt;script&gt;") for t in tables if "<mark" in t]
    assert planted == [2], "the planted words are not shown as words, both before and after the mentions"
    assert not [t for t in tables if "<script" in t or "<img" in t or "<i>" in t]
    shutil.rmtree(tmp_path / "data")
