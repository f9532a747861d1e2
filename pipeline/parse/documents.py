"""Bytes of a file → documents: unpacked, recognised by content (never by extension), decoded."""

import bz2
import codecs
import dataclasses
import datetime as dt
import functools
import gzip
import io
import json
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, Literal

import charset_normalizer
import ftfy
import lxml.html
from bs4.dammit import EncodingDetector
from lxml import etree

from pipeline.parsed import Rejected

DateOrder = Literal["mdy", "dmy", "ymd"]
Kind = Literal["html", "json", "text"]

MAX_BYTES = 512 * 2**20  # unpacked; a bomb of zeros must not fill the memory
MAX_PAGE_BYTES = 24 * 2**20  # an HTML page: its tree takes about twenty times as much
MAX_LAYERS = 3

OPENERS: dict[bytes, tuple[str, Callable[[IO[bytes]], Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"BZh": ("bzip2", bz2.open),
    b"\xfd7zXZ\x00": ("xz", lzma.open),
}
# Labels the web declares but means something else by (WHATWG encoding standard), so that 0x92 is an apostrophe.
WHATWG = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "shift_jis": "cp932",
}
MOJIBAKE = re.compile("[ÂÃâð][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
MARKUP = re.compile(
    r"\s*(<!--.*?-->\s*)*<(!doctype\s+html|\?xml|html|head|body|title|meta|div|table|p|script)\b", re.I | re.S
)


class UnreadableError(Exception):
    """A page whose mark-up cannot be made a tree of; says why."""


@dataclasses.dataclass(frozen=True, slots=True)
class SourceSettings:
    """What `source.toml` says about the pages of a source: zone of the dates shown, order of day and month."""

    time_zone: str | None = None
    date_order: DateOrder | None = None


@dataclasses.dataclass
class Document:
    """One page or dump, decoded. `path` is the file's name, `place` where in a container it stood."""

    kind: Kind
    text: str
    path: str
    settings: SourceSettings = SourceSettings()
    captured_at: dt.datetime | None = None
    place: str | None = None

    @functools.cached_property
    def tree(self) -> lxml.html.HtmlElement:
        """The whole page (kind `html`). Parsed once however many parsers ask. `huge_tree`: long text nodes are no attack here."""
        parser = lxml.html.HTMLParser(huge_tree=True, encoding="utf-8")
        try:
            tree = lxml.html.document_fromstring(self.text.encode("utf-8", "replace"), parser=parser)
        except (etree.ParserError, etree.XMLSyntaxError) as e:
            raise UnreadableError(f"no element in it can be read ({e})") from e
        if any("depth" in entry.message for entry in parser.error_log.filter_from_errors()):
            raise UnreadableError("nested more than 2,000 elements deep; the rest of the page is lost")
        return tree

    @functools.cached_property
    def json(self) -> Any:
        """The value (kind `json`)."""
        return json.loads(self.text)


def read_documents(
    data: bytes, name: str, *, settings: SourceSettings, captured_at: dt.datetime | None = None
) -> Iterator[Document | Rejected]:
    """The documents in a file's bytes; what cannot be read comes out as a `Rejected` that says why.

    Reasons: `empty`, `truncated` (archive ends early), `unreadable` (archive damaged), `too_large` (unpacked size), `not_text`.
    """
    unpacked = unpack(data)
    if isinstance(unpacked, Rejected):
        yield unpacked
        return
    if not unpacked.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        yield Rejected(reason="empty", detail="nothing in it but white space; fetch the page again or delete the file")
        return
    what = binary(unpacked)
    if what:
        yield Rejected(reason="not_text", detail=f"{what}; give the page or dump itself, as HTML, text or JSON")
        return
    text = decode(unpacked)
    kind = sniff(text)
    if kind == "html" and len(unpacked) > MAX_PAGE_BYTES:
        yield Rejected(
            reason="too_large",
            detail=f"an HTML page of {len(unpacked) >> 20} MB; split it (limit {MAX_PAGE_BYTES >> 20} MB)",
        )
        return
    yield Document(kind, text, name, settings, captured_at)


def unpack(data: bytes) -> bytes | Rejected:
    """Undo gzip, bzip2 or xz, also one in another, up to `MAX_BYTES`."""
    for _ in range(MAX_LAYERS):
        found = next((v for magic, v in OPENERS.items() if data.startswith(magic)), None)
        if found is None:
            break
        label, opener = found
        try:
            with opener(io.BytesIO(data)) as f:
                data = f.read(MAX_BYTES + 1)
        except EOFError:
            return Rejected(reason="truncated", detail=f"the {label} data ends early; copy or download the file again")
        except (OSError, zlib.error, lzma.LZMAError, ValueError) as e:
            return Rejected(reason="unreadable", detail=f"damaged {label} data ({e}); copy or download the file again")
        if len(data) > MAX_BYTES:
            break
    if len(data) > MAX_BYTES:
        return Rejected(reason="too_large", detail=f"more than {MAX_BYTES >> 20} MB once unpacked; split it")
    return data


def binary(data: bytes) -> str | None:
    """What kind of binary it looks like; None for text. A few stray NULs in a page are forgiven."""
    if utf16(data):
        return None
    for magic, label in {b"%PDF-": "a PDF", b"\x89PNG": "an image", b"\xff\xd8\xff": "an image", b"GIF8": "an image",
                         b"PK\x03\x04": "a zip archive or office document", b"\x7fELF": "a program"}.items():  # fmt: skip
        if data.startswith(magic):
            return label
    sample = data[:65536]
    odd = len(CONTROLS.findall(sample))
    return f"binary data ({odd} control characters in {len(sample)} bytes)" if odd > len(sample) * 0.02 + 1 else None


def utf16(data: bytes) -> str | None:
    """The UTF-16 or UTF-32 codec the bytes are in: by mark, or by every other byte being NUL."""
    for mark, codec in ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
                        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):  # fmt: skip
        if data.startswith(mark):
            return codec
    sample = data[:2000]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if len(sample) > 8 and max(even, odd) > len(sample) * 0.35 and min(even, odd) < len(sample) * 0.05:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def decode(data: bytes) -> str:
    """Text of the bytes. Never fails: what no encoding explains becomes U+FFFD.

    UTF-8 that decodes is UTF-8 whatever the page declares; else the declared encoding, read as browsers read it; else
    the detector's best guess. Text encoded twice is repaired line by line (ftfy), so one bad post does not decide for all.
    """
    wide = utf16(data)
    if wide:
        text = data.decode(wide, "replace")
    else:
        data = data.removeprefix(codecs.BOM_UTF8)
        try:
            # not final: a page cut in the middle of a character is still UTF-8
            text = codecs.getincrementaldecoder("utf-8")().decode(data)
        except UnicodeDecodeError:
            text = data.decode(declared(data) or detected(data), "replace")
    text = text.removeprefix("\ufeff").replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    if MOJIBAKE.search(text):
        text = "\n".join(ftfy.fix_encoding(s) if MOJIBAKE.search(s) else s for s in text.split("\n"))
    return text


def declared(data: bytes) -> str | None:
    """The codec the page's head declares, read as browsers do; None where none, unknown, or UTF-8 (which failed)."""
    label = EncodingDetector.find_declared_encoding(data[:4096], is_html=True)
    try:
        codec = codecs.lookup(label).name if label else None
    except LookupError:
        return None
    if codec is None or codec.startswith("utf"):
        return None
    return WHATWG.get(codec, codec)


def detected(data: bytes) -> str:
    """The likeliest codec of undeclared bytes; cp1252, the web's commonest, where the detector has no opinion."""
    sample = b"\n".join(line for line in data[: 2**20].split(b"\n") if not line.isascii())[:20000]
    best = charset_normalizer.from_bytes(sample, cp_exclusion=["utf_7"]).best() if len(sample) > 200 else None
    codec = codecs.lookup(best.encoding).name if best else "cp1252"
    return WHATWG.get(codec, codec)


def sniff(text: str) -> Kind:
    """Kind of document, by how it begins."""
    head = text[:4096].lstrip()
    if MARKUP.match(head) or re.search(r"<(html|head|body)\b|</(div|p|td|a)>", head, re.I):
        return "html"
    if head[:1] in "{[" and re.match(r'[{\[]\s*([{\["\]}0-9-]|true|false|null)', head):
        return "json"
    return "text"
