"""The tables as streams: rows in order of a key, so that a page is written from its own rows and memory holds one page.

DuckDB sorts on disk where memory does not suffice; its scratch file lies in the folder of the site being written.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.aggregate import RECORDS
from pipeline.records import TABLES

Row = dict[str, Any]
ROWS_AT_ONCE = 5_000
# Experiences that count, as `pipeline.aggregate` counts them: a signature stands under every post of its author, and its
# rows count once a person and treatment.
HAD = """CREATE VIEW had AS SELECT * FROM experiences WHERE is_experience AND score >= {min_score}
    AND (resolution = 'explicit' OR NOT {only_explicit}) AND (person = 'self' OR NOT {only_first_hand})
    QUALIFY resolution <> 'signature' OR
    row_number() OVER (PARTITION BY patient_id, treatment_id, resolution ORDER BY posted_at NULLS LAST, experience_id) = 1"""
COUNTED = (
    "CREATE VIEW counted AS SELECT * FROM effects WHERE score >= {min_score}"  # effects that count, as `had` does rows
)


class Dataset:
    """The tables of a folder as views of a DuckDB database in `scratch`, which may hold tables of our own beside them.

    Raises FileNotFoundError where a table is not built.
    """

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.db = duckdb.connect(str(scratch))
        self.db.execute("SET temp_directory = ?", [str(scratch.with_suffix(".tmp"))])
        for name in [*TABLES, *RECORDS]:
            path = folder / f"{name}.parquet"
            if not path.exists():
                raise FileNotFoundError(f"no table {name!r} in {folder}: run `make dataset` first")
            files = str(path / "*.parquet" if path.is_dir() else path).replace("'", "''")
            self.db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{files}')")
        told = self.rows("SELECT provenance_id, value FROM provenance WHERE starts_with(provenance_id, 'settings.')")
        settings = {row["provenance_id"].removeprefix("settings."): row["value"] for row in told}
        self.floor = int(settings["min_people"])  # people below which the build gives no share
        filters = {
            "min_score": float(settings["min_score"]),
            "only_explicit": settings["only_explicit"] == "True",
            "only_first_hand": settings["only_first_hand"] == "True",
        }
        self.db.execute(HAD.format(**filters))
        self.db.execute(COUNTED.format(**filters))

    def rows(self, sql: str) -> Iterator[Row]:
        """The rows of a query; null is None."""
        found = self.db.cursor().execute(sql)
        names = [d[0] for d in found.description or ()]
        while batch := found.fetchmany(ROWS_AT_ONCE):
            for values in batch:
                yield dict(zip(names, values, strict=True))

    def one(self, sql: str) -> Row:
        """The only row of a query."""
        (row,) = self.rows(sql)
        return row

    def by(self, key: str, sql: str) -> "ByKey":
        """The rows of a query that sorts by `key`, to be taken key by key."""
        return ByKey(self.rows(sql), key)

    def spool(self, name: str, **columns: str) -> "Spool":
        """A new table of our own with columns of these SQL types."""
        self.db.execute(f"CREATE TABLE {name} ({', '.join(f'{c} {t}' for c, t in columns.items())})")
        return Spool(self.db, name, list(columns))


class ByKey:
    """Rows sorted by a key; `take` hands out those of one key, where keys are asked for in rising order."""

    def __init__(self, rows: Iterator[Row], key: str) -> None:
        self._groups = itertools.groupby(rows, key=lambda r: r[key])
        self._head = next(self._groups, None)

    def take(self, key: str) -> list[Row]:
        """The rows of a key; none where it has none."""
        while self._head and self._head[0] < key:
            self._head = next(self._groups, None)
        return list(self._head[1]) if self._head and self._head[0] == key else []


class Spool:
    """Rows on their way into a table of the scratch database, a batch at a time."""

    def __init__(self, db: duckdb.DuckDBPyConnection, name: str, columns: list[str]) -> None:
        self._db, self._name, self._columns = db, name, columns
        self._waiting: list[tuple[Any, ...]] = []

    def add(self, *values: Any) -> None:
        """Take a row."""
        self._waiting.append(values)
        if len(self._waiting) == ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what waits; call it before the table is read."""
        if self._waiting:
            columns = [pa.array(c) for c in zip(*self._waiting, strict=True)]
            batch = pa.table(columns, names=self._columns)
            self._db.register("batch", batch)
            self._db.execute(f"INSERT INTO {self._name} SELECT * FROM batch")
            self._db.unregister("batch")
            self._waiting = []
