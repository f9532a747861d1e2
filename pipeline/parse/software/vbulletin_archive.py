"""vBulletin 3 and 4 archive pages, `archive/index.php/t-123.html` (also `-p-2`).

Their posts have no quote marks, titles, signatures or numbers.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipeline.parse.archive_titles import after_head
from pipeline.parse.documents import Document
from pipeline.parse.markup import text_of, tidy
from pipeline.parsed import ParsedPost, ParsedThread

NAME = "vbulletin_archive"
DATE_ORDER = "mdy"
POSTS = "//div[@class='post'][div[@class='posttop']]"


def recognises(doc: Document) -> bool:
    return (
        doc.kind == "html"
        and "posttop" in doc.text
        and bool(doc.tree.xpath(f"boolean({POSTS}[div/div[@class='date']])"))
    )


def parse(doc: Document) -> Iterator[ParsedThread]:
    posts = [read_post(n, post) for n, post in enumerate(doc.tree.xpath(POSTS), 1)]
    head = next(iter(doc.tree.xpath("//p[@class='largefont']")), None)
    link = next(iter(head.xpath(".//a/@href")), None) if head is not None else None
    url, number = thread_address(link, doc.path)
    boards = [tidy(a.text_content()) for a in doc.tree.xpath("//div[@id='navbar']/a")]
    yield ParsedThread(
        title=after_head(tidy(head.text_content())) if head is not None else page_title(doc.tree), posts=posts,
        board=boards[-1] if len(boards) > 1 else None, url=url, key=number, page=page_number(doc)
    )  # fmt: skip


def read_post(position: int, post: HtmlElement) -> ParsedPost:
    """One `div.post`. The name may be missing altogether; a cut page may lack the body."""
    shown = {
        c: next((tidy(e.text_content()) for e in post.xpath(f"div/div[@class='{c}']")), None)
        for c in ("username", "date")
    }
    body = next(iter(post.xpath("div[@class='posttext']")), None)
    return ParsedPost(
        position=position,
        author=shown["username"],
        posted_at_text=shown["date"],
        text=text_of(body) if body is not None else "",
    )


def thread_address(link: str | None, path: str) -> tuple[str | None, str | None]:
    """(address without session id, the board's own key: host and number). The file's name says the number where no link does."""
    number = re.search(r"(?:[?&]t=|showthread\.php[?/]|/t-|/threads/)(\d+)", link or "")
    if link and number:
        parts = urlsplit(link)
        folder = parts.path.split("showthread.php")[0].split("archive/")[0]
        url = f"{parts.scheme}://{parts.netloc}{folder}showthread.php?t={number[1]}" if parts.netloc else None
        return url, f"{parts.netloc}{folder if parts.netloc else ''}#t{number[1]}"
    named = re.search(r"(?:^|/)t-(\d+)(?:-p-\d+)?(?:\.html?)?\b", path)
    return None, f"#t{named[1]}" if named else None


def page_number(doc: Document) -> int:
    """Bold in the page links, else in the file's name, else 1."""
    bold = doc.tree.xpath("string(//div[@id='pagenumbers']//b[. != '' and translate(., '0123456789', '') = ''][1])")
    named = re.search(r"t-\d+-p-(\d+)", doc.path)
    return int(bold) if bold else int(named[1]) if named else 1


def page_title(tree: HtmlElement) -> str | None:
    return tidy(tree.xpath("string(//title)")).split("[Archive]")[0].strip() or None
