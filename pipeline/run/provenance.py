"""What a build depends on besides its pages, as rows: so that two builds can say why they differ."""

import importlib.metadata
from collections.abc import Iterable, Iterator

from pipeline.aggregate import Settings
from pipeline.records import Provenance, columns
from pipeline.run.fingerprints import contents, libraries
from pipeline.run.sources import Source

CODE = {
    "parse": "code that takes pages apart",
    "vocabulary": "terms, patterns and cues",
    "tag": "code that tags mentions",
    "experience": "code that reads experiences",
    "encoder": "code that reads with the trained encoder",
    "models": "trained weights, and how far they are trusted",
    "run": "code that enters threads (ids, pseudonyms, masks) and writes tables",
    "aggregate": "code of the aggregates",
}


def provenance(sources: Iterable[Source], settings: Settings, until: str, extractor: str) -> list[Provenance]:
    """The rows of a build, by name: nothing in them but what can change a table."""
    return sorted(_rows(sources, settings, until, extractor), key=lambda r: r.provenance_id)


def _rows(sources: Iterable[Source], settings: Settings, until: str, extractor: str) -> Iterator[Provenance]:
    version = importlib.metadata.version("threadrx")
    yield Provenance(provenance_id="version", value=version, meaning="version of ThreadRx")
    yield Provenance(provenance_id="until", value=until, meaning="last stage that was built")
    yield Provenance(provenance_id="extractor", value=extractor, meaning="function that makes rows of threads")
    yield Provenance(
        provenance_id="libraries", value=libraries()[:16], meaning="versions of Python and of the libraries used"
    )
    for part, meaning in CODE.items():
        yield Provenance(provenance_id=f"code.{part}", value=contents(part)[:16], meaning=meaning)
    for column in columns(Settings):
        value = str(getattr(settings, column.name))
        yield Provenance(provenance_id=f"settings.{column.name}", value=value, meaning=column.meaning)
    for s in sources:
        told = ", ".join(f"{k} {v}" for k in ("time_zone", "date_order", "captured_at") if (v := getattr(s, k)))
        yield Provenance(
            provenance_id=f"source.{s.source_id}",
            value=told or "nothing",
            meaning="what source.toml says of the dates of this source",
        )
