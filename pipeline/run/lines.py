"""What `threadrx parse` and `threadrx extract` print: files or JSON lines in, JSON lines out, nothing stored."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from pipeline.parsed import ParsedPost, ParsedThread, Rejected
from pipeline.records import AuthorState, Post, Precision, Quote, Thread
from pipeline.run.enter import Entered, pseudonym, thread_identity
from pipeline.run.fingerprints import digest
from pipeline.run.jobs import Extracted, ParseJob
from pipeline.run.language import languages
from pipeline.run.sources import Source, SourceError, read_source
from pipeline.run.work import EXTRACTOR, extract, extractor, parse_file

KEY = b"threadrx extract"  # these pseudonyms leave with the names they hide; they only tell people apart
PRECISIONS: dict[Precision, str] = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "minute": "%Y-%m-%dT%H:%M"}


# --- parse -----------------------------------------------------------------------------------------------------------


def source_of(path: Path) -> Source | None:
    """The source a file lies in, if a folder above has a source.toml. Raises SourceError where that is wrong."""
    folder = next((d for d in path.resolve().parents if (d / "source.toml").is_file()), None)
    return read_source(folder) if folder else None


def show_date(post: ParsedPost) -> str | None:
    """A post's time, as precise as the page shows it."""
    return post.posted_at.strftime(PRECISIONS[post.posted_at_precision or "minute"]) if post.posted_at else None


def show_thread(file: str, thread: ParsedThread) -> bytes:
    """A parsed thread as the contract's JSON object."""
    posts = [
        {
            "position": p.position,
            "author": p.author,
            "posted_at": show_date(p),
            "text": p.text,
            "quotes": [{"author": q.author, "text": q.shown or q.text, "words": q.text} for q in p.quotes],
            "signature": p.signature,
        }
        for p in thread.posts
    ]
    thread_id = thread.key or digest([thread_identity(thread)])[:16]
    head = {"file": file, "thread_id": thread_id, "title": thread.title, "software": thread.software}
    return msgspec.json.encode({**head, "posts": posts})


def parse_lines(
    path: Path, data: bytes, time_zone: str | None, date_order: str | None, captured_at: dt.datetime | None
) -> Iterator[bytes | Rejected]:
    """A file's threads as JSON lines, its pages of one thread joined, and what was rejected. Settings that are None are
    taken from the source.toml of a folder above, if there is one."""
    from pipeline.parse.join import join

    try:
        source = source_of(path)
    except SourceError as e:
        yield Rejected(reason="bad_source", detail=str(e))
        return
    job = ParseJob(
        "", str(path), "",
        time_zone or (source.time_zone if source else None),
        date_order or (source.date_order if source else None),
        captured_at or (source.captured_at if source else None),
    )  # fmt: skip
    parsed = parse_file(data, path.name, job)
    yield from (show_thread(str(path), t) for t in join(parsed.threads))
    yield from parsed.rejects


# --- extract ---------------------------------------------------------------------------------------------------------


class GivenQuote(msgspec.Struct):
    """A quote as `threadrx extract` reads it, and `threadrx parse` prints it: `words` is `text` without the board's header."""

    text: str
    author: str | None = None
    words: str | None = None


class GivenPost(msgspec.Struct):
    """A post as `threadrx extract` reads it. `posted_at` is an ISO date or date-time, as precise as known."""

    text: str
    author: str | None = None
    posted_at: str | None = None
    quotes: list[GivenQuote] | None = None
    signature: str | None = None


class GivenThread(msgspec.Struct):
    """A thread as `threadrx extract` reads it; other fields are passed over."""

    thread_id: str | int
    posts: list[GivenPost]
    title: str | None = None


