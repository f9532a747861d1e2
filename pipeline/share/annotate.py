"""Threads as tasks of Label Studio, with what was extracted as predictions to correct; `corrections` reads them back.

A task is a thread, its posts the paragraphs of a dialogue. A row is a region over its words (for a treatment taken from the title
or a quote, over the words the row rests on), what it says are answers on the region, its effects are relations to regions of
problems. Rows taken from signatures are no part of a post and are left out. The set-up is label_studio.xml.
"""

import importlib.metadata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.tables import load

CONFIG = Path(__file__).with_name("label_studio.xml")
CHOICES = ("person", "status", "resolution", "outcome")
NUMBERS = ("dose_low", "doses_per_day", "daily_dose_mg", "duration_days")
TEXTS = {"treatment": "treatment_name", "dose_unit": "dose_unit", "route": "route"}  # name in the set-up: column
BROUGHT = ("stop", "switch")
Result = dict[str, Any]


def units(text: str, at: int) -> int:
    """Where a code point stands in UTF-16 units, in which browsers count."""
    return len(text[:at].encode("utf-16-le")) // 2


def tasks(folder: Path, where: str | None = None, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Tasks of the threads that have experiences for which the SQL condition `where` holds, at most `limit`, by thread_id.

    Raises what `load` raises.
    """
    chosen = sorted(load("experiences", where, folder)["thread_id"].unique())[:limit]
    posts, titles = by(folder, "posts", "thread_id"), by(folder, "threads", "thread_id")
    quotes = by(folder, "quotes", "post_id")
    parts = {name: by(folder, name, "post_id") for name in ("mentions", "experiences", "effects")}
    events = by(folder, "events", "experience_id")
    version = f"threadrx {importlib.metadata.version('threadrx')}"
    for thread_id in chosen:
        results: list[Result] = []
        for at, post in enumerate(posts[thread_id]):
            results += regions(at, post.text, {name: rows[post.post_id] for name, rows in parts.items()}, events)
        shown = [post_of(p, quotes[p.post_id]) for p in posts[thread_id]]
        data = {"id": thread_id, "title": plain(titles[thread_id][0].title) or "", "posts": shown}
        yield {"data": data, "predictions": [{"model_version": version, "result": results}]}


def by(folder: Path, table: str, column: str) -> dict[str, list[Any]]:
    """The rows of a table by a column, in the table's order; a value nobody has, none."""
    out: dict[str, list[Any]] = defaultdict(list)
    for row in load(table, folder=folder).itertuples(index=False):
        out[str(getattr(row, column))].append(row)
    return out


def plain(value: Any) -> Any:
    """A value of a table as JSON has it: nulls None."""
    return None if value is None or value != value else value


def post_of(post: Any, quotes: list[Any]) -> dict[str, Any]:
    """A post as `threadrx extract` reads it."""
    when = post.posted_at.strftime("%Y-%m-%dT%H:%M") if plain(post.posted_at) else None
    quoted = [{"author": plain(q.author_id), "text": q.text} for q in quotes]
    return {"author": plain(post.author_id) or "?", "posted_at": when, "text": post.text, "quotes": quoted,
            "signature": plain(post.signature)}  # fmt: skip


def regions(at: int, text: str, mine: dict[str, list[Any]], events: dict[str, list[Any]]) -> list[Result]:
    """The regions and relations of one post, the paragraph number `at`."""
    out: list[Result] = []
    mentions = {m.mention_id: m for m in mine["mentions"] if m.field == "text"}
    told = {e.experience_id: e for e in mine["experiences"] if e.resolution != "signature"}
    for row in told.values():
        words = mentions.get(row.mention_id)
        start, end = (words.start, words.end) if words else (row.evidence_start, row.evidence_end)
        out += answers(row, place(at, text, start, end), events[row.experience_id])
    used = {row.mention_id for row in told.values()}
    for m in mentions.values():
        if m.mention_id not in used:
            out.append(labelled(m.mention_id, place(at, text, m.start, m.end), m.label))
    for effect in mine["effects"]:
        if effect.experience_id in told and effect.mention_id in mentions:
            said = [effect.relation] + ([effect.polarity] if effect.polarity != "affirmed" else [])
            out.append({"type": "relation", "from_id": effect.experience_id, "to_id": effect.mention_id, "direction": "right",
                        "labels": said})  # fmt: skip
    return out


def place(at: int, text: str, start: int, end: int) -> dict[str, Any]:
    """Where a region stands, as Label Studio's Paragraphs say it."""
    return {"start": str(at), "end": str(at), "startOffset": units(text, start), "endOffset": units(text, end),
            "text": text[start:end]}  # fmt: skip


def labelled(id: str, where: dict[str, Any], label: str) -> Result:
    """A region with its label."""
    return {"id": id, "from_name": "label", "to_name": "thread", "type": "paragraphlabels",
            "value": where | {"paragraphlabels": [label]}}  # fmt: skip


def answers(row: Any, where: dict[str, Any], events: list[Any]) -> Iterator[Result]:
    """The region of an experience, and what it says as answers on it; what was assumed and not stated is not said."""

    def answer(name: str, kind: str, value: dict[str, Any]) -> Result:
        return {"id": row.experience_id, "from_name": name, "to_name": "thread", "type": kind, "value": where | value}

    yield labelled(row.experience_id, where, row.treatment_type.upper())
    for name in CHOICES:
        if value := plain(getattr(row, name)):
            yield answer(name, "choices", {"choices": [value]})
    for name in () if row.dose_inferred else NUMBERS:
        if (number := plain(getattr(row, name))) is not None:
            yield answer(name, "number", {"number": number})
    for name, column in TEXTS.items():
        if (column != "route" or not row.route_inferred) and (value := plain(getattr(row, column))):
            yield answer(name, "textarea", {"text": [value]})
    if events:
        yield answer("events", "choices", {"choices": sorted({e.kind for e in events})})
    if reasons := [e.reason_kind for e in events if e.kind in BROUGHT and plain(e.reason_kind)]:
        yield answer("reason", "choices", {"choices": [reasons[-1]]})
