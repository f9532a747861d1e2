"""Thread pages: every mention marked, every row with its why. On the way each row's evidence is kept for its treatment."""

import dataclasses
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from pipeline.report.html import Pages, count, numbered, thread_page
from pipeline.report.marks import KINDS, Mark, Piece, mark, pieces
from pipeline.report.rows import ByKey, Dataset, Row, Spool
from pipeline.report.search import SearchIndex
from pipeline.run.why import linked, named, values

THREADS_A_PAGE = 200
TABLES = {  # in order of thread and key; what has no thread_id gets it from its post or experience
    "posts": "SELECT * FROM posts ORDER BY thread_id, position",
    "quotes": "SELECT q.*, thread_id FROM quotes q JOIN posts USING (post_id) ORDER BY thread_id, quote_id",
    "mentions": "SELECT m.*, thread_id FROM mentions m JOIN posts USING (post_id) ORDER BY thread_id, mention_id",
    "experiences": "SELECT * FROM experiences ORDER BY thread_id, experience_id",
    "effects": "SELECT e.*, thread_id FROM effects e JOIN posts USING (post_id) ORDER BY thread_id, effect_id",
    "events": "SELECT e.*, thread_id FROM events e JOIN experiences USING (experience_id) ORDER BY thread_id, event_id",
}


@dataclasses.dataclass(slots=True)
class Shown:
    """A post as its page shows it: own words and quoted passages in the order of the post."""

    post: Row
    parts: list[tuple[Row | None, list[Piece]]]
    signature: list[Piece]
    rows: list[Row]
    mentions: list[Row]


class Thread:
    """The rows of one thread, put together."""

    def __init__(self, thread: Row, tables: dict[str, list[Row]]) -> None:
        self.thread, self.posts = thread, {p["post_id"]: p for p in tables["posts"]}
        self.mentions = {m["mention_id"]: m for m in tables["mentions"]}
        self.quotes, self.experiences, self.effects, self.events = (
            grouped(tables[name], key)
            for name, key in (("quotes", "post_id"), ("experiences", "post_id"), ("effects", "experience_id"),
                              ("events", "experience_id"))
        )  # fmt: skip
        self.found = {e["experience_id"]: self.why(e) for e in tables["experiences"]}
        self.marks: dict[tuple[str, str], list[Mark]] = defaultdict(list)  # by the words they stand in
        self.in_post: dict[str, list[Row]] = grouped(tables["mentions"], "post_id")
        rests: dict[str, set[str]] = defaultdict(set)
        for key, found in self.found.items():
            for _, m in named(found):
                if m:
                    rests[m["mention_id"]].add(key)
        for m in tables["mentions"]:
            where = {"text": m["post_id"], "signature": m["post_id"], "title": "", "quote": m["quote_id"]}[m["field"]]
            self.marks[m["field"], where].append(mark(m, rests[m["mention_id"]]))

    def why(self, experience: Row) -> dict[str, Any]:
        """What `pipeline.run.why` finds for an experience."""
        key = experience["experience_id"]
        return {"experience": experience, "post": self.posts[experience["post_id"]], "thread": self.thread,
                "mentions": self.mentions, "effects": self.effects.get(key, []), "events": self.events.get(key, [])}  # fmt: skip

    def own(self) -> list[Row]:
        """Experiences somebody in particular has had."""
        return [f["experience"] for f in self.found.values() if f["experience"]["is_experience"]]

    def title(self) -> list[Piece]:
        """The title, marked."""
        return pieces(self.thread["title"] or "", self.marks["title", ""])

    def row(self, experience: Row) -> Row:
        """A row and its why, for the template."""
        found = self.found[experience["experience_id"]]
        return {"experience": experience, "effects": found["effects"], "mentions": self.mentions,
                "words": [(label, m) for label, m in named(found) if m],
                "values": list(values(experience)), "linked": list(linked(found))}  # fmt: skip

    def shown(self) -> Iterator[Shown]:
        """The posts in order."""
        for post in self.posts.values():
            key, text = post["post_id"], post["text"]
            marks, at = self.marks["text", key], 0
            parts: list[tuple[Row | None, list[Piece]]] = []
            for quote in self.quotes.get(key, []):
                if quote["offset"] > at:
                    parts.append((None, pieces(text, marks, at, quote["offset"])))
                    at = quote["offset"]
                parts.append((quote, pieces(quote["text"], self.marks["quote", quote["quote_id"]])))
            parts.append((None, pieces(text, marks, at)))
            signature = pieces(post["signature"] or "", self.marks["signature", key])
            rows = [self.row(e) for e in self.experiences.get(key, [])]
            yield Shown(post, parts, signature, rows, self.in_post.get(key, []))

    def evidence(self, experience: Row) -> Row:
        """A row's words with what it rests on marked, for the pages of treatments."""
        row = self.row(experience)
        said = " ".join(filter(None, (experience["dose_text"], experience["duration_text"])))
        own = [m for _, m in row["words"]]
        own += [m for m in self.in_post.get(experience["post_id"], []) if m["label"] in KINDS and m["text"] in said]
        marks = [mark(m) for m in {m["mention_id"]: m for m in own}.values()
                 if m["field"] == "text" and m["post_id"] == experience["post_id"]]  # fmt: skip
        post = self.found[experience["experience_id"]]["post"]
        words = pieces(post["text"], marks, experience["evidence_start"], experience["evidence_end"])
        problems = sorted({e["concept_id"] for e in row["effects"] if e["concept_id"]})
        return row | {"post": post, "thread": self.thread, "pieces": words, "problems": problems}


