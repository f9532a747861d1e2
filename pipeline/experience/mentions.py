"""The mentions of a post as records: what tagging found, words that stand for a treatment, and what each problem is to it."""

import dataclasses
from collections.abc import Iterable

from pipeline.encoder import Pass
from pipeline.experience.effects import enumeration, polarity, problem_tokens
from pipeline.experience.tell import Row
from pipeline.experience.told import Story
from pipeline.records import Field, Mention, Polarity, Post, Quote, Role
from pipeline.spans import Quantity, Tagged

ROLE: dict[str, Role] = {"treats": "indication", "causes": "side_effect", "withdrawal": "withdrawal"}
ORDER = {"text": 0, "title": 1, "quote": 2, "signature": 3}
Key = tuple[Field, str | None, int, int]  # field, quote_id, start, end


@dataclasses.dataclass(slots=True)
class Tags:
    """What tagging found in each field of one post, and the encoder's pass over its text where there was one."""

    text: list[Tagged]
    signature: list[Tagged]
    quotes: list[list[Tagged]]
    seen: Pass | None = None


def write_mentions(
    out: list[Mention],
    post: Post,
    quotes: list[Quote],
    tags: Tags,
    title: list[Tagged],
    story: Story,
    told: list[Row],
    quantities: Iterable[Tagged],
) -> dict[Key, str]:
    """Append the mentions of a post, in order of field and place, and return their ids. Title mentions go with the first post.

    `quantities`: what the regimens rest on, with the bare numbers that only a treatment beside them makes a dose.
    """
    held: dict[Key, tuple[Tagged, Polarity | None, Role | None]] = {}
    fields: list[tuple[Field, str | None, list[Tagged]]] = [
        ("text", None, tags.text),
        ("signature", None, tags.signature),
    ]
    fields += [("quote", q.quote_id, ts) for q, ts in zip(quotes, tags.quotes, strict=True)]
    fields += [("title", None, title)] if post.position == 1 else []
    for field, quote_id, found in fields:
        for t in found:
            if not t.weak:
                held[field, quote_id, t.start, t.end] = (t, None, None)
    for t, said in _problems(story):
        held["text", None, t.start, t.end] = (t, said, "other")
    for row in told:
        words = row.words.tagged
        held.setdefault(("text", None, words.start, words.end), (words, None, None))
        for k in row.links:
            held["text", None, k.problem.start, k.problem.end] = (k.problem, k.polarity, ROLE[k.relation])
    named = [t for t in tags.text if t.quantity is not None]
    for t in quantities:
        if "count_of" not in (t.method or "") and not any(
            t.label == o.label and t.start < o.end and o.start < t.end for o in named
        ):
            held.setdefault(("text", None, t.start, t.end), (t, None, None))
    ids = {}
    for n, key in enumerate(sorted(held, key=lambda k: (ORDER[k[0]], k[1] or "", k[2], k[3])), 1):
        ids[key] = f"{post.post_id}-m{n:04d}"
        out.append(_mention(ids[key], post.post_id, key, *held[key]))
    return ids


def _problems(story: Story) -> list[tuple[Tagged, Polarity]]:
    """Problems of the text with whether the words before them deny them."""
    out = []
    for sentence in story.sentences:
        places = problem_tokens(sentence)
        for i in places:
            t = sentence.tokens[i].tagged
            if t is not None:
                out.append((t, polarity(sentence.tokens, enumeration(sentence.tokens, places, i), i)))
    return out


def _mention(mention_id: str, post_id: str, key: Key, t: Tagged, said: Polarity | None, role: Role | None) -> Mention:
    value, unit = number(t.quantity) if t.quantity is not None else (None, None)
    return Mention(
        mention_id=mention_id,
        post_id=post_id,
        field=key[0],
        quote_id=key[1],
        start=t.start,
        end=t.end,
        text=t.text,
        label=t.label,
        concept_id=t.concept_id,
        concept_name=t.concept_name,
        value=value,
        unit=unit,
        polarity=said,
        role=role,
        method=t.method,
        score=round(t.score, 3),
    )


def number(q: Quantity) -> tuple[float | None, str | None]:
    """The one number of a quantity and its unit: an amount, intakes a day, days; for a route or form its word as unit."""
    for value, unit in ((q.days, "day"), (q.low, q.unit), (q.high, q.unit), (q.per_day, "1/day")):
        if value is not None:
            return value, unit
    return None, q.word
