"""The learned reader: one pass of a small encoder over a post; what it tags, and what it decides of treatments and problems.

`Encoder.read(title, text)` gives a `Pass`; its `tagged` are mentions, `decide` and `relate` answer for any stretch of the text,
whoever found it. Weights are in `pipeline/models/`, trained on the invented posts of `training/`
(docs/MODEL.md says how and how well).
"""

import bisect
import dataclasses
import functools
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.encoder.labels import PIECES, RELATIONS, SPAN_HEADS, TAGS, TITLE_PIECES
from pipeline.encoder.pieces import Pieces

WEIGHTS = Path(__file__).parent.parent / "models"
# labels whose words run on: one begun right behind another of its kind is the same
PHRASES = frozenset({"PROBLEM", "PROCEDURE", "DEVICE", "THERAPY", "REF"})
END = re.compile(r"[.!?\n]\s*$")
Span = tuple[int, int]
Array = np.ndarray[Any, np.dtype[np.float32]]


@dataclasses.dataclass(slots=True)
class Stretch:
    """A mention the encoder tags; `text[start:end]`, with the probability that its weakest piece is of a mention."""

    start: int
    end: int
    label: str
    score: float


@dataclasses.dataclass(frozen=True, slots=True)
class Trust:
    """How much the encoder is believed beside vocabulary and rules: chosen with the weights (`trust.toml`, training/trust.py).

    `off_*`: probability of being no mention from which a listed word is taken back. `tag_*`, `over_problem`: probability from
    which a mention is added (over a listed problem). `trim_problems`: its ends of a problem are taken. `stand`: probability from
    which words stand for a treatment. `person`: what the rules' person adds to the logarithm of the encoder's probability;
    `status`, `outcome`: what the logarithm of the probability that the rule's record gives a value counts for beside it; `firm`:
    what a status rule of great weight has besides; `relation`: what the logarithm of the odds that the link is right counts for;
    `unlinked`: what the silence of the rules adds to `unrelated`; `unsaid`: what is added to there being no outcome. `event_add`:
    probability from which an event is added; `event_drop`: probability of rule and encoder together below which a rule's is
    dropped; `reason_add` like `event_add`.
    """

    off_treatment: float = 0.97
    off_problem: float = 0.97
    tag_treatment: float = 0.5
    tag_problem: float = 0.4
    over_problem: float = 0.8
    trim_problems: bool = True
    stand: float = 0.5
    person: float = 1.0
    status: float = 1.0
    firm: float = 0.0
    outcome: float = 1.0
    unsaid: float = 0.0
    relation: float = 1.0
    unlinked: float = 0.3
    event_add: float = 0.5
    event_drop: float = 0.1
    reason_add: float = 0.5


class Pass:
    """One text as the encoder read it: a vector and tag scores for each word piece."""

    def __init__(
        self,
        text: str,
        heads: dict[str, Array],
        offsets: list[Span],
        parts: list[tuple[int, int, int, Array]],
        tags: Array,
    ):
        self._text = text
        self._heads, self._offsets, self._parts, self._tags = heads, offsets, parts, tags
        self._firsts = [part[0] for part in parts]
        self._starts = np.array([a for a, _ in offsets], dtype=np.int64)
        self._ends = np.array([b for _, b in offsets], dtype=np.int64)

    @functools.cached_property
    def tagged(self) -> list[Stretch]:
        """Mentions in order: the best label of each piece, whole words, no overlaps."""
        text = self._text
        best = self._tags.argmax(-1)
        sure = 1 - softmax(self._tags)[:, 0]
        out: list[Stretch] = []
        label, first = "", 0
        for i in range(len(best) + 1):
            name = TAGS[best[i]] if i < len(best) else "O"
            if (
                label
                and i < len(best)
                and (self._one_word(i) or name == f"I-{label}" or (name == f"B-{label}" and label in PHRASES))
            ):
                continue
            if label:
                out.append(Stretch(self._offsets[first][0], self._offsets[i - 1][1], label, float(sure[first:i].min())))
                label = ""
            if name != "O":
                label, first = name[2:], i
                while first and self._one_word(first):
                    first -= 1
        return [s for s in out if text[s.start : s.end].strip()]

    def _one_word(self, i: int) -> bool:
        """Whether piece i goes on the word of the piece before."""
        text, before, here = self._text, self._offsets[i - 1], self._offsets[i]
        return before[1] == here[0] and text[before[1] - 1].isalnum() and text[here[0]].isalnum()

    def off(self, start: int, end: int) -> float:
        """Probability that no piece of a stretch is a mention: how sure the encoder is that it is none."""
        first, last = self._pieces(start, end)
        return float(softmax(self._tags[first:last])[:, 0].min()) if last > first else 0.0

    def decide(self, start: int, end: int) -> dict[str, Array]:
        """For the words of a treatment: probabilities of each span head's classes (`events`: of each kind by itself)."""
        part = self._part(start, end)
        if part is None:
            return {}
        vectors, first, last = part
        x = np.concatenate([vectors[first:last].mean(0), vectors[0]])
        return {
            name: 1 / (1 + np.exp(-self._layer(f"spans.{name}", x)))
            if name == "events"
            else softmax(self._layer(f"spans.{name}", x))
            for name, _ in SPAN_HEADS
        }

    def window(self, start: int, end: int) -> int | None:
        """Which window the words of a stretch were read in; None outside the text."""
        first, last = self._pieces(start, end)
        k = bisect.bisect_right(self._firsts, first) - 1
        return k if last > first and k >= 0 else None

    def relate(self, treatment: Span, problems: Sequence[Span]) -> Array:
        """Probabilities (problems, RELATIONS) between a treatment and problems read in the same window as it."""
        vectors, first, last = self._part(*treatment)  # type: ignore[misc]
        x = vectors[first:last].mean(0)
        rows = []
        for problem in problems:
            _, a, b = self._part(*problem)  # type: ignore[misc]
            y = vectors[a:b].mean(0)
            low, high = min(last, b), max(first, a)
            between = vectors[low:high].mean(0) if high > low else np.zeros_like(x)
            away = np.log1p(max(0, high - low)) / 5
            after = 1.0 if a > first else -1.0
            place = np.array([away, away * after, after, float(high <= low)], dtype=np.float32)
            rows.append(np.concatenate([x, y, x * y, between, place]))
        return softmax(self._layer("relation", np.stack(rows)))

    def _pieces(self, start: int, end: int) -> Span:
        return int(np.searchsorted(self._ends, start, "right")), int(np.searchsorted(self._starts, end, "left"))

    def _part(self, start: int, end: int) -> tuple[Array, int, int] | None:
        k = self.window(start, end)
        if k is None:
            return None
        (a, b, head, vectors), (first, last) = self._parts[k], self._pieces(start, end)
        return vectors, first - a + head, min(last, b) - a + head

    def _layer(self, name: str, x: Array) -> Array:
        h = self._heads
        hidden = x @ h[f"{name}.1.weight"] + h[f"{name}.1.bias"]
        return gelu(hidden) @ h[f"{name}.4.weight"] + h[f"{name}.4.bias"]


