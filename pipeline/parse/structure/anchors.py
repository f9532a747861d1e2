"""What marks a post on any board: a date, a link to a member, a number of its own."""

import dataclasses
import re

from pipeline.parse.date_strings import SEEN, find_date, read_date
from pipeline.parse.structure.page import Element, Page

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
STAMPS = (
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
)
DATELIKE = re.compile(r"\d|day|gestern|heute|hier|hoy|ayer|vandaag|gisteren", re.I)
WORDY = frozenset({"title", "aria-label", "data-tippy-content", "data-original-title", "data-tooltip", "data-tip"})
EPOCH = re.compile(r"\d{10}(\d{3})?")


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
    for name in STAMPS:
        value = e.get(name)
        if value and len(value) < 80 and any(c.isdigit() for c in value):
            if name.startswith("data-") and EPOCH.fullmatch(value):
                return value
            if read_date(value, SEEN) or (name in WORDY and find_date(value)):
                return value
    return None


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
    for i in range(len(page.nodes)):  # a date in pieces: <b>20</b> Jul <i>2018</i>
        n = page.last[i] - page.first[i]
        if 2 <= n <= 5 and not any(a in found for a in range(i, page.end[i])):
            text = " ".join(page.texts[page.first[i] : page.last[i]])
            if len(text) <= 60 and worth_reading(text) and (shown := find_date(text)):
                if len(text.replace(shown, " ", 1).split()) <= 4:
                    found[i] = DateAt(i, page.last[i] - 1, shown, None, text[: text.find(shown)])
    return [found[i] for i in sorted(found)]


def worth_reading(text: str) -> bool:
    """A cheap look before the reading of a date."""
    return DATELIKE.search(text) is not None


def member_links(page: Page) -> list[int]:
    """Links to a member's page."""
    return [
        i for i, e in enumerate(page.nodes) if e.tag == "a" and MEMBER.search(e.get("href") or "") and page.words(i)
    ]


def called_names(page: Page) -> list[int]:
    """Short elements whose class says that they name an author."""
    out = []
    for i, e in enumerate(page.nodes):
        called = e.get("class") or e.get("itemprop") or ""
        if called and CALLED.search(called) and 0 < page.last[i] - page.first[i] <= 3 and len(page.words(i)) <= 40:
            out.append(i)
    return out


def numbered(page: Page) -> dict[str, list[int]]:
    """Elements whose id is letters and one number of their own, by the letters."""
    found: dict[str, list[int]] = {}
    for i, e in enumerate(page.nodes):
        name = e.get("id") or (e.get("name") if e.tag == "a" else None) or ""
        letters = re.sub(r"\d+", "#", name)
        if letters.count("#") == 1:
            found.setdefault(f"{e.tag} {letters}", []).append(i)
    return {k: v for k, v in found.items() if len(v) > 1}
