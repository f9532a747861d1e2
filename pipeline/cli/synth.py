"""Invented archives for load tests."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.application import app, guarded
from pipeline.cli.stages import progress


@app.command()
@guarded
def synth(
    folder: Annotated[Path, typer.Argument(help="Where to write; must not hold one yet.")],
    threads: Annotated[int, typer.Option("--threads", min=1, help="How many; ten posts each on average.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, other threads.")] = 1,
    a_file: Annotated[
        int, typer.Option("--pages-a-file", min=1, help="Pages in each WARC; 1: every page a file of its own.")
    ] = 100,
) -> None:
    """Write an invented archive of any size, and the rows that should come of it.

    `threadrx synth big --threads 10000 --seed 1`, then `threadrx build --raw big/raw --out big/processed`

    `make evaluate FILE=big/truth.jsonl` scores the extraction on it (take a small one).
    """
    from pipeline.synth.pages import write_archive

    with progress() as show:
        write_archive(folder, threads, seed, a_file, lambda done, total: show("synth", done, total))
    typer.echo(f"wrote {threads:,} threads to {folder}/raw/synth, and what they tell to {folder}/truth.jsonl")
