"""Look at what was built: the reasons behind a row, the data dictionary."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.application import TABLES_IN, app, guarded


@app.command()
@guarded
def why(
    experience_id: Annotated[str, typer.Argument(help="An id from experiences.parquet.")],
    out: TABLES_IN = None,
) -> None:
    """Print the words, offsets and rules behind an experience."""
    from pipeline.run import why as reasons
    from pipeline.tables import processed

    try:
        found = reasons.why(out or processed(), experience_id)
    except KeyError as e:
        typer.echo(f"threadrx: {e.args[0]}", err=True)
        raise typer.Exit(2) from e
    for line in reasons.explain(found):
        typer.echo(line)


@app.command()
@guarded
def dictionary(folder: Annotated[Path, typer.Argument(help="Where to write them.")] = Path()) -> None:
    """Write DATA_DICTIONARY.md and datapackage.json from the records."""
    from pipeline.aggregate import RECORDS
    from pipeline.dictionary import write_dictionary
    from pipeline.records import TABLES

    for path in write_dictionary(TABLES | RECORDS, folder):
        typer.echo(f"wrote {path}")
