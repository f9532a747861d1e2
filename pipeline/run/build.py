"""data/raw → data/processed. What has not changed is not computed again; the result is the same as from scratch."""

import dataclasses
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pipeline.aggregate import STANDARD, Settings
from pipeline.parsed import Rejected
from pipeline.records import Provenance, Reject
from pipeline.run import retag
from pipeline.run.fingerprints import code, digest
from pipeline.run.jobs import EnterJob, EnterSummary, ExtractJob, Group, Job, Member, ParseJob, ParseSummary, Result
from pipeline.run.manifest import Manifest, hash_file, intact, read_manifest, stat_of
from pipeline.run.opt_out import OptOuts, read_opt_outs
from pipeline.run.pool import run_jobs
from pipeline.run.provenance import provenance
from pipeline.run.sources import OPT_OUTS, Source, SourceError, fingerprint, pseudonym_key, read_sources
from pipeline.run.store import DamagedError, Store, sole_builder
from pipeline.run.work import EXTRACTOR, SetupError, reject, run_job_killed
from pipeline.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from distributed import Client

UNTIL = ("posts", "experiences", "courses", "aggregates")
Progress = Callable[[str, int, int], None]
# does jobs, n of them, anywhere: what `pool.run_jobs` does with the processes of this machine
Engine = Callable[[Iterable[Job], int], Iterator[list[list[Result]]]]


@dataclasses.dataclass(slots=True)
class Input:
    """A file of a source."""

    source: Source
    secret: bytes
    opted_out: OptOuts
    raw_path: str
    sha256: str
    parse_key: str


@dataclasses.dataclass(slots=True)
class Report:
    """What a build did and found. `counts`: rows a table; `computed`: files or threads a stage; `left_out`: reject lines;
    `note`: what came of a changed vocabulary."""

    out: Path
    counts: dict[str, int]
    computed: dict[str, int]
    reasons: dict[str, int]
    left_out: list[str]
    n_left_out: int
    changed: bool
    note: str = ""


