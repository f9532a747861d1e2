"""Where a post repeats words of earlier posts: an index of shingles, stretches over small edits, trimmed to sentences."""

import dataclasses
import functools
import itertools
import re
from collections.abc import Iterator

N = 4  # words in a shingle: the shortest repetition that can be told from chance
KEPT = 16  # places remembered of one shingle: a commoner phrase is nobody's, and the first use is the source
LONG = 8  # words from which a repetition may count by its length alone
# Words changed, dropped or added that a match steps over, the smallest change first.
RESYNC = sorted(itertools.product(range(4), repeat=2), key=lambda d: (max(d), sum(d)))[1:]
WORD = re.compile(r"\w+(?:['’]\w+)*")
SENTENCE_END = re.compile(r"[.!?…:]|\n|[\"“”»«]|\*{2}")
CUT = re.compile(r"\.\.|…|\[\W*(?:snip|cut)\W*\]|<snip>", re.I)

# Shingle → (post, word) where it stands; also the first N - 1 words of each post.
Index = dict[tuple[str, ...], list[tuple[int, int]]]


class Words:
    """A text as folded words with their places."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = WORD.findall(text)
        folded = " ".join(found).replace("'", "").replace("’", "").lower()
        self.words = folded.split(" ") if found else []
        self.shingles = list(zip(*(self.words[k:] for k in range(N)), strict=False))

    @functools.cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where each word stands."""
        return [m.span() for m in WORD.finditer(self.text)]

    def __len__(self) -> int:
        return len(self.words)

    def gap(self, at: int) -> str:
        """What stands between word at-1 and word `at`."""
        return self.text[self.spans[at - 1][1] if at else 0 : self.spans[at][0] if at < len(self) else len(self.text)]

    def edge(self, at: int) -> bool:
        """Whether a sentence or line ends before word `at`."""
        return at <= 0 or at >= len(self) or bool(SENTENCE_END.search(self.gap(at)))

    def line_edge(self, at: int) -> bool:
        return at <= 0 or at >= len(self) or "\n" in self.gap(at)


@dataclasses.dataclass(slots=True)
class Stretch:
    """Words a…b of a post repeat words qa…qb of post number `source`, `same` of them equal.

    `inside`: so many letters of word b belong to it too, where quote and answer are glued (`300 mgme too`).
    """

    a: int
    b: int
    source: int
    qa: int
    qb: int
    same: int
    edits: int
    inside: int = 0


def remember(words: Words, number: int, index: Index) -> None:
    """Enter the words of post `number` in the index."""
    known = index.get
    for at, shingle in enumerate(words.shingles):
        places = known(shingle)
        if places is None:
            index[shingle] = [(number, at)]
        elif len(places) < KEPT:
            places.append((number, at))
    index.setdefault(tuple(words.words[: N - 1]), []).append((number, 0))


def stretches(p: Words, texts: list[Words], index: Index) -> Iterator[Stretch]:
    """The repeated stretches of a post, left to right, each trimmed to sentences."""
    done = last = 0
    for at, shingle in enumerate(p.shingles if index else ()):
        if at < done:
            continue
        # a post's first words may be a whole short one, glued to the answer
        hits = index.get(shingle) or (index.get(shingle[:-1]) if at == 0 else None)
        if not hits:
            continue
        best = max((extend(p, at, texts[q], q, j, index) for q, j in hits), key=lambda s: s.same)
        done = best.b
        trimmed = trim(best, p, texts[best.source])
        if trimmed and trimmed.a >= last:
            done = last = trimmed.b + (trimmed.inside > 0)
            yield trimmed


def extend(p: Words, a: int, q: Words, source: int, qa: int, index: Index) -> Stretch:
    """As far as post and source agree, over small edits and marked cuts."""
    i, j, same, edits = a, qa, 0, 0
    s = Stretch(a, a, source, qa, qa, 0, 0)
    while i < len(p) and j < len(q):
        if p.words[i] == q.words[j]:
            i, j, same = i + 1, j + 1, same + 1
            continue
        if CUT.search(p.gap(i)):
            later = [k for post, k in index.get(tuple(p.words[i : i + N]), ()) if post == source and k > j]
            if later:
                j = later[0]
                continue
        step = next((d for d in RESYNC if resumes(p, i, q, j, *d)), None)
        if step is None or (edits + max(step)) * 4 > same + 3:
            break
        i, j, edits = i + step[0], j + step[1], edits + max(step)
    s.b, s.qb, s.same, s.edits = i, j, same, edits
    if i < len(p) and j < len(q):
        rest = p.words[i]
        if q.words[j].startswith(rest) and CUT.match(p.gap(i + 1)):  # "I took 300 mg of gaba..."
            s.b, s.qb = i + 1, j + 1
        elif len(q.words[j]) > 1 and rest.startswith(q.words[j]) and q.edge(j + 1) and same >= N - 1:  # "300 mgme too"
            s.inside, s.qb, s.same = len(q.words[j]), j + 1, same + 1
    return s


def resumes(p: Words, i: int, q: Words, j: int, x: int, y: int) -> bool:
    """Whether post and source go on alike after x words of the one and y of the other that differ: an edit.

    Words put in as lines or sentences of their own are an answer; a changed number is somebody else's dose.
    """
    ahead = p.words[i + x : i + x + 3]
    if len(ahead) < 3 or ahead != q.words[j + y : j + y + 3]:
        return False
    if p.edge(i) and any(p.edge(i + k) for k in range(1, x + 1)):
        return False
    return digits(p.words[i : i + x]) == digits(q.words[j : j + y])


def digits(words: list[str]) -> str:
    return "".join(c for c in "".join(words) if c.isdigit())


def trim(s: Stretch, p: Words, q: Words) -> Stretch | None:
    """The part of a stretch that is whole sentences of the post, or ends where its source's do (glued); None where none is."""
    if not p.edge(s.a):
        near = next((s.a - k for k in (1, 2) if p.edge(s.a - k)), None)
        if near is not None and s.same >= 3 * N:
            s.a = near
        elif not (q.edge(s.qa) and s.same >= (3 * N if s.qa else LONG)):
            start = next((k for k in range(s.a + 1, s.b) if p.edge(k)), None)
            if start is None:
                return None
            s.same -= start - s.a
            s.qa, s.a = s.qa + start - s.a, start
    if not s.inside and not p.edge(s.b) and not (q.edge(s.qb) and s.same >= N):
        near = next((s.b + k for k in (1, 2) if p.edge(s.b + k)), None)
        if near is not None and s.same >= 3 * N:
            s.b = near
        else:
            end = next((k for k in range(s.b - 1, s.a, -1) if p.edge(k)), None)
            if end is None:
                return None
            s.same -= s.b - end
            s.qb, s.b = s.qb - (s.b - end), end
    return s if s.same >= N else None


def continued(s: Stretch, p: Words, q: Words, until: int) -> Iterator[Stretch]:
    """Later lines of the post that go on word for word where a quote broke off, too short to count by themselves:
    the rest of a quote with answers between its lines."""
    at = s.qb
    starts = [k for k in range(s.b, until) if p.line_edge(k)]
    for a, b in zip(starts, [*starts[1:], until], strict=False):
        if 2 <= b - a <= len(q) - at and p.words[a:b] == q.words[at : at + b - a] and q.edge(at + b - a):
            yield Stretch(a, b, s.source, at, at + b - a, b - a, 0)
            at += b - a
