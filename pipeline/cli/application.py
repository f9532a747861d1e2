"""The application, and what its commands share: common options, errors a user can mend in a line."""

import enum
import functools
import importlib.metadata
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.parsed import Rejected

# What a command needs is imported inside it: pandas, pyarrow and spaCy take seconds, `--help` should not.


class Profile(enum.StrEnum):
    """How posts are read; the keys of `pipeline.run.work.PROFILES`, which a test holds together."""

    default = "default"
    fast = "fast"


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
PROFILE = Annotated[
    Profile, typer.Option("--profile", help="`default` reads with the encoder; `fast` by vocabulary and rules alone.")
]
TABLES_IN = Annotated[
    Path | None, typer.Option("--out", help="Folder of the tables.", show_default="$THREADRX_DATA or data/processed")
]
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


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False) -> None:
    """Archived patient forum pages in, tables of treatment experiences out."""
    if version:
        typer.echo(f"threadrx {importlib.metadata.version('threadrx')}")
        raise typer.Exit
