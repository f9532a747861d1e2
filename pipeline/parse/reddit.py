"""Reddit's submissions and comments, from whichever dump → a thread."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from pipeline.parse.cutouts import from_markdown, written
from pipeline.parse.dates import board_time
from pipeline.parse.documents import SourceSettings
from pipeline.parsed import ParsedPost, ParsedThread


class Item(msgspec.Struct):
    """A submission (it has a title) or a comment (it has a `link_id`), as the API and the dumps write it."""

    id: str
    author: str | None = None
    created_utc: float | None = None
    subreddit: str | None = None
    title: str | None = None
    selftext: str | None = None
    body: str | None = None
    link_id: str | None = None
    link_title: str | None = None
    parent_id: Any = None  # some dumps hold numbers
    permalink: str | None = None

    @property
    def thread(self) -> str:
        """The submission's number (base 36)."""
        return (self.link_id or self.id).removeprefix("t3_")


def thread_of(items: Iterable[Item], settings: SourceSettings) -> ParsedThread:
    """The submission (if it is there) as post 1 and its comments by time. A submission of a title only has said it there."""
    unique = {(i.link_id is not None, i.id): i for i in items}
    ordered = sorted(unique.values(), key=lambda i: (i.link_id is not None, i.created_utc or 0.0, len(i.id), i.id))
    place = {i.id if i.link_id else f"t3_{i.id}": n for n, i in enumerate(ordered, 1)}
    posts = []
    for n, item in enumerate(ordered, 1):
        parent = str(item.parent_id or "")
        post = ParsedPost(
            position=n, text="", author=item.author, native_id=item.id,
            reply_to_position=place.get(parent if parent.startswith("t3_") else parent.removeprefix("t1_")),
            posted_at=(time := moment(item.created_utc, settings)),
            posted_at_precision="minute" if time else None,
            posted_at_text=f"{item.created_utc:.0f}" if item.created_utc is not None else None,
        )  # fmt: skip
        words = item.body if item.link_id else item.selftext or item.title
        posts.append(from_markdown(post, written(words)))
    first = ordered[0]
    title = next((t for i in ordered if (t := i.title or i.link_title)), None)
    board = next((i.subreddit for i in ordered if i.subreddit), None)
    return ParsedThread(
        title=title, posts=posts, software="reddit", board=board, key=f"reddit#{first.thread}",
        url=f"https://www.reddit.com/r/{board}/comments/{first.thread}/" if board else None,
        time_zone=settings.time_zone or "UTC",
    )  # fmt: skip


def moment(seconds: float | None, settings: SourceSettings) -> dt.datetime | None:
    """Seconds since 1970 on the source's clock (UTC where it says none); None where they are no date."""
    try:
        return board_time(dt.datetime.fromtimestamp(int(seconds), dt.UTC), settings) if seconds is not None else None
    except (ValueError, OverflowError, OSError):
        return None
