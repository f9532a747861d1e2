"""Marked posts as the encoder is trained on them: word pieces, tags, and what is decided of each treatment and problem."""

import dataclasses
import random
from collections.abc import Mapping, Sequence

from pipeline.encoder import windows
from pipeline.encoder.labels import (
    EVENTS,
    OUTCOMES,
    PERSONS,
    PIECES,
    REASONS,
    RELATIONS,
    STATUSES,
    TAGS,
    TITLE_PIECES,
    TREATMENTS,
)
from pipeline.encoder.pieces import Pieces
from training import marked
from training.threads import Mark, MarkedPost, MarkedThread

LABELS = frozenset((*TREATMENTS, "PROBLEM"))
SWAPPED = frozenset({"PROBLEM", "PROCEDURE", "DEVICE", "THERAPY"})


@dataclasses.dataclass
class Item:
    """One window. `ids`: pieces; `tags`: a label a piece (-100: not scored). `treatments`/`problems`: piece ranges of marks.

    `decided[i]`: class distributions per span head of treatment i, None where its marks have no rows; `relations[i][j]`: class
    of treatment i and problem j, -100 where unknown.
    """

    ids: list[int]
    tags: list[int]
    treatments: list[tuple[int, int]]
    problems: list[tuple[int, int]]
    decided: list[dict[str, list[float]] | None]
    relations: list[list[int]]


@dataclasses.dataclass
class Post:
    """A marked post whatever file it is from; `rows` None where only mentions are marked."""

    title: str
    text: str
    marks: list[Mark]
    rows: MarkedPost | None


def of_threads(threads: Sequence[MarkedThread]) -> list[Post]:
    return [Post(t.title, p.text, list(p.marks), p) for t in threads for p in t.posts if p.text]


def of_posts(posts: Sequence[marked.Marked]) -> list[Post]:
    return [Post("", p.text, [Mark(a, b, label, ()) for a, b, label in p.spans], None) for p in posts]


def pools(posts: Sequence[Post]) -> dict[tuple[str, str], list[str]]:
    """The words of marks by label and the word before them, which what else may stand there has to suit."""
    out: dict[tuple[str, str], list[str]] = {}
    for post in posts:
        for m in post.marks:
            if m.label in SWAPPED:
                out.setdefault((m.label, _before(post.text, m.start)), []).append(post.text[m.start : m.end])
    return out


def varied(
    post: Post, drugs: Sequence[str], held: Mapping[tuple[str, str], Sequence[str]], rng: random.Random, share: float
) -> Post:
    """The post with some of its marks in other words, the same for all marks of a row or letter: variation on top of the text.

    Drugs take another name, of `drugs`; what SWAPPED holds takes words marked after the same word elsewhere (`held`).
    """
    chosen: dict[tuple[str, ...], str] = {}
    text, last, marks = "", 0, []
    for m in post.marks:
        words = post.text[m.start : m.end]
        text += post.text[last : m.start]
        last = m.end
        key = (m.label, *(m.keys or (words,)))
        if key not in chosen:
            choice = drugs if m.label == "DRUG" else held.get((m.label, _before(post.text, m.start)), ())
            chosen[key] = rng.choice(choice) if choice and rng.random() < share else ""
        words = chosen[key] or words
        marks.append(dataclasses.replace(m, start=len(text), end=len(text) + len(words)))
        text += words
    return dataclasses.replace(post, text=text + post.text[last:], marks=marks)


def _before(text: str, start: int) -> str:
    """The word before a place, lower case."""
    words = text[max(0, start - 30) : start].lower().split()
    return words[-1] if words else ""


def items(post: Post, pieces: Pieces) -> list[Item]:
    """The windows of a post."""
    head = [pieces.begin, *pieces.encode(post.title)[0][:TITLE_PIECES], pieces.sep]
    ids, offsets = pieces.encode(post.text)
    cut = windows(offsets, post.text, PIECES - len(head) - 1)
    return [_item(post, head, ids[a:b], offsets[a:b]) for a, b in cut]


def _item(post: Post, head: list[int], ids: list[int], offsets: Sequence[tuple[int, int]]) -> Item:
    item = Item(head + ids, [-100] * len(head) + [0] * len(ids), [], [], [], [])
    letters: list[tuple[str, ...]] = []
    keys: list[tuple[str, ...]] = []
    for m in post.marks:
        if m.label not in LABELS:
            continue
        inside = [i for i, (a, b) in enumerate(offsets) if a < m.end and m.start < b]
        if not inside:
            continue
        first, last = inside[0] + len(head), inside[-1] + 1 + len(head)
        for i in range(first, last):
            item.tags[i] = TAGS.index(("B-" if i == first else "I-") + m.label)
        if m.label == "PROBLEM":
            item.problems.append((first, last))
            letters.append(m.keys)
        else:
            item.treatments.append((first, last))
            keys.append(m.keys)
    for k in keys:
        rows = [r for r in post.rows.rows if r.key in k] if post.rows else []
        item.decided.append(_decided(rows) if rows else None)
        item.relations.append([_relation(rows, x) if rows else -100 for x in letters])
    return item


def _decided(rows: Sequence[object]) -> dict[str, list[float]]:
    """Class distributions over the rows the words stand for."""
    out = {"person": [0.0] * len(PERSONS), "status": [0.0] * len(STATUSES), "outcome": [0.0] * len(OUTCOMES),
           "events": [0.0] * len(EVENTS), "reason": [0.0] * len(REASONS)}  # fmt: skip
    part = 1 / len(rows)
    for r in rows:
        out["person"][PERSONS.index(r.person)] += part
        out["status"][STATUSES.index(r.status)] += part
        out["outcome"][OUTCOMES.index(r.outcome or "unsaid")] += part
        for kind in {k for k, _, _ in r.events}:
            out["events"][EVENTS.index(kind)] += part
        reason = next((why for _, why, _ in r.events if why), "unsaid")
        out["reason"][REASONS.index(reason)] += part
    return out


def _relation(rows: Sequence[object], letters: tuple[str, ...]) -> int:
    said = [w for r in rows for w, x in r.links if x in letters]
    return RELATIONS.index(said[0]) if said else 0
