"""What has been computed already: results by key in one SQLite file, so that a kill at any instant loses at most a batch."""

import contextlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

FORMAT = 2  # of the file; another format is thrown away and computed anew


class Store:
    """Values (bytes) with a short summary (bytes) by stage and key. A key names everything its value depends on.

    A file that is no database, or damaged, is replaced by an empty one: nothing in it is needed, only saved time.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            self._open()
        except sqlite3.DatabaseError:
            self.close()
            for damaged in path.parent.glob(path.name + "*"):
                damaged.unlink()
            self._open()

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
            found.update(self._db.execute(f"SELECT key, summary FROM results WHERE key IN ({marks})", some))
        return found

    def value(self, key: str) -> bytes:
        """The value of a key that is there. Raises KeyError."""
        row = self._db.execute("SELECT value FROM results WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return zlib.decompress(row[0])

    def put(self, results: Iterable[tuple[str, bytes, bytes]]) -> None:
        """Keep (key, summary, value) triples, all or none."""
        packed = [(key, summary, zlib.compress(value, 1)) for key, summary, value in results]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", packed)

    def copy(self, keys: Iterable[tuple[str, str]]) -> None:
        """Results also under another key: (there, new), all or none."""
        with self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO results SELECT ?2, summary, value FROM results WHERE key = ?1", keys
            )

    def keep_only(self, keys: Iterable[str]) -> None:
        """Drop everything else: what no file or code leads to any more."""
        with self._db:
            self._db.execute("CREATE TEMP TABLE alive (key TEXT PRIMARY KEY)")
            self._db.executemany("INSERT OR IGNORE INTO alive VALUES (?)", ((k,) for k in keys))
            self._db.execute("DELETE FROM results WHERE key NOT IN (SELECT key FROM alive)")
            self._db.execute("DROP TABLE alive")

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(sqlite3.Error, AttributeError):
            self._db.close()


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
