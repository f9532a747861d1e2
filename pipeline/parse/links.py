"""The addresses a page links to."""

import dataclasses
from collections.abc import Iterator
from urllib.parse import urljoin

from pipeline.parse.documents import Document


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """An address, absolute; `next` where the page itself calls it the one that follows it (`rel="next"`)."""

    url: str
    next: bool = False


def links(doc: Document) -> Iterator[Link]:
    """The web addresses a page links to, in its order, each as often as it stands there; none where it is no HTML page."""
    if doc.kind != "html":
        return
    base = urljoin(doc.url or "", next(iter(doc.tree.xpath("//base/@href")), ""))
    for element in doc.tree.xpath("//a[@href] | //link[@rel='next'][@href]"):
        try:
            url = urljoin(base, element.get("href").strip())
        except ValueError:  # a host no address can have
            continue
        if url.startswith(("http://", "https://")):
            yield Link(url, "next" in (element.get("rel") or "").lower().split())
