"""Bytes of a file → documents: unpacked, recognised by content (never by extension), decoded."""

import codecs
import dataclasses
import datetime as dt
import functools
import json
import re
from collections.abc import Iterator
from typing import Any, Literal

import lxml.html
from lxml import etree

from pipeline.parse.encodings import binary, decode
from pipeline.parse.packing import HEAD, Unpacked, head_of, lines_of
from pipeline.parse.warc import Capture, read_warc
from pipeline.parsed import Rejected

DateOrder = Literal["mdy", "dmy", "ymd"]
# `lines`: one JSON object a line
Kind = Literal["html", "json", "lines", "mail", "text"]

MAX_BYTES = 512 * 2**20  # unpacked; a bomb of zeros must not fill the memory
MAX_PAGE_BYTES = 24 * 2**20  # an HTML page: its tree takes about twenty times as much

MAIL = re.compile(rb"From \S[^\n]{5,200}\n(?:>?[A-Za-z][\w-]*:)|(?:(?:Return-Path|Received|Delivered-To|Message-ID|From|Date|Subject|To|"  # noqa: E501
                  rb"MIME-Version): [^\n]*\n(?:[ \t][^\n]*\n)*){3}")  # fmt: skip
MARKUP = re.compile(
    r"\s*(<!--.*?-->\s*)*<(!doctype\s+html|\?xml|html|head|body|title|meta|div|table|p|script)\b", re.I | re.S
)


# what no XML may hold, so that lxml refuses to write it into a tree: as bytes, and as entities
CONTROLS = bytes([*range(9), 11, 12, *range(14, 32)])
CONTROL = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]))(?:;|(?![0-9a-f]))|\xef\xbf[\xbe\xbf]", re.I
)


class UnreadableError(Exception):
    """A page whose mark-up cannot be made a tree of; says why."""


def html_parser() -> etree.HTMLParser:
    """lxml's, every element of one class: choosing a class for each in Python takes a tenth of the whole time of parsing."""
    parser = etree.HTMLParser(huge_tree=True, encoding="utf-8")
    parser.set_element_class_lookup(
        etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement, comment=lxml.html.HtmlComment)
    )
    return parser


@dataclasses.dataclass(frozen=True, slots=True)
class SourceSettings:
    """What `source.toml` says about the pages of a source: zone of the dates shown, order of day and month."""

    time_zone: str | None = None
    date_order: DateOrder | None = None


@dataclasses.dataclass
class Document:
    """One page or dump, decoded. `path` is the file's name or the page's address, `place` where in a container it stood.

    Of the kinds `lines` and `mail` `text` is only the beginning: they are read from `data`, which may be packed.
    """

    kind: Kind
    text: str
    path: str
    settings: SourceSettings = SourceSettings()
    captured_at: dt.datetime | None = None
    place: str | None = None
    url: str | None = None
    data: bytes = b""

    @functools.cached_property
    def tree(self) -> lxml.html.HtmlElement:
        """The whole page (kind `html`). Parsed once however many parsers ask. `huge_tree`: long text nodes are no attack here."""
        parser = html_parser()
        data = CONTROL.sub(b"", self.text.encode("utf-8", "replace").translate(None, CONTROLS))
        try:
            tree = lxml.html.document_fromstring(data, parser=parser)
        except (etree.ParserError, etree.XMLSyntaxError) as e:
            raise UnreadableError(f"no element in it can be read ({e})") from e
        if any("depth" in entry.message for entry in parser.error_log.filter_from_errors()):
            raise UnreadableError("nested more than 2,000 elements deep; the rest of the page is lost")
        return tree

    @functools.cached_property
    def json(self) -> Any:
        """The value (kind `json`)."""
        return json.loads(self.text)

    def lines(self) -> Iterator[tuple[int, bytes | Rejected]]:
        """(number, line) of the kinds `lines` and `json`, as often as asked; see `packing.lines_of`."""
        return lines_of(self.data or self.text.encode("utf-8", "surrogatepass"))


