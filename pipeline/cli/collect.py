"""Bring archives in, and see whether they are still what was brought in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.application import RAW, app, guarded
from pipeline.cli.stages import progress

if TYPE_CHECKING:
    from pipeline.run.sources import Source

NAMES = Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Folders below --raw; all if none.")]


def chosen(raw: Path, names: list[str] | None, collected: bool) -> list["Source"]:
    """The sources named, or all; of all, only those with a [collect] table if they are to be `collected`."""
    from pipeline.run.sources import SourceError, read_source, read_sources

    if names:
        return [read_source(raw / Path(n).name) for n in names]
    found = list(read_sources(raw))
    for s in found:
        if isinstance(s, tuple):
            raise s[1]
    sources = [s for s in found if not isinstance(s, tuple) and (s.collect or not collected)]
    if not sources and collected:
        raise SourceError(f"no source below {raw} has a [collect] table; docs/COLLECTING.md shows what goes into it")
    return sources


@app.command()
@guarded
def collect(
    sources: NAMES = None,
    raw: RAW = Path("data/raw"),
    again: Annotated[bool, typer.Option("--again", help="Also ask whether pages that are in have changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; two requests at most.")] = False,
) -> None:
    """Bring in the pages of sources, as the [collect] table of their source.toml says (docs/COLLECTING.md).

    Stop or kill it at any moment: the next run goes on where it was, and asks for no page twice.

    `threadrx collect hearthside --dry-run`

    Exit 0 where all is in, 1 where pages are waiting or were left out (why is on stderr), 2 where nothing may be collected.
    """
    from pipeline.collect.run import collect as bring_in
    from pipeline.collect.run import rehearse

    whole = True
    for source in chosen(raw, sources, collected=True):
        if dry_run:
            for line in rehearse(source):
                typer.echo(line)
            continue
        with progress() as show:
            report = bring_in(source, again=again, progress=show)
        for line in report.left_out:
            typer.echo(line, err=True)
        if (more := sum(report.reasons.values()) - len(report.left_out)) > 0:
            typer.echo(f"… and {more:,} more", err=True)
        for line in report.lines():
            typer.echo(line)
        whole &= report.whole
    raise typer.Exit(0 if whole else 1)


@app.command()
@guarded
def verify(
    sources: NAMES = None,
    raw: RAW = Path("data/raw"),
    accept: Annotated[bool, typer.Option("--accept", help="Write what is there now into the manifests.")] = False,
) -> None:
    """Compare every file of the sources with their manifest.sha256: what is missing, altered or extra.

    `threadrx verify hearthside`

    Exit 0 where all is as it was brought in, 1 where not, 2 on wrong usage.
    """
    from pipeline.run.manifest import compare, hash_file, read_sums, write_sums

    clean = True
    for source in chosen(raw, sources, collected=False):
        files, folder = source.files(), source.folder
        if accept:
            write_sums(folder, {p.relative_to(folder).as_posix(): hash_file(p, None)[2] for p in files})
        try:
            sums = read_sums(folder)
        except ValueError as e:
            typer.echo(f"threadrx: {e}", err=True)
            clean = False
            continue
        if sums is None:
            typer.echo(
                f"{folder}: no manifest; if its {len(files):,} files are as they should be, `threadrx verify --accept`"
            )
            clean = False
            continue
        faults = list(compare(files, folder, sums))
        for what, name in faults:
            typer.echo(f"{folder / name}: {what}")
        typer.echo(f"{folder}: {len(sums):,} files in the manifest, {len(faults):,} not as it says")
        clean &= not faults
    raise typer.Exit(0 if clean else 1)
