"""Releases, and what changed from one to the next."""

import importlib.metadata
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.application import TABLES_IN, app, guarded
from pipeline.cli.stages import progress


@app.command()
@guarded
def release(
    target: Annotated[Path, typer.Argument(help="Folder the tiers are written below.")] = Path("releases"),
    version: Annotated[
        str | None, typer.Option("--version", help="ThreadRx's own unless said.", show_default=False)
    ] = None,
    licence: Annotated[str | None, typer.Option("--license", help="SPDX name of the terms it goes out under.")] = None,
    least: Annotated[
        int, typer.Option(min=2, help="People below which nothing is told of them in the public tier.")
    ] = 5,
    tier: Annotated[
        str | None, typer.Option(help="public or restricted; both unless said.", show_default=False)
    ] = None,
    out: TABLES_IN = None,
) -> None:
    """Write the public tier (no words of posts) and the restricted tier, each with dictionary, datasheet and checksums.

    Ids are made with the key of $THREADRX_KEY (else the file the build keeps its key in), the version and the tier.

    `threadrx release --version 1.0 --license CC-BY-4.0`

    `threadrx release elsewhere --tier public --least 10`
    """
    from pipeline.run.sources import own_key
    from pipeline.share.release import TIERS, ReleaseError
    from pipeline.share.release import release as write
    from pipeline.tables import processed

    if tier not in (None, *TIERS):
        raise typer.BadParameter(f"{tier!r} is not one of {', '.join(TIERS)}", param_hint="--tier")
    number = version or importlib.metadata.version("threadrx")
    try:
        with progress() as show:
            tiers = (tier,) if tier else TIERS
            made = write(out or processed(), target, own_key(), number, licence, least, tiers, show)
    except ReleaseError as e:
        typer.echo(f"threadrx: {e}", err=True)
        raise typer.Exit(2) from e
    for path in made:
        typer.echo(f"wrote {path}")


@app.command()
@guarded
def diff(
    old: Annotated[Path, typer.Argument(help="Folder of tables.")],
    new: Annotated[Path, typer.Argument(help="Folder of tables built later, or with other settings.")],
    rows: Annotated[int, typer.Option(min=0, help="Rows shown of each table and kind of change.")] = 5,
) -> None:
    """Say which rows changed between two builds, and because of what: pages, parsing, vocabulary and rules, settings.

    `threadrx diff releases/threadrx-1.0-restricted releases/threadrx-1.1-restricted`

    Exit 0 where nothing differs, 1 where something does, 2 on wrong usage.
    """
    from pipeline.share.diff import DiffError, compare

    try:
        found = list(compare(old, new, rows))
    except DiffError as e:
        typer.echo(f"threadrx: {e}", err=True)
        raise typer.Exit(2) from e
    for line in found or ["no difference"]:
        typer.echo(line)
    raise typer.Exit(1 if found else 0)
