"""The work of each stage on one file or thread, as functions of bytes to bytes that any process can run.

What a stage is given and gives is MessagePack of typed records, so that reading it back checks every value against its
record, and a cache or a worker can hand it on without looking inside.
"""

import dataclasses
import hashlib
import importlib
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline.parsed import ParsedThread, Rejected
from pipeline.records import Effect, Event, Experience, Mention, Post, Quote, Reject, Thread
from pipeline.run.enter import Entered, enter, honoured, thread_id_of, thread_identity
from pipeline.run.fingerprints import digest
from pipeline.run.jobs import (
    EnterJob,
    EnterSummary,
    Extracted,
    ExtractJob,
    Job,
    Parsed,
    ParseJob,
    ParseSummary,
    Result,
)
from pipeline.tables import CheckError, check_rows

Extractor = Callable[
    [Thread, list[Post], list[Quote]], tuple[list[Mention], list[Experience], list[Effect], list[Event]]
]
EXTRACTOR = "pipeline.extract:extract_thread"
# what `--profile` names: with the encoder, or by vocabulary and rules alone
PROFILES = {"default": EXTRACTOR, "fast": "pipeline.extract:extract_thread_fast"}


class SetupError(Exception):
    """Something every thread depends on is broken, so that building on would reject them all."""


def run_job(job: Job) -> list[Result]:
    """Do a job, whatever kind; its results belong together and are kept all or none.

    Only what concerns the whole run (memory, disk) is raised; a fault of the input is a reject.
    """
    if isinstance(job, ParseJob):
        return run_parse(job)
    return run_enter(job) if isinstance(job, EnterJob) else run_extract(job)


def fault(e: Exception) -> str:
    """An exception in a line: what, and in which line of ours."""
    frame = traceback.extract_tb(e.__traceback__)[-1]
    return f"{type(e).__name__}: {e} ({Path(frame.filename).name}:{frame.lineno}); please report it, with the input"


def reject(source_id: str, raw_path: str, r: Rejected, n: int = 0) -> Reject:
    """A parser's Rejected as a row; `n` tells several at the same place apart."""
    name = digest([source_id, raw_path, r.place or "", r.kind, r.reason, n])[:16]
    fields = {"place": r.place, "kind": r.kind, "reason": r.reason, "detail": r.detail}
    return msgspec.convert({"reject_id": "r" + name, "source_id": source_id, "raw_path": raw_path} | fields, Reject)


# --- parse -----------------------------------------------------------------------------------------------------------


def parse_file(data: bytes, name: str, job: ParseJob) -> Parsed:
    """The threads and rejects of a file's bytes; a file that gives neither is a reject too."""
    from pipeline.parse import SourceSettings, parse_bytes

    settings = SourceSettings(time_zone=job.time_zone, date_order=job.date_order)  # type: ignore[arg-type]
    threads: list[ParsedThread] = []
    rejects: list[Rejected] = []
    try:
        for item in parse_bytes(data, name, settings=settings, captured_at=job.captured_at):
            if isinstance(item, Rejected):
                rejects.append(item)
            else:
                threads.append(item)
    except MemoryError:
        raise
    except Exception as e:
        rejects.append(Rejected(reason="crashed", detail=fault(e)))
    if not threads and not rejects:
        rejects.append(Rejected(reason="no_posts", detail="read, but no post found in it; leave it out or report it"))
    return Parsed(threads, rejects)


def group_of(thread: ParsedThread) -> str:
    """A name shared by all threads that joining could put together: the key, else the title, else nothing but itself."""
    return digest(["key", thread.key] if thread.key is not None else ["title", thread.title or thread_identity(thread)])


def run_parse(job: ParseJob) -> list[Result]:
    """Each thread as a result of its own, and the summary: for each thread its group and number of posts; the rejects."""
    path = Path(job.path)
    try:
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != job.sha256:
            raise OSError(f"{path} changed while it was being read; build again when it is whole")
        parsed = parse_file(data, path.name, job)
    except OSError as e:
        parsed = Parsed([], [Rejected(reason="unreadable", detail=f"{e}; check the file and its permissions")])
    summary = ParseSummary([(group_of(t), len(t.posts)) for t in parsed.threads], parsed.rejects)
    threads = [(f"{job.key}-{n}", b"", msgspec.msgpack.encode(t)) for n, t in enumerate(parsed.threads)]
    return [*threads, (job.key, msgspec.msgpack.encode(summary), b"")]


# --- enter -----------------------------------------------------------------------------------------------------------


def members_of(job: EnterJob) -> list[ParsedThread]:
    """The group's parsed threads, each post knowing its file."""
    threads = []
    for member, value in zip(job.members, job.values, strict=True):
        thread = msgspec.msgpack.decode(value, type=ParsedThread)
        for post in thread.posts:
            post.raw_path, post.raw_sha256 = member.raw_path, member.raw_sha256
        threads.append(thread)
    return threads


