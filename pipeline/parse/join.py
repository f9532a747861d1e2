"""Pages and captures of one thread → one thread."""

import collections
import dataclasses
import datetime as dt
from collections.abc import Hashable, Iterable

from pipeline.parse.quotes import separate_matched
from pipeline.parsed import ParsedPost, ParsedThread


def join(threads: list[ParsedThread]) -> list[ParsedThread]:
    """The threads with pages and repeated captures put together and each post kept once, in the order the threads first come.

    Same thread: same `key`; without a key (text dumps), the same title and first post, or the next page of the same title.
    Of a post captured twice the latest capture counts. Give it the threads of one source, in a fixed order.
    """
    groups: dict[Hashable, list[ParsedThread]] = {}
    heads: dict[str | None, Hashable] = {}  # title → the key-less thread it last began
    for thread in threads:
        identity: Hashable = ("key", thread.key)
        if thread.key is None:
            first = thread.posts[0]
            identity = ("first", thread.title, first.author, first.posted_at_text, first.text[:200])
            if thread.page > 1:
                identity = heads.get(thread.title, identity)
            heads[thread.title] = identity
        groups.setdefault(identity, []).append(thread)
    return [merge(group) if len(group) > 1 else group[0] for group in groups.values()]


def merge(group: list[ParsedThread]) -> ParsedThread:
    """One thread of several pages or captures: posts renumbered 1…n, their references carried over, quotes across pages found."""
    captures = sorted(group, key=lambda t: t.captured_at or dt.datetime.min, reverse=True)
    chosen: dict[Hashable, tuple[int, int, int, ParsedPost]] = {}  # page, position there, capture, post
    stands: dict[tuple[int, int | None], Hashable] = {}  # (capture, position there) → which post that is
    for n, thread in enumerate(captures):
        for post, identity in zip(thread.posts, identities(thread), strict=True):
            stands[n, post.position] = identity
            chosen.setdefault(identity, (thread.page, post.position, n, post))
    kept = sorted(chosen.items(), key=lambda item: item[1][:3])
    if oldest_first(captures):
        kept.sort(key=lambda item: item[1][3].posted_at or dt.datetime.max)
    place = {identity: at for at, (identity, _) in enumerate(kept, 1)}
    numbered = {post.native_id: place[identity] for identity, (_, _, _, post) in kept if post.native_id}
    posts = []
    for identity, (_, _, n, post) in kept:
        quotes = [
            dataclasses.replace(
                q, quoted_position=place.get(stands.get((n, q.quoted_position))) or numbered.get(q.quoted_id or "")
            )
            for q in post.quotes
        ]
        reply = place.get(stands.get((n, post.reply_to_position)))
        posts.append(dataclasses.replace(post, position=place[identity], reply_to_position=reply, quotes=quotes))
    first = min(captures, key=lambda t: t.page)
    return dataclasses.replace(first, posts=separate_matched(posts), captured_at=captures[0].captured_at)


def identities(thread: ParsedThread) -> Iterable[Hashable]:
    """What tells the posts of one capture apart, the same in another capture: the board's number; else author, time and how many
    of his it is in that minute; else the words."""
    seen: collections.Counter[Hashable] = collections.Counter()
    for post in thread.posts:
        key: Hashable
        if post.native_id:
            key = ("id", post.native_id)
        elif post.posted_at and post.posted_at_precision == "minute":
            key = ("time", post.author, post.posted_at)
        else:
            key = ("words", post.author, post.posted_at_text, " ".join(post.text.split()))
        seen[key] += 1
        yield key, seen[key]


def oldest_first(captures: Iterable[ParsedThread]) -> bool:
    """Whether every post has a time and every capture shows its posts in that order."""
    times = [[p.posted_at if p.posted_at_precision == "minute" else None for p in t.posts] for t in captures]
    return all(a and b and a <= b for ts in times for a, b in zip(ts, ts[1:] or ts, strict=False))
