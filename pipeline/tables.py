"""Records to Parquet and back, and the checks they pass on the way; all of it derived from the record classes."""

import dataclasses
import datetime as dt
import functools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.records import TABLES, Column, columns

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# pyarrow, pandas, pandera and duckdb are imported where they are used: together they cost more than a rebuild that
# finds nothing to do.

ROWS_A_GROUP = 20_000  # of a Parquet file; fixed, so that the bytes do not depend on how the rows came in
NOT_NEGATIVE = ("_days", "_mg", "_years", "_per_day", "start", "end", "offset", "n_posts")


class CheckError(Exception):
    """Rows break the promise of their table. The message names table, column and rows."""


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """A foreign key: `table.column` holds a key of `target`."""

    table: str
    column: str
    target: str
    nullable: bool


@functools.cache
def key_of(record: type) -> tuple[str, ...]:
    """The columns that are a table's key, in order."""
    return tuple(c.name for c in columns(record) if c.key)


@functools.cache
def links() -> tuple[Link, ...]:
    """The foreign keys of the dataset: a column named as another table's key, or ending in it, points to that table."""
    owners = {key_of(record)[0]: table for table, record in TABLES.items()}
    return tuple(
        Link(table, c.name, target, c.nullable)
        for table, record in TABLES.items()
        for c in columns(record)
        for key, target in owners.items()
        if not c.key and (c.name == key or c.name.endswith("_" + key))
    )


def arrow_type(column: Column) -> "pa.DataType":
    """The Arrow type of a column; times have no zone: they are the board's."""
    import pyarrow as pa

    types = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        dt.datetime: pa.timestamp("ms"),  # Parquet knows no whole seconds
        dt.date: pa.date32(),
        list[str]: pa.list_(pa.string()),
    }
    if column.type not in types:
        raise TypeError(f"column {column.name}: no Parquet type for {column.type}; add it to tables.arrow_type")
    return types[column.type]


@functools.cache
def arrow_schema(record: type) -> "pa.Schema":
    """The Arrow schema of a table, each column with its meaning and unit."""
    import pyarrow as pa

    return pa.schema(
        pa.field(c.name, arrow_type(c), c.nullable, {"meaning": c.meaning} | ({"unit": c.unit} if c.unit else {}))
        for c in columns(record)
    )


def bounds(column: Column) -> tuple[float | None, float | None]:
    """The least and greatest value a column's name allows it: a `score` is 0–1, days and milligrams are not negative."""
    if column.type not in (int, float):
        return None, None
    if column.name == "score":
        return 0, 1
    return (1 if column.name == "position" else 0 if column.name.endswith(NOT_NEGATIVE) else None), None


@functools.cache
def checks(record: type) -> Any:
    """The pandera schema of a table: nulls, closed lists and bounds. Types are Arrow's business."""
    import pandera.pandas as pandera

    def of(c: Column) -> list[Any]:
        low, high = bounds(c)
        found = [pandera.Check.isin(c.values)] if c.values else []
        found += [pandera.Check.ge(low)] if low is not None else []
        return found + ([pandera.Check.le(high)] if high is not None else [])

    return pandera.DataFrameSchema(
        {c.name: pandera.Column(None, of(c), nullable=c.nullable) for c in columns(record)},
        strict=True,
        name=record.__name__,
    )


def to_arrow(record: type, rows: Sequence[Any]) -> "pa.Table":
    """Rows (record instances) as an Arrow table, column by column."""
    import pyarrow as pa

    schema = arrow_schema(record)
    return pa.table([pa.array([getattr(r, f.name) for r in rows], f.type) for f in schema], schema=schema)


def to_frame(table: "pa.Table") -> "pd.DataFrame":
    """An Arrow table as pandas: nullable whole numbers and truth values keep their nulls, dates are datetime64."""
    import pandas as pd
    import pyarrow as pa

    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    has_nulls = {f.type for f in table.schema if f.nullable}
    mapper = {t: d for t, d in nullable.items() if t in has_nulls}
    return table.to_pandas(types_mapper=mapper.get, date_as_object=False)


def validate(record: type, table: "pa.Table", after: tuple[Any, ...] | None = None) -> tuple[Any, ...] | None:
    """Check rows against their record; keys must rise strictly, beginning above `after`. Returns the last key.

    Raises CheckError naming the table, the column and the first few offending values.
    """
    import pandera.errors

    try:
        checks(record).validate(to_frame(table), lazy=True)
    except pandera.errors.SchemaErrors as e:
        cases = e.failure_cases.groupby(["column", "check"], sort=True, dropna=False)["failure_case"]
        said = "; ".join(f"{column}: {check}, but {list(bad[:3])}" for (column, check), bad in cases)
        raise CheckError(f"{record.__name__} rows break their checks: {said}") from e
    for row in zip(*(table.column(k).to_pylist() for k in key_of(record)), strict=True):
        if after is not None and row <= after:
            fault = "there twice" if row == after else "out of order"
            raise CheckError(f"{record.__name__} rows: key {row} is {fault}")
        after = row
    return after


