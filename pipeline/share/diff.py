"""Two builds side by side: which rows came, went or changed, and because of what.

A row of a post follows from the post, and a post from its page: where the page's hash differs it is the page; where the page is
the same, and the post not, it is how pages are read; where the post is the same it is how rows are made of posts; and what of
these has changed stands in `provenance`. Rows over many posts (courses, aggregates) follow from experiences and settings.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.share.database import described, quoted, tables_in
from pipeline.tables import key_of

if TYPE_CHECKING:
    import duckdb

READING = ("code.parse", "code.run", "code.vocabulary", "libraries", "source.")  # a name is masked unless it is a term
MAKING = ("code.vocabulary", "code.tag", "code.experience", "code.models", "extractor", "libraries")
COUNTING = ("code.aggregate", "settings.", "until", "libraries")
PEOPLE = ("author_id", "patient_id")  # keyed anew in each release: another pseudonym is no difference there
OF_POSTS = ("mentions", "experiences", "effects", "events", "quotes")


class DiffError(Exception):
    """Two folders that cannot be compared; the message says what to compare instead."""


def compare(old: Path, new: Path, rows: int) -> Iterator[str]:
    """Lines that say what differs: first what the builds rest on, then each table with up to `rows` rows of each kind of change.
    Nothing where nothing differs. Raises FileNotFoundError where a folder has no tables, DiffError for public tiers."""
    import duckdb

    released = [(folder / "VERSION").exists() for folder in (old, new)]
    if any(r and "posts" not in tables_in(f) for r, f in zip(released, (old, new), strict=True)):
        raise DiffError(
            "ids of a public tier are made anew in each release: compare restricted tiers, or the builds they were made of"
        )

    db = duckdb.connect()
    names: dict[str, set[str]] = {}
    for side, folder in (("old", old), ("new", new)):
        db.execute(f"CREATE SCHEMA {side}")
        names[side] = set(tables_in(folder))
        for name, path in tables_in(folder).items():
            db.execute(f"CREATE VIEW {side}.{name} AS SELECT * FROM read_parquet({quoted(str(path))})")
    both = [n for n in described() if n in names["old"] & names["new"]]
    because = changed_parts(db) if "provenance" in both else []
    yield from (
        f"because: {part}: {before or 'was not there'} → {after or 'is gone'}" for part, before, after in because
    )
    parts = [part for part, _, _ in because]
    passed_over = PEOPLE if any(released) else ()
    touched_posts(db, "posts" in both, parts, passed_over)
    for name in sorted(names["old"] ^ names["new"]):
        yield f"{name}: only in {old if name in names['old'] else new}"
    for name in both:
        if name != "provenance":
            yield from compare_table(db, name, parts, rows, passed_over)


def changed_parts(db: "duckdb.DuckDBPyConnection") -> list[tuple[str, str | None, str | None]]:
    """What of `provenance` differs: its id, the old and the new value."""
    return db.sql(
        "SELECT coalesce(n.provenance_id, o.provenance_id) AS id, o.value, n.value FROM old.provenance o "
        "FULL JOIN new.provenance n USING (provenance_id) WHERE o.value IS DISTINCT FROM n.value ORDER BY id"
    ).fetchall()


def cause(parts: list[str], kinds: tuple[str, ...]) -> str:
    """Those parts of `provenance` that changed and could be the reason."""
    found = [p for p in parts if p.startswith(kinds)]
    return ", ".join(found) or "nothing that provenance knows of"


def touched_posts(db: "duckdb.DuckDBPyConnection", known: bool, parts: list[str], passed_over: tuple[str, ...]) -> None:
    """A table `touched` (post_id, why) of the posts that are not as they were; empty where the builds hold no posts."""
    if not known:
        db.execute("CREATE TABLE touched (post_id VARCHAR, why VARCHAR)")
        return
    reading = quoted(f"its page is read otherwise: {cause(parts, READING)}")
    told = ", ".join(c for c in ("text", "posted_at", "author_id", "signature", "language") if c not in passed_over)
    db.execute(
        "CREATE TABLE touched AS SELECT coalesce(n.post_id, o.post_id) AS post_id, CASE "
        "WHEN o.post_id IS NULL AND n.raw_sha256 NOT IN (SELECT raw_sha256 FROM old.posts) THEN 'its page is new' "
        "WHEN n.post_id IS NULL AND o.raw_sha256 NOT IN (SELECT raw_sha256 FROM new.posts) THEN 'its page is gone or changed' "
        "WHEN o.raw_sha256 IS DISTINCT FROM n.raw_sha256 AND o.post_id IS NOT NULL AND n.post_id IS NOT NULL "
        f"THEN 'its page changed' ELSE {reading} END AS why "
        "FROM old.posts o FULL JOIN new.posts n USING (post_id) WHERE o.post_id IS NULL OR n.post_id IS NULL "
        f"OR o.raw_sha256 IS DISTINCT FROM n.raw_sha256 OR (SELECT row({_of('o', told)}) IS DISTINCT FROM row({_of('n', told)}))"
    )


def _of(side: str, names: str) -> str:
    return ", ".join(f"{side}.{n}" for n in names.split(", "))


def columns_of(db: "duckdb.DuckDBPyConnection", table: str) -> list[str]:
    """The names of a table's columns."""
    return list(db.sql(f"SELECT * FROM {table} LIMIT 0").columns)


