"""The correction loop: rows out to Label Studio, corrections back as gold and as training text."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.application import TABLES_IN, app, guarded


@app.command()
@guarded
def annotate(
    target: Annotated[Path, typer.Argument(help="Folder to write tasks.json and label_studio.xml into.")],
    where: Annotated[
        str | None, typer.Option(help="SQL condition on experiences: threads that have such rows.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many threads.")] = None,
    out: TABLES_IN = None,
) -> None:
    """Write threads with their rows for correction in Label Studio. Tasks hold posts: they are for those who may see them.

    `threadrx annotate to-correct --where "score < 0.6" --limit 50`

    In Label Studio: new project, Labeling Setup, Custom template, paste label_studio.xml; then import tasks.json. Correct,
    submit, export as JSON, and `threadrx corrected EXPORT.json`.
    """
    import msgspec

    from pipeline.share.annotate import CONFIG, tasks
    from pipeline.tables import processed

    try:
        found = list(tasks(out or processed(), where, limit))
    except ValueError as e:
        raise typer.BadParameter(str(e), param_hint="--where") from e
    target.mkdir(parents=True, exist_ok=True)
    (target / "tasks.json").write_bytes(msgspec.json.encode(found))
    (target / CONFIG.name).write_bytes(CONFIG.read_bytes())
    typer.echo(f"wrote {len(found)} threads to {target / 'tasks.json'}, and {target / CONFIG.name}")


@app.command()
@guarded
def corrected(
    file: Annotated[Path, typer.Argument(help="What Label Studio exported as JSON.")],
    gold: Annotated[
        Path | None, typer.Option(help="Write marked threads here (JSON lines), for `make evaluate FILE=…`.")
    ] = None,
    text: Annotated[Path | None, typer.Option(help="Write marked text here, to train taggers with.")] = None,
) -> None:
    """Read corrections back: as gold to score with, as text to train with.

    `threadrx corrected export.json --gold training/dev/mine.jsonl --text training/text/mine.txt`

    `make evaluate FILE=export.json` scores the extraction on them at once.
    """
    import msgspec

    from pipeline.share.corrections import CorrectionError, marked_posts, read_gold

    try:
        found = read_gold(file)
        lines = list(marked_posts(file)) if text else []
    except CorrectionError as e:
        typer.echo(f"threadrx: {e}", err=True)
        raise typer.Exit(2) from e
    if gold:
        gold.write_bytes(b"".join(msgspec.json.encode(thread) + b"\n" for thread in found))
    if text:
        text.write_text("\n".join(lines), encoding="utf-8")
    rows = sum(len(t["experiences"]) for t in found)
    typer.echo(f"{len(found)} corrected threads with {rows} rows" + "".join(f"; wrote {p}" for p in (gold, text) if p))