def read_date(text: str) -> tuple[dt.datetime, Precision]:
    """An ISO date or date-time, also `2013` and `2013-07`; a zone is dropped, the clock stays. Raises ValueError."""
    text = text.strip()
    for precision, form in PRECISIONS.items():
        if len(text) == len(dt.datetime(2000, 1, 1).strftime(form)) and precision in ("year", "month", "day"):
            return dt.datetime.strptime(text, form), precision
    return dt.datetime.fromisoformat(text).replace(tzinfo=None), "minute"


def given(line: bytes) -> Entered:
    """A line as rows. Words stay as they are, unmasked: offsets are into what was given. Raises ValueError."""
    thread = msgspec.json.decode(line, type=GivenThread)
    thread_id = str(thread.thread_id)
    sha = hashlib.sha256(line).hexdigest()
    posts: list[Post] = []
    quotes: list[Quote] = []
    told = languages([p.text for p in thread.posts])
    for n, (p, language) in enumerate(zip(thread.posts, told, strict=True), 1):
        post_id = f"{thread_id}-{n:05}"
        try:
            when = read_date(p.posted_at) if p.posted_at else None
        except ValueError as e:
            raise ValueError(
                f"posted_at {p.posted_at!r} of post {n} is no ISO date (2013-07-04, 2013-07-04T23:59)"
            ) from e
        state: AuthorState = "named" if p.author else "stripped"
        posts.append(
            Post(
                post_id=post_id,
                thread_id=thread_id,
                position=n,
                author_id=pseudonym(p.author, thread_id, KEY),
                author_state=state,
                posted_at=when[0] if when else None,
                posted_at_precision=when[1] if when else None,
                posted_at_text=p.posted_at,
                text=p.text,
                signature=p.signature,
                language=language,
                raw_path="",
                raw_sha256=sha,
            )
        )
        for k, q in enumerate(p.quotes or (), 1):
            quoted = pseudonym(q.author, thread_id, KEY)
            quote_id = f"{post_id}-q{k:03}"
            quotes.append(
                Quote(
                    quote_id=quote_id,
                    post_id=post_id,
                    position=k,
                    author_id=quoted,
                    text=q.text if q.words is None else q.words,
                    offset=0,
                    method="given",
                )
            )
    times = [p.posted_at for p in posts if p.posted_at]
    head = Thread(thread_id=thread_id, source_id="", title=thread.title, n_posts=len(posts),
                  first_posted_at=min(times, default=None), last_posted_at=max(times, default=None))  # fmt: skip
    return Entered(thread=head, posts=posts, quotes=quotes)


def extract_lines(lines: Iterable[bytes], function: str = EXTRACTOR) -> Iterator[bytes | Rejected]:
    """For each JSON line (blank ones passed over) its rows as a JSON line, or why it was rejected."""
    extract_thread = extractor(function)
    for n, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"line {n}"
        try:
            entered = given(line)
        except ValueError as e:  # msgspec's errors are ValueErrors and say where in the object
            what = f"{e}; each line is one object {{thread_id, title, posts: [{{author, posted_at, text}}]}}"
            yield Rejected(reason="bad_json", detail=what, place=place)
            continue
        found = extract(entered, extract_thread)
        if found.rejects:
            yield Rejected(reason="crashed", detail=found.rejects[0].detail, place=place)
            continue
        yield show_rows(entered, found)


def show_rows(entered: Entered, found: Extracted) -> bytes:
    """A thread's rows as the contract's JSON object, each with `post` (its position) beside its ids."""
    positions = {p.post_id: p.position for p in entered.posts}
    positions |= {e.experience_id: positions[e.post_id] for e in found.experiences}  # events know no post

    def show(rows: Iterable[Any]) -> list[Any]:
        return [
            {"post": positions[getattr(r, "post_id", None) or r.experience_id]} | msgspec.to_builtins(r) for r in rows
        ]

    return msgspec.json.encode(
        {
            "thread_id": entered.thread.thread_id,
            "mentions": show(found.mentions),
            "experiences": show(found.experiences),
            "effects": show(found.effects),
            "events": show(found.events),
        }
    )
