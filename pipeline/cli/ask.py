"""Ask the tables, and take them along: SQL, CSV, SQLite, DuckDB."""

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.application import TABLES_IN, app, guarded


class Shape(enum.StrEnum):
    """How a result is printed."""

    table = "table"
    csv = "csv"
    json = "json"


class Kind(enum.StrEnum):
    """What `export` writes."""

    csv = "csv"
    sqlite = "sqlite"
    duckdb = "duckdb"


@app.command()
@guarded
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT, in DuckDB's dialect.")],
    out: TABLES_IN = None,
    shape: Annotated[
        Shape, typer.Option("--as", help="table is cut to the screen; csv and json are whole.")
    ] = Shape.table,
) -> None:
    """Ask the tables, the aggregates and the views drugs, doses, procedures, side_effects and indications.

    `threadrx query "SELECT treatment_name, count(DISTINCT patient_id) AS people FROM drugs GROUP BY 1 ORDER BY 2 DESC"`

    `threadrx query "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'doses'"`

    CSV is safe to open in a spreadsheet: a cell that would be taken for a formula gets a `'` in front.
    """
    from pipeline.share.database import QueryError, ask
    from pipeline.tables import processed

    try:
        found = ask(out or processed(), sql)
        if shape == Shape.table:
            typer.echo(str(found), nl=False)
            return
        table = found.to_arrow_table()
    except QueryError as e:
        typer.echo(f"threadrx: {e}", err=True)
        raise typer.Exit(2) from e
    if shape == Shape.csv:
        from pipeline.share.export import write_csv

        write_csv(table.schema, table.to_batches(), sys.stdout.buffer)
    else:
        import msgspec

        for row in table.to_pylist():
            sys.stdout.buffer.write(msgspec.json.encode(row) + b"\n")


@app.command()
@guarded
def export(
    kind: Annotated[Kind, typer.Argument(help="csv: a folder of files; sqlite, duckdb: one file.")],
    target: Annotated[Path, typer.Argument(help="Folder or file to write; what stands there is replaced.")],
    out: TABLES_IN = None,
) -> None:
    """Write all tables for other tools.

    `threadrx export csv my/csv` (safe in spreadsheets; with data dictionary, Frictionless and Croissant metadata)

    `threadrx export sqlite threadrx.sqlite`, then `datasette threadrx.sqlite -m threadrx.metadata.json`

    `threadrx export duckdb threadrx.duckdb` (views: the Parquet files must stay where they are)
    """
    from pipeline.share.export import EXPORTS
    from pipeline.tables import processed

    for path in EXPORTS[kind.value](out or processed(), target):
        typer.echo(f"wrote {path}")
