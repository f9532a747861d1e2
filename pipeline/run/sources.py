"""The sources: folders under data/raw, each with a source.toml that says where its pages come from."""

import dataclasses
import datetime as dt
import hashlib
import os
import secrets
import tomllib
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.run.manifest import SUMS

DATE_ORDERS = ("mdy", "dmy", "ymd")
FIELDS = {
    "name": "what people call the archive",
    "origin": "where the pages come from: an address, or who made them and when",
    "terms": "on what terms they may be used: a licence, or whose permission",
    "time_zone": "zone of the dates shown, an IANA name like 'America/New_York'",
    "date_order": f"order of day and month in dates shown, one of {', '.join(DATE_ORDERS)}",
    "captured_at": "when the pages were captured, a TOML date or date-time",
    "demo_key": "key for pseudonyms, only for invented archives",
    "notes": "anything else",
    "collect": "a table that says how its pages are brought in: docs/COLLECTING.md",
}
REQUIRED = ("name", "origin", "terms")
OPT_OUTS = "opt-out.csv"
ABOUT = ("source.toml", SUMS, OPT_OUTS)  # what lies in a source's folder and is no page of it
EXAMPLE = 'name = "…"\norigin = "…"\nterms = "…"\ntime_zone = "America/New_York"\ndate_order = "mdy"'


class SourceError(Exception):
    """A source that cannot be used; the message says what is wrong and what to do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """One folder under data/raw. `captured_at` is naive, in UTC where the file gives a zone."""

    source_id: str
    folder: Path
    name: str
    origin: str
    terms: str
    time_zone: str | None = None
    date_order: str | None = None
    captured_at: dt.datetime | None = None
    demo_key: str | None = None
    notes: str | None = None
    collect: dict[str, Any] | None = None

    def files(self) -> list[Path]:
        """Every file below the folder except those `ABOUT` it, READMEs and hidden ones, sorted by path."""
        found = []
        for folder, below, names in os.walk(self.folder):
            below[:] = [d for d in below if not d.startswith(".")]
            found += [Path(folder, n) for n in names if not n.startswith((".", "README")) and n not in ABOUT]
        return sorted(found)


def read_source(folder: Path) -> Source:
    """The source in a folder, from its source.toml. Raises SourceError saying what to mend."""
    path = folder / "source.toml"
    if not path.is_file():
        raise SourceError(f"{folder} has no source.toml; write one that begins\n{EXAMPLE}")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise SourceError(f"{path} is not TOML: {e}; mend that place") from e
    for wrong in sorted(values.keys() - FIELDS.keys()):
        raise SourceError(f"{path}: unknown field {wrong!r}; it may have {', '.join(FIELDS)}")
    for field in REQUIRED:
        if not values.get(field):
            raise SourceError(f'{path}: no {field}; add `{field} = "…"` ({FIELDS[field]})')
    return Source(source_id=folder.name, folder=folder, **{k: checked(path, k, v) for k, v in values.items()})


def checked(path: Path, field: str, value: Any) -> Any:
    """One value of a source.toml, in the type `Source` has."""
    if field == "captured_at":
        if isinstance(value, dt.datetime):
            return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
        if isinstance(value, dt.date):
            return dt.datetime(value.year, value.month, value.day)
        raise SourceError(f"{path}: captured_at is {value!r}; write a date without quotes: captured_at = 2014-05-01")
    if field == "collect" and isinstance(value, dict):
        return value
    if not isinstance(value, str):
        raise SourceError(f"{path}: {field} is {value!r}; write it in quotes ({FIELDS[field]})")
    if field == "date_order" and value not in DATE_ORDERS:
        raise SourceError(f"{path}: date_order is {value!r}; it is one of {', '.join(DATE_ORDERS)}")
    if field == "time_zone":
        try:
            zoneinfo.ZoneInfo(value)
        except (KeyError, ValueError, OSError) as e:
            raise SourceError(
                f"{path}: unknown time_zone {value!r}; use an IANA name like 'Europe/London' or 'UTC'"
            ) from e
    return value


def read_sources(raw: Path) -> Iterator[Source | tuple[str, SourceError]]:
    """Every folder under data/raw as a source, or as its name and what is wrong with it; sorted by name."""
    if not raw.is_dir():
        raise SourceError(f"no folder {raw}; put archives into folders below it, or name another with --raw")
    for path in sorted(p for p in raw.iterdir() if not p.name.startswith((".", "README"))):
        if not path.is_dir():
            yield path.name, SourceError(f"{path} lies in no source; move it into a folder with a source.toml")
            continue
        try:
            yield read_source(path)
        except SourceError as e:
            yield path.name, e


def pseudonym_key(source: Source) -> bytes:
    """The secret that turns a source's names into pseudonyms: its `demo_key`, else `own_key`. Raises SourceError."""
    return source.demo_key.encode() if source.demo_key else own_key()


def own_key() -> bytes:
    """The secret of whoever builds: $THREADRX_KEY, else a file outside the repository.

    The file is $THREADRX_KEY_FILE or ~/.config/threadrx/key; it is made, with 256 random bits, where it does not exist.
    Keep it: with another key the same people get other pseudonyms. Raises SourceError where it cannot be read or made.
    """
    if given := os.environ.get("THREADRX_KEY"):
        return given.encode()
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    path = Path(os.environ.get("THREADRX_KEY_FILE") or home / "threadrx/key")
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
                f.write(secrets.token_hex(32) + "\n")
        key = path.read_text(encoding="utf-8").strip()
    except OSError as e:
        raise SourceError(
            f"no key for pseudonyms: {e}; set THREADRX_KEY, or THREADRX_KEY_FILE to a file to keep it in"
        ) from e
    if len(key) < 16:
        raise SourceError(f"the key in {path} is shorter than 16 characters; delete the file to have one made")
    return key.encode()


def fingerprint(key: bytes) -> str:
    """A short name for a key that does not give it away; part of what a cached thread depends on."""
    return hashlib.sha256(b"threadrx key" + key).hexdigest()[:16]
