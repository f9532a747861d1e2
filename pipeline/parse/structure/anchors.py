"""What marks a post on any board: a date, a link to a member, a number of its own."""

import dataclasses
import functools
import itertools
import re

from pipeline.parse.date_strings import SEEN, find_date, read_date
from pipeline.parse.dates import EPOCH
from pipeline.parse.structure.page import NUMBER, Element, Page

LONGEST = 160  # characters of a text that may be a date line
OTHER_WORDS = 9  # so many words beside the date make a sentence of it
JOINED = re.compile(
    r"\b(joined|(?:im|am|an) (?:board|bord|forum) (?:seit|dabei)|seit:|join:|reg\.?:|reg date|registration|member:|anmeldung|anmeldedatum|anmeldungsdatum|zuletzt hier|join date|member since|registered|registriert|registrierung|beigetreten|mitglied seit|dabei seit|inscri|last edit|edited|bearbeitet|ge[äa]ndert|modified|last (visit|seen|active|online)|birthday)", re.I  # noqa: E501
)  # fmt: skip
MEMBER = re.compile(
    r"(member|profile|profil|/users?/|/u/|user=|userid|u=\d|/author|/people/|mitglied|/nutzer|account|/@|~|showuser|/community/user)", re.I  # noqa: E501
)  # fmt: skip
CALLED = re.compile(
    r"(author|user|nick|poster|member|avatar-?name|creator|profile)(?!.*(title|rank|stat|group|avatar|count|info))",
    re.I,
)
STAMPS = frozenset(
    {
        "datetime",
        "title",
        "data-time",
        "data-date",
        "data-timestamp",
        "data-date-string",
        "content",
        "data-utc",
        "aria-label",
        "data-tippy-content",
        "data-original-title",
        "data-tooltip",
        "data-tip",
    }
)
DATELIKE = re.compile(r"\d[./-]\d|\d:\d\d|\d\s?[ap]\.?m|(?:19|20)\d\d|\d.{0,12}[^\W\d]{3}|[^\W\d]{3}.{0,3}\d", re.I)
DIGIT = re.compile(r"\d")
DAYS = re.compile(r"day|gestern|heute|hier|hoy|ayer|vandaag|gisteren|\ban? [^\W\d]+ ago", re.I)
WORDY = frozenset({"title", "aria-label", "data-tippy-content", "data-original-title", "data-tooltip", "data-tip"})


@dataclasses.dataclass(frozen=True, slots=True)
class DateAt:
    """A date on the page: the element and text it stands in, the date as shown (None: only a machine stamp), its label."""

    node: int
    text: int | None
    shown: str | None
    stamp: str | None
    label: str


def stamp_of(e: Element) -> str | None:
    """A date in the attributes of an element."""
    for name, value in e.items():
        if name in STAMPS and 6 <= len(value) < 80 and DATELIKE.search(value):
            if name.startswith("data-") and EPOCH.fullmatch(value):
                return value
            if stamp_reads(value, name in WORDY):
                return value
    return None


@functools.lru_cache(20_000)
def stamp_reads(value: str, wordy: bool) -> bool:
    return bool(read_date(value, SEEN) or (wordy and find_date(value)))


def dates(page: Page) -> list[DateAt]:
    """Dates in short texts and in attributes, in order. An element says at most one."""
    found: dict[int, DateAt] = {}
    for i, e in enumerate(page.nodes):
        if e.attrib and e.tag in ("time", "abbr", "span", "a", "meta", "div", "small", "b") and (stamp := stamp_of(e)):
            found[i] = DateAt(i, page.first[i] if page.first[i] < page.last[i] else None, None, stamp, "")
    before = ""
    for n, text in enumerate(page.texts):
        node = page.owner[n]
        if len(text) <= LONGEST and worth_reading(text) and (shown := find_date(text)):
            rest = text.replace(shown, " ", 1)
            if len(rest.split()) <= OTHER_WORDS:
                at = next((a for a in [node, *page.ancestors(node)[:2]] if a in found), node)
                old = found.get(at)
                if old is None or old.shown is None:
                    label = text[: text.find(shown)] or before
                    found[at] = DateAt(at, n, shown, old.stamp if old else None, label)
        before = text if len(text) < 40 else ""
    lengths = [0, *itertools.accumulate(map(len, page.texts))]
    for i, (first, last) in enumerate(zip(page.first, page.last, strict=True)):  # in pieces: <b>20</b> Jul <i>2018</i>
        if (
            2 <= last - first <= 5
            and lengths[last] - lengths[first] <= 60
            and not any(a in found for a in range(i, page.end[i]))
        ):
            text = " ".join(page.texts[page.first[i] : page.last[i]])
            if len(text) <= 60 and worth_reading(text) and (shown := find_date(text)):
                if len(text.replace(shown, " ", 1).split()) <= 4:
                    found[i] = DateAt(i, page.last[i] - 1, shown, None, text[: text.find(shown)])
    return [found[i] for i in sorted(found)]


def worth_reading(text: str) -> bool:
    """A cheap look before the reading of a date."""
    return (DATELIKE if DIGIT.search(text) else DAYS).search(text) is not None


def member_links(page: Page) -> list[int]:
    """Links to a member's page."""
    return [
        i for i, e in enumerate(page.nodes) if e.tag == "a" and MEMBER.search(e.get("href") or "") and page.words(i)
    ]


@functools.lru_cache(20_000)
def is_called(names: str) -> bool:
    return CALLED.search(names) is not None


def called_names(page: Page) -> list[int]:
    """Short elements whose class says that they name an author."""
    out = []
    for i, e in enumerate(page.nodes):
        called = e.get("class") or e.get("itemprop")
        if called and is_called(called) and 0 < page.last[i] - page.first[i] <= 3 and len(page.words(i)) <= 40:
            out.append(i)
    return out


def numbered(page: Page) -> dict[str, list[int]]:
    """Elements whose id is letters and one number of their own, by the letters."""
    found: dict[str, list[int]] = {}
    for i, e in enumerate(page.nodes):
        name = e.get("id") or (e.get("name") if e.tag == "a" else None)
        if not name:
            continue
        if len(numbers := NUMBER.findall(name)) == 1:
            found.setdefault(f"{e.tag} {name.replace(numbers[0], '#')}", []).append(i)
    return {k: v for k, v in found.items() if len(v) > 1}
