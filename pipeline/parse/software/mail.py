"""Mailing-list archives (mbox, also Mailman's text archives and single mails). Attachments are dropped.

Threads by `References` and `In-Reply-To`; an answer without them joins the thread last begun under its subject.
"""

import datetime as dt
import email
import email.header
import email.utils
import re
from collections.abc import Iterator
from email.message import Message

from pipeline.parse.cutouts import from_html
from pipeline.parse.dates import board_time
from pipeline.parse.documents import Document
from pipeline.parse.encodings import decode, known_codec
from pipeline.parse.markup import tidy
from pipeline.parsed import ParsedPost, ParsedThread

NAME = "mail"
FROM = re.compile(rb"(?:^|\n)From \S[^\n]{5,200}\n(?=>?[A-Za-z][\w-]*:)")
ANSWER = re.compile(r"\s*(?:(?:re|aw|antw|sv|fwd?|wg)(?:\[\d+\])?\s*:|\[[^\]]{1,40}\])\s*", re.I)
ID = re.compile(r"<[^<>\s]{3,500}>")
FOOTER = re.compile(r"\n_{20,}\n[^\n]*mailing list.*\Z", re.S)
# mail programs break the line before a quote: "On 4 Jul 2013, Ann <a@b.c>\nwrote:"
WROTE = re.compile(
    r"^On (?:[^\n]{4,120},\s|[^\n]{0,80}\d\s(?:[AP]M\s)?)?(?P<name>[^\n,<]{1,60}?)\s*(?:<[^>\n]*>)?\s{0,3}wrote:[^\S\n]*$(?=\n+[^\S\n]*>)",  # noqa: E501
    re.M,
)


def recognises(doc: Document) -> bool:
    return doc.kind == "mail"


def parse(doc: Document) -> Iterator[ParsedThread]:
    """Threads in the order of their first mails; posts in the order of the archive."""
    data = doc.data.replace(b"\r\n", b"\n")
    starts = [(m.start(), m.end()) for m in FROM.finditer(data)] or [(0, 0)]
    ends = [*(s for s, _ in starts[1:]), len(data)]
    mails = [email.message_from_bytes(data[b:end].lstrip(b"\n")) for (_, b), end in zip(starts, ends, strict=True)]
    threads: dict[int, list[tuple[Message, str | None]]] = {}
    stands: dict[str, int] = {}  # message id → thread
    subjects: dict[str, int] = {}
    for n, mail in enumerate(mails):
        own = next(iter(ID.findall(header(mail, "Message-ID"))), f"<{n}>")
        above = [*ID.findall(header(mail, "In-Reply-To"))[:1], *ID.findall(header(mail, "References"))[::-1]]
        subject = header(mail, "Subject")
        bare = base(subject)
        thread = next((stands[i] for i in [own, *above] if i in stands), None)
        if thread is None and bare != subject.strip() and not above:
            thread = subjects.get(bare.casefold())
        if thread is None:
            thread = n
            subjects[bare.casefold()] = n
        for i in (own, *above):
            stands.setdefault(i, thread)
        threads.setdefault(thread, []).append((mail, next(iter(above), None)))
    for members in threads.values():
        yield read_thread(members, doc)


def read_thread(members: list[tuple[Message, str | None]], doc: Document) -> ParsedThread:
    place: dict[str, int] = {}
    posts = []
    for n, (mail, above) in enumerate(members, 1):
        name, address = email.utils.parseaddr(header(mail, "From"))
        own = next(iter(ID.findall(header(mail, "Message-ID"))), None)
        moment = sent(mail)
        post = ParsedPost(
            position=n, text="", author=name or address or None, native_id=own, posted_at_text=header(mail, "Date") or None,
            posted_at=board_time(moment, doc.settings), posted_at_precision="minute" if moment else None,
            reply_to_position=place.get(above or ""),
        )  # fmt: skip
        place.setdefault(own or "", n)
        posts.append(with_words(post, mail))
    first = members[0][0]
    root = next(iter(ID.findall(header(first, "References")) + ID.findall(header(first, "Message-ID"))), None)
    title = base(header(first, "Subject")) or None
    return ParsedThread(title=title, posts=posts, key=root, board=None, time_zone=doc.settings.time_zone or "UTC")


def with_words(post: ParsedPost, mail: Message) -> ParsedPost:
    """The post with the plain part of a mail, else its HTML; signature apart."""
    parts = [
        p for p in mail.walk() if p.get_content_maintype() == "text" and p.get_content_disposition() != "attachment"
    ]
    plain = next((p for p in parts if p.get_content_subtype() == "plain"), None)
    if plain is None:
        html = next((p for p in parts if p.get_content_subtype() == "html"), None)
        return from_html(post, body(html)) if html is not None else post
    text = FOOTER.sub("", re.sub(r"^>(?=From )", "", body(plain), flags=re.M))
    text, _, signature = text.partition("\n-- \n")
    text = WROTE.sub(lambda m: f"{m['name']} wrote:", text)
    post.text, post.signature = tidy(text), tidy(signature) or None
    return post


def body(part: Message) -> str:
    """A part's words; a charset that is unknown or wrong is guessed."""
    payload = part.get_payload(decode=True)
    charset = part.get_param("charset")
    return (
        decode(payload, charset if isinstance(charset, str) and known_codec(charset) else None)
        if isinstance(payload, bytes)
        else ""
    )


def header(mail: Message, name: str) -> str:
    """A header with its encoded words read, on one line."""
    try:
        shown = str(email.header.make_header(email.header.decode_header(mail.get(name) or "")))
    except (LookupError, ValueError):
        shown = str(mail.get(name))
    return " ".join(shown.split())


def base(subject: str) -> str:
    """A subject without `Re:` and the list's name."""
    while m := ANSWER.match(subject):
        subject = subject[m.end() :]
    return subject.strip()


def sent(mail: Message) -> dt.datetime | None:
    """The time of the `Date` header; UTC where it says no zone, None where it is no date."""
    try:
        moment = email.utils.parsedate_to_datetime(header(mail, "Date"))
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
