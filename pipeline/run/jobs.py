"""What the stages hand each other: results, what planning needs to know of them, and the jobs that make them."""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator

from pipeline.parsed import ParsedThread, Rejected
from pipeline.records import Effect, Event, Experience, Mention, Reject
from pipeline.run.opt_out import OptOuts
from pipeline.run.sources import Source


@dataclasses.dataclass(slots=True)
class Parsed:
    """What is in one file."""

    threads: list[ParsedThread]
    rejects: list[Rejected]


@dataclasses.dataclass(slots=True)
class ParseSummary:
    """What planning needs to know of a file: for each thread its group and number of posts; the rejects."""

    threads: list[tuple[str, int]]
    rejects: list[Rejected]


@dataclasses.dataclass(slots=True)
class EnterSummary:
    """What planning needs to know of a group: its threads' ids, posts kept, posts left out, and a hash of what extraction reads
    of it, so that a page saved again, or another page of the same file, is not read again."""

    thread_ids: list[str]
    n_posts: int
    n_left_out: int
    content: str = ""


@dataclasses.dataclass(slots=True, kw_only=True)
class Extracted:
    """The rows tagging and extraction add to one thread."""

    mentions: list[Mention]
    experiences: list[Experience]
    effects: list[Effect]
    events: list[Event]
    rejects: list[Reject] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class ParseJob:
    """A file to parse. The hash was taken of these very bytes."""

    key: str
    path: str
    sha256: str
    time_zone: str | None
    date_order: str | None
    captured_at: dt.datetime | None


@dataclasses.dataclass(slots=True)
class Member:
    """A parsed thread that is part of a group: the file its words come from, and its place there."""

    parse_key: str
    index: int
    raw_path: str
    raw_sha256: str

    @property
    def key(self) -> str:
        """The key its parsed thread is kept under, beside its file's: a group reads its own threads, not whole archives."""
        return f"{self.parse_key}-{self.index}"


@dataclasses.dataclass(slots=True)
class EnterJob:
    """Threads of one source that may be pages or captures of one another. `values` are the members' parsed threads."""

    key: str
    source_id: str
    secret: bytes
    members: list[Member]
    n_posts: int
    values: list[bytes]
    opted_out: OptOuts = OptOuts()


@dataclasses.dataclass(slots=True)
class ExtractJob:
    """Entered threads to tag and read. `extractor` is `module:function`."""

    key: str
    value: bytes
    extractor: str


Job = ParseJob | EnterJob | ExtractJob
Result = tuple[str, bytes, bytes]  # key, summary, value


@dataclasses.dataclass(slots=True)
class Group:
    """Threads that may be pages or captures of one another, and the keys of their results."""

    source: Source
    secret: bytes
    members: list[Member]
    n_posts: int = 0
    opted_out: OptOuts = OptOuts()
    enter_key: str = ""
    extract_key: str = ""


def threads_in_order(groups: Iterable[Group], entered: dict[str, EnterSummary]) -> Iterator[tuple[str, Group, int]]:
    """(thread_id, its group, its place there), by thread_id: the order of every table."""
    at: dict[str, list[tuple[Group, int]]] = defaultdict(list)
    for g in groups:
        for n, thread_id in enumerate(entered[g.enter_key].thread_ids):
            at[thread_id].append((g, n))
    for thread_id in sorted(at):
        for g, n in at[thread_id]:
            yield thread_id, g, n
