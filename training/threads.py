"""Marked threads of `training/threads/*.txt`: invented talk with its mentions marked in place and its rows below each post.

    ### X1-001 | migraine | tired teacher, UK | Propranolol after 3 weeks
    @ author | 2011-10-12
    GP put me on {DRUG:1 propranolol} for {PROBLEM:a migraines}. No {PROBLEM:b nausea}. {REF:2 It} was no good for Mum.
    = 1 propranolol | self current | helped | treats a ; no b | start, increase
    = 2 propranolol | family:mum past | none | stop:no_effect

A numbered mark stands for the row of that number, a lettered problem for the links that name it; `REF` marks words that stand
for a treatment which the post does not name in that role. Lines that begin with `>` are quoted. See training/threads/README.md.
"""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pipeline.records import EventKind, Outcome, Person, ReasonKind, Status
from training.marked import LABELS, unmarked

FOLDER = Path(__file__).parent / "threads"
TREATMENT = ("DRUG", "SUPPLEMENT", "DRUG_CLASS", "PROCEDURE", "DEVICE", "THERAPY", "REF")
RELATION = {"treats": ("treats", "affirmed"), "causes": ("causes", "affirmed"), "no": ("causes", "denied"),
            "withdrawal": ("withdrawal", "affirmed")}  # fmt: skip
MARK = re.compile(r"\{([A-Z_]+)(?::([\w,]+))? ([^{}]+)\}")


@dataclasses.dataclass(frozen=True)
class Mark:
    """A marked stretch of a post's text; `keys` are the rows (numbers) or the problem (a letter) it stands for."""

    start: int
    end: int
    label: str
    keys: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class MarkedRow:
    """One person's relation to one treatment. `links`: (word of RELATION, problem's letter); `events`: (kind, reason, to)."""

    key: str
    name: str
    person: str
    detail: str | None
    status: str
    outcome: str | None
    links: tuple[tuple[str, str], ...]
    events: tuple[tuple[str, str | None, str | None], ...]


@dataclasses.dataclass(frozen=True)
class MarkedPost:
    """`text` without marks and quoted lines; `marks` in order."""

    author: str
    posted_at: str
    text: str
    quoted: str
    marks: tuple[Mark, ...]
    rows: tuple[MarkedRow, ...]


@dataclasses.dataclass(frozen=True)
class MarkedThread:
    id: str
    condition: str
    voice: str
    title: str
    posts: tuple[MarkedPost, ...]


def read(path: Path) -> Iterator[MarkedThread]:
    """The threads of a file. Raises ValueError, with the thread, on a mark or row that is none."""
    for part in re.split(r"^### ", path.read_text("utf-8"), flags=re.M)[1:]:
        head, _, body = part.partition("\n")
        fields = [x.strip() for x in head.split("|", 3)]
        try:
            name, condition, voice, title = fields
            found = re.split(r"^@ (.+?) \| (\d{4}-\d\d-\d\d)\s*$", body, flags=re.M)
            posts = tuple(_post(*found[i : i + 3]) for i in range(1, len(found), 3))
        except ValueError as e:
            raise ValueError(f"{path.name}, {fields[0]}: {e}") from e
        yield MarkedThread(name, condition, voice, title, posts)


def threads(folder: Path = FOLDER) -> list[MarkedThread]:
    """All threads, by file and place."""
    return [thread for path in sorted(folder.glob("*.txt")) for thread in read(path)]


def _post(author: str, date: str, body: str) -> MarkedPost:
    lines = body.strip("\n").split("\n")
    quoted = "\n".join(x[1:].strip() for x in lines if x.startswith(">"))
    rows = tuple(_row(x[1:]) for x in lines if x.startswith("="))
    text, marks = _marks("\n".join(x for x in lines if not x.startswith((">", "="))).strip())
    known = {k for m in marks for k in m.keys}
    used = {r.key for r in rows} | {letter for r in rows for _, letter in r.links}
    if lost := sorted(used - known):
        raise ValueError(f"post of {author}: nothing is marked {', '.join(lost)}")
    rowless = sorted({k for m in marks if m.label != "PROBLEM" for k in m.keys} - {r.key for r in rows})
    if rowless:
        raise ValueError(f"post of {author}: no row {', '.join(rowless)}")
    return MarkedPost(author, date, text, quoted, marks, rows)


