"""One run over one source: ask for the next page, keep it, note where it leads, until nothing is left or the budget is spent."""

import contextlib
import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from urllib.parse import urljoin

from pipeline.collect.archive import Archive, digest_of, index_record, members, read_record, response_record, stamp
from pipeline.collect.files import take_files
from pipeline.collect.frontier import Frontier, Seen, Wanted
from pipeline.collect.kinds import Plan, kind_module
from pipeline.collect.kinds.live import choose, same_site
from pipeline.collect.manners import AGENT, Answer, Fetcher, LeftOutError, StopError, plain, user_agent
from pipeline.collect.report import Report
from pipeline.collect.settings import Collect, read_collect
from pipeline.parse.addresses import page_address
from pipeline.parse.warc import LIST
from pipeline.run.opt_out import OptOuts, read_opt_outs
from pipeline.run.sources import OPT_OUTS, Source, SourceError
from pipeline.run.store import sole_builder

STATE = ".collect"  # in the source's folder, hidden: builds do not look into it
REDIRECTS = (301, 302, 303, 307, 308)
Progress = Callable[[str, int, int], None]


def collect(source: Source, *, again: bool = False, progress: Progress = lambda stage, done, total: None) -> Report:
    """Bring in the pages of a source that are not there yet; with `again` also ask for those that are, whether they have changed.

    Kill it at any moment; the next run goes on. Raises SourceError (settings, terms, opt-out list, a WARC file that has changed),
    BusyError (another run), OSError (disk).
    """
    settings = read_collect(source)
    with sole_builder(source.folder / STATE, "run is collecting into"):
        if settings.kind == "files":
            return take_files(source, settings, progress)
        with opened(source, settings, progress) as run:
            run.frontier.again(everything=again)
            return run.all()


def opt_outs(source: Source) -> OptOuts:
    """The source's list, which must be one that can be read."""
    try:
        return read_opt_outs(source.folder / OPT_OUTS)
    except ValueError as e:
        raise SourceError(str(e)) from e


@contextlib.contextmanager
def opened(source: Source, settings: Collect, progress: Progress) -> Iterator["Run"]:
    """A run over a source, everything that came in before known to it; its files are closed at the end."""
    frontier = Frontier(source.folder / STATE / "state.sqlite", settings.max_pages)
    about = {
        "software": user_agent(settings.contact), "format": "WARC File Format 1.1", "isPartOf": source.name,
        "description": f"{source.origin}; terms: {source.terms}", "robots": "classic",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }  # fmt: skip
    archive = Archive(source.folder, source.source_id, about)
    fetcher = Fetcher(settings)
    try:
        plan = Plan(settings, opt_outs(source), frontier.skipped)
        run = Run(source, kind_module(settings.kind), plan, frontier, archive, fetcher, progress)
        run.recover()
        yield run
    finally:
        archive.finish()
        fetcher.close()
        frontier.close()


