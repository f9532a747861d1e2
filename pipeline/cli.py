"""The command line: one command a stage, two for outside evaluation, one that answers why."""

import datetime as dt
import functools
import importlib.metadata
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.parsed import Rejected

if TYPE_CHECKING:
    from pipeline.run.build import Progress, Report

# What a command needs is imported inside it: pandas, pyarrow and spaCy take seconds, `--help` should not.

app = typer.Typer(
    name="threadrx",
    help="Archived patient forum pages in, tables of treatment experiences out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

RAW = Annotated[Path, typer.Option("--raw", help="Folder of sources, each a folder with a source.toml.")]
OUT = Annotated[Path, typer.Option("--out", help="Folder the tables are written to.")]
WORKERS = Annotated[int | None, typer.Option("--workers", min=1, help="Processes; all cores unless said.")]


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Errors a user can mend, in a line instead of a traceback: exit 2. Others are bugs: traceback, exit 3 (never 1, which
    says that inputs were rejected)."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        from pipeline.run.sources import SourceError
        from pipeline.run.store import BusyError

        try:
            command(*args, **kwargs)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except (SourceError, BusyError, OSError) as e:
            typer.echo(f"threadrx: {e}", err=True)
            raise typer.Exit(2) from e
        except Exception as e:
            if type(e).__name__ in (
                "SetupError",
                "CheckError",
            ):  # their modules are heavy, and loaded if they are raised
                typer.echo(f"threadrx: {e}", err=True)
            else:
                traceback.print_exc()
            raise typer.Exit(3) from e

    return run


def say(rejected: Rejected, file: str) -> None:
    """A rejection on stderr: file, place, what and what to do."""
    place = f" ({rejected.place})" if rejected.place else ""
    typer.echo(f"{file}{place}: {rejected.reason}: {rejected.detail}", err=True)


def print_lines(items: Iterable[bytes | Rejected], file: str) -> bool:
    """Print JSON lines, each whole: Ctrl-C waits for the end of a line. Returns whether nothing was rejected."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader that has seen enough ends us, as it does cat
    clean = True
    for item in items:
        if isinstance(item, Rejected):
            # A post without words is left out of a thread that was read; that is no rejection of the input.
            clean &= item.kind == "post"
            say(item, file)
            continue
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        sys.stdout.buffer.write(item + b"\n")
        sys.stdout.buffer.flush()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    return clean


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False) -> None:
    """Archived patient forum pages in, tables of treatment experiences out."""
    if version:
        typer.echo(f"threadrx {importlib.metadata.version('threadrx')}")
        raise typer.Exit


@app.command()
@guarded
def parse(
    files: Annotated[list[Path], typer.Argument(help="Saved pages or dumps, also gzipped; `-` is standard input.")],
    time_zone: Annotated[str | None, typer.Option(help="Zone of the dates shown, as America/New_York.")] = None,
    date_order: Annotated[str | None, typer.Option(help="Order of day and month: mdy, dmy or ymd.")] = None,
    captured_at: Annotated[dt.datetime | None, typer.Option(help="When saved; for dates like 'yesterday'.")] = None,
) -> None:
    """Print the posts of pages: one JSON object a thread. Names and quotes are shown as on the page; `words` of a quote are the
    quoted words alone.

    `threadrx parse data/raw/example/*.html | jq -r .title`

    Exit 0 where every file was read, 1 where some were rejected (why is on stderr), 2 on wrong usage.
    """
    from pipeline.run.lines import parse_lines
    from pipeline.run.sources import DATE_ORDERS

    if date_order not in (None, *DATE_ORDERS):
        raise typer.BadParameter(f"{date_order!r} is not one of {', '.join(DATE_ORDERS)}", param_hint="--date-order")
    clean = True
    for path in files:
        try:
            data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        except OSError as e:
            say(Rejected(reason="unreadable", detail=f"{e.strerror}; name a file that is there"), str(path))
            clean = False
            continue
        clean &= print_lines(parse_lines(path, data, time_zone, date_order, captured_at), str(path))
    raise typer.Exit(0 if clean else 1)


@app.command()
@guarded
def extract(
    file: Annotated[str, typer.Argument(help="JSON lines, one thread each; `-` is standard input.")] = "-",
) -> None:
    """Read threads as JSON lines, print their mentions, experiences, effects and events as JSON lines.

    `echo '{"thread_id": "1", "posts": [{"text": "I take 20 mg of baclofen three times a day."}]}' | threadrx extract`

    Exit 0 where every line was read, 1 where some were rejected (why is on stderr), 2 on wrong usage.
    """
    from pipeline.run.lines import extract_lines

    if file == "-":
        clean = print_lines(extract_lines(sys.stdin.buffer), "standard input")
    elif not Path(file).is_file():
        say(
            Rejected(reason="unreadable", detail="no such file; name a file of JSON lines, or `-` for standard input"),
            file,
        )
        clean = False
    else:
        with Path(file).open("rb") as lines:
            clean = print_lines(extract_lines(lines), file)
    raise typer.Exit(0 if clean else 1)


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


def run_stage(until: str, raw: Path, out: Path, workers: int | None) -> "Report":
    """Build up to a stage; rejects go to stderr."""
    from pipeline.run.build import build

    with progress() as show:
        report = build(raw, out, until=until, workers=workers, progress=show)
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
def experiences(raw: RAW = Path("data/raw"), out: OUT = Path("data/processed"), workers: WORKERS = None) -> None:
    """… and posts to mentions, experiences, effects and events."""
    report = run_stage("experiences", raw, out, workers)
    typer.echo(counted(report, "posts", "mentions", "experiences", "effects", "events"))
    raise typer.Exit(1 if report.n_left_out else 0)


@app.command()
@guarded
def courses(raw: RAW = Path("data/raw"), out: OUT = Path("data/processed"), workers: WORKERS = None) -> None:
    """… and experiences to courses: one person × treatment."""
    report = run_stage("courses", raw, out, workers)
    typer.echo(counted(report, "experiences", "courses"))
    raise typer.Exit(1 if report.n_left_out else 0)


@app.command()
@guarded
def build(raw: RAW = Path("data/raw"), out: OUT = Path("data/processed"), workers: WORKERS = None) -> None:
    """Everything: pages to posts, experiences, courses and aggregates.

    Only what has changed is computed. Exit 0; 1 where inputs were left out (why is on stderr and in rejects.parquet);
    2 where nothing could be built; 3 where our own code or data is at fault, and what stood in --out still stands.

    `threadrx build --raw my/archives --out my/tables`
    """
    report = run_stage("aggregates", raw, out, workers)
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


@app.command()
@guarded
def why(
    experience_id: Annotated[str, typer.Argument(help="An id from experiences.parquet.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the tables.", show_default="$THREADRX_DATA or data/processed"),
    ] = None,
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
