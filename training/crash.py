"""Kill builds at random instants and see that nothing is lost: `make test-crash`, or `python -m training.crash --kills 200`.

An invented archive is built in a process that is killed (SIGKILL, with its workers) after a random time, again and again in the
same folder; now and then a thread is touched, so that there is always something to do. After each kill every table there must be
whole; at the end the next build must give the bytes that one undisturbed gives.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.synth import synth_thread
from pipeline.synth.pages import page, write_archive

Tables = dict[str, bytes]


def command(folder: Path, out: Path, workers: int) -> list[str]:
    options = ["--raw", folder / "raw", "--out", out, "--profile", "fast", "--workers", workers]
    return [sys.executable, "-m", "training.crash", "--build", *map(str, options)]


def tables(out: Path) -> Tables:
    return {p.name: p.read_bytes() for p in sorted(out.glob("*.parquet"))}


def readable(out: Path) -> int:
    """Tables in a folder, each of which is read. Raises where one is half."""
    return sum(pq.read_table(p).num_rows >= 0 for p in out.glob("*.parquet"))


def touch(folder: Path, rng: random.Random, n: int) -> None:
    """Another thread's words on some page."""
    path = folder / f"raw/synth/0000/t-{rng.randint(1, n)}.html"
    path.write_bytes(page(synth_thread(int(path.stem[2:]), rng.randrange(1000))))


def disturbed(folder: Path, kills: int, n: int, workers: int, seed: int) -> int:
    """Builds into folder/out, killed at random instants; how many were still at work then."""
    rng, out, hit, longest = random.Random(seed), folder / "out", 0, 1.0
    for k in range(kills):
        if k % 5 == 0:
            touch(folder, rng, n)
        begun = time.monotonic()
        process = subprocess.Popen(
            command(folder, out, workers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            process.wait(rng.uniform(0, longest))
            longest = max(1.0, time.monotonic() - begun)  # it came to its end: that is how long one takes
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            hit += process.wait() != 0
            longest *= 1.1
        there = readable(out)
        print(f"\r{k + 1} of {kills}: killed {hit}, {there} tables there", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return hit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--threads", type=int, default=80)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    if sys.argv[1:2] == ["--build"]:
        from pipeline.cli import app
        from pipeline.run import pool

        pool.WORTH = 1  # processes also for few threads
        sys.argv[1] = "build"
        app()
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_archive(folder, args.threads, args.seed, a_file=1)
        hit = disturbed(folder, args.kills, args.threads, args.workers, args.seed)
        for out in ("out", "undisturbed"):
            subprocess.run(command(folder, folder / out, args.workers), check=True, stdout=subprocess.DEVNULL)
        right, found = tables(folder / "undisturbed"), tables(folder / "out")
        wrong = sorted(k for k in right.keys() | found.keys() if right.get(k) != found.get(k))
    print(
        f"{args.kills} builds, {hit} killed at work; " + (f"DIFFERENT: {', '.join(wrong)}" if wrong else "nothing lost")
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