def grouped(rows: list[Row], key: str) -> dict[str, list[Row]]:
    """Rows by the value of a column, in their order."""
    out: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        out[row[key]].append(row)
    return dict(out)


def write_threads(
    dataset: Dataset, pages: Pages, index: SearchIndex, treated: set[str], progress: Callable[[int, int], None]
) -> None:
    """A page a thread (several where it is long), the lists of threads, and the table `evidence`.

    `treated`: the treatments that have a page.
    """
    evidence = dataset.spool(
        "evidence", treatment_id="TEXT", experience_id="TEXT", own="BOOL", score="DOUBLE", html="TEXT"
    )
    streams: dict[str, ByKey] = {name: dataset.by("thread_id", sql) for name, sql in TABLES.items()}
    total = dataset.one("SELECT count(*) AS n FROM threads")["n"]
    listed: list[Row] = []
    for n, row in enumerate(dataset.rows("SELECT * FROM threads ORDER BY thread_id"), 1):
        thread = Thread(row, {name: stream.take(row["thread_id"]) for name, stream in streams.items()})
        write_thread(thread, pages, treated)
        keep_evidence(thread, pages, evidence, treated)
        index.add(2, row["title"] or "Untitled", f"{count(row['n_posts'], 'post')} · {row['board'] or row['source_id']}",
                  thread_page(row["thread_id"]), row["n_posts"])  # fmt: skip
        own = thread.own()
        listed.append(row | {"n_people": len({e["patient_id"] for e in own}), "n_own": len(own)})
        if len(listed) == THREADS_A_PAGE:
            write_list(pages, listed, n, total)
            listed = []
        progress(n, total)
    if listed or not total:
        write_list(pages, listed, total, total)
    evidence.flush()


def write_list(pages: Pages, threads: list[Row], so_far: int, total: int) -> None:
    """One page of the list of threads."""
    parts = [numbered("threads.html", k + 1) for k in range(max(1, -(-total // THREADS_A_PAGE)))]
    part = max(1, -(-so_far // THREADS_A_PAGE))
    pages.write(parts[part - 1], "threads.html", threads=threads, total=total, parts=parts, part=part)


def write_thread(thread: Thread, pages: Pages, treated: set[str]) -> None:
    """The page or pages of a thread."""
    key = thread.thread["thread_id"]
    shown = itertools.groupby(thread.shown(), key=lambda s: thread_page(key, s.post["position"]))
    parts = list(dict.fromkeys(thread_page(key, p["position"]) for p in thread.posts.values()))
    for page, posts in shown:
        pages.write(page, "thread.html", thread=thread.thread, title=thread.title(), posts=list(posts), treated=treated,
                    parts=parts, part=parts.index(page) + 1)  # fmt: skip


def keep_evidence(thread: Thread, pages: Pages, evidence: Spool, treated: set[str]) -> None:
    """The evidence of a thread's rows, as pieces of the pages of their treatments."""
    for found in thread.found.values():
        e = found["experience"]
        if e["treatment_id"] in treated:
            html = pages.render("evidence.html", root="../", **thread.evidence(e))
            evidence.add(e["treatment_id"], e["experience_id"], e["is_experience"], e["score"], html)
