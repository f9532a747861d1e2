"""Tables of posts: CSV (also `;`, tab or `|`), JSON lines or a JSON list; columns by name (`data/post_columns.csv`).

Rows are posts, put together to threads by `thread_id`, else `url`, else `title`; in the order of `position`, else of the rows.
JSON may also hold threads whose `posts` are such rows (what `threadrx extract` reads and `threadrx parse` writes).
"""

import csv
import datetime as dt
import functools
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from pipeline.parse import cutouts
from pipeline.parse.documents import Document
from pipeline.parse.lists import rows
from pipeline.parse.packing import head_of
from pipeline.parse.reddit import moment
from pipeline.parse.software import discourse_json, reddit_json, reddit_lines
from pipeline.parsed import ParsedPost, ParsedQuote, ParsedThread, Rejected

NAME = "post_table"
THREAD = ("thread_id", "url", "title")
HTML = re.compile(r"<(?:br|/p|/div|/blockquote)\s*/?>", re.I)
Row = dict[str, Any]


@functools.cache
def columns() -> dict[str, str]:
    """Name a column may have → our name for it."""
    return {name: r["column"] for r in rows("post_columns") for name in r["names"].split()}


def named(row: Row) -> Row:
    """The row with our names; of two columns that mean the same the first that has something counts."""
    out: Row = {}
    for key, value in row.items():
        column = columns().get(re.sub(r"\W+", "_", str(key).strip().lower()).strip("_"))
        if column and out.get(column) in (None, ""):
            out[column] = value
    return out


def recognises(doc: Document) -> bool:
    if doc.kind == "text":
        return dialect(doc.text) is not None
    if doc.kind == "lines":
        first = load(head_of(doc.data).lstrip(b"\xef\xbb\xbf \r\n").partition(b"\n")[0])
    elif doc.kind == "json" and not any(p.recognises(doc) for p in (discourse_json, reddit_json)):
        first = next((v for v in json_rows(doc.json)), None)
    else:
        return False
    return isinstance(first, dict) and is_row(first) and not reddit_lines.recognises(doc)


def is_row(value: Row) -> bool:
    """Whether an object is a post (its words and something about them), a thread of such, or lacks only some column of those."""
    posts = value.get("posts")
    if isinstance(posts, list) and posts and isinstance(posts[0], dict):
        return "text" in named(posts[0])
    found = named(value)
    return len(found) >= (2 if "text" in found else 3)


def dialect(text: str) -> str | None:
    """The delimiter of a table of posts: the one that makes the first line name most columns; None where it names none."""
    line = text.lstrip().partition("\n")[0][:5000]
    best = max(",;\t|", key=lambda d: len(named(dict.fromkeys(cells(line, d)))))
    names = cells(line, best)
    found = named(dict.fromkeys(names))
    enough = len(found) >= (2 if "text" in found else 3)
    return best if enough and all(len(n) < 40 for n in names) else None


def cells(line: str, delimiter: str) -> list[str]:
    return [c.strip().strip("\"'") for c in line.split(delimiter)]


def json_rows(value: Any) -> list[Any]:
    """The objects of a JSON list, one object alone, or the list an object holds (`{"data": […]}`)."""
    if isinstance(value, dict) and not is_row(value):
        value = next((v for v in value.values() if isinstance(v, list) and v and isinstance(v[0], dict)), [])
    return value if isinstance(value, list) else [value]


