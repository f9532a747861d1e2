"""Jobs over the cores of this machine. The order results come in does not matter to whoever keeps them by key."""

import itertools
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from pipeline.run.work import Job, Result, run_job

BATCH = 8  # jobs handed over at once
WORTH = 64  # fewer jobs are done sooner than processes start and load models


def _settle() -> None:
    """Ctrl-C reaches every process of a terminal, and only the parent is to act on it; but none may outlive the parent,
    whose death an idle worker does not notice by itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent := multiprocessing.parent_process():

        def follow() -> None:
            multiprocessing.connection.wait([parent.sentinel])
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()


def run_batch(jobs: list[Job]) -> list[list[Result]]:
    """The results of each job."""
    return [run_job(j) for j in jobs]


def _pool(workers: int) -> ProcessPoolExecutor:
    # spawn: a forked child of a process with threads (pyarrow, duckdb) can hang
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_settle)


def run_jobs(
    jobs: Iterable[Job], n: int, workers: int, killed: Callable[[Job], list[Result]]
) -> Iterator[list[list[Result]]]:
    """Results of `n` jobs, a batch at a time; jobs are drawn from the iterable as workers get free, so memory stays bounded.

    A job that takes its process down (out of memory, a fault in a C library) is given two more chances in a process of
    its own, then `killed(job)` says what its result is.
    """
    stream = iter(jobs)
    batches = iter(lambda: list(itertools.islice(stream, BATCH)), [])
    if workers < 2 or n < WORTH:
        yield from map(run_batch, batches)
        return
    lost: list[Job] = []
    pool = _pool(workers)
    waiting: dict[Future[list[list[Result]]], list[Job]] = {}
    try:
        while True:
            try:
                for batch in itertools.islice(batches, 3 * workers - len(waiting)):
                    lost += batch  # until it is under way
                    waiting[pool.submit(run_batch, batch)] = batch
                    del lost[-len(batch) :]
                if not waiting:
                    break
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
                    del waiting[future]
            except BrokenProcessPool:
                check_processes()
                lost += [job for batch in waiting.values() for job in batch]
                waiting.clear()
                pool.shutdown(wait=False)
                pool = _pool(workers)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    for job in lost:
        yield [alone(job) or killed(job)]


def check_processes() -> None:
    """Raise RuntimeError where no process can do even nothing: then the job is not to blame."""
    with _pool(1) as pool:
        try:
            pool.submit(int).result()
        except BrokenProcessPool as e:
            told = "worker processes end as soon as they start; a script that calls build() needs `if __name__ == '__main__':`"
            raise RuntimeError(f"{told} around it, or workers=1") from e


def alone(job: Job, tries: int = 2) -> list[Result] | None:
    """A job's result from a process of its own; None where that dies every time."""
    for _ in range(tries):
        with _pool(1) as pool:
            try:
                return pool.submit(run_job, job).result()
            except BrokenProcessPool:
                continue
    return None
