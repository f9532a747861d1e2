"""A release: a folder a tier, with its tables and all that must lie beside them. A tier appears whole or not at all."""

import hashlib
import hmac
import json
import shutil
import string
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.dictionary import to_json
from pipeline.share.database import described, tables_in
from pipeline.share.describe import write_description
from pipeline.share.public import LEAST, public, public_records, rekeyed
from pipeline.share.risk import report
from pipeline.tables import load, write_frame

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).parent
TIERS = ("public", "restricted")
PEOPLE = ("author_id", "patient_id")
SHOWN = {
    "experience": "an experience, treatment and person right", "name": "treatment_name", "person": "person", "status": "status",
    "dose_low": "dose_low", "daily_dose_mg": "daily_dose_mg", "route": "route", "duration_days": "duration_days",
    "outcome": "outcome", "effects": "effects (problem and relation)", "polarity": "effects.polarity", "events": "events.kind",
    "reason": "events.reason_kind",
}  # fmt: skip


class ReleaseError(Exception):
    """A release that cannot be made as asked; the message says what to do."""


def release(
    folder: Path, target: Path, key: bytes, version: str, licence: str | None = None, least: int = LEAST,
    tiers: tuple[str, ...] = TIERS, progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> list[Path]:  # fmt: skip
    """Write the tiers of the tables in `folder` as `target/threadrx-VERSION-TIER`. Returns their folders.

    `key` is secret: the ids of a release are made with it, its version and its tier, so that no two can be linked. Same tables,
    key and version, same bytes. Raises ReleaseError where a folder is there already, or where words would get into the public
    tier; then nothing is written of it.
    """
    tables_in(folder)
    out = []
    for n, tier in enumerate(tiers, 1):
        final = target / f"threadrx-{version}-{tier}"
        if final.exists():
            raise ReleaseError(f"{final} is there already; name another --version, or remove it")
        part = target / f".{final.name}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        own = hmac.new(key, f"release {version} {tier}".encode(), hashlib.sha256).digest()
        try:
            filled = _public(folder, part, own, least) if tier == "public" else _restricted(folder, part, own)
            _describe(part, tier, version, licence, folder, *filled)
            part.replace(final)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        out.append(final)
        progress("release", n, len(tiers))
    return out


def _public(folder: Path, part: Path, key: bytes, least: int) -> tuple[dict[str, type], dict[str, Any]]:
    records = public_records(least)
    frames = {name: load(name, folder=folder) for name in records}
    found = public(frames, key, least)
    risk = report(frames, found, key, least)
    if through := risk["words_that_got_through"]:
        raise ReleaseError(
            f"words would get into the public tier: {through[:5]}; nothing was written. Please report it"
        )
    for name, record in records.items():
        write_frame(record, found[name], part / f"{name}.parquet")
    (part / "reidentification.json").write_text(to_json(risk), encoding="utf-8")
    return records, risk


def _restricted(folder: Path, part: Path, key: bytes) -> tuple[dict[str, type], dict[str, Any]]:
    """Every table as it is, with other pseudonyms."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    paths = tables_in(folder)
    for name, path in paths.items():
        table = pq.read_table(path)
        for column in (c for c in PEOPLE if c in table.column_names):
            at = table.column_names.index(column)
            ids = pa.array(rekeyed(table.column(column).to_pandas(), key), pa.string(), from_pandas=True)
            table = table.set_column(at, table.schema.field(column), ids)
        pq.write_table(table, part / f"{name}.parquet", compression="zstd")
    return described(paths), {}


def _describe(
    part: Path,
    tier: str,
    version: str,
    licence: str | None,
    folder: Path,
    records: dict[str, type],
    risk: dict[str, Any],
) -> None:
    """Dictionary, packages, datasheet, citation, version, and last the checksums of all."""
    write_description(records, part, "parquet", version, licence)
    (part / "DATASHEET.md").write_text(datasheet(part, tier, version, licence, folder, risk), encoding="utf-8")
    (part / "CITATION.cff").write_text(citation(tier, version, licence), encoding="utf-8")
    (part / "VERSION").write_text(f"{version}\n", encoding="utf-8")
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in sorted(part.iterdir())]
    (part / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def datasheet(part: Path, tier: str, version: str, licence: str | None, folder: Path, risk: dict[str, Any]) -> str:
    """DATASHEET.md, from datasheet.md and what lies in the folder of the tier."""
    import pyarrow.parquet as pq

    counts = {p.stem: pq.read_metadata(p).num_rows for p in sorted(part.glob("*.parquet"))}
    told = {str(r.provenance_id): str(r.value) for r in load("provenance", folder=folder).itertuples()}
    settings = [f"{k.removeprefix('settings.')} {v}" for k, v in told.items() if k.startswith("settings.")]
    sources = [k.removeprefix("source.") for k in told if k.startswith("source.")]
    named = f" Sources: {', '.join(sources)}; their terms are in each `source.toml` of the archive."
    dated = years(load("threads", folder=folder))
    privacy = tomllib.loads((HERE / "privacy.toml").read_text(encoding="utf-8"))
    return string.Template((HERE / "datasheet.md").read_text(encoding="utf-8")).substitute(
        version=version,
        tier=tier,
        composition=" · ".join(f"{n:,} {name}" for name, n in counts.items()) + ".",
        sources=f"{len(sources)} archive{'s' * (len(sources) != 1)}, {dated}.{named if tier == 'restricted' else ''}",
        settings=", ".join(settings),
        scores=scores(),
        privacy=privacy[tier].strip().format(**risk.get("after", {}), least=risk.get("least")),
        terms=f"Licence: {licence}."
        if licence
        else "No licence is given: ask whoever gave you this before you pass it on.",
    )


def years(threads: "pd.DataFrame") -> str:
    """From when to when the dated posts are."""
    dated = threads.dropna(subset=["first_posted_at"])
    if dated.empty:
        return "posts without dates"
    return f"posts from {dated['first_posted_at'].min().year} to {dated['last_posted_at'].max().year}"


def scores() -> str:
    """The table of the datasheet, from what `python -m training.evaluate --write` wrote."""
    told = json.loads((HERE / "scores.json").read_text(encoding="utf-8"))

    def cells(name: str, measure: str) -> str:
        c = told.get(name, {}).get(measure, {})
        return f"{c['f1']:.2f} | {c['n']}" if c.get("f1") is not None else "- | 0"

    return "\n".join(f"| {text} | {cells('heldout', m)} | {cells('fresh', m)} |" for m, text in SHOWN.items())


def citation(tier: str, version: str, licence: str | None) -> str:
    """CITATION.cff (Citation File Format 1.2.0)."""
    title = f"ThreadRx: treatment experiences told in patient forums ({tier} tier)"
    lines = [
        "cff-version: 1.2.0",
        "type: dataset",
        "message: Please cite this dataset with its version and tier.",
        f'title: "{title}"',
        f'version: "{version}"',
        "authors:",
        "  - name: The makers of this ThreadRx release",
    ]
    return "\n".join(lines + ([f"license: {licence}"] if licence else [])) + "\n"
