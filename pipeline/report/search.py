"""The search index: script files a page loads as somebody types, since a page on a disk may fetch nothing.

An entry stands under the first two letters of each of its words; `search/ba.js` calls `found("ba", [entries…])`. So what is
loaded stays small however many threads there are. `fold` and `shard` have their twins in assets/explore.js.
"""

import itertools
import json
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from pipeline.report.rows import Dataset

COMMON = 100  # English words so frequent that a thread's title is not looked for under them


def fold(text: str) -> list[str]:
    """The words of a text in lower case without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text).lower() if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", plain)


def shard(word: str) -> str:
    """The name of the file a word's entries are in: its first two letters, others than a–z and digits by number."""
    return "".join(c if re.fullmatch("[a-z0-9]", c) else f"-{ord(c):x}" for c in word[:2])


class SearchIndex:
    """Entries on their way into script files: treatments, then problems, then threads, each the most told of first."""

    def __init__(self, dataset: Dataset) -> None:
        from wordfreq import top_n_list

        self._dataset = dataset
        self._spool = dataset.spool("search", shard="TEXT", kind="INT", people="BIGINT", page="TEXT", entry="TEXT")
        self._common = frozenset(top_n_list("en", COMMON))

    def add(self, kind: int, name: str, note: str, page: str, people: int, also: Iterable[str] = ()) -> None:
        """An entry of kind 0 (treatment), 1 (problem) or 2 (thread); `also`: other words it is found by."""
        keys = list(dict.fromkeys(w for text in (name, *also) for w in fold(text)))
        entry = json.dumps([kind, name, note, page, " ".join(keys)], separators=(",", ":"))
        under = keys if kind < 2 else [k for k in keys if k not in self._common]
        for name_of_shard in sorted({shard(k) for k in under}):
            self._spool.add(name_of_shard, kind, people, page, entry)

    def write(self, folder: Path) -> None:
        """The files, one a shard."""
        self._spool.flush()
        folder.mkdir()
        rows = self._dataset.rows("SELECT shard, entry FROM search ORDER BY shard, kind, people DESC, page")
        for name, entries in itertools.groupby(rows, key=lambda r: r["shard"]):
            listed = ",\n".join(e["entry"] for e in entries)
            (folder / f"{name}.js").write_text(f'found("{name}",[\n{listed}\n]);\n', encoding="ascii")
