"""What a result depends on besides its input: the code, vocabulary and models of a stage, and the libraries under it."""

import functools
import hashlib
import importlib.metadata
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.vocabulary import ENTRIES

PACKAGE = Path(__file__).parent.parent
SHARED = ("records.py", "parsed.py", "spans.py")
# Files and folders of the package that a stage's results depend on. A test follows the imports and holds this complete.
STAGES = {
    "parse": (*SHARED, "parse", "run/work.py", "run/jobs.py"),
    "enter": (
        *SHARED,
        "parse",
        "run/work.py",
        "run/jobs.py",
        "run/enter.py",
        "run/opt_out.py",
        "run/masks.py",
        "run/names.toml",
        "run/language.py",
        "vocabulary",
    ),
    "extract": (
        *SHARED,
        "extract.py",
        "vocabulary",
        "tag",
        "experience",
        "encoder",
        "models",
        "tables.py",
        "run/work.py",
        "run/jobs.py",
    ),
    "write": (".",),
}


def digest(parts: Iterable[object]) -> str:
    """A hash of several parts, in order; each part's bounds count."""
    h = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        h.update(b"%d:" % len(data) + data)
    return h.hexdigest()


@functools.cache
def libraries() -> str:
    """Versions of Python and of the libraries we depend on. A library is upgraded: everything is computed anew."""
    try:
        needs = [r for r in importlib.metadata.requires("threadrx") or [] if "extra ==" not in r]
        names = sorted(m[0] for m in map(re.compile(r"[\w.-]+").match, needs) if m)
    except importlib.metadata.PackageNotFoundError:  # run from a checkout that is not installed
        names = []
    return digest([sys.version_info[:2], *(f"{n} {importlib.metadata.version(n)}" for n in names)])


def installed_model() -> str:
    """The further tagger that is set (see `pipeline.tag.installed`) and its version; empty where none is."""
    name = os.environ.get("THREADRX_MODEL", "")
    if name and Path(name).is_dir():
        return digest([name, (Path(name) / "meta.json").read_bytes()])
    try:
        return name and digest([name, importlib.metadata.version(name)])
    except importlib.metadata.PackageNotFoundError:
        return name  # tagging will say what is missing


def code(stage: str) -> str:
    """The fingerprint of a stage: every file it depends on, and the libraries."""
    model = [installed_model()] if stage in ("extract", "write") else []
    # a new entry concerns the threads that could contain it: see run/retag.py
    without = ENTRIES if stage == "extract" else ()
    return digest([libraries(), *model, *_parts(*STAGES[stage], without=without)])


def contents(*names: str) -> str:
    """The fingerprint of files and folders of the package alone."""
    return digest(_parts(*names))


def _parts(*names: str, without: Iterable[str] = ()) -> Iterator[object]:
    files: list[Path] = []
    for name in names:
        path = PACKAGE / name
        files += [path] if path.is_file() else path.rglob("*")
    out = {PACKAGE / "vocabulary" / name for name in without}
    for p in sorted(files):
        if p not in out and p.is_file() and p.suffix != ".pyc" and "__pycache__" not in p.parts:
            yield from (p.relative_to(PACKAGE), _contents(p))


@functools.lru_cache(maxsize=4096)
def _contents(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
