"""One thread in, its mentions, experiences, effects and events out: tagging and reading put together."""

from pipeline.experience import Rows, Tags, experiences_of
from pipeline.records import Effect, Event, Experience, Mention, Post, Quote, Thread
from pipeline.tag import tag
from pipeline.tag.regimens import assign


def extract_thread(
    thread: Thread, posts: list[Post], quotes: list[Quote]
) -> tuple[list[Mention], list[Experience], list[Effect], list[Event]]:
    """Rows of a thread, each list in key order. Posts in a language other than English get no rows."""
    read = [p for p in posts if p.language in (None, "en")]
    mine = {p.post_id: [q for q in quotes if q.post_id == p.post_id] for p in read}
    fields = [thread.title or ""]
    for post in read:
        fields += [post.text, post.signature or "", *(q.text for q in mine[post.post_id])]
    found = iter(tag(fields))
    title = next(found)
    tags = [Tags(next(found), next(found), [next(found) for _ in mine[p.post_id]]) for p in read]
    rows: Rows = experiences_of(thread, read, [q for p in read for q in mine[p.post_id]], title, tags, assign)
    return rows.mentions, rows.experiences, rows.effects, rows.events