@dataclasses.dataclass(slots=True)
class Run:
    """See `collect`."""

    source: Source
    kind: ModuleType
    plan: Plan
    frontier: Frontier
    archive: Archive
    fetcher: Fetcher
    progress: Progress
    tally: Counter[str] = dataclasses.field(default_factory=Counter)

    def recover(self) -> None:
        """Know all that came in: start addresses, software, and records of WARC files that have not been read yet."""
        self.archive.settle()
        with self.frontier.change():
            self.frontier.add(self.kind.starts(self.plan))
        if software := self.frontier.noted("software"):
            choose(self.plan, software)
        learned = self.frontier.learned()
        for path in self.archive.files():
            start, size = learned.get(path.name, 0), path.stat().st_size
            if start > size:
                raise SourceError(f"{path} is shorter than it was: take it from a copy, or delete {self.source.folder / STATE} "
                                  "to have pages asked for again that are not there any more")  # fmt: skip
            for end, data in members(path, start) if start < size else ():
                with self.frontier.change():
                    self.learn(data)
                    self.frontier.learn(path.name, end)

    def learn(self, data: bytes) -> None:
        """What a record says of the page it holds, as when it came in."""
        record, body = read_record(data)
        url = record.rec_headers.get_header("WARC-Source-URI") or record.rec_headers.get_header("WARC-Target-URI")
        page = self.frontier.at(url) if url else None
        if page is None:
            return
        http = record.http_headers
        status, headers = (int(http.get_statuscode()), http.headers) if http else (200, [])
        answer = Answer(page.url, status, "", "HTTP/1.1", headers, body)
        self.came(page, answer, record.rec_headers.get_header("WARC-Date"), record.rec_type == "revisit")

    def came(self, page: Wanted, answer: Answer, when: str, revisit: bool = False) -> None:
        """A page is in: where it leads, and that it is done."""
        if answer.status in REDIRECTS and hasattr(self.kind, "redirected"):
            to = self.kind.redirected(self.plan, page, answer.header("location"))
            self.frontier.add([to] if to else [])
        elif answer.status == 200 and not revisit:
            try:
                self.frontier.add(self.kind.follow(self.plan, page, answer))
            except (KeyError, TypeError, ValueError, AttributeError) as e:  # an interface that answers in another shape
                detail = f"not as this interface answers ({type(e).__name__}: {e}); is `kind` right?"
                self.frontier.left_out(page, "unexpected", detail, failed=True)
                return
        if self.plan.software and not self.frontier.noted("software"):
            self.frontier.note("software", self.plan.software)
        digest = digest_of(answer.body) if answer.status == 200 and not revisit else None
        self.frontier.done(page, digest, answer.header("etag"), answer.header("last-modified"), when)
        if answer.status >= 400:
            self.frontier.left_out(
                page, "http_error", f"HTTP status {answer.status}; look whether the page is still there"
            )

    def all(self) -> Report:
        """Every page that waits. Returns early, and says so, where the budget is spent or a server wants peace."""
        stopped = ""
        while seen := self.frontier.next():
            try:
                self.one(seen)
            except StopError as e:
                stopped = str(e)
                break
            except LeftOutError as e:
                with self.frontier.change():
                    failed = e.reason in ("no_answer", "too_slow", "server_error", "unreadable")
                    self.frontier.left_out(seen.wanted, e.reason, e.detail, failed)
            if self.fetcher.pace.requests % 20 < 2:  # counting takes a while where there are many
                counts = self.frontier.counts()
                done = counts.get("done", 0) + counts.get("failed", 0)
                self.progress(self.source.source_id, done, done + counts.get("waiting", 0))
        return self.report(stopped)

    def one(self, seen: Seen) -> None:
        """Ask for one page, keep what comes, note it."""
        page = seen.wanted
        if getattr(self.kind, "ROBOTS", True):
            self.obey(page)
        asked = {"If-None-Match": seen.etag, "If-Modified-Since": seen.modified} if seen.digest else {}
        answer = self.get(page, {k: v for k, v in asked.items() if v})
        when = stamp(dt.datetime.now(dt.UTC))
        if answer.status == 304 or (seen.digest and answer.status == 200 and digest_of(answer.body) == seen.digest):
            self.tally["unchanged"] += 1
            with self.frontier.change():
                self.frontier.done(page, seen.digest, seen.etag, seen.modified, when)
            return
        if answer.status >= 500 or answer.status == 429:
            raise LeftOutError("server_error", f"HTTP status {answer.status} again and again; run again later")
        same = self.frontier.first_with(digest_of(answer.body), page.key) if answer.status == 200 else None
        name, size = self.archive.write(self.record(page, answer, when, same))
        self.tally["duplicate" if same else "kept"] += 1
        with self.frontier.change():
            self.came(page, answer, when, bool(same))
            self.frontier.learn(name, size)

    def record(self, page: Wanted, answer: Answer, when: str, same: tuple[str, str] | None) -> Any:
        """How an answer is kept."""
        if page.kind == "index":
            return index_record(answer, page.url, when, plain(answer))
        if hasattr(self.kind, "record"):
            return self.kind.record(page, answer, when)
        record = response_record(answer, page.url, when, same=same)
        if hasattr(self.kind, "is_list") and self.kind.is_list(self.plan, page, answer):
            record.rec_headers.add_header(LIST, "yes")
        return record

    def obey(self, page: Wanted) -> None:
        """Raises LeftOutError where robots.txt says no."""
        rules, answer = self.fetcher.rules(page.url)
        if answer:
            self.archive.write(index_record(answer, answer.url, stamp(dt.datetime.now(dt.UTC)), plain(answer)))
        if not rules.can_fetch(page.url, AGENT):
            raise LeftOutError("robots", "robots.txt forbids it; ask the board's owner")

    def get(self, page: Wanted, headers: dict[str, str]) -> Answer:
        """The answer for a page; redirects that lead to the page itself (a session id, another title) are followed."""
        same = getattr(
            self.kind, "same", lambda plan, page, url: same_site(page_address(url)[0]) == same_site(page.url)
        )
        answer = self.fetcher.get(page.url, headers)
        for _ in range(5):
            if answer.status not in REDIRECTS:
                return answer
            to = urljoin(answer.url, answer.header("location"))
            if not same(self.plan, page, to):
                return answer
            if getattr(self.kind, "ROBOTS", True):
                self.obey(dataclasses.replace(page, url=to))
            answer = self.fetcher.get(to, headers)
        if answer.status in REDIRECTS:
            raise LeftOutError("loop", "redirected to itself again and again; look at it with a browser")
        return answer

    def report(self, stopped: str) -> Report:
        """What this run did, and what is known of the source after it."""
        counts, pace = self.frontier.counts(), self.fetcher.pace
        return Report(
            self.source.source_id, self.plan.settings.kind, self.plan.software, pace.requests, pace.received, dict(self.tally),
            counts.get("done", 0), counts.get("waiting", 0), counts.get("failed", 0), self.frontier.reasons(),
            self.frontier.why(20), stopped,
        )  # fmt: skip


