"""How a build grows: `make bench`, or `python -m training.scale --sizes 1000,10000`. Writes docs/SCALE.md's table and plot.

Each measurement is a build of an invented archive (`threadrx synth`, seed 1) in a process of its own, and is kept in
`.bench/scale.jsonl`: run again, only what is missing is measured (`--anew` forgets). Processor time of a stage is exact with one
worker; with more, the stages' times are by the clock, so keep the machine quiet. `--medspacy` and `--harvest` name the Pythons of
environments that have them; they, plain spaCy and this project read the same posts in the same run.
"""

import argparse
import json
import math
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from training.bench import harvest

HERE = Path(__file__).parent.parent
KEPT = HERE / ".bench/scale.jsonl"
DOCS, PLOT = HERE / "docs/SCALE.md", HERE / "docs/scale.png"
BEGIN, END = "<!-- measured: python -m training.scale -->", "<!-- end -->"
STAGES = ("parse", "enter", "extract", "write", "aggregate")
WRITTEN = ("threads", "posts", "quotes", "mentions", "experiences", "effects", "events")
PRICE = 0.04  # US$ a core and hour: what clouds ask for a rented core in 2026, give or take half
POSTS = 400  # for comparisons
MEDSPACY = """
import json, sys, time, medspacy
from medspacy.target_matcher import TargetRule
nlp = medspacy.load()
nlp.get_pipe("medspacy_target_matcher").add([TargetRule(w, "PROBLEM") for w in ("nausea", "pain", "migraine", "rash", "fatigue")])
texts = json.load(sys.stdin)
[nlp(t) for t in texts[:20]]
start = time.process_time()
for t in texts: nlp(t)
print(time.process_time() - start)
"""
Row = dict[str, Any]


