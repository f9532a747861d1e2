"""What a parser returns, before a thread enters the dataset: names still as shown, nothing masked, no ids of ours."""

import dataclasses
import datetime as dt

from pipeline.records import AuthorState, Precision


@dataclasses.dataclass(slots=True, kw_only=True)
class ParsedQuote:
    """A quoted passage. `offset` is where in the post's text it stood; `quoted_position` the 1-based post it came from.

    `shown`, where it differs from `text`: the passage as the page shows it, with the header that names whom it quotes.
    """

    text: str
    shown: str | None = None
    author: str | None = None
    offset: int = 0
    quoted_position: int | None = None
    quoted_id: str | None = None  # the board's own number of that post, as the quote names it
    method: str = "markup"


@dataclasses.dataclass(slots=True, kw_only=True)
class ParsedPost:
    """One post. `text` is the author's own words, paragraphs separated by a blank line, lines by a newline."""

    position: int
    text: str
    author: str | None = None
    author_state: AuthorState = "named"
    posted_at: dt.datetime | None = None
    posted_at_precision: Precision | None = None
    posted_at_text: str | None = None
    date_order: str | None = None
    quotes: list[ParsedQuote] = dataclasses.field(default_factory=list)
    signature: str | None = None
    reply_to_position: int | None = None
    title: str | None = None
    native_id: str | None = None  # the board's own number of the post, for deduplication
    raw_path: str | None = (
        None  # file it was read from and its SHA-256; set by whoever read the file, kept through joining
    )
    raw_sha256: str | None = None


@dataclasses.dataclass(slots=True, kw_only=True)
class ParsedThread:
    """One thread as read from one input. `key` is the board's own identity of the thread (its address or number)."""

    title: str | None
    posts: list[ParsedPost]
    software: str | None = None
    board: str | None = None
    url: str | None = None
    key: str | None = None
    page: int = 1
    captured_at: dt.datetime | None = None
    time_zone: str | None = None


@dataclasses.dataclass(slots=True, kw_only=True)
class Rejected:
    """An input, page or post that a parser could not take; see `records.Reject` for the fields."""

    reason: str
    detail: str
    kind: str = "input"
    place: str | None = None