def load(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def table(doc: Document) -> Iterator[tuple[str, Any]]:
    """(place, row as it stands) of every row; a `Rejected` for what is none."""
    if doc.kind == "json":
        yield from ((f"row {n}", v) for n, v in enumerate(json_rows(doc.json), 1))
        return
    if doc.kind == "lines":
        yield from ((f"line {n}", line if isinstance(line, Rejected) else load(line)) for n, line in doc.lines())
        return
    csv.field_size_limit(2**27)  # the default refuses a long post
    reader = csv.DictReader(io.StringIO(doc.text.lstrip(), newline=""), delimiter=dialect(doc.text) or ",", restkey="")
    while True:
        try:
            row = next(reader, None)
        except csv.Error as e:
            yield (
                f"line {reader.line_num}",
                Rejected(reason="unreadable", detail=f"no CSV from here on: {e}", place=f"line {reader.line_num}"),
            )
            return
        if row is None:
            return
        yield f"line {reader.line_num}", None if "" in row or None in row.values() else row


def parse(doc: Document) -> Iterator[ParsedThread | Rejected]:
    """A thread for each value of the column that tells threads apart; a reject where no column does, or none holds the words."""
    threads: dict[str, list[Row]] = {}
    bad: list[str] = []
    for place, value in table(doc):
        if isinstance(value, Rejected):
            yield value
        elif not isinstance(value, dict):
            bad.append(place)
        elif isinstance(value.get("posts"), list):
            yield read_thread([named(value) | named(p) for p in value["posts"] if isinstance(p, dict)], doc)
        else:
            row = named(value)
            missing = missing_columns(row)
            if missing and doc.kind == "text":  # so is every row
                yield Rejected(reason="unknown_format", detail=missing)
                return
            name = next((f"{c} {row[c]}" for c in THREAD if row.get(c) not in (None, "")), None)
            if missing or name is None:
                bad.append(place)
            else:
                threads.setdefault(name, []).append(row)
    for rows_ in threads.values():
        yield read_thread(rows_, doc)
    if bad:
        detail = f"{len(bad)} rows lack a column or a thread, have too many, or are no JSON object ({', '.join(bad[:5])}{', …' if bad[5:] else ''})"  # noqa: E501
        yield Rejected(reason="unreadable", detail=detail, kind="post", place=bad[0])


def missing_columns(row: Row) -> str | None:
    """What a table of posts must have and this row has no column for, in words."""
    lack = [] if "text" in row else ["`text` (the words of the post)"]
    lack += (
        [] if any(c in row for c in THREAD) else ["one of `thread_id`, `url`, `title` (which thread a post stands in)"]
    )
    return f"a table of posts without a column {' and one '.join(lack)}; name it in the header line" if lack else None


def read_thread(posts: list[Row], doc: Document) -> ParsedThread:
    """The posts of one thread; what the thread is called is taken from the first row that says it."""
    if all(str(p.get("position", "")).strip().isdigit() for p in posts):
        posts = sorted(posts, key=lambda p: int(str(p["position"])))
    place = {str(p["post_id"]): n for n, p in enumerate(posts, 1) if p.get("post_id") not in (None, "")}
    about = {c: next((str(p[c]) for p in posts if p.get(c) not in (None, "")), None) for c in (*THREAD, "board")}
    return ParsedThread(
        title=about["title"], posts=[read_post(n, p, place, doc) for n, p in enumerate(posts, 1)], board=about["board"],
        url=about["url"], key=f"#{about['thread_id']}" if about["thread_id"] else about["url"],
    )  # fmt: skip


def read_post(position: int, row: Row, place: dict[str, int], doc: Document) -> ParsedPost:
    shown = words(row.get("posted_at"))
    time, precision = machine_time(shown, doc)
    post = ParsedPost(
        position=position, text=cutouts.written(words(row.get("text"))), author=words(row.get("author")), posted_at_text=shown,
        posted_at=time, posted_at_precision=precision, native_id=words(row.get("post_id")),
        reply_to_position=place.get(words(row.get("reply_to")) or ""), signature=words(row.get("signature")),
    )  # fmt: skip
    quotes = row.get("quotes")
    if isinstance(quotes, list):
        post.quotes = [ParsedQuote(text=q["text"], author=words(q.get("author")), offset=len(post.text), method="given")
                       for q in quotes if isinstance(q, dict) and isinstance(q.get("text"), str)]  # fmt: skip
    return cutouts.from_html(post, post.text) if HTML.search(post.text) and not post.quotes else post


def words(value: Any) -> str | None:
    """A cell as text; None where it is empty."""
    return None if value is None or isinstance(value, list | dict) else str(value).strip() or None


def machine_time(shown: str | None, doc: Document) -> tuple[dt.datetime | None, Any]:
    """(time, precision) of seconds or milliseconds since 1970 and of ISO dates; other dates are read with the thread's."""
    if not shown:
        return None, None
    if re.fullmatch(r"\d{9,10}(\.\d+)?|\d{12,13}", shown):
        return moment(float(shown) / (1000 if len(shown.partition(".")[0]) > 10 else 1), doc.settings), "minute"
    if re.match(r"\d{4}-\d\d-\d\d", shown):
        try:
            time = dt.datetime.fromisoformat(shown).replace(microsecond=0)
        except ValueError:
            return None, None
        clock = len(shown) > 10
        return (moment(time.timestamp(), doc.settings) if time.tzinfo else time), "minute" if clock else "day"
    return None, None
