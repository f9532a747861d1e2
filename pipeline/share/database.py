"""DuckDB over the tables of a folder: a view of each Parquet file, and the named views of views.toml, all with comments."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.aggregate import RECORDS
from pipeline.dictionary import summary
from pipeline.records import TABLES

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class QueryError(Exception):
    """A query DuckDB cannot run; the message is DuckDB's, and says where."""


def tables_in(folder: Path) -> dict[str, Path]:
    """The Parquet files of a folder by table, sorted. Raises FileNotFoundError where there is none."""
    found = {p.stem: p.resolve() for p in sorted(folder.glob("*.parquet"))}
    if not found:
        raise FileNotFoundError(f"no tables in {folder}: run `make dataset` first, or name their folder with --out")
    return found


def meaning(field: "pa.Field") -> str:
    """What a column of a Parquet file means, with its unit, as its metadata tell."""
    told = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
    return told.get("meaning", "") + (f" [{told['unit']}]" if "unit" in told else "")


def quoted(text: str, mark: str = "'") -> str:
    """A text as an SQL literal, or with `"` as a name."""
    return mark + text.replace(mark, mark * 2) + mark


def views(columns: dict[str, dict[str, str]]) -> dict[str, tuple[str, str, dict[str, str]]]:
    """The named views that tables with these columns (by table, with meaning) allow: SQL, meaning, columns with meaning.

    A view has those of its columns that are there (a public release has no words of posts), and none without its tables.
    """
    named: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("views.toml").read_text(encoding="utf-8"))
    out = {}
    for name, view in named.items():
        pairs = [tuple(c.split(".")) for c in view["columns"]]
        if {table for table, _ in pairs} <= columns.keys():
            there = {f"{t}.{c}": columns[t][c] for t, c in pairs if c in columns[t]}
            sql = f"SELECT {', '.join(there)} FROM {view['from']} WHERE {view['where']}"
            out[name] = (sql, view["meaning"], {c.partition(".")[2]: said for c, said in there.items()})
    return out


def connect(folder: Path, file: Path | None = None) -> "duckdb.DuckDBPyConnection":
    """A database in memory, or in a new `file`, with the views. They read the Parquet files where these lie now."""
    import duckdb
    import pyarrow.parquet as pq

    db = duckdb.connect(str(file) if file else ":memory:")
    columns: dict[str, dict[str, str]] = {}

    def view(name: str, sql: str, said: str, fields: dict[str, str]) -> None:
        db.execute(f"CREATE VIEW {name} AS {sql}")
        db.execute(f"COMMENT ON VIEW {name} IS {quoted(said)}")
        for column, text in fields.items():
            db.execute(f"COMMENT ON COLUMN {name}.{quoted(column, chr(34))} IS {quoted(text)}")

    for name, path in tables_in(folder).items():
        columns[name] = {f.name: meaning(f) for f in pq.read_schema(path)}
        record = (TABLES | RECORDS).get(name)
        view(name, f"SELECT * FROM read_parquet({quoted(str(path))})", summary(record) if record else "", columns[name])
    for name, (sql, said, fields) in views(columns).items():
        view(name, sql, said, fields)
    return db


def ask(folder: Path, sql: str) -> "duckdb.DuckDBPyRelation":
    """The result of one SELECT on the views. It can read no file outside the folder and write none. Raises QueryError."""
    import duckdb

    db = connect(folder)
    try:
        statements = db.extract_statements(sql)
        if [s.type for s in statements] not in ([duckdb.StatementType.SELECT], [duckdb.StatementType.EXPLAIN]):
            raise QueryError("one SELECT at a time; `threadrx export duckdb FILE` makes a database to work in")
        db.execute(f"SET allowed_directories = [{quoted(str(folder.resolve()))}]")
        db.execute("SET enable_external_access = false")
        db.execute("SET lock_configuration = true")
        return db.sql(sql)
    except duckdb.Error as e:
        raise QueryError(str(e)) from e


def described(names: Iterable[str] = ()) -> dict[str, type]:
    """The records of tables and aggregates, those of `names` where some are given, in the order of the dictionary."""
    wanted = set(names)
    return {n: r for n, r in (TABLES | RECORDS).items() if not wanted or n in wanted}
