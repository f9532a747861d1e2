"""Jobs over the workers of a Dask cluster: dask.distributed schedules, moves and, where a worker dies, does again.

Workers need this package in the same version, and see the raw data under the same path or address; everything else comes and goes
with the jobs. Results are kept by the builder, so that a worker that dies costs the jobs it was doing and nothing else.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pipeline.run.fingerprints import code
from pipeline.run.pool import BATCH, run_batch
from pipeline.run.sources import SourceError
from pipeline.run.work import Job, Result

if TYPE_CHECKING:
    from distributed import Client

AHEAD = 3  # batches a worker thread that are under way, so that none waits and memory stays bounded
INSTALL = "Dask is not installed; run `pip install 'threadrx[cluster]'` here and on every worker"


@contextlib.contextmanager
def cluster(scheduler: str | None, workers: int | None = None) -> Iterator["Client"]:
    """A client of the scheduler at an address (`tcp://…`) or, where that is None, of processes on this machine.

    Raises SourceError where nothing answers there, Dask is missing, or the workers run other code than this.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as e:
        raise SourceError(INSTALL) from e
    with contextlib.ExitStack() as stack:
        if scheduler is None:
            scheduler = stack.enter_context(
                # one thread a process: extraction holds the interpreter, and parsers keep caches
                LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
            ).scheduler_address
        try:
            client = stack.enter_context(Client(scheduler, timeout=20, set_as_default=False))
            client.wait_for_workers(1, timeout=120)
        except (OSError, TimeoutError, ValueError) as e:
            raise SourceError(
                f"no Dask cluster with workers at {scheduler}: {e}; start one, or correct --scheduler"
            ) from e
        same(client)
        yield client


def same(client: "Client") -> None:
    """Raise SourceError where a worker would compute something else than this process."""
    ours = code("write")
    for address, theirs in client.run(code, "write", on_error="return").items():
        if theirs != ours:
            why = theirs if isinstance(theirs, Exception) else "another version of ThreadRx or of its libraries"
            raise SourceError(f"the worker at {address} cannot take part: {why}; install there what is installed here")


def run_jobs(
    jobs: Iterable[Job], client: "Client", killed: Callable[[Job], list[Result]]
) -> Iterator[list[list[Result]]]:
    """Results of jobs, a batch at a time, as `pipeline.run.pool.run_jobs` gives them.

    Dask gives a batch whose worker dies to others. Where several die of one, its jobs are done one by one when all else is
    done, and `killed(job)` says what the result of those is that take every worker down.
    """
    from distributed import wait
    from distributed.scheduler import KilledWorker

    stream = iter(jobs)
    batches = iter(lambda: list(itertools.islice(stream, BATCH)), [])
    waiting: dict[Any, list[Job]] = {}
    lost: list[Job] = []
    while True:
        room = AHEAD * max(1, sum(client.nthreads().values())) - len(waiting)
        for batch in itertools.islice(batches, max(0, room)):
            waiting[client.submit(run_batch, batch, pure=False)] = batch
        if not waiting:
            break
        with client.as_current():
            done, _ = wait(list(waiting), return_when="FIRST_COMPLETED")
        for future in done:
            batch = waiting.pop(future)
            try:
                yield future.result()
            except KilledWorker:
                lost += batch
    for job in lost:
        try:
            yield client.submit(run_batch, [job], pure=False).result()
        except KilledWorker:
            yield [killed(job)]
