"""What Label Studio exports (JSON) → marked threads, to score on (`make evaluate FILE=…`), and marked text, to train with.

A marked thread is `{"id", "title", "posts", "experiences"}` as in training/dev; see training/dev/README.md for its rows.
"""

import dataclasses
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.share.annotate import BROUGHT, CHOICES, NUMBERS

RELATIONS = ("treats", "causes", "withdrawal")
POLARITIES = ("denied", "uncertain")
TREATMENTS = ("DRUG", "SUPPLEMENT", "DRUG_CLASS", "PROCEDURE", "DEVICE", "THERAPY")
Row = dict[str, Any]


class CorrectionError(ValueError):
    """An annotation that cannot be read; the message says in which task and what to do."""


@dataclasses.dataclass(slots=True)
class Region:
    """Labelled words: the post (from 1), their place in it in code points, and what was answered about them."""

    post: int
    start: int
    end: int
    text: str
    label: str = ""
    said: Row = dataclasses.field(default_factory=dict)


def read_gold(path: Path) -> list[Row]:
    """The marked threads of a file: JSON lines of them, or an export of Label Studio, whose tasks without a finished annotation
    are passed over. Raises CorrectionError where something cannot be read or nothing is annotated."""
    text = path.read_text(encoding="utf-8")
    try:
        items = (
            json.loads(text)
            if text.lstrip().startswith("[")
            else [json.loads(x) for x in text.splitlines() if x.strip()]
        )
    except json.JSONDecodeError as e:
        raise CorrectionError(f"{path}: {e}; give JSON lines of marked threads, or Label Studio's JSON export") from e
    out = []
    for n, item in enumerate(items, 1):
        if "experiences" in item:
            out.append(item)
        elif (results := annotation(item)) is not None:
            try:
                out.append(gold(item["data"], results))
            except (CorrectionError, KeyError, TypeError) as e:
                raise CorrectionError(f"{path}, task {item.get('id', n)}: {e}") from e
    if not out:
        raise CorrectionError(f"{path}: no annotated task in it; submit some in Label Studio and export them as JSON")
    return out


def annotation(task: Row) -> list[Row] | None:
    """The results of a task's last annotation that was not skipped; None where there is none (predictions are nobody's word)."""
    done = [a for a in task.get("annotations", []) if not a.get("was_cancelled")]
    return done[-1]["result"] if done else None


def locate(text: str, value: Row) -> tuple[int, int]:
    """Where the words of a region stand, in code points. Browsers count UTF-16 units, and some count line ends otherwise: the
    words themselves decide, at the place nearest to that given."""
    words = value.get("text", "")
    data = text.encode("utf-16-le")
    start = len(data[: 2 * int(value["startOffset"])].decode("utf-16-le", "ignore"))
    end = len(data[: 2 * int(value["endOffset"])].decode("utf-16-le", "ignore"))
    if not words or text[start:end] == words:
        return start, end
    found = [m.start() for m in re.finditer(re.escape(words), text)]
    if not found:
        raise CorrectionError(f"{words!r} is not in its post; mark the words anew")
    nearest = min(found, key=lambda at: abs(at - start))
    return nearest, nearest + len(words)


def regions(data: Row, results: list[Row]) -> dict[str, Region]:
    """The regions of an annotation by id."""
    found: dict[str, Region] = {}
    for r in results:
        if r["type"] == "relation":
            continue
        value = r["value"]
        if r["id"] not in found:
            if value["start"] != value["end"]:
                raise CorrectionError(f"{value.get('text')!r} goes over several posts; mark it in one")
            post = int(value["start"]) + 1
            text = data["posts"][post - 1]["text"]
            start, end = locate(text, value)
            found[r["id"]] = Region(post, start, end, text[start:end])
        if r["type"] == "paragraphlabels":
            found[r["id"]].label = value["paragraphlabels"][0]
        else:
            kind = {"choices": "choices", "textarea": "text", "number": "number"}[r["type"]]
            found[r["id"]].said[r["from_name"]] = value[kind]
    return found


