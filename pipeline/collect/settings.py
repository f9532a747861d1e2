"""What `[collect]` in a source.toml says: where the pages are, how to ask for them, how much at most."""

import functools
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from pipeline.run.sources import Source, SourceError

Kind = Literal["live", "discourse", "reddit", "wayback", "commoncrawl", "files"]
Text = tuple[str, ...]


class Collect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of `[collect]`. What each means stands in docs/COLLECTING.md, and a test holds the two together."""

    kind: Kind
    start: str | Text
    contact: str = ""
    # which addresses are what
    software: str = ""
    board: str = ""
    thread: str = ""
    page: str = ""
    skip: str = ""
    # how to ask
    delay_seconds: float = 2.0
    retries: int = 4
    retry_seconds: float = 2.0
    # how much, at most
    max_requests: int = 20_000
    max_megabytes: float = 2_000.0
    max_page_megabytes: float = 16.0
    max_page_seconds: float = 120.0
    max_pages: int = 3_000
    # web archives
    captures: Literal["latest", "all"] = "latest"
    since: str = ""
    until: str = ""
    indexes: Text = ()
    index: str = ""
    storage: str = ""

    @property
    def starts(self) -> Text:
        return (self.start,) if isinstance(self.start, str) else self.start


class Layout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of software.toml; see there."""

    board: str
    thread: str
    page: str = ""
    skip: str = ""
    signs: str = ""
    keep: Text = ()


@functools.cache
def layouts() -> dict[str, Layout]:
    """The forum software whose addresses are known, and `generic` for any other."""
    text = (Path(__file__).parent / "software.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Layout])


@functools.cache
def refusals() -> re.Pattern[str]:
    """What in a source's terms says that it must not be collected."""
    table = tomllib.loads((Path(__file__).parent / "refusals.toml").read_text(encoding="utf-8"))
    return re.compile("|".join(f"(?:{p})" for p in table["patterns"]), re.I)


def read_collect(source: Source) -> Collect:
    """The settings of a source, checked. Raises SourceError: none, wrong ones, or terms that say no."""
    path = source.folder / "source.toml"
    if source.collect is None:
        raise SourceError(f"{path} has no [collect] table; docs/COLLECTING.md shows what goes into it")
    if no := refusals().search(source.terms):
        raise SourceError(
            f"{path}: its terms say no ({no[0].strip()!r}); nothing is collected. If the owner has agreed since, write that there"
        )
    try:
        settings = msgspec.convert(source.collect, Collect)
    except msgspec.ValidationError as e:
        fields = ", ".join(f.name for f in msgspec.structs.fields(Collect))
        raise SourceError(f"{path}, [collect]: {e}; its fields are {fields}") from e
    for wrong in faults(settings):
        raise SourceError(f"{path}, [collect]: {wrong}")
    return settings


def faults(settings: Collect) -> Iterable[str]:
    """What is wrong with settings, and what to do."""
    if not settings.starts or not all(settings.starts):
        yield "start is empty; write the address to start at"
    if settings.kind != "files":
        if not settings.contact:
            yield 'no contact; add `contact = "you@your-university.example"`, so that the board\'s owner can reach you'
        if not settings.contact.isascii() or not settings.contact.isprintable():
            yield f"contact {settings.contact!r} cannot stand in a request; write an e-mail address or a page's"
        addresses = [*settings.starts, *filter(None, [settings.index, settings.storage])]
        for url in addresses:
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
                yield f"{url!r} is no address; write it whole, with https://"
    if settings.software and settings.software not in layouts():
        yield f"unknown software {settings.software!r}; it is one of {', '.join(layouts())}"
    for name in ("board", "thread", "page", "skip"):
        try:
            re.compile(getattr(settings, name))
        except re.error as e:
            yield f"{name} is no regular expression: {e}"
    for name in ("since", "until"):
        if not re.fullmatch(r"(\d{4}(\d\d){0,5})?", getattr(settings, name)):
            yield f"{name} is {getattr(settings, name)!r}; write digits: year, month, day, as 2009 or 20090131"
    for name in ("delay_seconds", "max_requests", "max_megabytes", "max_page_megabytes", "max_page_seconds", "max_pages",
                 "retries", "retry_seconds"):  # fmt: skip
        if getattr(settings, name) < 0:
            yield f"{name} is less than nothing"
