"""Why a row is there: the words it rests on, where they stand, and the rule or model behind each value."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

AT = {"text": "in the post", "title": "in the thread's title", "quote": "in a quote", "signature": "in the signature"}
IDS = {
    "experience_id",
    "post_id",
    "thread_id",
    "author_id",
    "mention_id",
    "method",
    "score",
    "evidence_start",
    "evidence_end",
}


def find(folder: Path, table: str, column: str, value: str) -> list[dict[str, Any]]:
    """The rows of a table whose column has a value, in order of the table."""
    path = folder / f"{table}.parquet"
    if not path.exists():
        raise FileNotFoundError(f"no table {table!r} in {folder}: run `make dataset` first")
    found = duckdb.connect().sql(f"SELECT * FROM read_parquet(?) WHERE {column} = ?", params=[str(path), value])
    names = found.columns
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def why(folder: Path, experience_id: str) -> dict[str, Any]:
    """An experience with its post, effects, events and mentions (by id). Raises KeyError where there is none."""
    rows = find(folder, "experiences", "experience_id", experience_id)
    if not rows:
        raise KeyError(f"no experience {experience_id!r} in {folder}; ids are in experiences.parquet")
    (row,) = rows
    mentions = {m["mention_id"]: m for m in find(folder, "mentions", "post_id", row["post_id"])}
    mentions |= {m["mention_id"]: m for m in find(folder, "mentions", "mention_id", row["mention_id"])}
    return {
        "experience": row,
        "post": find(folder, "posts", "post_id", row["post_id"])[0],
        "thread": find(folder, "threads", "thread_id", row["thread_id"])[0],
        "mentions": mentions,
        "effects": find(folder, "effects", "experience_id", experience_id),
        "events": find(folder, "events", "experience_id", experience_id),
    }


def marked(text: str, spans: list[tuple[int, int, str]]) -> str:
    """A text with spans (start, end, label) in brackets, `[baclofen|treatment]`; of spans that overlap the first is marked."""
    out, at = [], 0
    for start, end, label in sorted(spans):
        if start >= at:
            out += [text[at:start], f"[{text[start:end]}|{label}]"]
            at = end
    return "".join(out) + text[at:]


def explain(found: dict[str, Any]) -> Iterator[str]:
    """The lines `threadrx why` prints for what `why` found."""
    row, post = found["experience"], found["post"]
    yield f"{row['experience_id']}: {row['treatment_name']} ({row['treatment_type']}), {row['person']}, {row['status']}"
    yield f"post {post['position']} of thread {row['thread_id']} {found['thread']['title'] or ''!r}, {post['raw_path']}"
    yield ""
    spans = [(m["start"], m["end"], label) for label, m in named(found) if m and m["field"] == "text"]
    yield marked(post["text"], spans)
    yield ""
    start, end = row["evidence_start"], row["evidence_end"]
    yield f"rests on text[{start}:{end}]: {post['text'][start:end]!r}"
    for label, m in named(found):
        if m:
            means = m["concept_name"] or m["label"]
            yield f"{label}: {m['text']!r} {AT[m['field']]} [{m['start']}:{m['end']}] = {means}, by {m['method']}"
    yield ""
    yield f"decided by {row['method']}, score {row['score']:.2f}"
    for name, value in values(row):
        yield f"  {name:<22}{value}"
    for step in linked(found):
        told = ", ".join(f"{k}={v}" for k, v in step.values.items())
        yield f"{step.table[:-1]}: {step.what}{f' {step.words!r}' if step.words else ''} ({told}), by {step.method}"


def named(found: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """The mentions a row rests on, each with what it is to the row."""
    yield "treatment", found["mentions"].get(found["experience"]["mention_id"])
    for effect in found["effects"]:
        yield effect["relation"], found["mentions"].get(effect["mention_id"])


def values(row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What an experience states, column by column; ids and places in the text left out."""
    return ((name, value) for name, value in row.items() if name not in IDS and value is not None)


@dataclasses.dataclass(frozen=True, slots=True)
class Linked:
    """An effect or event of an experience: which table, what it is (`causes`, `stop`), the words that name its problem,
    what else it states, the rule or model that found it."""

    table: str
    what: str
    words: str | None
    values: dict[str, Any]
    method: str


def linked(found: dict[str, Any]) -> Iterator[Linked]:
    """The effects and events of an experience."""
    for table, key in (("effects", "relation"), ("events", "kind")):
        for r in found[table]:
            words = found["mentions"].get(r.get("mention_id"), {}).get("text")
            told = {k: v for k, v in r.items() if v is not None and not k.endswith("_id") and k not in ("method", key)}
            yield Linked(table, r[key], words, told, r["method"])