@dataclasses.dataclass(slots=True)
class Build:
    """One run over one archive; see `build`."""

    raw: Path
    out: Path
    until: str
    engine: Engine
    extractor: str
    progress: Progress
    store: Store
    settings: Settings
    cache: Path
    note: str = ""
    computed: dict[str, int] = dataclasses.field(default_factory=dict)

    def scan(self, old: Manifest | None) -> tuple[list[Input], dict[str, tuple[int, int, str]], list[Reject]]:
        """The files of all sources with their hashes (read again only where size or time differ from `old`), and what is
        wrong with sources."""
        inputs, seen, rejects = [], {}, []
        parse_code = code("parse")
        for source in read_sources(self.raw):
            try:
                if isinstance(source, tuple):
                    raise source[1]
                secret = pseudonym_key(source)
                opted_out = read_opt_outs(source.folder / OPT_OUTS)
            except (SourceError, ValueError) as e:
                name = source[0] if isinstance(source, tuple) else source.source_id
                rejects.append(reject(name, name, Rejected(reason="bad_source", detail=str(e))))
                continue
            settings = (source.time_zone, source.date_order, source.captured_at)
            for path in source.files():
                raw_path = path.relative_to(self.raw).as_posix()
                try:
                    seen[raw_path] = hash_file(path, old.inputs.get(raw_path) if old else None)
                except OSError as e:
                    what = Rejected(reason="unreadable", detail=f"{e}; check the file and its permissions")
                    rejects.append(reject(source.source_id, raw_path, what))
                    continue
                sha = seen[raw_path][2]
                key = digest(["parse", parse_code, sha, path.name, settings])
                inputs.append(Input(source, secret, opted_out, raw_path, sha, key))
        return inputs, seen, rejects

    def run(self, stage: str, jobs: dict[str, Callable[[], Job]]) -> dict[str, bytes]:
        """Summaries of a stage's results, computing those not in the store. Jobs by key, made when their turn comes."""
        known = self.store.summaries(jobs)
        todo = [make for key, make in jobs.items() if key not in known]
        self.computed[stage] = len(todo)
        done = 0
        for results in self.engine((make() for make in todo), len(todo)):
            some = [result for of_job in results for result in of_job]
            self.store.put(some)
            known.update((key, summary) for key, summary, _ in some if key in jobs)
            done += len(results)
            self.progress(stage, done, len(todo))
        return known

    def parse(self, inputs: list[Input], rejects: list[Reject]) -> list[Group]:
        """Parse files; their threads in groups, in order. Appends the files' rejects."""

        def job(i: Input) -> ParseJob:
            s = i.source
            return ParseJob(i.parse_key, str(self.raw / i.raw_path), i.sha256, s.time_zone, s.date_order, s.captured_at)

        found = self.run("parse", {i.parse_key: lambda i=i: job(i) for i in inputs})  # type: ignore[misc]
        groups: dict[tuple[str, str], Group] = {}
        for i in inputs:
            summary = msgspec.msgpack.decode(found[i.parse_key], type=ParseSummary)
            alike = Counter[object]()
            for r in summary.rejects:
                alike[r.place, r.kind, r.reason] += 1
                rejects.append(reject(i.source.source_id, i.raw_path, r, alike[r.place, r.kind, r.reason]))
            for n, (group_id, n_posts) in enumerate(summary.threads):
                group = groups.setdefault(
                    (i.source.source_id, group_id), Group(i.source, i.secret, [], opted_out=i.opted_out)
                )
                group.members.append(Member(i.parse_key, n, i.raw_path, i.sha256))
                group.n_posts += n_posts
        return list(groups.values())

    def enter(self, groups: list[Group]) -> dict[str, EnterSummary]:
        """Enter groups; sets their enter_key. Returns the summaries by that key."""
        enter_code = code("enter")

        def job(g: Group) -> EnterJob:
            values = [self.store.value(m.key) for m in g.members]
            return EnterJob(g.enter_key, g.source.source_id, g.secret, g.members, g.n_posts, values, g.opted_out)

        try:
            load_vocabulary()
        except ValueError as e:
            raise SetupError(f"the vocabulary cannot be read: {e}") from e
        for g in groups:
            members = [(m.parse_key, m.index, m.raw_path) for m in g.members]
            g.enter_key = digest(["enter", enter_code, g.source.source_id, fingerprint(g.secret), members])
            if g.opted_out:
                g.enter_key = digest([g.enter_key, g.opted_out.fingerprint])
        found = self.run("enter", {g.enter_key: lambda g=g: job(g) for g in groups})  # type: ignore[misc]
        return {key: msgspec.msgpack.decode(summary, type=EnterSummary) for key, summary in found.items()}

    def extract(self, groups: list[Group], entered: dict[str, EnterSummary]) -> None:
        """Extract groups; sets their extract_key, which their words decide and not the code that brought them here."""
        now, was = retag.entries_key(), retag.before(self.cache)

        def job(g: Group) -> ExtractJob:
            return ExtractJob(g.extract_key, self.store.value(g.enter_key), self.extractor)

        def key(g: Group, vocabulary: str) -> str:
            return digest(["extract", extract_code, vocabulary, self.extractor, entered[g.enter_key].content])

        extract_code = code("extract")
        for g in groups:
            g.extract_key = key(g, now)
        if was and was[1] != now:
            keys = {g.extract_key: (key(g, was[1]), g.enter_key) for g in groups}
            self.note = retag.carry(self.store, was[0], keys, self.progress)
        self.run("extract", {g.extract_key: lambda g=g: job(g) for g in groups})  # type: ignore[misc]


