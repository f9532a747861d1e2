"""django-machina (`…/topic/TITLE-12/`), as its own templates show it. Django writes 12 o'clock as `noon` and `midnight`."""

import dataclasses
import re
from collections.abc import Iterator

from pipeline.parse.documents import Document
from pipeline.parse.layouts import Layout, has
from pipeline.parsed import ParsedThread

NAME = "machina"
LINE = f".//div[{has('post-content-wrapper')}]/p/small"
NAMED = f".//div[{has('username')}][1]//b"
LAYOUT = Layout(
    signs=("post-content-wrapper", "post-content", "topic-actions-block"),
    post=f"//div[{has('post')}][.//div[{has('post-content')}]]",
    body=f".//div[{has('post-content')}]",
    author=NAMED,
    # behind a member's link; behind a guest's name, which may hold an "on" of its own
    date=f"concat(substring-after({LINE}/a/following-sibling::text()[1], 'on '), "
    f"substring-after(normalize-space({LINE}[not(a)]), concat('By: ', {NAMED}, ' on ')))",
    post_title=f".//h4[{has('subject')}]/text()",
    signature=f".//div[{has('post-signature')}]",
    title="//h1",
    board=f"(//ol[{has('breadcrumb')}]/li)[last() - 1]/a",
    page=f"//ul[{has('pagination')}]/li[{has('active')}]/a",
    guest=f".//div[{has('username')}][{has('text-muted')}]",
)
recognises, _ = LAYOUT.parser(NAME)
TWELVE = re.compile(r"(\d{4}), (noon|midnight)(?=\s*</small>)")


def parse(doc: Document) -> Iterator[ParsedThread]:
    text = TWELVE.sub(lambda m: f"{m[1]}, 12:00 {'p.m.' if m[2] == 'noon' else 'a.m.'}", doc.text)
    yield LAYOUT.thread(dataclasses.replace(doc, text=text), NAME)