class TableWriter:
    """A Parquet file being written: rows come in key order through `add`, are checked, and leave in groups of a fixed size.

    Same rows, same bytes. Use it as a context manager: on leaving, the file appears at `path`, whole; on an exception
    (CheckError where a row breaks its record) what stood there stays.
    """

    def __init__(self, record: type, path: Path) -> None:
        import pyarrow.parquet as pq

        path.parent.mkdir(parents=True, exist_ok=True)
        self.record, self.path, self.n = record, path, 0
        self._part = path.with_name(f".{path.name}.part")
        self._waiting: list[Any] = []
        self._last: tuple[Any, ...] | None = None
        self._file = pq.ParquetWriter(self._part, arrow_schema(record), compression="zstd", version="2.6")

    def add(self, rows: Iterable[Any]) -> None:
        """Take more rows; at most ROWS_A_GROUP wait in memory."""
        for row in rows:
            self._waiting.append(row)
            if len(self._waiting) == ROWS_A_GROUP:
                self._write()

    def _write(self) -> None:
        table = to_arrow(self.record, self._waiting)
        self._last = validate(self.record, table, self._last)
        self._file.write_table(table, row_group_size=ROWS_A_GROUP)
        self.n += len(self._waiting)
        self._waiting = []

    def __enter__(self) -> "TableWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        try:
            if kind is None and self._waiting:
                self._write()
            self._file.close()
            if kind is None:
                self._part.replace(self.path)
        finally:
            self._part.unlink(missing_ok=True)


def write_table(record: type, rows: Iterable[Any], path: Path) -> int:
    """Write rows, in key order, as a Parquet file (see TableWriter). Returns how many."""
    with TableWriter(record, path) as writer:
        writer.add(rows)
    return writer.n


def write_frame(record: type, frame: "pd.DataFrame", path: Path) -> int:
    """Write a DataFrame with a record's columns, sorted by its key, with the same checks as `write_table`."""
    names = [c.name for c in columns(record)]
    if missing := sorted(set(names) ^ set(frame.columns)):
        raise CheckError(f"{record.__name__}: frame and record differ in columns {missing}")
    key = list(key_of(record))
    frame = frame.sort_values(key, kind="stable")[names].astype(object)
    rows = frame.where(frame.notna(), None).itertuples(index=False, name=record.__name__)
    return write_table(record, rows, path)


def read_table(path: Path, names: list[str] | None = None) -> "pa.Table":
    """A table's file, or its folder of parts; of the columns `names`, where given."""
    import pyarrow.parquet as pq

    return pq.read_table(path, columns=names)


def processed() -> Path:
    """Where the tables are: $THREADRX_DATA, else data/processed in this folder or the nearest above (for notebooks)."""
    if given := os.environ.get("THREADRX_DATA"):
        return Path(given)
    here = Path.cwd()
    above = (d / "data/processed" for d in (here, *here.parents))
    return next((d for d in above if d.is_dir()), here / "data/processed")


def load(name: str, where: str | None = None, folder: Path | None = None) -> "pd.DataFrame":
    """A table or aggregate as a DataFrame; `where` is an SQL condition on its columns (DuckDB's dialect).

    Raises FileNotFoundError where it is not built, ValueError where the condition cannot be read.
    """
    folder = folder or processed()
    path = folder / f"{name}.parquet"
    if not path.exists():
        there = sorted(p.stem for p in folder.glob("*.parquet")) if folder.is_dir() else []
        hint = f"there are {', '.join(there)}" if there else "run `make dataset` first"
        raise FileNotFoundError(f"no table {name!r} in {folder}: {hint}")
    if where is None:
        return to_frame(read_table(path))
    import duckdb
    import pyarrow.parquet as pq

    try:
        query = f"SELECT * FROM read_parquet(?) WHERE {where}"
        found = duckdb.connect().sql(query, params=[str(path)]).to_arrow_table()
    except duckdb.Error as e:
        raise ValueError(f"load({name!r}, where={where!r}): {e}") from e
    return to_frame(found.cast(pq.read_schema(path)))


def check_rows(tables: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """What is wrong with the rows of one thread's tables: values out of bounds, links that lead nowhere, words that are not
    at their offsets, `is_experience` that does not follow from status and person. Yields one sentence a fault."""
    for name, rows in tables.items():
        for column, (low, high) in [(c.name, bounds(c)) for c in columns(TABLES[name])]:
            for value in (getattr(r, column) for r in rows if low is not None):
                if value is not None and not low <= value <= (value if high is None else high):
                    yield f"{name}.{column} is {value}"
    keys = {name: {getattr(r, key_of(TABLES[name])[0]) for r in rows} for name, rows in tables.items()}
    for link in links():
        for row in tables.get(link.table, ()):
            value = getattr(row, link.column)
            if value not in keys.get(link.target, ()) and not (value is None and link.nullable):
                yield f"{link.table}.{link.column} {value!r} is not in {link.target}"
    titles = {t.thread_id: t.title for t in tables.get("threads", ())}
    posts = {p.post_id: p for p in tables.get("posts", ())}
    quotes = {q.quote_id: q.text for q in tables.get("quotes", ())}
    for m in tables.get("mentions", ()):
        if post := posts.get(m.post_id):
            words = {"text": post.text, "title": titles.get(post.thread_id), "signature": post.signature,
                     "quote": quotes.get(m.quote_id)}[m.field]  # fmt: skip
            if not 0 <= m.start < m.end or (words or "")[m.start : m.end] != m.text:
                yield f"mention {m.mention_id}: {m.text!r} is not at {m.field}[{m.start}:{m.end}]"
    for e in tables.get("experiences", ()):
        if e.is_experience != (e.status in ("current", "past") and e.person != "general"):
            yield f"experience {e.experience_id}: is_experience {e.is_experience} with {e.status}, {e.person}"
        if e.post_id in posts and not 0 <= e.evidence_start <= e.evidence_end <= len(posts[e.post_id].text):
            yield f"experience {e.experience_id}: evidence [{e.evidence_start}:{e.evidence_end}] is outside its post"
