"""Titles of threads and of single posts."""

import re

from pipeline.parse.documents import Document
from pipeline.parse.markup import tidy
from pipeline.parsed import ParsedPost

ANSWER = re.compile(r"^(?:re|aw|antw|sv|res|odp|réf|rép)(?:\[\d+\]|\^\d+)?\s*:\s*", re.I)
REPEATED = re.compile(r"((?:re|aw|antw|sv|res|odp|réf|rép)\s*:[^\n]+)(?:\n+|$)", re.I)
CUT = re.compile(r"(?:\.\.\.|…)$")
GOES_ON = re.compile(r"^(?:\.\.\.|…|[a-z(&+,;-])")
PARTS = re.compile(r"\s+(?:[-–—|•·»:]|::)\s+")


def page_title(doc: Document) -> str | None:
    """The first heading whose words the page's title holds too, else the title's first part, else the first heading."""
    whole = tidy(doc.tree.xpath("string(//title)")).replace("\n", " ")
    headings = [tidy(e.text_content()).replace("\n", " ") for e in doc.tree.xpath("//h1 | //h2 | //h3")[:30]]
    parts = [p for p in PARTS.split(whole) if p]
    told = [h for h in headings if len(h) > 3 and h.casefold() in whole.casefold()]
    if told:  # the board's name stands in headings too, but seldom first in the page's title
        return min(told, key=lambda h: (whole.casefold().find(h.casefold()), -len(h)))
    return parts[0] if parts else next((h for h in headings if h), None)


def bare(title: str) -> str:
    """A title without the signs of an answer, folded."""
    return re.sub(r"\W+", " ", ANSWER.sub("", title)).strip().casefold()


def with_title(post: ParsedPost, thread_title: str | None) -> str:
    """The words of a post, its title before them where it is the author's own, or where its sentence goes on in the body."""
    repeated = REPEATED.match(post.text)  # some boards print the title into the body of an answer
    if repeated and bare(repeated[1]) == bare(thread_title or ""):
        return shift(post, "", post.text[repeated.end() :])
    title = (post.title or "").strip()
    if post.position == 1 and not title:
        title = thread_title or ""
    goes_on = bool(title and GOES_ON.match(post.text) and not ANSWER.match(title) and title[-1] not in ".!?:")
    if goes_on and (post.position == 1 or bare(title) != bare(thread_title or "")):
        return shift(post, f"{CUT.sub('', title).rstrip()} ", re.sub(r"^(?:\.\.\.|…)\s*", "", post.text))
    same = bare(title) == bare(thread_title or "") or bare(thread_title or "").startswith(bare(CUT.sub("", title)))
    if not title or ANSWER.match(title) or same:
        return post.text
    return shift(post, f"{title}\n\n" if post.text else title, post.text)


def shift(post: ParsedPost, before: str, text: str) -> str:
    """`before` and the text in one, the quotes' offsets moved."""
    for quote in post.quotes:
        quote.offset = max(quote.offset - (len(post.text) - len(text)), 0) + len(before)
    return before + text
