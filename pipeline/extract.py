"""One thread in, its mentions, experiences, effects and events out: tagging and reading put together."""

from pipeline.experience import Rows, Tags, experiences_of
from pipeline.records import Effect, Event, Experience, Mention, Post, Quote, Thread
from pipeline.tag import tag
from pipeline.tag.regimens import assign

Tables = tuple[list[Mention], list[Experience], list[Effect], list[Event]]


def extract_thread(thread: Thread, posts: list[Post], quotes: list[Quote]) -> Tables:
    """Rows of a thread, each list in key order. Posts in a language other than English get no rows."""
    return _extract(thread, posts, quotes, learned=True)


def extract_thread_fast(thread: Thread, posts: list[Post], quotes: list[Quote]) -> Tables:
    """The same by vocabulary and rules alone, without the encoder: several times as fast, less right (docs/SCORES.md)."""
    return _extract(thread, posts, quotes, learned=False)


def _extract(thread: Thread, posts: list[Post], quotes: list[Quote], learned: bool) -> Tables:
    read = [p for p in posts if p.language in (None, "en")]
    mine = {p.post_id: [q for q in quotes if q.post_id == p.post_id] for p in read}
    title = thread.title or ""
    fields, by_encoder = [title], [False]
    for post in read:
        fields += [post.text, post.signature or "", *(q.text for q in mine[post.post_id])]
        by_encoder += [learned, False, *(False for _ in mine[post.post_id])]
    found = iter(tag(fields, by_encoder, title))
    named = next(found).tagged
    tags = []
    for post in read:
        text, signature = next(found), next(found)
        tags.append(Tags(text.tagged, signature.tagged, [next(found).tagged for _ in mine[post.post_id]], text.seen))
    rows: Rows = experiences_of(thread, read, [q for p in read for q in mine[p.post_id]], named, tags, assign)
    return rows.mentions, rows.experiences, rows.effects, rows.events