def read_documents(
    data: bytes, name: str, *, settings: SourceSettings, captured_at: dt.datetime | None = None
) -> Iterator[Document | Rejected]:
    """The documents in a file's bytes; what cannot be read comes out as a `Rejected` that says why.

    Reasons: `empty`, `truncated` (archive ends early), `unreadable` (archive damaged), `too_large` (unpacked size), `not_text`,
    `bad_json`, and those of `warc.read_warc`.
    """
    head = head_of(data)
    if head.startswith(b"WARC/"):
        unpacked = Unpacked(data)
        for item in read_warc(unpacked.file):
            yield item if isinstance(item, Rejected) else capture_document(item, settings)
        if unpacked.failure:
            yield unpacked.failure
    elif holds_lines(head):
        yield Document("lines", decode(head[:2000]), name, settings, captured_at, data=data)
    elif MAIL.match(head.replace(b"\r\n", b"\n").lstrip()):
        unpacked = Unpacked(data)
        mails = unpacked.file.read(MAX_BYTES + 1)
        if len(mails) > MAX_BYTES:
            yield too_large()
        else:
            yield Document("mail", decode(mails[:2000]), name, settings, captured_at, data=mails)
        if unpacked.failure:
            yield unpacked.failure
    else:
        whole = unpack(data)
        yield (
            whole
            if isinstance(whole, Rejected)
            else read_page(whole, Document("text", "", name, settings, captured_at))
        )


def capture_document(capture: Capture, settings: SourceSettings) -> Document | Rejected:
    """The page of a WARC record, or why it is none."""
    about = Document("text", "", capture.url, settings, capture.captured_at, capture.place, capture.url)
    body = unpack(capture.body)  # a page served with gzip stays so in the archive
    if not isinstance(body, Rejected):
        if holds_lines(body[:HEAD]):
            return dataclasses.replace(about, kind="lines", text=decode(body[:2000]), data=body)
        page = read_page(body, about, capture.charset)
        if isinstance(page, Document):
            return page
        body = page
    return dataclasses.replace(body, kind="page", place=capture.place)


def read_page(data: bytes, about: Document, charset: str | None = None) -> Document | Rejected:
    """`about` with the decoded words of unpacked bytes and their kind; `charset` as an HTTP header gave it."""
    if not data.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        return Rejected(reason="empty", detail="nothing in it but white space; fetch the page again or delete the file")
    what = binary(data)
    if what:
        return Rejected(reason="not_text", detail=f"{what}; give the page or dump itself, as HTML, text or JSON")
    text = decode(data, charset)
    doc = dataclasses.replace(about, kind=sniff(text), text=text)
    if doc.kind == "html" and len(data) > MAX_PAGE_BYTES:
        detail = f"an HTML page of {len(data) >> 20} MB; split it (limit {MAX_PAGE_BYTES >> 20} MB)"
        return Rejected(reason="too_large", detail=detail)
    if doc.kind == "json":
        try:
            doc.json  # noqa: B018  kept by the document
        except json.JSONDecodeError as e:
            if e.pos < 40 and not text.lstrip().startswith('{"'):  # a bracket, but no JSON
                return dataclasses.replace(doc, kind="text")
            ends = "; it ends early" if e.pos >= len(text.rstrip()) - 1 or "Unterminated" in e.msg else ""
            return Rejected(reason="bad_json", detail=f"{e}{ends}; fetch it again")
        except (RecursionError, ValueError) as e:  # also a number of more digits than Python reads
            return Rejected(reason="bad_json", detail=f"no JSON a forum writes: {str(e)[:100]}")
    return doc


def holds_lines(head: bytes) -> bool:
    """Whether two JSON objects stand at the beginning, one a line."""
    one, end, rest = head.removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")
    if not (end and one.startswith(b"{") and rest.lstrip().startswith(b"{")):
        return False
    try:
        return isinstance(json.loads(one.decode("utf-8", "replace")), dict)
    except (ValueError, RecursionError):
        return False


def too_large() -> Rejected:
    return Rejected(reason="too_large", detail=f"more than {MAX_BYTES >> 20} MB once unpacked; split it")


def unpack(data: bytes) -> bytes | Rejected:
    """Undo gzip, bzip2, xz or zst, also one in another, up to `MAX_BYTES`."""
    unpacked = Unpacked(data)
    if unpacked.packed:
        data = unpacked.file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        return too_large()
    return unpacked.failure or data


def sniff(text: str) -> Kind:
    """Kind of document, by how it begins."""
    head = text[:4096].lstrip()
    if head[:1] in "{[" and re.match(
        r'[{\[]\s*([{\["\]}0-9-]|true|false|null)', head
    ):  # before HTML, which it may hold
        return "json"
    if MARKUP.match(head) or re.search(r"<(html|head|body)\b|</(div|p|td|a)>", head, re.I):
        return "html"
    return "text"
