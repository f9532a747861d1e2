"""What somebody hands over: a folder, a dump or WARC files, copied as they are.

They are not wrapped into WARC: the bytes handed over are the evidence, parsers read them as they lie, and a capture time nobody
wrote down must not be made up.
"""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from pipeline.collect.report import Report
from pipeline.collect.settings import Collect
from pipeline.run.manifest import read_sums, write_sums
from pipeline.run.sources import Source, SourceError

FOLDER = "handed-over"


def take_files(source: Source, settings: Collect, progress: Callable[[str, int, int], None]) -> Report:
    """Copy every file that is not there yet, each whole or not at all; what has the bytes of one that is there is passed over.

    Raises SourceError where a start is not there, or a file has changed since it was taken.
    """
    todo = []
    for start in settings.starts:
        path = Path(start).expanduser()
        path = path if path.is_absolute() else source.folder / path
        if not path.exists():
            raise SourceError(f"{source.folder / 'source.toml'}, [collect]: no file or folder {path}; mend `start`")
        if source.folder.resolve().is_relative_to(path.resolve()):
            raise SourceError(
                f"{source.folder / 'source.toml'}, [collect]: {path} holds the source itself; mend `start`"
            )
        todo += (
            [(p, Path(path.name) / p.relative_to(path)) for p in below(path)]
            if path.is_dir()
            else [(path, Path(path.name))]
        )
    sums = read_sums(source.folder) or {}
    tally: Counter[str] = Counter()
    received = 0
    try:
        for n, (path, name) in enumerate(todo, 1):
            what, size = take(source.folder, path, f"{FOLDER}/{name.as_posix()}", sums)
            tally[what] += 1
            received += size
            progress(source.source_id, n, len(todo))
    finally:  # a file that a killed run left out of the manifest is known by its bytes in the next
        write_sums(source.folder, sums)
    done = sum(name.startswith(f"{FOLDER}/") for name in sums)
    return Report(source.source_id, "files", "", 0, received, dict(tally), done, 0, 0, {}, [])


def below(folder: Path) -> list[Path]:
    """Every file below a folder that is not hidden, sorted; links are not followed."""
    found = []
    for where, folders, names in os.walk(folder):
        folders[:] = [d for d in folders if not d.startswith(".")]
        found += [p for n in names if not n.startswith(".") and not (p := Path(where, n)).is_symlink()]
    return sorted(found)


def take(folder: Path, path: Path, name: str, sums: dict[str, str]) -> tuple[str, int]:
    """(what became of it, bytes copied) of one file; its checksum goes into `sums`."""
    target = folder / name
    sha = sha256_of(path)
    known = sums.get(name) or (sha256_of(target) if target.exists() else None)
    if known not in (None, sha):
        raise SourceError(f"{path} is not what it was when it was taken to {target}; hand it over under another name")
    if target.exists():
        sums[name] = sha
        return "unchanged", 0
    if known is None and sha in sums.values():
        return "duplicate", 0
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copy2(path, part)
    part.replace(target)
    sums[name] = sha
    return "kept", target.stat().st_size


def sha256_of(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()
