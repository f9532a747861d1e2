"""Invented threads as an archive on disk: vBulletin archive pages in WARC files or one by one, a source.toml, and the truth."""

import functools
import io
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import jinja2
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.synth import SynthThread, synth_thread, truth

ROOT = "https://invented.example"
WHEN = "2015-01-01T00:00:00Z"
SOURCE = """name = "Invented boards"
origin = "threadrx synth --threads {n} --seed {seed}"
terms = "CC0-1.0; every word is invented"
time_zone = "UTC"
date_order = "mdy"
demo_key = "threadrx synth"
"""
A_FOLDER = 1000  # pages, where each is a file


@functools.cache
def template() -> jinja2.Template:
    """page.html."""
    text = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    return jinja2.Environment(autoescape=True, keep_trailing_newline=True).from_string(text)


def page(thread: SynthThread) -> bytes:
    """The thread's page."""
    return (
        template()
        .render(title=thread.title, board=thread.board, number=thread.number, posts=thread.posts, root=ROOT)
        .encode()
    )


def warc(threads: list[SynthThread]) -> bytes:
    """The threads' pages as a WARC; same threads, same bytes."""
    whole = io.BytesIO()
    writer = WARCWriter(whole, gzip=True, warc_version="WARC/1.1")
    for thread in threads:
        body, url = page(thread), f"{ROOT}/archive/index.php/t-{thread.number}.html"
        http = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
        about = {"WARC-Date": WHEN, "WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, url)}>"}
        record = writer.create_warc_record(
            url, "response", payload=io.BytesIO(body), length=len(body), http_headers=http, warc_headers_dict=about
        )
        writer.write_record(record)
    return whole.getvalue()


def write_archive(
    folder: Path, n: int, seed: int, a_file: int = 100, progress: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Write `n` threads below `folder`: `raw/synth` is a source for `threadrx build --raw`, `truth.jsonl` holds the rows.

    `a_file` pages go into each WARC; 1 writes plain pages. Each file is whole or not there; what `folder` held of another
    archive is an error (FileExistsError), so that none is a mixture.
    """
    raw = folder / "raw/synth"
    if raw.exists():
        raise FileExistsError(f"{raw} is there already; give another folder, or delete it")
    raw.mkdir(parents=True)
    (raw / "source.toml").write_text(SOURCE.format(n=n, seed=seed), encoding="utf-8")
    part = folder / ".truth.jsonl.part"
    with part.open("w", encoding="utf-8") as f:
        for threads in batches(n, seed, a_file):
            for thread in threads:
                f.write(json.dumps(truth(thread)) + "\n")
            number = threads[0].number
            if a_file == 1:
                path, data = raw / f"{number // A_FOLDER:04}" / f"t-{number}.html", page(threads[0])
            else:
                path, data = raw / f"threads-{number:07}.warc.gz", warc(threads)
            path.parent.mkdir(exist_ok=True)
            hidden = path.with_name(f".{path.name}.part")
            hidden.write_bytes(data)
            hidden.replace(path)
            progress(threads[-1].number, n)
    part.replace(folder / "truth.jsonl")


def batches(n: int, seed: int, a_file: int) -> Iterator[list[SynthThread]]:
    """The threads of each file."""
    for at in range(1, n + 1, a_file):
        yield [synth_thread(k, seed) for k in range(at, min(at + a_file, n + 1))]