def rehearse(source: Source, n: int = 20) -> Iterator[str]:
    """What a run would do, in lines, with two requests at most (robots.txt and a first page) and nothing kept."""
    settings = read_collect(source)
    yield f"{source.source_id}: {settings.kind}, from {', '.join(settings.starts)}"
    if settings.kind == "files":
        return
    yield f"terms: {source.terms}; as {user_agent(settings.contact)}"
    known = source.folder / STATE / "state.sqlite"
    if known.is_file():
        frontier = Frontier(known, settings.max_pages)
        yield f"pages known: {', '.join(f'{n:,} {s}' for s, n in sorted(frontier.counts().items()))}; next:"
        yield from frontier.waiting(n)
        frontier.close()
        return
    kind, plan = kind_module(settings.kind), Plan(settings, opt_outs(source))
    first, fetcher = kind.starts(plan)[0], Fetcher(settings)
    try:
        if getattr(kind, "ROBOTS", True) and not fetcher.rules(first.url)[0].can_fetch(first.url, AGENT):
            yield f"robots.txt forbids {first.url}"
            return
        answer = fetcher.get(first.url)
        found = list(kind.follow(plan, first, answer))
    except (StopError, LeftOutError) as e:
        yield f"{first.url}: {e}"
        return
    finally:
        fetcher.close()
    yield f"{first.url}: HTTP status {answer.status}, software {plan.software or 'not looked for'}"
    yield f"a request every {fetcher.pace.delay:g} s, at most {settings.max_requests:,} a run; next of {len(found):,} pages:"
    yield from (f"{w.kind} {w.url}" for w in found[:n])