def build(
    raw: Path = Path("data/raw"),
    out: Path = Path("data/processed"),
    *,
    until: str = "aggregates",
    workers: int | None = None,
    cluster: "Client | None" = None,
    extractor: str = EXTRACTOR,
    settings: Settings = STANDARD,
    progress: Progress = lambda stage, done, total: None,
) -> Report:
    """Build the tables of `out` from every source under `raw`, up to and with the stage `until` (see UNTIL), with `workers`
    processes of this machine (None: as many as it has cores) or those of a Dask `cluster`. What comes out is the same.
    `settings` say what the aggregates count; the other tables hold every row.

    Left out, each with a reject that says why: folders without a usable source.toml, files no parser takes, posts found
    twice, threads on which our code fails. Everything else is built.

    Raises SourceError (no folder `raw`), BusyError (another build in `out`), SetupError (the vocabulary is broken),
    CheckError (rows break their record), OSError (disk); the tables that stood in `out` then still stand.
    """
    cache = out / ".cache"
    with sole_builder(cache):
        old = read_manifest(cache)
        store = Store(cache / "results.sqlite")
        try:
            run = Build(raw, out, until, engine(workers, cluster), extractor, progress, store, settings, cache)
            try:
                return run_build(run, old, cache)
            except DamagedError:  # found half-way: nothing kept is needed, only saved time
                store.discard()
                run.store = store = Store(store.path)
                return run_build(run, None, cache)
        finally:
            store.close()


def engine(workers: int | None, cluster: "Client | None") -> Engine:
    """What does the jobs."""
    if cluster is not None:
        from pipeline.run import cluster as dask

        return lambda jobs, n: dask.run_jobs(jobs, cluster, run_job_killed)
    return lambda jobs, n: run_jobs(jobs, n, workers or os.cpu_count() or 1, run_job_killed)


def run_build(run: Build, old: Manifest | None, cache: Path) -> Report:
    """The build proper: plan, compute what is stale, write, publish."""
    inputs, seen, rejects = run.scan(old)
    keys = [
        (i.source.source_id, i.raw_path, i.parse_key, fingerprint(i.secret), i.opted_out.fingerprint) for i in inputs
    ]
    stamp = digest([code("write"), run.extractor, run.settings, keys, [r.detail for r in rejects]])
    if old and old.stamp == stamp and intact(run.out, old) and UNTIL.index(old.until) >= UNTIL.index(run.until):
        if old.inputs != seen:  # touched, not changed
            dataclasses.replace(old, inputs=seen).write(cache)
        return Report(run.out, old.counts, {}, old.reasons, old.left_out, old.n_left_out, False)

    groups = run.parse(inputs, rejects)
    entered = run.enter(groups)
    if run.until != "posts":
        run.extract(groups, entered)

    from pipeline.run import write  # pyarrow, pandas, pandera

    fresh = cache / "next"
    shutil.rmtree(fresh, ignore_errors=True)
    counts = write.write_tables(fresh, run.store, groups, entered, rejects, run.until, run.progress, run.settings)
    sources = {i.source.source_id: i.source for i in inputs}
    rows = provenance(sources.values(), run.settings, run.until, run.extractor)
    write.write_table(Provenance, rows, fresh / "provenance.parquet")
    (cache / "manifest.json").unlink(missing_ok=True)  # from here to the end, what is published is no whole build
    outputs = publish(fresh, run.out)
    if run.until != "posts":
        retag.remember(cache)
    alive = [i.parse_key for i in inputs] + [m.key for g in groups for m in g.members]
    run.store.keep_only([*alive, *(k for g in groups for k in (g.enter_key, g.extract_key) if k)])
    lost = [r for r in rejects if r.kind != "post"]
    lines = [f"{r.raw_path}{f' ({r.place})' if r.place else ''}: {r.reason}: {r.detail}" for r in lost[:20]]
    reasons: dict[str, int] = dict(sorted(Counter[str](r.reason for r in rejects).items()))
    Manifest(stamp, run.until, seen, outputs, counts, reasons, lines, len(lost)).write(cache)
    return Report(run.out, counts, run.computed, reasons, lines, len(lost), True, run.note)


def publish(fresh: Path, out: Path) -> dict[str, tuple[int, int]]:
    """Move finished tables into `out`, each whole; tables of later stages, now out of date, go. Returns size and time."""
    new = sorted(fresh.glob("*.parquet"))
    for stale in out.glob("*.parquet"):
        if stale.name not in {p.name for p in new}:
            stale.unlink()
    for path in new:
        path.replace(out / path.name)
    shutil.rmtree(fresh)
    return {p.name: stat_of(out / p.name) for p in new}
