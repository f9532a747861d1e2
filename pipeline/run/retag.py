"""A changed vocabulary: the results of threads that contain nothing of what changed are carried over."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from pipeline.records import Mention, Reject
from pipeline.run.enter import Entered
from pipeline.run.fingerprints import digest
from pipeline.run.jobs import Extracted
from pipeline.run.store import Store
from pipeline.vocabulary import Concept, Vocabulary, load_vocabulary, vocabulary_of

FILE = "vocabulary.msgpack"  # in the cache: the entries results were made with
MANY = 500  # results carried over at once


def entries(vocabulary: Vocabulary) -> bytes:
    """The entries in a form that is the same for the same entries."""
    return msgspec.msgpack.encode(list(vocabulary.concepts.values()), order="deterministic")


def entries_key() -> str:
    """A hash of the vocabulary's entries."""
    return digest([entries(load_vocabulary())])


def before(cache: Path) -> tuple[Vocabulary, str] | None:
    """The vocabulary of the last build that extracted, and its hash; None where there is none that can be read."""
    try:
        data = (cache / FILE).read_bytes()
        return vocabulary_of(msgspec.msgpack.decode(data, type=list[Concept])), digest([data])
    except (OSError, msgspec.MsgspecError):
        return None


def remember(cache: Path) -> None:
    """Keep the vocabulary beside the results made with it; whole or not at all."""
    part = cache / f"{FILE}.part"
    part.write_bytes(entries(load_vocabulary()))
    part.replace(cache / FILE)


def carry(
    store: Store, old: Vocabulary, keys: Mapping[str, tuple[str, str]], progress: Callable[[str, int, int], None]
) -> str:
    """Carry over what the change from `old` to the vocabulary of today cannot concern. Returns what was done, in a sentence.

    `keys` are, by a result's key under the new vocabulary, its key under the old one and that of the entered thread.
    """
    from pipeline.tag.touched import changes, concerned, linked_otherwise, words_of

    done = store.summaries(keys)
    there = store.summaries(was for was, _ in keys.values())
    left = {key: (was, entered) for key, (was, entered) in keys.items() if key not in done and was in there}
    if not left:
        return ""
    by = changes(old, load_vocabulary())
    if by.unsure:
        return f"the vocabulary changed, and all {len(left):,} threads are tagged again: {by.unsure}"
    same: list[tuple[str, str]] = []
    n = 0
    for at, (key, (was, entered)) in enumerate(left.items(), 1):
        if concerned(words_of(texts(store.value(entered))), by) or linked_otherwise(mentions(store.value(was))):
            n += 1
        else:
            same.append((was, key))
        if len(same) == MANY or at == len(left):
            store.copy(same)
            same = []
            progress("compare", at, len(left))
    return f"the vocabulary changed: {n:,} of {len(left):,} threads could contain what did, and are tagged again"


def texts(value: bytes) -> Iterable[str]:
    """Everything of a group of threads that is tagged."""
    for e in msgspec.msgpack.decode(value, type=tuple[list[Entered], list[Reject]])[0]:
        yield e.thread.title or ""
        for post in e.posts:
            yield post.text
            yield post.signature or ""
        yield from (q.text for q in e.quotes)


def mentions(value: bytes) -> Iterable[Mention]:
    """The mentions of a group of threads as they were extracted."""
    for e in msgspec.msgpack.decode(value, type=list[Extracted]):
        yield from e.mentions
