"""Results → tables: one pass over the threads in order, each table a stream; then courses and aggregates."""

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pipeline.aggregate import STANDARD, Settings
from pipeline.records import TABLES, Event, Experience, Reject
from pipeline.run.enter import Entered
from pipeline.run.jobs import EnterSummary, Extracted, Group, threads_in_order
from pipeline.run.store import Store
from pipeline.run.work import by_key
from pipeline.tables import CheckError, TableWriter, load, to_arrow, to_frame, write_frame, write_table

if TYPE_CHECKING:
    import pandas as pd

POSTS = ("threads", "posts", "quotes")
EXTRACTS = ("mentions", "experiences", "effects", "events")
THREAD_TABLES = (*POSTS, *EXTRACTS, "courses", "rejects")


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
    counts, experiences, events = stream(folder, store, groups, entered, rejects, until, progress)
    n_in = sum(g.n_posts for g in groups)
    n_out = sum(entered[g.enter_key].n_posts + entered[g.enter_key].n_left_out for g in groups)
    if n_in != n_out or counts["posts"] != sum(entered[g.enter_key].n_posts for g in groups):
        raise CheckError(
            f"{n_in} posts parsed, {counts['posts']} written, {n_out - counts['posts']} left out: some are lost"
        )
    unique = {r.reject_id: r for r in rejects}
    counts["rejects"] = write_table(Reject, by_key(list(unique.values())), folder / "rejects.parquet")
    if until in ("courses", "aggregates"):
        from pipeline.experience.courses import courses

        counts["courses"] = write_table(TABLES["courses"], courses(experiences, events), folder / "courses.parquet")
    if until == "aggregates":
        counts |= write_aggregates(folder, progress, settings, experiences, events)
    had = [e for e in experiences if e.is_experience]
    if until != "posts":
        counts |= {
            "own": len(had),
            "treated": len({e.treatment_id for e in had}),
            "people": len({e.patient_id for e in had}),
        }
    return counts


def stream(
    folder: Path,
    store: Store,
    groups: list[Group],
    entered: dict[str, EnterSummary],
    rejects: list[Reject],
    until: str,
    progress: Callable[[str, int, int], None],
) -> tuple[dict[str, int], list[Experience], list[Event]]:
    """The thread tables, and the experiences and events that courses are made of."""
    names = POSTS if until == "posts" else POSTS + EXTRACTS
    experiences: list[Experience] = []
    events: list[Event] = []

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
                experiences += extract.experiences
                events += extract.events
                for name in EXTRACTS:
                    writers[name].add(getattr(extract, name))
            if done % 100 == 0 or done == len(threads):
                progress("write", done, len(threads))
    return {n: w.n for n, w in writers.items()}, experiences, events


def write_aggregates(
    folder: Path,
    progress: Callable[[str, int, int], None],
    settings: Settings,
    experiences: list[Experience],
    events: list[Event],
) -> dict[str, int]:
    """Every aggregate there is, from the tables in the same folder and what of them counts. Returns rows each."""
    from pipeline import aggregate

    frames = {name: load(name, folder=folder) for name in THREAD_TABLES}
    if settings.selects:
        frames |= selected(frames, settings, experiences, events)
    counts = {}
    for n, (name, function) in enumerate(sorted(aggregate.AGGREGATES.items()), 1):
        counts[name] = write_frame(aggregate.RECORDS[name], function(frames, settings), folder / f"{name}.parquet")
        progress("aggregate", n, len(aggregate.AGGREGATES))
    return counts


def selected(
    frames: dict[str, "pd.DataFrame"], settings: Settings, experiences: list[Experience], events: list[Event]
) -> dict[str, "pd.DataFrame"]:
    """Experiences, effects, events and courses that count; courses are made anew, of nothing else."""
    from pipeline.experience.courses import courses

    kept = {e.experience_id: e for e in experiences if settings.keeps(e)}
    some = courses(kept.values(), [e for e in events if e.experience_id in kept])
    found = {name: settings.of(frames[name], set(kept)) for name in ("experiences", "effects", "events")}
    return found | {"courses": to_frame(to_arrow(TABLES["courses"], some))}
