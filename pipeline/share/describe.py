"""What lies beside exported and released tables: dictionary, Frictionless data package, Croissant."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.dictionary import TITLE, markdown, package, summary, to_json, write_texts
from pipeline.records import Column, columns
from pipeline.tables import key_of

CROISSANT_TYPES = {
    str: "sc:Text", int: "sc:Integer", float: "sc:Float", bool: "sc:Boolean", dt.datetime: "sc:DateTime",
    dt.date: "sc:Date", list[str]: "sc:Text",
}  # fmt: skip
FORMATS = {"parquet": "application/x-parquet", "csv": "text/csv"}
CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/", "extract": "cr:extract",
    "field": "cr:field", "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty", "fileSet": "cr:fileSet",
    "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath",
    "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
    "transform": "cr:transform", "rai": "http://mlcommons.org/croissant/RAI/", "samplingRate": "cr:samplingRate",
    "examples": {"@id": "cr:examples", "@type": "@json"}, "equivalentProperty": "cr:equivalentProperty",
}  # fmt: skip


def croissant(
    records: Mapping[str, type], folder: Path, kind: str, version: str, licence: str | None = None
) -> dict[str, Any]:
    """croissant.json (MLCommons Croissant 1.0) for tables by name whose files (`name.kind`) lie in a folder."""

    def file(name: str) -> dict[str, Any]:
        path = folder / f"{name}.{kind}"
        with path.open("rb") as f:
            sha = hashlib.file_digest(f, "sha256").hexdigest()
        return {"@type": "cr:FileObject", "@id": path.name, "name": path.name, "contentUrl": path.name,
                "contentSize": f"{path.stat().st_size} B", "encodingFormat": FORMATS[kind], "sha256": sha}  # fmt: skip

    def record_set(name: str, record: type) -> dict[str, Any]:
        def field(c: Column) -> dict[str, Any]:
            source = {"fileObject": {"@id": f"{name}.{kind}"}, "extract": {"column": c.name}}
            found = {"@type": "cr:Field", "@id": f"{name}/{c.name}", "name": c.name, "description": c.meaning,
                     "dataType": CROISSANT_TYPES[c.type], "source": source}  # fmt: skip
            return found | ({"repeated": True} if c.type == list[str] and kind == "parquet" else {})

        key = [{"@id": f"{name}/{k}"} for k in key_of(record)]
        return {"@type": "cr:RecordSet", "@id": name, "name": name, "description": summary(record), "key": key,
                "field": [field(c) for c in columns(record)]}  # fmt: skip

    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": "threadrx",
        "description": TITLE,
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "version": version,
        **({"license": licence} if licence else {}),
        "distribution": [file(name) for name in records],
        "recordSet": [record_set(name, record) for name, record in records.items()],
    }


def write_description(
    records: Mapping[str, type], folder: Path, kind: str, version: str, licence: str | None = None
) -> list[Path]:
    """Dictionary, data package and Croissant beside the files of tables in a folder; returns their paths."""
    files = {
        folder / "DATA_DICTIONARY.md": markdown(records),
        folder / "datapackage.json": to_json(package(records, "", kind) | {"version": version}),
        folder / "croissant.json": to_json(croissant(records, folder, kind, version, licence)),
    }
    return write_texts(files)