def processor() -> float:
    """Processor time of this process and of those it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in used)


def one(folder: Path, out: Path, profile: str, workers: int) -> Row:
    """One build, measured: seconds by the clock and of processor for each stage, peak memory of a process, rows."""
    from pipeline.run.build import build
    from pipeline.run.work import PROFILES

    ends = {"start": (time.monotonic(), processor())}

    def progress(stage: str, done: int, total: int) -> None:
        ends[stage] = (time.monotonic(), processor())

    report = build(folder / "raw", out, workers=workers, extractor=PROFILES[profile], progress=progress)
    ends["all"] = (time.monotonic(), processor())
    stages, last = {}, ends["start"]
    for stage in STAGES:
        if stage in ends:
            stages[stage] = [round(b - a, 3) for a, b in zip(last, ends[stage], strict=True)]
            last = ends[stage]
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    whole = [round(b - a, 3) for a, b in zip(ends["start"], ends["all"], strict=True)]
    return {"stages": stages, "all": whole, "peak_mb": peak // 1024, "rows": report.counts, "computed": report.computed}


def measure(size: int, profile: str, workers: int) -> Row:
    """A build of `size` threads, one again with nothing to do, and one after a thread was touched."""
    from pipeline.synth import synth_thread
    from pipeline.synth.pages import batches, warc, write_archive
    from pipeline.tables import load

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_archive(folder, size, 1)

        def run() -> Row:
            asked = [sys.executable, "-m", "training.scale", "--one", str(folder), profile, str(workers)]
            ran = subprocess.run(asked, capture_output=True, text=True)
            if ran.returncode:
                raise SystemExit(f"{' '.join(asked)}: {ran.stderr[-2000:]}")
            return json.loads(ran.stdout.splitlines()[-1])  # type: ignore[no-any-return]

        row = {"size": size, "profile": profile, "workers": workers} | run()
        texts = load("posts", folder=folder / "out").text
        row |= {"posts": len(texts), "words": int(texts.str.split().str.len().sum()), "noop": run()["all"][0]}
        threads = next(iter(batches(min(size, 100), 1, 100)))
        threads[0] = synth_thread(1, 2)
        next(folder.glob("raw/synth/*0001.warc.gz")).write_bytes(warc(threads))
        again = run()
        return row | {"touched": again["all"][0], "touched_extracted": again["computed"]["extract"]}


def compare(medspacy: str | None, harvest_python: str | None) -> Row:
    """Words a second of processor of this project and others on the same posts; pages a second likewise."""
    import spacy
    from spacy.training import Example

    from pipeline.parse import SourceSettings, parse_bytes
    from pipeline.run.lines import extract_lines
    from pipeline.run.work import PROFILES
    from pipeline.synth import SynthThread, synth_thread, truth
    from pipeline.synth.pages import page

    threads, first = ([synth_thread(n, seed) for n in range(1, POSTS // 10 + 1)] for seed in (1, 2))
    texts, first_texts = ([p.text for t in some for p in t.posts] for some in (threads, first))
    words = sum(len(t.split()) for t in texts)
    pages = [page(t) for t in threads]

    def given(some: list[SynthThread]) -> list[bytes]:
        return [json.dumps({"thread_id": t.number, **truth(t)}).encode() for t in some]

    out: Row = {"posts": len(texts)}

    def clock(name: str, work: Callable[[Any], Any], others: Any, these: Any, amount: float) -> None:
        work(others)  # loads models; these are read for the first time, as a build reads them
        start = time.process_time()
        work(these)
        out[name] = amount / (time.process_time() - start)

    for profile, function in PROFILES.items():
        clock(
            f"words: extract, {profile}",
            lambda x, f=function: list(extract_lines(x, f)),
            given(first),
            given(threads),
            words,
        )
    nlp = spacy.blank("en")
    clock("words: spaCy tokenizer", lambda x: [nlp(t) for t in x], first_texts, texts, words)
    nlp.add_pipe("ner").add_label("DRUG")
    nlp.initialize(lambda: [Example.from_dict(nlp.make_doc(t), {}) for t in texts[:20]])
    clock("words: spaCy tok2vec + ner", lambda x: list(nlp.pipe(x)), first_texts, texts, words)
    read = [page(t) for t in first]
    clock(
        "pages: parse",
        lambda x: [list(parse_bytes(p, "p", settings=SourceSettings())) for p in x],
        read,
        pages,
        len(pages),
    )
    if medspacy:
        ran = subprocess.run(
            [medspacy, "-c", MEDSPACY], input=json.dumps(texts), capture_output=True, text=True, check=True
        )
        out["words: medspaCy, 5 target rules and ConText"] = words / float(ran.stdout.split()[-1])
    if harvest_python:
        with tempfile.TemporaryDirectory() as name:
            paths = [Path(name, f"{n}.html") for n in range(8)]
            for path, data in zip(paths, pages, strict=False):
                path.write_bytes(data)
            out["pages: Harvest"] = len(paths) / harvest(harvest_python, [(str(p), p.read_bytes()) for p in paths])
    return out


def growth(rows: list[Row]) -> float | None:
    """Exponent b of time ~ posts ** b between the smallest and the largest build of a thousand threads or more; 1 is linear."""
    rows = [r for r in rows if r["size"] >= 1000]  # below, models that are loaded are most of it
    if not rows:
        return None
    a, b = min(rows, key=lambda r: r["size"]), max(rows, key=lambda r: r["size"])
    return math.log(b["all"][1] / a["all"][1]) / math.log(b["posts"] / a["posts"]) if a is not b else None


def spent(row: Row, stage: str) -> float:
    """Seconds of a stage: of processor with one worker, by the clock with several."""
    return max(row["stages"].get(stage, [0, 0])[1 if row["workers"] == 1 else 0], 0.001)  # type: ignore[no-any-return]


COLUMNS: dict[str, Callable[[Row], str]] = {
    "threads": lambda r: f"{r['size']:,}",
    "posts": lambda r: f"{r['posts']:,}",
    "profile": lambda r: r["profile"],
    "workers": lambda r: str(r["workers"]),
    "clock s": lambda r: f"{r['all'][0]:,.0f}",
    "processor s": lambda r: f"{r['all'][1]:,.0f}",
    "words/s a core": lambda r: f"{r['words'] / r['all'][1]:,.0f}",
    "parse pages/s": lambda r: f"{r['size'] / spent(r, 'parse'):,.0f}",
    "enter posts/s": lambda r: f"{r['posts'] / spent(r, 'enter'):,.0f}",
    "extract words/s": lambda r: f"{r['words'] / spent(r, 'extract'):,.0f}",
    "write rows/s": lambda r: f"{sum(r['rows'].get(t, 0) for t in WRITTEN) / spent(r, 'write'):,.0f}",
    "aggregate s": lambda r: f"{spent(r, 'aggregate'):,.1f}",
    "peak MB a process": lambda r: f"{r['peak_mb']:,}",
    "no-op s": lambda r: f"{r['noop']:.1f}",
    "one touched s": lambda r: f"{r['touched']:.1f}",
}


def lines(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A Markdown table."""
    head = list(head)
    return ["", *(f"| {' | '.join(r)} |" for r in (head, ["---"] * len(head), *rows)), ""]


