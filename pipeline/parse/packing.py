"""Packed bytes (gzip, bzip2, xz, zst, also one in another) as a stream, so that a dump need not fit into memory unpacked."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import zstandard

from pipeline.parsed import Rejected

MAX_LAYERS = 3
HEAD = 2**18
MAX_LINE = 16 * 2**20  # bytes; no post and no thread is longer
MAX_RATIO = 200  # text packs to a tenth at best; what unpacks to far more is no text
ZST, SKIPPED, DICTIONARY = b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18", b"\x5d\x2a\x4d\x18"


class ZstReader(io.RawIOBase):
    """zst frames one after another. (`zstandard.stream_reader` does not tell a cut file from a whole one.)

    Fed a kilobyte at a time, so that even a bomb yields some 30 MB at once. Windows of 2 GB: Reddit's dumps are made so.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.rest, self.ready = file, b"", b""
        self.frame: Any = None
        self.dictionary = None
        start = file.read(8)
        if start[:4] == DICTIONARY:  # as in .warc.zst; itself packed as a rule
            words = file.read(int.from_bytes(start[4:], "little"))
            if words[:4] == ZST:
                words = zstandard.ZstdDecompressor().decompress(words, max_output_size=MAX_LINE)
            self.dictionary = zstandard.ZstdCompressionDict(words)
        else:
            self.rest = start

    def read1(self, size: int) -> bytes:
        """Up to `size` bytes; raises EOFError where the data ends within a frame."""
        while not self.ready:
            piece = self.rest or self.file.read(1024)
            if not piece:
                if self.frame:
                    raise EOFError
                return b""
            if self.frame is None:
                self.frame = zstandard.ZstdDecompressor(self.dictionary, max_window_size=2**31).decompressobj()
            self.ready = self.frame.decompress(piece)
            self.rest = self.frame.unused_data if self.frame.eof else b""
            if self.frame.eof:
                self.frame = None
        given, self.ready = self.ready[:size], self.ready[size:]
        return given


OPENERS: dict[bytes, tuple[str, Callable[[IO[bytes]], Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"BZh": ("bzip2", bz2.open),
    b"\xfd7zXZ\x00": ("xz", lzma.open),
    **dict.fromkeys([ZST, SKIPPED, DICTIONARY], ("zst", ZstReader)),
}
ERRORS = (OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError, ValueError)


class Layer(io.RawIOBase):
    """What one packing holds. Where the packed data is cut or damaged the stream ends there, and `failures` says why."""

    def __init__(self, label: str, file: Any, failures: list[Rejected]) -> None:
        self.label, self.file, self.failures = label, file, failures

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """As `io.RawIOBase`, and never raises on bad data."""
        try:
            chunk = b"" if self.failures else self.file.read1(len(buffer))
        except EOFError:
            detail = f"the {self.label} data ends early; copy or download the file again"
            self.failures.append(Rejected(reason="truncated", detail=detail))
            return 0
        except ERRORS as e:
            detail = f"damaged {self.label} data ({e}); copy or download the file again"
            self.failures.append(Rejected(reason="unreadable", detail=detail))
            return 0
        buffer[: len(chunk)] = chunk
        return len(chunk)


class Unpacked:
    """The bytes inside `data` as a stream, `file`; `failure` is known once it is read to its end."""

    def __init__(self, data: bytes) -> None:
        self.failures: list[Rejected] = []
        self.packed = False
        self.file: io.BufferedReader | io.BytesIO = io.BytesIO(data)
        head = data[:8]
        for _ in range(MAX_LAYERS):
            found = next((v for magic, v in OPENERS.items() if head.startswith(magic)), None)
            if found is None:
                break
            label, opener = found
            try:
                inner = opener(self.file)
            except ERRORS as e:
                self.failures.append(Rejected(reason="unreadable", detail=f"damaged {label} data ({e})"))
                self.file = io.BytesIO()
                break
            self.file = io.BufferedReader(Layer(label, inner, self.failures), 2**17)
            self.packed = True
            head = self.file.peek(8)

    @property
    def failure(self) -> Rejected | None:
        return self.failures[0] if self.failures else None


def head_of(data: bytes) -> bytes:
    """The first `HEAD` bytes inside."""
    return Unpacked(data).file.read(HEAD)


def lines_of(data: bytes) -> Iterator[tuple[int, bytes | Rejected]]:
    """(number, line without its end) of what `data` holds, one at a time; blank lines passed over.

    Too long a line (`MAX_LINE`) comes out as a `Rejected`, a cut or damaged packing as a last one.
    """
    unpacked = Unpacked(data)
    number, size = 0, 0
    while line := unpacked.file.readline(MAX_LINE):
        number += 1
        size += len(line)
        too_long = len(line) == MAX_LINE and not line.endswith(b"\n")
        while len(line) == MAX_LINE and not line.endswith(b"\n"):
            line = unpacked.file.readline(MAX_LINE)
            size += len(line)
            if size > MAX_RATIO * (len(data) + MAX_LINE):
                break
        if size > MAX_RATIO * (len(data) + MAX_LINE):
            yield (
                number,
                Rejected(reason="too_large", detail=f"unpacks to more than {MAX_RATIO} times its size: no text does"),
            )
            return
        if too_long:
            yield number, Rejected(reason="too_large", detail=f"a line of more than {MAX_LINE >> 20} MB, passed over",
                                   kind="post", place=f"line {number}")  # fmt: skip
        elif line.strip(b"\x00\t\r\n \xef\xbb\xbf"):
            yield number, line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")
    if unpacked.failure:
        yield number, unpacked.failure
