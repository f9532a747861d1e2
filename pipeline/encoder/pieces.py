"""Word pieces (WordPiece of BERT, uncased) with their offsets into the text: greedy, longest first.

Schuster and Nakajima, Japanese and Korean voice search, ICASSP 2012; split into words as the BERT authors' BasicTokenizer does.
Ours because the maintained one (`tokenizers`) brings a model hub's network client into every installation.
"""

import functools
import re
import unicodedata
from pathlib import Path

WORD = re.compile(r"[^\W_]+|[^\s]")
LONGEST = 100  # letters beyond which a word is unknown
Span = tuple[int, int]


class Pieces:
    """A table of pieces, one a line; a piece's id is its line."""

    def __init__(self, pieces: list[str]):
        self.ids = {p: i for i, p in enumerate(pieces)}
        self.unknown, self.begin, self.sep = (self.ids[p] for p in ("[UNK]", "[CLS]", "[SEP]"))
        self.cut = functools.lru_cache(maxsize=100_000)(self._cut)

    @classmethod
    def load(cls, path: Path) -> "Pieces":
        return cls(path.read_text(encoding="utf-8").splitlines())

    def encode(self, text: str) -> tuple[list[int], list[Span]]:
        """Ids of a text's pieces and the characters each stands for."""
        ids: list[int] = []
        spans: list[Span] = []
        for m in WORD.finditer(text):
            word, start = m.group(), m.start()
            exact = len(plain(word)) == len(word)
            for piece, a, b in self.cut(plain(word)):
                ids.append(piece)
                spans.append((start + a, start + b) if exact else m.span())
        return ids, spans

    def _cut(self, word: str) -> list[tuple[int, int, int]]:
        """(id, start, end) of the pieces of a folded word; one unknown piece where letters have none."""
        out, at = [], 0
        while at < len(word):
            end = next((e for e in range(len(word), at, -1) if ("##" if at else "") + word[at:e] in self.ids), 0)
            if not end or len(word) > LONGEST:
                return [(self.unknown, 0, len(word))]
            out.append((self.ids[("##" if at else "") + word[at:end]], at, end))
            at = end
        return out


@functools.lru_cache(maxsize=100_000)
def plain(word: str) -> str:
    """Lower case without accents."""
    if word.isascii():
        return word.lower()
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(c) != "Mn")
