"""Which files there are, and what is in them: of a build, so that the next one sees at once whether anything has changed; of a
source, so that anybody sees years later whether it is still what was brought in."""

import contextlib
import dataclasses
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

SUMS = "manifest.sha256"  # in a source's folder; `sha256sum -c manifest.sha256` reads it too


@dataclasses.dataclass(slots=True)
class Manifest:
    """A finished build. `stamp` names everything it depends on; `inputs` hold size, time (ns) and SHA-256 of each file,
    `outputs` size and time of each table; the rest is what was said at its end."""

    stamp: str
    until: str
    inputs: dict[str, tuple[int, int, str]]
    outputs: dict[str, tuple[int, int]]
    counts: dict[str, int]
    reasons: dict[str, int]
    left_out: list[str]
    n_left_out: int

    def write(self, folder: Path) -> None:
        """Write it, whole or not at all."""
        part = folder / "manifest.json.part"
        part.write_bytes(msgspec.json.encode(self))
        part.replace(folder / "manifest.json")


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest in a folder; None where there is none that can be read (then everything is looked at anew)."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    return None


def stat_of(path: Path) -> tuple[int, int]:
    """Size and time of last change (ns)."""
    s = path.stat()
    return s.st_size, s.st_mtime_ns


def hash_file(path: Path, known: tuple[int, int, str] | None) -> tuple[int, int, str]:
    """Size, time and SHA-256 of a file; not read where size and time are as `known`."""
    now = stat_of(path)
    if known and known[:2] == now:
        return known
    with path.open("rb") as f:
        return (*now, hashlib.file_digest(f, "sha256").hexdigest())


def intact(out: Path, manifest: Manifest) -> bool:
    """Whether the tables are as the build left them, and no others lie beside them."""
    try:
        there = {
            e.name: (e.stat().st_size, e.stat().st_mtime_ns) for e in os.scandir(out) if e.name.endswith(".parquet")
        }
    except OSError:
        return False
    return there == manifest.outputs


def read_sums(folder: Path) -> dict[str, str] | None:
    """SHA-256 of each file of a source by its path in the folder, as its manifest has them; None where it has none.

    Raises ValueError where a line is none of a manifest.
    """
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    sums = {}
    for n, line in enumerate(lines, 1):
        sha, _, name = line.partition("  ")
        if len(sha) != 64 or not name:
            raise ValueError(
                f"{folder / SUMS}, line {n}: not a SHA-256, two blanks and a path; take the file from a copy"
            )
        sums[name] = sha
    return sums


def write_sums(folder: Path, sums: dict[str, str]) -> None:
    """Write a source's manifest, whole or not at all."""
    part = folder / f".{SUMS}.part"
    part.write_text("".join(f"{sha}  {name}\n" for name, sha in sorted(sums.items())), encoding="utf-8")
    part.replace(folder / SUMS)


def compare(files: list[Path], folder: Path, sums: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(`missing`, `altered` or `extra`, path in the folder) of what is not as the manifest says; every file is read."""
    there = {path.relative_to(folder).as_posix(): path for path in files}
    for name in sorted(sums.keys() | there.keys()):
        if name not in there:
            yield "missing", name
        elif name not in sums:
            yield "extra", name
        elif hash_file(there[name], None)[2] != sums[name]:
            yield "altered", name
