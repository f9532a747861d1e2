"""The explorer."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.application import app, guarded
from pipeline.cli.stages import progress


@app.command()
@guarded
def report(
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the tables.", show_default="$THREADRX_DATA or data/processed"),
    ] = None,
    site: Annotated[Path, typer.Option("--site", help="Folder the site is written to.")] = Path("data/report"),
) -> None:
    """Write the explorer: a site over the tables that opens from disk, without a server or a network.

    It shows posts word for word: it is for those who may see them.

    `threadrx report --site my/site` and then open my/site/index.html
    """
    from pipeline.report import write_report
    from pipeline.tables import processed

    with progress() as show:
        n = write_report(out or processed(), site, show)
    typer.echo(f"{n:,} pages: open {site}/index.html")
