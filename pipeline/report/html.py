"""Pages from templates: the environment, how values are printed, where pages lie."""

import dataclasses
import datetime as dt
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.run.why import AT

POSTS_A_PAGE = 100
OUTCOMES = {
    "helped": "helped",
    "partly": "partly",
    "mixed": "mixed",
    "none": "no effect",
    "worse": "worse",
    "too_early": "too early",
}
SAYS = {  # an effect's relation and polarity, before the problem's name
    "treats": {"affirmed": "for", "denied": "not for", "uncertain": "perhaps for"},
    "causes": {"affirmed": "brought", "denied": "did not bring", "uncertain": "may have brought"},
    "withdrawal": {
        "affirmed": "stopping brought",
        "denied": "stopping did not bring",
        "uncertain": "stopping may have brought",
    },
}


def file_name(key: str) -> str:
    """An id as a file name that every file system takes: `MESH:D000305` is `MESH-3a-D000305`."""
    return re.sub(r"[^A-Za-z0-9_]", lambda m: f"-{ord(m[0]):x}-", key) + ".html"


def numbered(page: str, n: int) -> str:
    """The n-th part of a page: `x.html`, `x-2.html`, …"""
    return page if n == 1 else f"{page.removesuffix('.html')}-{n}.html"


def thread_page(thread_id: str, position: int = 1) -> str:
    """The page on which a thread's post stands."""
    return "threads/" + numbered(file_name(thread_id), (position - 1) // POSTS_A_PAGE + 1)


def treatment_page(treatment_id: str) -> str:
    """A treatment's page."""
    return f"treatments/{file_name(treatment_id)}"


def problem_page(problem_id: str) -> str:
    """A problem's page."""
    return f"problems/{file_name(problem_id)}"


def count(n: int, one: str = "", many: str = "") -> str:
    """`1,204 people`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}".strip()


def number(value: float) -> str:
    """A quantity without noise: `1,775`, `37.5`, `0.05`."""
    digits = 0 if abs(value) >= 1000 else 2 if abs(value) >= 1 else 4
    whole, _, rest = f"{value:,.{digits}f}".partition(".")
    return f"{whole}.{rest.rstrip('0')}".rstrip(".")


def percent(share: float) -> str:
    """`67 %`."""
    return f"{100 * share:.0f} %"


def span(days: float) -> str:
    """A time in the unit people would say: `10 days`, `7 weeks`, `8 months`, `3.5 years`."""
    for unit, length, least in (("year", 365.25, 730), ("month", 30.44, 60), ("week", 7, 21)):
        if days >= least:
            n = round(days / length, 1 if unit == "year" else 0)
            return f"{number(n)} {unit}s"
    return f"{number(days)} {'day' if days == 1 else 'days'}"


def when(at: dt.date | None, precision: str | None = "day") -> str:
    """A date to its precision: `7 May 2012, 07:45`, `May 2012`."""
    if at is None:
        return "undated"
    text = {"month": f"{at:%B %Y}", "year": f"{at:%Y}"}.get(precision or "day", f"{at.day} {at:%B %Y}")
    return f"{text}, {at:%H:%M}" if precision == "minute" else text


def words(value: Any) -> str:
    """A value of a closed list, a number or a truth in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dt.date):
        return when(value, "minute" if isinstance(value, dt.datetime) else "day")
    return str(value).replace("_", " ")


def web_link(url: str | None) -> str | None:
    """An address that a page may link to: http and https, nothing that runs."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


@dataclasses.dataclass(slots=True)
class Pages:
    """The site being written: templates in, files out."""

    site: Path
    written: int = 0
    env: Environment = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.env = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        functions = (count, number, percent, span, when, words, web_link, thread_page, treatment_page, problem_page)
        self.env.globals.update(AT=AT, OUTCOMES=OUTCOMES, SAYS=SAYS)
        self.env.filters.update({f.__name__: f for f in functions})

    def render(self, template: str, **values: Any) -> str:
        """A piece of a page."""
        return self.env.get_template(template).render(values)

    def write(self, page: str, template: str, **values: Any) -> None:
        """A page at its place below the site; `root` leads its links back to the top."""
        path = self.site / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.render(template, root="../" * page.count("/"), page=page, **values), encoding="utf-8")
        self.written += 1
