"""A board on the web: from its lists of threads to the threads, page by page."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import msgspec

from pipeline.collect.frontier import Wanted
from pipeline.collect.kinds import Plan, document, unwanted
from pipeline.collect.manners import Answer
from pipeline.collect.settings import Layout, layouts
from pipeline.parse.addresses import page_address, page_number
from pipeline.parse.documents import Document
from pipeline.parse.links import Link, links

MAX_ADDRESS = 1_000  # characters; longer ones are made by machines for machines
REPEATED = re.compile(r"(/[^/]+)(?:/[^/]+)?\1(?:/[^/]+)?\1(?:/|$)")  # /a/b/a/b/a/: relative links that never end


def starts(plan: Plan) -> list[Wanted]:
    """The start addresses; each is a page of its own, whatever it looks like."""
    choose(plan, plan.settings.software)
    return [Wanted(u, "board", f"board {same_site(u)}", f"board {u}") for u in plan.settings.starts]


def choose(plan: Plan, software: str) -> None:
    """Settle which software's addresses count; what source.toml says of them goes before what is known."""
    if software:
        said = {name: value for name in ("board", "thread", "page") if (value := getattr(plan.settings, name))}
        plan.software, plan.layout = software, msgspec.structs.replace(layouts()[software], **said)


def detect(text: str, found: Iterable[Link]) -> str:
    """The software of a page: by its own sign, else the one to whose threads and boards most links lead; else `generic`."""
    addresses = [link.url for link in found]
    leads: Counter[str] = Counter()
    for name, layout in layouts().items():
        if layout.signs and re.search(layout.signs, text[:200_000]):
            return name
        if name != "generic":
            leads[name] = sum(bool(re.search(f"{layout.board}|{layout.thread}", url)) for url in addresses)
    best = leads.most_common(1)
    return best[0][0] if best and best[0][1] >= 2 else "generic"


def settle(plan: Plan, doc: Document) -> None:
    """Know the software, from the first page if nothing says it."""
    if not plan.layout:
        choose(plan, detect(doc.text, links(doc)))


def is_list(plan: Plan, page: Wanted, answer: Answer) -> bool:
    """Whether a page is known to be a list of boards or threads: that of an unknown software may be a thread all the same."""
    if answer.status != 200 or page.kind != "board" or (doc := document(answer)) is None:
        return False
    settle(plan, doc)
    to = classify(plan, page.url)
    return plan.software != "generic" and not (to and to.kind == "thread")


def follow(plan: Plan, page: Wanted, answer: Answer) -> Iterator[Wanted]:
    """The boards and threads a list leads to, and its further pages; of a thread, only its own further pages."""
    doc = document(answer)
    if doc is None:
        return
    settle(plan, doc)
    found = list(links(doc))
    begun = {to.key for url in plan.settings.starts if (to := classify(plan, url))}
    for link in found:
        to = classify(plan, link.url)
        if to is None and link.next and page.part_of:
            url = page_address(link.url)[0]
            to = Wanted(url, page.kind, f"{page.part_of} at {same_site(url)}", page.part_of)
        if to is None or to.key in begun or (page.kind == "thread" and to.part_of != page.part_of):
            continue
        if why := out_of_bounds(plan, to.url):
            plan.say(to.url, to.kind, *why)
        elif not unwanted(plan, to):
            yield to


def classify(plan: Plan, url: str) -> Wanted | None:
    """What an address leads to; None where neither a list nor a thread. All addresses of a page (with session ids, other orders,
    other titles) have one key: whose page it is and which."""
    layout: Layout | None = plan.layout
    url = page_address(url)[0]
    if layout is None or (layout.skip and re.search(layout.skip, url)):
        return None
    for kind in ("thread", "board"):
        if m := re.search(getattr(layout, kind), url, re.I):
            number = next((g for g in m.groups() if g), "")
            own = number if number and plan.software != "generic" else f"{number} {same_site(url[: m.end()])}"
            part_of = f"{kind} {own}"
            return Wanted(trimmed(url, layout), kind, f"{part_of} page {number_of(url, layout)}", part_of)
    return None


def number_of(url: str, layout: Layout) -> int:
    """The page an address asks for, or the first post on it; boards count both from 1 or 0, and leave the first out."""
    if not layout.page:
        return max(page_number(url), 1)
    m = re.search(layout.page, url, re.I)
    return max(int(next(g for g in m.groups() if g)), 1) if m else 1


def trimmed(url: str, layout: Layout) -> str:
    """The address with only those parameters that matter."""
    parts = urlsplit(url)
    if not layout.keep or not parts.query:
        return url
    kept = [(k, v) for k, v in parse_qsl(parts.query) if k in layout.keep]
    return parts._replace(query=urlencode(kept)).geturl()


def same_site(url: str) -> str:
    """An address without what is no difference: the scheme, `www.`, a slash at its end."""
    return re.sub(r"^https?://(?:www\.)?", "", url).rstrip("/")


def host_of(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.")


def out_of_bounds(plan: Plan, url: str) -> tuple[str, str] | None:
    """Why an address is not asked for; None where it is."""
    hosts = {host_of(u) for u in plan.settings.starts}
    if host_of(url) not in hosts:
        return "off_host", f"not on {', '.join(sorted(hosts))}; add it to start if it belongs to the board"
    if len(url) > MAX_ADDRESS or REPEATED.search(urlsplit(url).path):
        return "trap", "an address that grows without end; nothing to do"
    if plan.settings.skip and re.search(plan.settings.skip, url):
        return "skipped", "as source.toml says"
    return None


def same(plan: Plan, page: Wanted, url: str) -> bool:
    """Whether a redirect leads to the page asked for, with a session id, say, or another title."""
    if host_of(url) != host_of(page.url):
        return False
    to = classify(plan, url)
    return bool(to and to.key == page.key) or same_site(page_address(url)[0]) == same_site(page.url)


def redirected(plan: Plan, page: Wanted, location: str) -> Wanted | None:
    """Where a redirect to another page leads: on as what it is, else as what was asked for."""
    url = page_address(urljoin(page.url, location))[0]
    if why := out_of_bounds(plan, url):
        plan.say(url, page.kind, *why)
        return None
    to = classify(plan, url) or Wanted(url, page.kind, f"{page.kind} {same_site(url)}", page.part_of)
    return None if unwanted(plan, to) else to
