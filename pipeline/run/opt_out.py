"""Who does not want to be in the dataset: authors and threads that a source's opt-out.csv names.

Columns: `kind` (`author` or `thread`), `who` (an author's name as the source shows it, or the pseudonym; a thread's address, or
its `thread_id`), `why` (whose wish, and when; for you). Where the list itself should name nobody, write pseudonyms and ids.
"""

import csv
import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

from pipeline.parse.addresses import address_of
from pipeline.parsed import ParsedPost, ParsedQuote, ParsedThread

KINDS = ("author", "thread")


@dataclasses.dataclass(frozen=True, slots=True)
class OptOuts:
    """The list of a source. `authors` as it names them, `threads` as `thread_name` writes them."""

    authors: frozenset[str] = frozenset()
    threads: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.authors or self.threads)

    @property
    def fingerprint(self) -> str:
        """A name for the list as a whole, for what depends on it."""
        return "\n".join([*sorted(self.authors), "", *sorted(self.threads)])

    def thread(self, *names: str | None) -> bool:
        """Whether one of a thread's names (id, address, the board's key) is on the list."""
        return bool(self.threads) and any(thread_name(n) in self.threads for n in names if n)


def read_opt_outs(path: Path) -> OptOuts:
    """The list in a file, an empty one where there is none. Raises ValueError saying what to mend: a list that cannot be read is
    not an empty one."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    try:
        with path.open(encoding="utf-8-sig", newline="") as f:
            rows = csv.DictReader(f, strict=True)
            for row in rows:
                kind, who = (row.get("kind") or "").strip().lower(), (row.get("who") or "").strip()
                if kind not in KINDS or not who:
                    raise ValueError(
                        f"{path}, line {rows.line_num}: write `author` or `thread`, and who, below kind,who,why"
                    )
                found[kind].add(who if kind == "author" else thread_name(who))
    except FileNotFoundError:
        return OptOuts()
    except (UnicodeDecodeError, csv.Error) as e:
        raise ValueError(f"{path} is no CSV in UTF-8: {e}; save it as such") from e
    return OptOuts(frozenset(found["author"]), frozenset(found["thread"]))


def thread_name(name: str) -> str:
    """One name for a thread however it is written: host and the board's number, where the address or key has one.

    The page of the archive, of the board and the key a parser made of either name the same thread.
    """
    if re.fullmatch(r"t[0-9a-f]{16}", name):
        return name
    key = name if "#" in name and "://" not in name else (address_of(name).key or name)
    where, _, number = key.rpartition("#")
    return f"{where.split('/')[0]}#{number.removeprefix('t')}" if where else re.sub(r"^https?://", "", key).rstrip("/")


def without(thread: ParsedThread, gone: Callable[[str | None], bool]) -> ParsedThread | None:
    """The thread without the posts of authors who are `gone` and without quotes of them; None if nothing is left."""
    out = {p.position for p in thread.posts if gone(p.author)}

    def kept_quotes(post: ParsedPost) -> list[ParsedQuote]:
        return [q for q in post.quotes if q.quoted_position not in out and not gone(q.author)]

    posts = [dataclasses.replace(p, quotes=kept_quotes(p)) for p in thread.posts if p.position not in out]
    posts = [p for p in posts if p.text or p.quotes or p.signature]  # not those that were only a quote
    place: dict[int | None, int] = {p.position: n for n, p in enumerate(posts, 1)}
    for post in posts:
        post.position, post.reply_to_position = place[post.position], place.get(post.reply_to_position)
        post.quotes = [dataclasses.replace(q, quoted_position=place.get(q.quoted_position)) for q in post.quotes]
    return dataclasses.replace(thread, posts=posts) if posts else None
