"""What has been computed already: results by key in one SQLite file, so that a kill at any instant loses at most a batch."""

import contextlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

FORMAT = 2  # of the file; another format is thrown away and computed anew


class Store:
    """Values (bytes) with a short summary (bytes) by stage and key. A key names everything its value depends on.

    A file that is no database, or damaged, is replaced by an empty one: nothing in it is needed, only saved time. Damage met
    later is a DamagedError; a disk that is full, or may not be written, an OSError.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            self._open()
        except sqlite3.OperationalError as e:
            raise told(self.path, e) from e
        except sqlite3.DatabaseError:
            self.discard()
            self._open()

    def discard(self) -> None:
        """Delete the file."""
        self.close()
        for part in self.path.parent.glob(self.path.name + "*"):
            part.unlink()

    def _open(self) -> None:
        self._db = sqlite3.connect(self.path)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        (found,) = self._db.execute("PRAGMA user_version").fetchone()
        if found not in (0, FORMAT):
            raise sqlite3.DatabaseError(f"format {found}")
        self._db.execute(f"PRAGMA user_version = {FORMAT}")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, summary BLOB, value BLOB) WITHOUT ROWID"
        )
        self._db.execute("SELECT count(*) FROM (SELECT key, summary FROM results LIMIT 1)").fetchone()

    def summaries(self, keys: Iterable[str]) -> dict[str, bytes]:
        """The summaries of those keys that are there."""
        keys = list(keys)
        found: dict[str, bytes] = {}
        for at in range(0, len(keys), 500):
            some = keys[at : at + 500]
            marks = ",".join("?" * len(some))
            rows = self._read(f"SELECT key, summary FROM results WHERE key IN ({marks})", some)
            found.update((key, unpacked(summary)) for key, summary in rows)
        return found

    def _read(self, query: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.OperationalError as e:
            raise told(self.path, e) from e
        except sqlite3.DatabaseError as e:
            raise DamagedError(f"{self.path} is damaged ({e})") from e

    @contextlib.contextmanager
    def _write(self) -> Iterator[None]:
        """A transaction."""
        try:
            with self._db:
                yield
        except sqlite3.OperationalError as e:
            raise told(self.path, e) from e
        except sqlite3.DatabaseError as e:
            raise DamagedError(f"{self.path} is damaged ({e})") from e

    def value(self, key: str) -> bytes:
        """The value of a key that is there. Raises KeyError."""
        rows = self._read("SELECT value FROM results WHERE key = ?", (key,))
        if not rows:
            raise KeyError(key)
        return unpacked(rows[0][0])

    def put(self, results: Iterable[tuple[str, bytes, bytes]]) -> None:
        """Keep (key, summary, value) triples, all or none."""
        packed = [(key, zlib.compress(summary, 1), zlib.compress(value, 1)) for key, summary, value in results]
        with self._write():
            self._db.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", packed)

    def copy(self, keys: Iterable[tuple[str, str]]) -> None:
        """Results also under another key: (there, new), all or none."""
        with self._write():
            self._db.executemany(
                "INSERT OR REPLACE INTO results SELECT ?2, summary, value FROM results WHERE key = ?1", keys
            )

    def keep_only(self, keys: Iterable[str]) -> None:
        """Drop everything else: what no file or code leads to any more."""
        with self._write():
            self._db.execute("CREATE TEMP TABLE alive (key TEXT PRIMARY KEY)")
            self._db.executemany("INSERT OR IGNORE INTO alive VALUES (?)", ((k,) for k in keys))
            self._db.execute("DELETE FROM results WHERE key NOT IN (SELECT key FROM alive)")
            self._db.execute("DROP TABLE alive")

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(sqlite3.Error, AttributeError):
            self._db.close()


class DamagedError(Exception):
    """What was kept cannot be read any more."""


def unpacked(data: bytes) -> bytes:
    """What was packed; zlib's checksum tells damage that SQLite does not see. Raises DamagedError."""
    try:
        return zlib.decompress(data)
    except zlib.error as e:
        raise DamagedError(f"a result is damaged ({e})") from e


def told(path: Path, e: sqlite3.Error) -> OSError:
    """What SQLite says when the disk is full or may not be written, as the error it is."""
    return OSError(f"{path}: {e}; is the disk full, or the folder read-only? What is there still stands: build again")


BUILDING = "build is writing"


class BusyError(Exception):
    """Another process is at work in the same folder."""


@contextlib.contextmanager
def sole_builder(folder: Path, doing: str = BUILDING) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it when the process ends, however it ends. Raises BusyError."""
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            what = f"another {doing} {folder.parent}; wait for it"
            raise BusyError(what + (", or build elsewhere with --out" if doing == BUILDING else "")) from e
        yield