def effects(found: dict[str, Region], results: list[Row]) -> dict[str, list[Row]]:
    """The effects of each treatment's region, from the relations between regions, whichever way these were drawn."""
    out: dict[str, list[Row]] = defaultdict(list)
    for r in (r for r in results if r["type"] == "relation"):
        ends = sorted((r["from_id"], r["to_id"]), key=lambda i: found[i].label == "PROBLEM")
        treatment, problem = found[ends[0]], found[ends[1]]
        labels = r.get("labels") or []
        kinds = [x for x in labels if x in RELATIONS]
        if treatment.label not in TREATMENTS or problem.label != "PROBLEM" or len(kinds) != 1:
            raise CorrectionError(
                f"the relation between {treatment.text!r} and {problem.text!r} is to lead from a treatment to a problem and be "
                f"one of {', '.join(RELATIONS)}"
            )
        polarity = next((x for x in labels if x in POLARITIES), "affirmed")
        row = {"text": problem.text, "start": problem.start, "relation": kinds[0], "polarity": polarity}
        out[ends[0]].append(row if problem.post == treatment.post else row | {"post": problem.post})
    return out


def gold(data: Row, results: list[Row]) -> Row:
    """A marked thread: a row for each treatment region that has person and status. Raises CorrectionError."""
    found = regions(data, results)
    linked = effects(found, results)
    rows = []
    for id, region in found.items():
        said = region.said
        if region.label not in TREATMENTS or not {"person", "status"} & said.keys():
            continue
        if missing := {"person", "status"} - said.keys():
            raise CorrectionError(
                f"{region.text!r} in post {region.post} has no {' and no '.join(missing)}; choose one"
            )
        row: Row = {"post": region.post, "text": region.text, "start": region.start,
                    "treatment": said.get("treatment") or [region.text], "type": region.label.lower()}  # fmt: skip
        row |= {name: said[name][0] for name in CHOICES if name in said}
        row |= {name: said.get(name) for name in NUMBERS}
        row |= {name: said[name][0] for name in ("dose_unit", "route") if said.get(name)}
        reason = said.get("reason", [None])[0]
        steps = [
            {"kind": k} | ({"reason_kind": reason} if reason and k in BROUGHT else {}) for k in said.get("events", [])
        ]
        rows.append(row | {"effects": linked.get(id, []), "events": steps})
    posts = [{k: v for k, v in p.items() if v is not None} for p in data["posts"]]
    return {"id": data["id"], "title": data.get("title"), "posts": posts,
            "experiences": sorted(rows, key=lambda r: (r["post"], r["start"]))}  # fmt: skip


def marked_posts(path: Path) -> Iterator[str]:
    """The annotated posts of an export of Label Studio as marked text for `training/text` (see its README). Of regions that
    overlap the longer is marked; a post with braces or a line that begins like a head line is left out."""
    for item in json.loads(path.read_text(encoding="utf-8")):
        results = annotation(item)
        if results is None:
            continue
        found = regions(item["data"], results)
        for n, post in enumerate(item["data"]["posts"], 1):
            text = post["text"]
            if re.search(r"[{}]|^### ", text, re.M):
                continue
            out, at = "", 0
            for r in chosen([r for r in found.values() if r.post == n and r.label]):
                out += text[at : r.start] + f"{{{r.label} {r.text}}}"
                at = r.end
            yield f"### {item['data']['id']}-{n} | corrected | Label Studio\n{(out + text[at:]).strip()}\n"


def chosen(found: list[Region]) -> list[Region]:
    """Regions that do not overlap, by place: the longer ones first come, first served."""
    kept: list[Region] = []
    for r in sorted(found, key=lambda r: (r.start - r.end, r.start)):
        if all(r.end <= k.start or k.end <= r.start for k in kept) and r.end > r.start and r.text == r.text.strip():
            kept.append(r)
    return sorted(kept, key=lambda r: r.start)
