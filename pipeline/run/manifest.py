"""What the last build read and wrote, so that the next one sees at once whether anything has changed."""

import contextlib
import dataclasses
import hashlib
import os
from pathlib import Path

import msgspec


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
