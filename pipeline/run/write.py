"""Results → tables: one pass over the threads in order, each table a stream; then courses and aggregates."""

import contextlib
import functools
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pipeline.aggregate import STANDARD, Settings
from pipeline.records import TABLES, Course, Reject, columns
from pipeline.run.enter import Entered
from pipeline.run.jobs import EnterSummary, Extracted, Group, threads_in_order
from pipeline.run.spill import Told
from pipeline.run.store import Store
from pipeline.run.work import by_key
from pipeline.tables import CheckError, TableWriter, read_table, to_arrow, to_frame, write_frame, write_table

if TYPE_CHECKING:
    import pandas as pd

POSTS = ("threads", "posts", "quotes")
EXTRACTS = ("mentions", "experiences", "effects", "events")
THREAD_TABLES = (*POSTS, *EXTRACTS, "courses", "rejects")
WORDS = re.compile(r"(^|_)text$|^signature$|^method$")


def write_tables(
    folder: Path,
    store: Store,
    groups: list[Group],
    entered: dict[str, EnterSummary],
    rejects: list[Reject],
    until: str,
    progress: Callable[[str, int, int], None],
    settings: Settings = STANDARD,
) -> dict[str, int]:
    """Write the tables up to stage `until` into `folder`; returns rows a table, and a few counts people ask for.

    Appends the rejects of entering and extracting. Raises CheckError where rows break their record or posts got lost.
    """
    told = Told(folder / "spill", settings)
    counts = stream(folder, store, groups, entered, rejects, until, progress, told)
    n_in = sum(g.n_posts for g in groups)
    n_out = sum(entered[g.enter_key].n_posts + entered[g.enter_key].n_left_out for g in groups)
    if n_in != n_out or counts["posts"] != sum(entered[g.enter_key].n_posts for g in groups):
        raise CheckError(
            f"{n_in} posts parsed, {counts['posts']} written, {n_out - counts['posts']} left out: some are lost"
        )
    unique = {r.reject_id: r for r in rejects}
    counts["rejects"] = write_table(Reject, by_key(list(unique.values())), folder / "rejects.parquet")
    if until in ("courses", "aggregates"):
        counts["courses"] = write_table(Course, told.all.courses(), folder / "courses.parquet")
    if until == "aggregates":
        counts |= write_aggregates(folder, progress, settings, told)
    if until != "posts":
        counts |= {"own": told.n_own, "treated": len(told.treatments), "people": len(told.people)}
    shutil.rmtree(told.folder)
    return counts


def stream(
    folder: Path,
    store: Store,
    groups: list[Group],
    entered: dict[str, EnterSummary],
    rejects: list[Reject],
    until: str,
    progress: Callable[[str, int, int], None],
    told: Told,
) -> dict[str, int]:
    """The thread tables, of which `told` is kept what courses are made of. Returns rows each."""
    names = POSTS if until == "posts" else POSTS + EXTRACTS

    @functools.lru_cache(maxsize=2)  # a group is mostly one thread; where not, its threads may lie apart
    def of_group(enter_key: str, extract_key: str) -> tuple[list[Entered], list[Extracted]]:
        entries, _ = msgspec.msgpack.decode(store.value(enter_key), type=tuple[list[Entered], list[Reject]])
        extracts = msgspec.msgpack.decode(store.value(extract_key), type=list[Extracted]) if extract_key else []
        return entries, extracts

    for g in groups:
        if not entered[g.enter_key].thread_ids:
            rejects += msgspec.msgpack.decode(store.value(g.enter_key), type=tuple[list[Entered], list[Reject]])[1]
    with contextlib.ExitStack() as stack:
        writers = {n: stack.enter_context(TableWriter(TABLES[n], folder / f"{n}.parquet")) for n in names}
        threads = list(threads_in_order(groups, entered))
        for done, (_, group, n) in enumerate(threads, 1):
            entries, extracts = of_group(group.enter_key, group.extract_key)
            entry = entries[n]
            rejects += entry.rejects
            writers["threads"].add([entry.thread])
            writers["posts"].add(entry.posts)
            writers["quotes"].add(entry.quotes)
            if extracts:
                extract = extracts[n]
                rejects += extract.rejects
                told.add(extract.experiences, extract.events)
                for name in EXTRACTS:
                    writers[name].add(getattr(extract, name))
            if done % 100 == 0 or done == len(threads):
                progress("write", done, len(threads))
    told.close()
    return {n: w.n for n, w in writers.items()}


class Frames(Mapping[str, "pd.DataFrame"]):
    """The tables in a folder as aggregates ask for them, loaded when they are; `settings` say which rows count.

    Without the words nobody counts, which are most of a table: `text`, `signature`, `method`, columns that end in `_text`. But
    `mentions.text` is there: it stands for problems that have no concept.
    """

    def __init__(self, folder: Path, settings: Settings, told: Told) -> None:
        self.folder, self.settings, self.told = folder, settings, told
        self._held: dict[str, pd.DataFrame] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(THREAD_TABLES)

    def __len__(self) -> int:
        return len(THREAD_TABLES)

    def __getitem__(self, name: str) -> "pd.DataFrame":
        if name not in self._held:
            self._held[name] = self._load(name)
        return self._held[name]

    def _load(self, name: str) -> "pd.DataFrame":
        kept = [
            c.name
            for c in columns(TABLES[name])
            if (name == "mentions" and c.name == "text") or not WORDS.search(c.name)
        ]
        if name == "courses" and self.settings.selects:  # made anew, of nothing but what counts
            return to_frame(to_arrow(Course, list(self.told.counted.courses())))[kept]
        frame = to_frame(read_table(self.folder / f"{name}.parquet", kept))
        if self.settings.selects and name in ("experiences", "effects", "events"):
            return self.settings.of(frame, self.told.kept)
        return frame


def write_aggregates(
    folder: Path, progress: Callable[[str, int, int], None], settings: Settings, told: Told
) -> dict[str, int]:
    """Every aggregate there is, from the tables in the same folder and what of them counts. Returns rows each."""
    from pipeline import aggregate

    frames, counts = Frames(folder, settings, told), {}
    for n, (name, function) in enumerate(sorted(aggregate.AGGREGATES.items()), 1):
        counts[name] = write_frame(aggregate.RECORDS[name], function(frames, settings), folder / f"{name}.parquet")
        progress("aggregate", n, len(aggregate.AGGREGATES))
    return counts
