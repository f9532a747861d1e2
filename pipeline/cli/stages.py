"""One command a stage of the build."""

import contextlib
import enum
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.application import OUT, PROFILE, RAW, WORKERS, Profile, app, guarded

if TYPE_CHECKING:
    from distributed import Client

    from pipeline.run.build import Progress, Report


class Cluster(enum.StrEnum):
    """Clusters that `build` can start itself."""

    local = "local"


@contextmanager
def progress() -> Iterator["Progress"]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done)

        yield show


def run_stage(
    until: str,
    raw: Path,
    out: Path,
    workers: int | None,
    profile: Profile = Profile.default,
    cluster: "Client | None" = None,
    **settings: Any,
) -> "Report":
    """Build up to a stage; rejects go to stderr."""
    from pipeline.aggregate import Settings
    from pipeline.run.build import build
    from pipeline.run.work import PROFILES

    with progress() as show:
        extractor = PROFILES[profile]
        report = build(
            raw,
            out,
            until=until,
            workers=workers,
            cluster=cluster,
            settings=Settings(**settings),
            progress=show,
            extractor=extractor,
        )
    if report.note:
        typer.echo(report.note, err=True)
    for line in report.left_out:
        typer.echo(line, err=True)
    if more := report.n_left_out - len(report.left_out):
        typer.echo(f"… and {more} more, in {out}/rejects.parquet", err=True)
    return report


def counted(report: "Report", *names: str) -> str:
    """`12 threads, 98 posts; left out: 1 empty`."""
    line = ", ".join(f"{report.counts.get(n, 0):,} {n}" for n in names)
    left = ", ".join(f"{n} {reason}" for reason, n in report.reasons.items())
    return line + (f"; left out: {left}" if left else "")


@app.command()
@guarded
def posts(raw: RAW = Path("data/raw"), out: OUT = Path("data/processed"), workers: WORKERS = None) -> None:
    """Pages to threads, posts and quotes."""
    report = run_stage("posts", raw, out, workers)
    typer.echo(counted(report, "threads", "posts", "quotes"))
    raise typer.Exit(1 if report.n_left_out else 0)


@app.command()
@guarded
def experiences(
    raw: RAW = Path("data/raw"),
    out: OUT = Path("data/processed"),
    workers: WORKERS = None,
    profile: PROFILE = Profile.default,
) -> None:
    """… and posts to mentions, experiences, effects and events."""
    report = run_stage("experiences", raw, out, workers, profile)
    typer.echo(counted(report, "posts", "mentions", "experiences", "effects", "events"))
    raise typer.Exit(1 if report.n_left_out else 0)


@app.command()
@guarded
def courses(
    raw: RAW = Path("data/raw"),
    out: OUT = Path("data/processed"),
    workers: WORKERS = None,
    profile: PROFILE = Profile.default,
) -> None:
    """… and experiences to courses: one person × treatment."""
    report = run_stage("courses", raw, out, workers, profile)
    typer.echo(counted(report, "experiences", "courses"))
    raise typer.Exit(1 if report.n_left_out else 0)


@app.command()
@guarded
def build(
    raw: RAW = Path("data/raw"),
    out: OUT = Path("data/processed"),
    workers: WORKERS = None,
    profile: PROFILE = Profile.default,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="Address of a Dask scheduler whose workers do the work.")
    ] = None,
    cluster: Annotated[
        Cluster | None, typer.Option("--cluster", help="`local`: a Dask cluster of --workers processes here.")
    ] = None,
    only_explicit: Annotated[
        bool, typer.Option("--only-explicit", help="Aggregates count only treatments named in the post itself.")
    ] = False,
    only_first_hand: Annotated[
        bool, typer.Option("--only-first-hand", help="Aggregates count only what people tell of themselves.")
    ] = False,
    min_score: Annotated[
        float, typer.Option(min=0, max=1, help="Aggregates count only rows at least this sure.")
    ] = 0.0,
    min_people: Annotated[int, typer.Option(min=1, help="Below this many people no share is given.")] = 5,
    min_cases: Annotated[
        int, typer.Option(min=1, help="Below this many people with an effect it is not compared with others.")
    ] = 3,
) -> None:
    """Everything: pages to posts, experiences, courses and aggregates.

    Only what has changed is computed. Exit 0; 1 where inputs were left out (why is on stderr and in rejects.parquet);
    2 where nothing could be built; 3 where our own code or data is at fault, and what stood in --out still stands.

    What aggregates count is kept in provenance.parquet; the other tables hold every row.

    `threadrx build --raw my/archives --out my/tables`

    `threadrx build --out strict --only-first-hand --min-score 0.7`

    `threadrx build --raw /shared/raw --scheduler tcp://10.0.0.5:8786` (docs/SCALE.md: many machines)
    """
    from pipeline.run.cluster import cluster as dask

    if scheduler and cluster:
        raise typer.BadParameter("give --scheduler or --cluster, not both")
    counts = {"only_explicit": only_explicit, "only_first_hand": only_first_hand, "min_score": min_score}
    counts |= {"min_people": min_people, "min_cases": min_cases}
    with dask(scheduler, workers) if scheduler or cluster else contextlib.nullcontext() as client:
        report = run_stage("aggregates", raw, out, workers, profile, client, **counts)
    done = ", ".join(f"{n} to {stage}" for stage, n in report.computed.items() if n)
    typer.echo(f"{out}: " + (f"built ({done})" if done else "built" if report.changed else "nothing to do"))
    typer.echo(
        f"{report.counts.get('own', 0):,} experiences people had with {report.counts.get('treated', 0):,} treatments, "
        f"by {report.counts.get('people', 0):,} people"
    )
    typer.echo(
        "look: from pipeline import load; load('experiences'), or any *.parquet there; DATA_DICTIONARY.md says what is in it"
    )
    typer.echo(counted(report, "threads", "posts", "mentions", "experiences", "effects", "events", "courses"))
    raise typer.Exit(1 if report.n_left_out else 0)
