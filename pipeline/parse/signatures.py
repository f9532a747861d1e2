"""Signatures that nothing in the mark-up tells: the lines one author ends every post with."""

import collections
from collections.abc import Sequence

from pipeline.parsed import ParsedPost

SHORTEST = 30  # characters; below, it is a farewell
MOST = 0.7  # of a post; one that is hardly more than what another ends with is a repetition


def separate_signatures(posts: Sequence[ParsedPost]) -> None:
    """Move what an author's posts, two at least, all end with from their text to their signature."""
    by_author: dict[str, list[ParsedPost]] = collections.defaultdict(list)
    for post in posts:
        if post.author and post.author_state == "named" and not post.signature and post.text:
            by_author[post.author].append(post)
    for own in by_author.values():
        end = shared_end([p.text for p in own]) if len(own) > 1 else ""
        if len(end) < SHORTEST or any(len(end) > MOST * len(p.text) for p in own):
            continue
        for post in own:
            post.text = post.text[: len(post.text) - len(end)].rstrip()
            post.signature = end
            for quote in post.quotes:
                quote.offset = min(quote.offset, len(post.text))


def shared_end(texts: list[str]) -> str:
    """The longest run of whole lines that all texts end with."""
    lines = [t.split("\n") for t in texts]
    n = 0
    while all(len(x) > n + 1 for x in lines) and len({x[-n - 1] for x in lines}) == 1:
        n += 1
    return "\n".join(lines[0][len(lines[0]) - n :]).lstrip("\n") if n else ""
