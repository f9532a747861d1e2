"""Addresses of captured pages."""

import dataclasses
import datetime as dt
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from lxml import etree

WAYBACK = re.compile(
    r"https?://(?:web|wayback)\.[\w.-]+/(?:\w+/)?(?P<stamp>\d{14})(?:[a-z]{2}_)?/(?P<url>https?://?.+)", re.I
)
if TYPE_CHECKING:
    from pipeline.parse.documents import Document

SESSION = re.compile(r"(?:s|sid|phpsessid|sessionid|session_id|jsessionid)", re.I)

SAID = etree.XPath("string((//link[@rel='canonical']/@href | //meta[@property='og:url']/@content)[1])")
NOISE = re.compile(
    r"(?:f|s|sid|phpsessid|page|pg|p|pp|start|st|offset|view|sort|order|sortby|sd|sk|postdays|postorder|highlight|hl|hilit|"
    r"mode|styleid|lang|do|nojs|srsltid|fbclid|gclid|ref|utm_\w+|topicseen|prev_next|all|pagenumber|mobile|ctp)", re.I
)  # fmt: skip
PAGED = re.compile(r"(?:/page[-/]?(\d+)|-page-?(\d+)|/t?p(\d+)|-p-(\d+)|_p(\d+))(?=[/.?#]|$)", re.I)
KINDS = r"(?:t|topics?|threads?|discussions?|d|questions|viewthread)"
THREAD = re.compile(
    r"/discussions/(?:\w+/)?\d+/(\d{9,})|/f\d+/t(\d+)(?=[/?#]|$)|"
    r"showthread\.php[?/](?:t=)?(\d+)|[?&](?:t|topic|tid|topic_id|showtopic|number|id|m)=(\d+)|/topic,(\d+)|/posts/list/(?:\d+/)?(\d+)|"
    rf"/{KINDS}/(?:[^/?]*\.)?(\d+)(?=[/?#]|-\D|\.html|$)|/{KINDS}/[^/?]+/(\d+)(?=[/?#]|$)|/{KINDS}-(\d+)|"
    r"/(\d+)-[^/?]+\.html", re.I
)  # fmt: skip
# XenForo and Invision where the server gives no short addresses: `index.php?threads/a-title.12/page-2`
ROUTE = re.compile(r"(?:/index\.php)?\?/?(?=(?:threads|topic)/)", re.I)
DIGITS_AFTER = re.compile(r"/topic/(\d+)-\d", re.I)  # Invision: `/topic/12-2024-flu-shots/`


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """Where a thread is: its address without page and session, the board's own key of it, the page (or its first post) shown."""

    url: str | None
    key: str | None
    page: int


def thread_address(doc: "Document") -> Address:
    """From the page's own word of its address, else the address it was captured at."""
    said = str(SAID(doc.tree)).strip()
    given = doc.url or (doc.path if doc.path.startswith("http") else "")
    url, _ = page_address(said if said.startswith("http") else given or said)
    captured = page_address(given)[0] if given else url
    if not url:
        return Address(None, None, 1)
    address = address_of(url)
    return dataclasses.replace(address, page=max(address.page, page_number(captured)))


def address_of(url: str) -> Address:
    """What an address says of the thread it leads to."""
    parts = urlsplit(url)
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query) if not NOISE.fullmatch(k)])
    if ROUTE.search(url):
        query = PAGED.sub("", parts.query)
    bare = parts._replace(path=PAGED.sub("", parts.path), query=query, fragment="").geturl()
    short = ROUTE.sub("/", bare)
    number = THREAD.search(short) or DIGITS_AFTER.search(short)
    where = short[: number.start()] if number else short
    host = re.sub(r"^https?://", "", where).rstrip("/?&")
    key = f"{host}#t{next(g for g in number.groups() if g)}" if number else host
    return Address(bare if parts.netloc else None, key, page_number(url))


def page_number(url: str) -> int:
    """The page an address asks for; of boards that count posts, the first post on it."""
    parts = urlsplit(url)
    for key, value in parse_qsl(parts.query):
        if key.lower() in ("page", "pg", "pagenumber", "ctp") and value.isdecimal():
            return int(value)
        if key.lower() in ("start", "st", "offset") and value.isdecimal():
            return int(value) + 1
        if key.lower() == "topic" and re.fullmatch(r"\d+\.\d+", value):  # SMF: topic.first post
            return int(value.split(".")[1]) + 1
    if m := re.search(r"/topic,\d+\.(\d+)", parts.path):  # SMF with addresses without a question mark
        return int(m[1]) + 1
    m = PAGED.search(urlsplit(ROUTE.sub("/", url)).path)
    return int(next(g for g in m.groups() if g)) if m else 1


def page_address(url: str) -> tuple[str, dt.datetime | None]:
    """(address on the board itself without session id and fragment, when the Wayback Machine captured it where that is in it)."""
    stamp = None
    m = WAYBACK.match(url)
    if m:
        url = re.sub(r"^(https?:/)(?=[^/])", r"\1/", m["url"])
        try:
            stamp = dt.datetime.strptime(m["stamp"], "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
        except ValueError:
            stamp = None
    try:
        parts = urlsplit(url)
    except ValueError:  # a host no address can have
        return url, stamp
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(k, v) for k, v in pairs if not (SESSION.fullmatch(k) and len(v) >= 16)]
    query = parts.query if len(kept) == len(pairs) else urlencode(kept)
    path = re.sub(r";jsessionid=[^/?]*", "", parts.path, flags=re.I)
    return parts._replace(query=query, path=path, fragment="").geturl(), stamp
