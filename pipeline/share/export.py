"""Tables for others' tools: CSV that no spreadsheet takes for formulas, and SQLite with what Datasette shows of it."""

import importlib.metadata
import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.dictionary import summary
from pipeline.share.database import connect, described, meaning, quoted, tables_in, views
from pipeline.share.describe import write_description
from pipeline.tables import key_of

if TYPE_CHECKING:
    import pyarrow as pa

# What makes a spreadsheet run a cell (OWASP, CSV injection), also in full width; a quote before it is shown as text.
FORMULA = r"^([=+\-@\t\r\n＝＋－＠])"
GUARDED = r"'\1"


def flat(batch: "pa.RecordBatch", guard: bool) -> "pa.RecordBatch":
    """A batch whose lists are JSON text, and whose texts (and names) begin with no sign of a formula where `guard` says so."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def one(column: "pa.Array") -> "pa.Array":
        if pa.types.is_nested(column.type):
            texts = (None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist())
            return pa.array(list(texts), pa.string())
        if guard and (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            return pc.replace_substring_regex(column, FORMULA, GUARDED)
        return column

    names = pa.array(batch.schema.names, pa.string())
    names = pc.replace_substring_regex(names, FORMULA, GUARDED) if guard else names
    return pa.RecordBatch.from_arrays([one(c) for c in batch.columns], names.to_pylist())


def write_csv(schema: "pa.Schema", batches: Iterable["pa.RecordBatch"], sink: BinaryIO) -> None:
    """Batches as CSV (RFC 4180, UTF-8). Null is an empty cell, an empty text is `""`."""
    import pyarrow as pa
    import pyarrow.csv

    empty = flat(pa.RecordBatch.from_arrays([pa.array([], f.type) for f in schema], schema.names), guard=True)
    with pyarrow.csv.CSVWriter(sink, empty.schema) as writer:
        for batch in batches:
            writer.write_batch(flat(batch, guard=True).cast(empty.schema))


def batches(path: Path) -> Iterator["pa.RecordBatch"]:
    """A Parquet file in parts, so that a table may be larger than memory."""
    import pyarrow.parquet as pq

    yield from pq.ParquetFile(path).iter_batches(batch_size=20_000)


def export_csv(folder: Path, target: Path) -> list[Path]:
    """A CSV file a table into the folder `target`, with dictionary, data package and Croissant. Returns what was written."""
    import pyarrow.parquet as pq

    target.mkdir(parents=True, exist_ok=True)
    out = []
    for name, path in tables_in(folder).items():
        part, file = target / f".{name}.csv.part", target / f"{name}.csv"
        with part.open("wb") as sink:
            write_csv(pq.read_schema(path), batches(path), sink)
        part.replace(file)
        out.append(file)
    version = importlib.metadata.version("threadrx")
    return out + write_description(described(p.stem for p in out), target, "csv", version)


SQLITE = {"int64": "INTEGER", "bool": "INTEGER", "double": "REAL"}


def export_sqlite(folder: Path, file: Path) -> list[Path]:
    """All tables and named views in one SQLite file, posts with a full-text index, and beside it the metadata Datasette reads
    (`datasette threadrx.sqlite -m threadrx.metadata.json`). Returns what was written."""
    import pyarrow.parquet as pq

    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    records, columns, told = described(), dict[str, dict[str, str]](), dict[str, Any]()
    db = sqlite3.connect(part)
    try:
        for name, path in tables_in(folder).items():
            schema = pq.read_schema(path)
            columns[name] = {f.name: meaning(f) for f in schema}
            record = records.get(name)
            keys = key_of(record) if record and set(key_of(record)) <= columns[name].keys() else ()
            _fill(db, name, schema, keys, batches(path))
            told[name] = {"description": summary(record) if record else "", "columns": columns[name]}
        for name, (sql, said, fields) in views(columns).items():
            db.execute(f"CREATE VIEW {name} AS {sql}")
            told[name] = {"description": said, "columns": fields}
        if "text" in columns.get("posts", ()):
            db.execute("CREATE VIRTUAL TABLE posts_fts USING fts5(text, content='posts', content_rowid='rowid')")
            db.execute("INSERT INTO posts_fts (posts_fts) VALUES ('rebuild')")
        db.commit()
    finally:
        db.close()
    part.replace(file)
    metadata = file.with_suffix(".metadata.json")
    text = json.dumps({"databases": {file.stem: {"tables": told}}}, indent=1, ensure_ascii=False) + "\n"
    metadata.write_text(text, encoding="utf-8")
    return [file, metadata]


def _fill(
    db: sqlite3.Connection, name: str, schema: "pa.Schema", keys: tuple[str, ...], rows: Iterable["pa.RecordBatch"]
) -> None:
    """One table with its key, and an index on every column that holds ids."""

    def cell(value: Any) -> Any:
        return value.isoformat(" ") if hasattr(value, "hour") else value.isoformat() if hasattr(value, "day") else value

    defined = [f"{quoted(f.name, chr(34))} {SQLITE.get(str(f.type), 'TEXT')}" for f in schema]
    key = f", PRIMARY KEY ({', '.join(keys)})" if keys else ""
    db.execute(f"CREATE TABLE {name} ({', '.join(defined)}{key})")
    marks = ", ".join("?" * len(schema))
    for batch in rows:
        columns = [[cell(v) for v in c.to_pylist()] for c in flat(batch, guard=False).columns]
        db.executemany(f"INSERT INTO {name} VALUES ({marks})", zip(*columns, strict=True))
    for column in schema.names:
        if column.endswith("_id") and (column,) != keys:
            db.execute(f"CREATE INDEX {name}_{column} ON {name} ({column})")


def export_duckdb(folder: Path, file: Path) -> list[Path]:
    """A DuckDB file with the views; see `pipeline.share.database`. Returns what was written."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    connect(folder, part).close()
    part.replace(file)
    return [file]


EXPORTS = {"csv": export_csv, "sqlite": export_sqlite, "duckdb": export_duckdb}