def _marks(body: str) -> tuple[str, tuple[Mark, ...]]:
    text, found = unmarked(body, MARK, (*LABELS, "REF"))
    return text, tuple(Mark(start, end, m[1], tuple(m[2].split(",")) if m[2] else ()) for start, end, m in found)


def _row(line: str) -> MarkedRow:
    head, who, *rest = (x.strip() for x in line.split("|"))
    key, _, name = head.partition(" ")
    person, _, status = who.rpartition(" ")
    person, _, detail = person.partition(":")
    outcome: str | None = None
    links: list[tuple[str, str]] = []
    events: list[tuple[str, str | None, str | None]] = []
    for part in rest:
        first = re.split(r"[ :>,]", part, maxsplit=1)[0]
        if part in get_args(Outcome):
            outcome = part
        elif first in RELATION:
            for piece in part.split(";"):
                word, *letters = piece.split()
                links += [(word, x) for x in letters]
        elif first in get_args(EventKind):
            events += [_event(x.strip()) for x in part.split(",")]
        elif part:
            raise ValueError(f"row {line.strip()!r}: {part!r} is no outcome, link or event")
    for value, allowed in ((person, get_args(Person)), (status, get_args(Status)), *((w, RELATION) for w, _ in links)):
        if value not in allowed:
            raise ValueError(f"row {line.strip()!r}: {value!r} is not one of {', '.join(allowed)}")
    return MarkedRow(key, name, person, detail or None, status, outcome, tuple(links), tuple(events))


def _event(said: str) -> tuple[str, str | None, str | None]:
    head, _, reason = said.partition(":")
    kind, _, to = head.partition(">")
    if kind not in get_args(EventKind) or (reason and reason not in get_args(ReasonKind)):
        raise ValueError(f"{said!r} is no event")
    return kind, reason or None, to or None


def as_gold(thread: MarkedThread) -> dict[str, Any]:
    """The thread as the scorer takes it. The marker's generic name counts as the treatment's name; doses are not in the rows."""
    rows = []
    for place, post in enumerate(thread.posts, 1):
        for row in post.rows:
            rows.append(_gold_row(place, post, row))
    posts = [
        {"author": p.author, "posted_at": p.posted_at, "text": p.text}
        | ({"quotes": [{"author": None, "text": p.quoted}]} if p.quoted else {})
        for p in thread.posts
    ]
    return {"id": thread.id, "title": thread.title, "posts": posts, "experiences": rows}


def _gold_row(place: int, post: MarkedPost, row: MarkedRow) -> dict[str, Any]:
    words = next(m for m in post.marks if row.key in m.keys and m.label != "PROBLEM")
    problems = {k: m for m in reversed(post.marks) if m.label == "PROBLEM" for k in m.keys}
    effects = [
        {"text": post.text[p.start : p.end], "start": p.start, "relation": RELATION[w][0], "polarity": RELATION[w][1]}
        for w, letter in row.links
        for p in [problems[letter]]
    ]
    events = [
        {"kind": kind} | ({"reason_kind": reason} if reason else {}) | ({"to": [to]} if to else {})
        for kind, reason, to in row.events
    ]
    kind = {"DRUG": "drug", "SUPPLEMENT": ["supplement", "drug"], "DRUG_CLASS": "drug_class"}.get(
        words.label, words.label.lower()
    )
    out = {
        "post": place,
        "text": post.text[words.start : words.end],
        "start": words.start,
        "treatment": [row.name],
        "type": ["drug", "supplement", "drug_class", "procedure", "device", "therapy"]
        if words.label == "REF"
        else kind,
        "person": row.person,
        "status": row.status,
        "effects": effects,
        "events": events,
        "open": ["dose_low", "dose_high", "dose_unit", "doses_per_day", "daily_dose_mg", "route", "duration_days"],
    }
    if words.label == "REF":
        out["resolution"] = ["pronoun", "title", "quote", "explicit"]
    return out | ({"outcome": row.outcome} if row.outcome else {})
