"""Where pages come from: one module a kind, named as `kind` in source.toml.

A module has `starts(plan)`, the pages to begin with; `follow(plan, page, answer)`, the pages an answer leads to; and may have
- `same(plan, page, url)`: whether a redirect leads to the page itself
- `redirected(plan, page, location)`: the page any other redirect leads to
- `is_list(plan, page, answer)`: whether an answer leads to threads and is none; builds pass it over
- `record(page, answer, when)`: how an answer is kept, where not as it came
- `ROBOTS = False`: an interface made for programs, whose robots.txt speaks of web pages
"""

import dataclasses
import importlib
from collections.abc import Callable
from types import ModuleType

from pipeline.collect.frontier import Wanted
from pipeline.collect.manners import Answer, plain
from pipeline.collect.settings import Collect, Layout
from pipeline.parse.documents import Document, SourceSettings, capture_document
from pipeline.parse.warc import Capture
from pipeline.run.opt_out import OptOuts


@dataclasses.dataclass(slots=True)
class Plan:
    """What a kind needs to know. `layout` is None until the software is known; `say` keeps an address that is not asked for."""

    settings: Collect
    opted_out: OptOuts
    say: Callable[[str, str, str, str], bool] = lambda url, kind, reason, detail: False
    software: str = ""
    layout: Layout | None = None


def kind_module(name: str) -> ModuleType:
    """The module of a kind."""
    return importlib.import_module(f"{__name__}.{name}")


def document(answer: Answer) -> Document | None:
    """An answer's page, if it is one."""
    page = Capture(plain(answer), answer.url, None, None, answer.url)
    found = capture_document(page, SourceSettings())
    return found if isinstance(found, Document) else None


def unwanted(plan: Plan, page: Wanted) -> bool:
    """Whether a thread is on the opt-out list; that it is left out is kept."""
    out = page.kind in ("thread", "capture") and plan.opted_out.thread(page.url)
    if out:
        plan.say(page.url, page.kind, "opted_out", "its authors do not want it collected; nothing to do")
    return out