def enter_group(job: EnterJob) -> tuple[list[Entered], list[Reject], int]:
    """The group's threads, joined, as rows; rejects that count what joining and opting out left out; how many posts that is."""
    from pipeline.parse.join import join

    joined = join(members_of(job))
    entered, rejects, n_out = [], [], job.n_posts - sum(len(t.posts) for t in joined)
    source_id, raw_path = job.source_id, job.members[-1].raw_path
    first = thread_id_of(joined[0], source_id)
    if n_out:
        detail = f"{n_out} posts shown again on another page or capture; nothing to do"
        what = Rejected(kind="post", reason="duplicate", place=f"thread {first}", detail=detail)
        rejects.append(reject(source_id, raw_path, what))
    for whole in joined:
        thread = honoured(whole, job.opted_out, source_id, job.secret) if job.opted_out else whole
        if thread:
            entered.append(enter(thread, source_id, job.secret, whole))
        if thread != whole:
            gone = len(whole.posts) - (len(thread.posts) if thread else 0)
            n_out += gone
            what = Rejected(kind="post", reason="opted_out", place=f"thread {thread_id_of(whole, source_id)}",
                            detail=f"{gone} posts, and quotes of them, left out: their authors' wish")  # fmt: skip
            rejects.append(reject(source_id, raw_path, what))
    for e in entered:
        if faults := list(check_rows({"threads": [e.thread], "posts": e.posts, "quotes": e.quotes})):
            raise CheckError("; ".join(faults[:3]))
    return entered, rejects, n_out


def content(entered: list[Entered]) -> str:
    """A hash of what extraction reads of a group: all but the hash of the file it was in."""
    read = [(e.thread, [dataclasses.replace(p, raw_sha256="") for p in e.posts], e.quotes) for e in entered]
    return digest([msgspec.msgpack.encode(read)])


def run_enter(job: EnterJob) -> list[Result]:
    """A group that cannot be entered is a reject for each of its pages."""
    rejects: list[Reject] = []
    entered: list[Entered] = []
    try:
        entered, rejects, left_out = enter_group(job)
        if entered:
            entered[0].rejects, rejects = rejects, []
        value = msgspec.msgpack.encode((entered, rejects))
        msgspec.msgpack.decode(value, type=tuple[list[Entered], list[Reject]])
    except MemoryError:
        raise
    except Exception as e:
        what = Rejected(kind="page", reason="crashed", detail=fault(e))
        rejects = [reject(job.source_id, m.raw_path, what, m.index) for m in job.members]
        entered, left_out, value = [], job.n_posts, msgspec.msgpack.encode(([], rejects))
    ids = [e.thread.thread_id for e in entered]
    summary = EnterSummary(ids, sum(len(e.posts) for e in entered), left_out, content(entered))
    return [(job.key, msgspec.msgpack.encode(summary), value)]


# --- extract ---------------------------------------------------------------------------------------------------------


def extractor(name: str) -> Extractor:
    """The function `module:function` names; importing it may load spaCy and models."""
    module, _, function = name.partition(":")
    found: Extractor = getattr(importlib.import_module(module), function)
    return found


def by_key(rows: Sequence[Any]) -> list[Any]:
    """Rows sorted by their table's key, which is always the first column."""
    name = rows[0].__slots__[0] if rows else ""
    return sorted(rows, key=lambda r: getattr(r, name))


def extract(entered: Entered, extract_thread: Extractor) -> Extracted:
    """The rows of one thread, checked; a thread that crashes or breaks a check keeps its posts and becomes a reject."""
    thread, posts, quotes = entered.thread, entered.posts, entered.quotes
    try:
        mentions, experiences, effects, events = (by_key(rows) for rows in extract_thread(thread, posts, quotes))
        found = Extracted(mentions=mentions, experiences=experiences, effects=effects, events=events)
        tables: dict[str, Sequence[Any]] = {"threads": [thread], "posts": posts, "quotes": quotes, "mentions": mentions,
                  "experiences": experiences, "effects": effects, "events": events}  # fmt: skip
        if faults := list(check_rows(tables)):
            raise CheckError("; ".join(faults[:3]))
        return msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Extracted)
    except MemoryError:
        raise
    except Exception as e:
        return nothing(entered, Rejected(kind="page", reason="crashed", detail=fault(e)))


def nothing(entered: Entered, what: Rejected) -> Extracted:
    """No rows for a thread, and a reject that says so; its posts stay."""
    thread, posts = entered.thread, entered.posts
    what = dataclasses.replace(what, place=f"extracting thread {thread.thread_id}")
    rejects = [reject(thread.source_id, posts[0].raw_path, what)]
    return Extracted(mentions=[], experiences=[], effects=[], events=[], rejects=rejects)


def run_extract(job: ExtractJob) -> list[Result]:
    """A thread that cannot be read is a reject; the rest of its group is not concerned."""
    entered, _ = msgspec.msgpack.decode(job.value, type=tuple[list[Entered], list[Reject]])
    function = extractor(job.extractor)
    return [(job.key, b"", msgspec.msgpack.encode([extract(e, function) for e in entered]))]


def run_job_killed(job: Job) -> list[Result]:
    """The result of a job that takes its process down every time: rejects, so that the rest is built."""
    told = "takes the process down (out of memory, or a fault in a library); please report it, with the input"
    if isinstance(job, ParseJob):
        parsed = Parsed([], [Rejected(reason="crashed", detail=f"the file {told}")])
        summary = msgspec.msgpack.encode(ParseSummary([], parsed.rejects))
        return [(job.key, summary, b"")]
    what = Rejected(kind="page", reason="crashed", detail=f"the thread {told}")
    if isinstance(job, EnterJob):
        rejects = [reject(job.source_id, m.raw_path, what, m.index) for m in job.members]
        summary = msgspec.msgpack.encode(EnterSummary([], 0, job.n_posts))
        return [(job.key, summary, msgspec.msgpack.encode(([], rejects)))]
    entered, _ = msgspec.msgpack.decode(job.value, type=tuple[list[Entered], list[Reject]])
    return [(job.key, b"", msgspec.msgpack.encode([nothing(e, what) for e in entered]))]
