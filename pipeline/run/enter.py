"""A parsed thread enters the dataset: ids, pseudonyms, masks, languages. After this no name as shown is left."""

import dataclasses
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pipeline.parse.authors import author_of
from pipeline.parsed import ParsedPost, ParsedThread
from pipeline.records import Post, Quote, Reject, Thread
from pipeline.run.language import languages
from pipeline.run.masks import masker
from pipeline.run.opt_out import OptOuts, without
from pipeline.vocabulary import load_vocabulary
from pipeline.vocabulary.fold import fold

SESSION = re.compile(r"^(s|sid|phpsessid|jsessionid|session_?id|osCsid|zenid)$", re.I)


@dataclasses.dataclass(slots=True, kw_only=True)
class Entered:
    """One thread of the dataset, before tagging, and what of it was left out."""

    thread: Thread
    posts: list[Post]
    quotes: list[Quote]
    rejects: list[Reject] = dataclasses.field(default_factory=list)


def pseudonym(name: str | None, source_id: str, key: bytes) -> str | None:
    """A keyed hash of a name within its source: who knows the name cannot find the person without the key, and
    the same name on two boards is two people. Case and spacing are no difference."""
    shown = " ".join(unicodedata.normalize("NFKC", name or "").casefold().split())
    if not shown:
        return None
    return "a" + hmac.new(key, f"{source_id}\0{shown}".encode(), hashlib.sha256).hexdigest()[:16]


def clean_url(url: str | None) -> str | None:
    """An address without fragment and session ids."""
    if not url:
        return None
    try:
        parts = urlsplit(re.sub(r";jsessionid=[^?#]*", "", url, flags=re.I))
        kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not SESSION.match(k)]
        return urlunsplit(parts._replace(query=urlencode(kept), fragment=""))
    except ValueError:  # not an address after all
        return None


def thread_identity(thread: ParsedThread) -> str:
    """What makes a thread this one within its source: the board's key for it; else title and first post."""
    if thread.key is not None:
        return f"key\0{thread.key}"
    first = thread.posts[0]
    return "\0".join(["first", thread.title or "", first.author or "", first.posted_at_text or "", first.text[:200]])


def thread_id_of(thread: ParsedThread, source_id: str) -> str:
    """The thread's id in the dataset, whatever is left out of it."""
    return "t" + hashlib.sha256(f"{source_id}\0{thread_identity(thread)}".encode()).hexdigest()[:16]


def honoured(thread: ParsedThread, opted_out: OptOuts, source_id: str, key: bytes) -> ParsedThread | None:
    """What the opt-out list leaves of a thread."""
    if opted_out.thread(thread_id_of(thread, source_id), thread.key, thread.url):
        return None
    ids = {w if re.fullmatch(r"a[0-9a-f]{16}", w) else pseudonym(w, source_id, key) for w in opted_out.authors}
    return without(thread, lambda name: name is not None and pseudonym(name, source_id, key) in ids)


def enter(thread: ParsedThread, source_id: str, key: bytes, whole: ParsedThread | None = None) -> Entered:
    """A thread whose posts carry raw_path and raw_sha256, as rows. Texts keep their length, so offsets into them hold.

    `whole` is the thread before opting out: it gives the thread's identity, and the names to mask in what others wrote.
    """
    whole = whole or thread
    thread_id = thread_id_of(whole, source_id)
    vocabulary = load_vocabulary().terms
    shown = {p.author or "" for p in whole.posts if p.author_state == "named"}
    mask = masker(
        shown | {q.author or "" for p in whole.posts for q in p.quotes},
        is_term=lambda word: fold(word) in vocabulary,
    )

    def post_id(position: int | None) -> str | None:
        return f"{thread_id}-{position:05}" if position and position <= len(thread.posts) else None

    def row(post: ParsedPost, language: str) -> Post:
        named = post.author_state == "named"
        return Post(
            post_id=f"{thread_id}-{post.position:05}",
            thread_id=thread_id,
            position=post.position,
            reply_to_post_id=post_id(post.reply_to_position),
            author_id=pseudonym(post.author, source_id, key) if named else None,
            author_state=post.author_state,
            captured_at=thread.captured_at,
            posted_at=post.posted_at,
            posted_at_precision=post.posted_at_precision,
            posted_at_text=post.posted_at_text,
            date_order=post.date_order,
            text=mask(post.text),
            signature=mask(post.signature) if post.signature else None,
            language=language,
            raw_path=post.raw_path or "",
            raw_sha256=post.raw_sha256 or "",
        )

    def quotes(post: ParsedPost) -> Iterable[Quote]:
        for n, quote in enumerate(post.quotes, 1):
            name, state = author_of(quote.author)
            yield Quote(
                quote_id=f"{thread_id}-{post.position:05}-q{n:03}",
                post_id=f"{thread_id}-{post.position:05}",
                position=n,
                author_id=pseudonym(name, source_id, key) if state == "named" else None,
                quoted_post_id=post_id(quote.quoted_position),
                text=mask(quote.text),
                offset=quote.offset,
                method=quote.method,
            )

    times = [p.posted_at for p in thread.posts if p.posted_at]
    told = languages([p.text for p in thread.posts])
    return Entered(
        thread=Thread(
            thread_id=thread_id,
            source_id=source_id,
            board=thread.board,
            title=mask(thread.title, title=True) if thread.title else None,
            url=clean_url(thread.url),
            software=thread.software,
            time_zone=thread.time_zone,
            n_posts=len(thread.posts),
            first_posted_at=min(times, default=None),
            last_posted_at=max(times, default=None),
        ),
        posts=[row(p, language) for p, language in zip(thread.posts, told, strict=True)],
        quotes=[q for p in thread.posts for q in quotes(p)],
    )
