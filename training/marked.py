"""Marked posts of `training/text/*.txt`: invented forum talk with its mentions marked in place, for training taggers.

A post is a head line `### ID | condition | voice`, then its words; in them `{LABEL words}` is a mention. Braces are nothing else.
"""

import dataclasses
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

TEXT = Path(__file__).parent / "text"
LABELS = (
    "DRUG", "SUPPLEMENT", "DRUG_CLASS", "PROCEDURE", "DEVICE", "THERAPY", "PROBLEM",
    "DOSE", "FREQUENCY", "ROUTE", "FORM", "DURATION",
)  # fmt: skip
MARK = re.compile(r"\{([A-Z_]+) ([^{}]+)\}")


@dataclasses.dataclass(frozen=True)
class Marked:
    """A post: `text` without marks, `spans` (start, end, label) into it, in order."""

    id: str
    condition: str
    voice: str
    text: str
    spans: tuple[tuple[int, int, str], ...]


def unmarked(
    body: str, mark: re.Pattern[str], labels: Sequence[str]
) -> tuple[str, list[tuple[int, int, re.Match[str]]]]:
    """A text without its marks, and each mark (start, end, what `mark` matched: its first group the label, its last the words).

    Raises ValueError on a label that is none of `labels` and on braces that are no mark.
    """
    text, last, out = "", 0, []
    for m in mark.finditer(body):
        text += body[last : m.start()]
        if m[1] not in labels:
            raise ValueError(f"{m[1]} is no label ({', '.join(labels)})")
        words = m[mark.groups]
        out.append((len(text), len(text) + len(words), m))
        text += words
        last = m.end()
    text += body[last:]
    if "{" in text or "}" in text:
        raise ValueError(f"a brace that marks nothing: {text[max(0, text.find('{') - 20) :][:60]!r}")
    return text, out


def read(path: Path) -> Iterator[Marked]:
    """The posts of a file. Raises ValueError, with the post, on a mark that is none."""
    for part in re.split(r"^### ", path.read_text("utf-8"), flags=re.M)[1:]:
        head, _, body = part.partition("\n")
        name, condition, voice = (x.strip() for x in [*head.split("|"), "", ""][:3])
        try:
            text, marks = unmarked(body.strip(), MARK, LABELS)
        except ValueError as e:
            raise ValueError(f"{path.name}, {name}: {e}") from e
        spans = [(start, end, m[1]) for start, end, m in marks]
        yield Marked(name, condition, voice, text, tuple(spans))


HELD = 0.12  # share of marked threads and posts that no training reads


def held(name: str, share: float = HELD) -> bool:
    """Whether a thread or post is held back from training, by a hash of its id."""
    return zlib.crc32(name.encode()) % 1000 < 1000 * share


def posts(folder: Path = TEXT) -> list[Marked]:
    """All posts, by file and place."""
    return [post for path in sorted(folder.glob("*.txt")) for post in read(path)]