class Encoder:
    """The network of a folder of weights: `encoder.onnx`, `pieces.txt`, `heads.npz`."""

    def __init__(self, folder: Path = WEIGHTS):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = (
            1  # processes are the build's way to use more cores
        )
        options.log_severity_level = 3
        self._network = onnxruntime.InferenceSession(
            str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._pieces = Pieces.load(folder / "pieces.txt")
        with np.load(folder / "heads.npz") as found:
            heads = {k: found[k].astype(np.float32) for k in found.files}
        # weights as x @ w wants them
        self._heads = {k: np.ascontiguousarray(w.T) if w.ndim == 2 else w for k, w in heads.items()}

    def read(self, title: str, text: str) -> Pass:
        """One pass over a text, by windows of at most PIECES pieces. Each window is read by itself, never in a batch: int8
        makes a result depend on what it is read with."""
        pieces = self._pieces
        head = [pieces.begin, *pieces.encode(title)[0][:TITLE_PIECES], pieces.sep]
        whole, offsets = pieces.encode(text)
        parts, tags = [], []
        for a, b in windows(offsets, text, PIECES - len(head) - 1):
            ids = np.array([head + whole[a:b]], dtype=np.int64)
            vectors, said = self._network.run(None, {"ids": ids, "mask": np.ones_like(ids)})
            parts.append((a, b, len(head), vectors[0]))
            tags.append(said[0, len(head) :])
        return Pass(text, self._heads, offsets, parts, np.concatenate(tags))


def windows(offsets: Sequence[Span], text: str, size: int) -> list[Span]:
    """Piece ranges of at most `size` that cover a text, cut behind ends of sentences where there are any."""
    out, start = [], 0
    while len(offsets) - start > size:
        ends = range(start + size, start + size // 2, -1)
        cut = next((i for i in ends if END.search(text[max(0, offsets[i - 1][0] - 3) : offsets[i][0]])), start + size)
        out.append((start, cut))
        start = cut
    return [*out, (start, len(offsets))]


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def gelu(x: Array) -> Array:
    from scipy.special import erf

    return 0.5 * x * (1 + erf(x / np.sqrt(2)))


@functools.cache
def trust() -> Trust:
    """The settings shipped with the weights."""
    path = WEIGHTS / "trust.toml"
    return Trust(**tomllib.loads(path.read_text(encoding="utf-8"))) if path.exists() else Trust()


@functools.cache
def encoder() -> Encoder:
    """The shipped encoder, loaded once a process, whose linear algebra keeps to one core from then on: small products lose more
    by being shared than they gain, and processes are the build's way to use more cores."""
    import threadpoolctl

    threadpoolctl.threadpool_limits(1, user_api="blas")
    return Encoder()


__all__ = ["RELATIONS", "Encoder", "Pass", "Stretch", "Trust", "encoder", "trust", "windows"]
