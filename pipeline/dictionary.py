"""The data dictionary for people and the Frictionless data package for programs, both read off the records."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pipeline.records import Column, columns
from pipeline.tables import key_of, links

TITLE = "Treatment experiences told in patient forums"
TYPES = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    dt.datetime: "datetime",
    dt.date: "date",
    list[str]: "array",
}
HEAD = """# Data dictionary

Written by `threadrx dictionary` from `pipeline/records.py` and `pipeline/aggregate/`; do not edit it here.
Null always means *not stated*, never *no*. Every count counts people, with the number of posts beside it.
"""


def summary(record: type) -> str:
    """The first paragraph of a record's docstring, on one line."""
    return " ".join((record.__doc__ or "").strip().split("\n\n")[0].split())


def markdown(records: Mapping[str, type]) -> str:
    """DATA_DICTIONARY.md for tables by name."""

    def line(c: Column) -> str:
        meaning = c.meaning.replace("|", "\\|")
        if c.values:
            meaning += ": " + ", ".join(f"`{v}`" for v in c.values)
        name = f"**`{c.name}`**" if c.key else f"`{c.name}`"
        return f"| {name} | {TYPES[c.type]} | {'yes' if c.nullable else ''} | {c.unit or ''} | {meaning} |"

    parts = [HEAD]
    for name, record in records.items():
        head = f"## {name}\n\n{summary(record)}\n\n| column | type | may be null | unit | meaning |\n|---|---|---|---|---|\n"
        parts.append(head + "\n".join(line(c) for c in columns(record)) + "\n")
    return "\n".join(parts) + "\nThe key of each table is in bold.\n"


def package(records: Mapping[str, type], folder: str = "data/processed/", kind: str = "parquet") -> dict[str, Any]:
    """datapackage.json (Frictionless Data Package 1) for tables by name, in files `folder` + name + `.kind`."""

    def field(c: Column) -> dict[str, Any]:
        constraints = {"required": True} if not c.nullable else {}
        enum = {"enum": list(c.values)} if c.values else {}
        unit = {"unit": c.unit} if c.unit else {}
        found: dict[str, Any] = {"name": c.name, "type": TYPES[c.type], "description": c.meaning, **unit}
        return found | ({"constraints": constraints | enum} if constraints or enum else {})

    def foreign(name: str) -> list[dict[str, Any]]:
        return [
            {
                "fields": [link.column],
                "reference": {"resource": link.target, "fields": list(key_of(records[link.target]))},
            }
            for link in links()
            if link.table == name and link.target in records and link.column in {c.name for c in columns(records[name])}
        ]

    def resource(name: str, record: type) -> dict[str, Any]:
        schema: dict[str, Any] = {"fields": [field(c) for c in columns(record)], "primaryKey": list(key_of(record))}
        if keys := foreign(name):
            schema["foreignKeys"] = keys
        path = f"{folder}{name}.{kind}"
        return {"name": name, "path": path, "format": kind, "description": summary(record), "schema": schema}

    return {
        "name": "threadrx",
        "title": TITLE,
        "profile": "data-package",
        "resources": [resource(name, record) for name, record in records.items()],
    }


def to_json(value: Any) -> str:
    """Indented by one, as all descriptions are."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n"


def write_dictionary(records: Mapping[str, type], folder: Path) -> list[Path]:
    """Write DATA_DICTIONARY.md and datapackage.json into a folder; returns their paths."""
    return write_texts(
        {folder / "DATA_DICTIONARY.md": markdown(records), folder / "datapackage.json": to_json(package(records))}
    )


def write_texts(files: dict[Path, str]) -> list[Path]:
    """Write each text to its path; returns the paths."""
    for path, content in files.items():
        path.write_text(content, encoding="utf-8")
    return list(files)