def why_of(db: "duckdb.DuckDBPyConnection", name: str, parts: list[str]) -> str:
    """SQL that says why the row `k` of a table differs, `k` having its keys."""
    otherwise = quoted(f"rows are made otherwise: {cause(parts, MAKING)}")
    if name in ("threads", "rejects", "posts"):
        otherwise = quoted(f"pages, or how they are read: {cause(parts, READING)}")
    elif name not in OF_POSTS:
        otherwise = quoted(f"follows from experiences, or {cause(parts, COUNTING)}")
    if name in ("posts", *OF_POSTS) and "post_id" in columns_of(db, f"new.{name}"):
        post = "k.post_id"
    elif name == "events" and "post_id" in columns_of(db, "new.experiences"):
        post = "(SELECT any_value(post_id) FROM e WHERE e.experience_id = k.experience_id)"
    else:
        return otherwise
    return f"coalesce((SELECT any_value(why) FROM touched t WHERE t.post_id = {post}), {otherwise})"


def compare_table(
    db: "duckdb.DuckDBPyConnection", name: str, parts: list[str], rows: int, passed_over: tuple[str, ...]
) -> Iterator[str]:
    """A line of counts, one for each reason, and some of the rows; nothing where the table is the same."""
    record = described()[name]
    keys = list(key_of(record))
    old, new = (columns_of(db, f"{side}.{name}") for side in ("old", "new"))
    shared = [c for c in new if c in old and c not in keys and c not in passed_over]
    for column in sorted(set(old) ^ set(new)):
        yield f"{name}: column {column} only in the {'old' if column in old else 'new'} one"
    using, extra = ", ".join(keys), [c for c in ("post_id", "experience_id") if c in shared]
    take = ", ".join([f"coalesce(n.{c}, o.{c}) AS {c}" for c in [*keys, *extra]])
    differs = ", ".join(f"CASE WHEN o.{c} IS DISTINCT FROM n.{c} THEN '{c}' END" for c in shared) or "NULL"
    db.execute(
        f"CREATE OR REPLACE TABLE k AS SELECT {take}, CASE WHEN o.{keys[0]} IS NULL THEN 'added' WHEN n.{keys[0]} IS NULL THEN "
        f"'removed' ELSE 'changed' END AS kind, list_filter([{differs}], lambda x: x IS NOT NULL) AS what "
        f"FROM old.{name} o FULL JOIN new.{name} n ON {' AND '.join(f'o.{k} = n.{k}' for k in keys)}"
    )
    if name == "events" and "post_id" in columns_of(db, "new.experiences"):
        ids = "SELECT experience_id, post_id FROM"
        db.execute(f"CREATE OR REPLACE TABLE e AS {ids} old.experiences UNION {ids} new.experiences")
    db.execute(
        f"CREATE OR REPLACE TABLE d AS SELECT {using}, kind, array_to_string(what, ', ') AS what, "
        f"{why_of(db, name, parts)} AS why "
        "FROM k WHERE kind <> 'changed' OR len(what) > 0"
    )
    counts = db.sql("SELECT kind, count(*) FROM d GROUP BY 1 ORDER BY 1").fetchall()
    if not counts:
        return
    yield f"{name}: " + ", ".join(f"{n:,} {kind}" for kind, n in counts)
    for kind, why, n in db.sql("SELECT kind, why, count(*) FROM d GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2").fetchall():
        yield f"  {n:,} {kind}: {why}"
        shown = db.execute(
            f"SELECT {using}, what FROM d WHERE kind = ? AND why = ? ORDER BY ALL LIMIT {rows}", [kind, why]
        )
        for *key, what in shown.fetchall():
            yield f"    {' '.join(map(str, key))}" + (f": {what}" if what else "")
            if kind == "changed" and "method" in shared and "method" in what.split(", "):
                yield from methods(db, name, keys[0], key[0])


def methods(db: "duckdb.DuckDBPyConnection", name: str, key: str, value: str) -> Iterator[str]:
    """The rules that made a row, before and after."""
    before, after = (
        db.execute(f"SELECT method FROM {s}.{name} WHERE {key} = ?", [value]).fetchall() for s in ("old", "new")
    )
    yield f"      {before[0][0]} → {after[0][0]}"
