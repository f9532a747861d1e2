"""The invented archive under data/raw: what was written into its pages is what the tables hold, no more and no less."""

from pathlib import Path

import msgspec
import pytest

from pipeline.tables import load

WRITTEN = Path(__file__).parent / "cases" / "example.jsonl"  # a thread a line, from the talk its pages were made of


class Written(msgspec.Struct, forbid_unknown_fields=True):
    """One thread: its source, its title, and who wrote when (board time), post by post."""

    source: str
    title: str
    posts: list[tuple[str, str]]


@pytest.fixture(scope="module")
def written() -> list[Written]:
    return [msgspec.json.decode(line, type=Written) for line in WRITTEN.read_bytes().splitlines()]


def test_every_post_is_there_with_its_author_and_its_date(dataset: Path, written: list[Written]) -> None:
    threads = load("threads", folder=dataset)
    posts = load("posts", folder=dataset).sort_values(["thread_id", "position"])
    rows = {
        (t.source_id, t.title): [
            (p.author_id, p.posted_at.strftime("%Y-%m-%dT%H:%M"))
            for p in posts[posts.thread_id == t.thread_id].itertuples()
        ]
        for t in threads.itertuples()
    }
    assert sorted(rows) == sorted((w.source, w.title) for w in written)
    for w in written:
        found = rows[w.source, w.title]
        assert [date for _, date in found] == [date for _, date in w.posts], w.title
        # a name has one pseudonym in a source: the same pairs, however often they stand there
        pairs = {(name, author) for (name, _), (author, _) in zip(w.posts, found, strict=True)}
        assert len(pairs) == len({n for n, _ in pairs}) == len({a for _, a in pairs}), w.title


def test_the_archive_is_broad_enough_to_show_something(dataset: Path, written: list[Written]) -> None:
    threads, courses = load("threads", folder=dataset), load("courses", folder=dataset)
    assert len(written) >= 60 and sum(len(w.posts) for w in written) >= 500
    assert threads.software.nunique() >= 12
    people = courses.groupby("treatment_name").patient_id.nunique()
    assert (people >= 8).sum() >= 8, people.nlargest(10).to_dict()
