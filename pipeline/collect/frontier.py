"""What is known of a source's pages: which there are, which are in, which are to be asked for. SQLite, below `.collect/`.

It holds nothing that the WARC files and the addresses in them do not: deleting it costs the time to read them again, and the
reasons of pages left out. Every change is one transaction, made after the page's bytes are in the WARC file; how far into each
file it has read stands in it too, so that after a crash the rest is read and nothing is asked for twice.
"""

import contextlib
import dataclasses
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS page (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, url TEXT NOT NULL, kind TEXT NOT NULL, part_of TEXT NOT NULL,
    rank TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, detail TEXT, digest TEXT, etag TEXT, modified TEXT, fetched_at TEXT
);
CREATE INDEX IF NOT EXISTS waiting ON page (kind != 'index', id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS by_url ON page (url);
CREATE INDEX IF NOT EXISTS by_digest ON page (digest) WHERE digest IS NOT NULL;
CREATE TABLE IF NOT EXISTS part (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS warc (name TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """A page to ask for. `key` is the same for all addresses of one page; `part_of` the thread, board or index it is a page of;
    `kind` is `index` (asked first), `board`, `thread` or `capture`; of two addresses with one key the higher `rank` counts."""

    url: str
    kind: str
    key: str
    part_of: str = ""
    rank: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """A page that was asked for before: what to ask with, so that the server need not send it again."""

    wanted: Wanted
    digest: str | None
    etag: str | None
    modified: str | None


class Frontier:
    """The pages of one source. `max_pages` bounds a thread's or board's pages."""

    def __init__(self, path: Path, max_pages: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.max_pages = max_pages
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + SCHEMA)

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """Everything inside happens, or nothing of it."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def add(self, pages: Iterable[Wanted]) -> int:
        """Pages to ask for, unless they are known; returns how many were not. One too many of its part is left out, once said."""
        new = 0
        for p in pages:
            known = self.db.execute("SELECT rank, state FROM page WHERE key = ?", (p.key,)).fetchone()
            if known:
                if p.rank > known[0] and known[1] == "waiting":
                    self.db.execute("UPDATE page SET url = ?, rank = ? WHERE key = ?", (p.url, p.rank, p.key))
                continue
            if p.kind in ("board", "thread"):
                n = self.db.execute(
                    "INSERT INTO part VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET n = n + 1 RETURNING n",
                    (p.part_of,),
                ).fetchone()[0]
                if n > self.max_pages:
                    if n == self.max_pages + 1:
                        why = f"more than {self.max_pages:,} pages of {p.part_of}: a trap, or raise max_pages"
                        self._insert(dataclasses.replace(p, key=f"{p.part_of} and on"), "left out", "trap", why)
                    continue
            self._insert(p, "waiting")
            new += 1
        return new

    def _insert(self, p: Wanted, state: str, reason: str | None = None, detail: str | None = None) -> None:
        self.db.execute(
            "INSERT OR IGNORE INTO page (key, url, kind, part_of, rank, state, reason, detail) VALUES (?,?,?,?,?,?,?,?)",
            (p.key, p.url, p.kind, p.part_of, p.rank, state, reason, detail),
        )

    def next(self) -> Seen | None:
        """The page to ask for next: indexes first, then in the order in which they were found."""
        row = self.db.execute(
            "SELECT url, kind, key, part_of, rank, digest, etag, modified FROM page WHERE state = 'waiting' "
            "ORDER BY kind != 'index', id LIMIT 1"
        ).fetchone()
        return Seen(Wanted(*row[:5]), *row[5:]) if row else None

    def waiting(self, n: int) -> list[str]:
        """Addresses of the first of the pages to ask for."""
        rows = self.db.execute(
            "SELECT url FROM page WHERE state = 'waiting' ORDER BY kind != 'index', id LIMIT ?", (n,)
        )
        return [url for (url,) in rows]

    def at(self, url: str) -> Wanted | None:
        """The page with an address."""
        row = self.db.execute("SELECT url, kind, key, part_of, rank FROM page WHERE url = ?", (url,)).fetchone()
        return Wanted(*row) if row else None

    def done(self, p: Wanted, digest: str | None, etag: str | None, modified: str | None, when: str) -> None:
        """The page is in."""
        self.db.execute(
            "UPDATE page SET state = 'done', reason = NULL, detail = NULL, digest = ?, etag = ?, modified = ?, fetched_at = ? "
            "WHERE key = ?",
            (digest, etag, modified, when, p.key),
        )

    def left_out(self, p: Wanted, reason: str, detail: str, failed: bool = False) -> None:
        """The page is not in, and why; if it `failed` the next run tries again."""
        state = "failed" if failed else "left out"
        self.db.execute(
            "UPDATE page SET state = ?, reason = ?, detail = ? WHERE key = ?", (state, reason, detail, p.key)
        )

    def skipped(self, url: str, kind: str, reason: str, detail: str) -> bool:
        """Remember an address that is not asked for; returns whether that is new."""
        before = self.db.total_changes
        self._insert(Wanted(url, kind, f"{reason} {url}"), "left out", reason, detail)
        return self.db.total_changes > before

    def first_with(self, digest: str, other_than: str) -> tuple[str, str] | None:
        """(address, time) of another page that has the same bytes."""
        row: tuple[str, str] | None = self.db.execute(
            "SELECT url, fetched_at FROM page WHERE digest = ? AND key != ? AND state = 'done' LIMIT 1",
            (digest, other_than),
        ).fetchone()
        return row

    def again(self, everything: bool) -> None:
        """Ask once more for pages that failed; for `everything`, also for what is in."""
        states = "('failed', 'done')" if everything else "('failed')"
        self.db.execute(f"UPDATE page SET state = 'waiting' WHERE state IN {states} AND key NOT LIKE '% and on'")

    def counts(self) -> dict[str, int]:
        """Pages a state."""
        return dict(self.db.execute("SELECT state, count(*) FROM page GROUP BY state"))

    def reasons(self) -> dict[str, int]:
        """Pages left out or failed, by reason."""
        return dict(self.db.execute("SELECT reason, count(*) FROM page WHERE reason IS NOT NULL GROUP BY 1 ORDER BY 1"))

    def why(self, n: int) -> list[str]:
        """The first lines of what was left out: address, reason and what to do."""
        rows = self.db.execute(
            "SELECT url, reason, detail FROM page WHERE reason IS NOT NULL ORDER BY id LIMIT ?", (n,)
        )
        return [f"{url}: {reason}: {detail}" for url, reason, detail in rows]

    def learned(self) -> dict[str, int]:
        """How far each WARC file has been read, in bytes."""
        return dict(self.db.execute("SELECT name, size FROM warc"))

    def learn(self, warc: str, size: int) -> None:
        """A WARC file has been read up to there."""
        self.db.execute("INSERT OR REPLACE INTO warc VALUES (?, ?)", (warc, size))

    def note(self, name: str, value: str) -> None:
        """Keep a word."""
        self.db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> str:
        """A word kept, empty if none."""
        row = self.db.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def close(self) -> None:
        self.db.close()