def table(rows: list[Row], compared: Row) -> str:
    """What goes into the docs."""
    rows = sorted(rows, key=lambda r: (r["profile"], r["workers"], r["size"]))
    out = [f"{platform.machine()}, {time.strftime('%Y-%m-%d')}. A worker is a process on one core."]
    out += lines(COLUMNS, ([show(r) for show in COLUMNS.values()] for r in rows))
    costs = []
    for profile in sorted({r["profile"] for r in rows}):
        some = [r for r in rows if (r["profile"], r["workers"]) == (profile, 1)]
        if (b := growth(some)) is not None:
            out += [f"Growth, `{profile}`: processor time ~ posts^{b:.2f} (1 is linear).", ""]
        if some:
            most = max(some, key=lambda r: r["size"])
            hours = most["all"][1] / most["posts"] * 1e6 / 3600
            million = f"{hours:,.1f} core hours, US$ {hours * PRICE:,.2f}"
            billion = f"{hours * 1000:,.0f} core hours, US$ {hours * 1000 * PRICE:,.0f}"
            costs.append([profile, million, f"{billion}; {hours / 24:,.1f} days on 1,000 cores"])
    out += ["![processor time over posts](scale.png)", ""]
    out += [f"What it would cost, by the largest build of each profile, at US$ {PRICE} a core and hour:"]
    out += lines(["profile", "a million posts", "a billion posts"], costs)
    out += [f"On the same {compared['posts']} posts, one core, words or pages a second of processor time:"]
    out += lines(
        ["what", "a second"], ([k, f"{v:,.0f}" if v > 20 else f"{v:.2f}"] for k, v in compared.items() if ":" in k)
    )
    return "\n".join(out).strip()


def plot(rows: list[Row]) -> None:
    """Processor time over posts."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4))
    for profile, workers in sorted({(r["profile"], r["workers"]) for r in rows}):
        some = sorted((r for r in rows if (r["profile"], r["workers"]) == (profile, workers)), key=lambda r: r["posts"])
        axes.loglog(
            [r["posts"] for r in some], [r["all"][1] for r in some], "o-", label=f"{profile}, {workers} worker(s)"
        )
    axes.set(xlabel="posts", ylabel="processor seconds of a whole build", title="Growth")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.tight_layout()
    figure.savefig(PLOT, dpi=110, metadata={"Software": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000", help="threads, ten posts each")
    parser.add_argument("--profiles", default="fast,default")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--largest", type=int, default=10**9, help="leave `default` out above this size")
    parser.add_argument("--medspacy", metavar="PYTHON")
    parser.add_argument("--harvest", metavar="PYTHON")
    parser.add_argument("--anew", action="store_true", help="forget what was measured before")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        folder = Path(args.one[0])
        print(json.dumps(one(folder, folder / "out", args.one[1], int(args.one[2]))))
        return
    if args.anew:
        KEPT.unlink(missing_ok=True)
    KEPT.parent.mkdir(exist_ok=True)
    rows: list[Row] = [json.loads(x) for x in KEPT.read_text().splitlines()] if KEPT.exists() else []
    done = {(r["size"], r["profile"], r["workers"]) for r in rows if "size" in r}
    for size in map(int, args.sizes.split(",")):
        for profile in args.profiles.split(","):
            for workers in map(int, args.workers.split(",")):
                if (size, profile, workers) in done or (profile == "default" and size > args.largest):
                    continue
                print(f"{size:,} threads, {profile}, {workers} worker(s) …", file=sys.stderr, flush=True)
                rows.append(measure(size, profile, workers))
                with KEPT.open("a") as f:
                    f.write(json.dumps(rows[-1]) + "\n")
    compared = next((r for r in rows if "size" not in r), None)
    if compared is None:
        compared = compare(args.medspacy, args.harvest)
        with KEPT.open("a") as f:
            f.write(json.dumps(compared) + "\n")
    builds = [r for r in rows if "size" in r]
    text = DOCS.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    DOCS.write_text(f"{head}{BEGIN}\n\n{table(builds, compared)}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")
    plot(builds)
    print(table(builds, compared))


if __name__ == "__main__":
    main()
