"""The two commands outside evaluation calls: pages to posts, threads to rows, as JSON lines."""

import datetime as dt
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.application import PROFILE, Profile, app, guarded, say
from pipeline.parsed import Rejected


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
    profile: PROFILE = Profile.default,
) -> None:
    """Read threads as JSON lines, print their mentions, experiences, effects and events as JSON lines.

    `echo '{"thread_id": "1", "posts": [{"text": "I take 20 mg of baclofen three times a day."}]}' | threadrx extract`

    Exit 0 where every line was read, 1 where some were rejected (why is on stderr), 2 on wrong usage.
    """
    from pipeline.run.lines import extract_lines
    from pipeline.run.work import PROFILES

    if file == "-":
        clean = print_lines(extract_lines(sys.stdin.buffer, PROFILES[profile]), "standard input")
    elif not Path(file).is_file():
        say(
            Rejected(reason="unreadable", detail="no such file; name a file of JSON lines, or `-` for standard input"),
            file,
        )
        clean = False
    else:
        with Path(file).open("rb") as lines:
            clean = print_lines(extract_lines(lines, PROFILES[profile]), file)
    raise typer.Exit(0 if clean else 1)
