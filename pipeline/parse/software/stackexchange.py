"""Stack Exchange: a question, its answers, and under each the comments, which answer it. All times are UTC."""

from collections.abc import Iterator

from pipeline.parse.documents import Document
from pipeline.parse.layouts import Layout, has
from pipeline.parsed import ParsedThread

NAME = "stackexchange"
ITEM = "@id='question' or @data-answerid"
COMMENT = f"{has('comment')} and starts-with(@id, 'comment-')"
CARDS = f".//*[{has('post-signature')}]"  # those of its editors stand before its author's
NAMED = f"({CARDS})[last()]//*[{has('user-details')}]"
TIME = f"(({CARDS})[.//*[{has('relativetime')}]])[last()]//*[{has('relativetime')}]"
COMMENTED = f"self::*[{COMMENT}]//*[{has('relativetime-clean')}]"
NUMBER = "@*[name()='data-questionid' or name()='data-answerid']"
LAYOUT = Layout(
    signs=("data-questionid", "post-signature"),
    post=f"//div[{ITEM}] | //*[{COMMENT} and .//*[{has('comment-copy')}]]",
    body=f"(.//*[{has('js-post-body')} or {has('post-text')}])[1] | self::*[{COMMENT}]//*[{has('comment-copy')}]",
    author=f"@data-author-username | {NAMED}/a | {NAMED}/text() | self::*[{COMMENT}]//*[{has('comment-user')}]",
    date=f"{TIME} | {COMMENTED}",
    stamp=f"substring-before(concat(({TIME} | {COMMENTED})/@title, ','), ',')",  # "2011-02-12 01:30:35Z, License: …"
    native_id=f"{NUMBER} | @id",
    reply_to=f"""self::*[@data-answerid]/preceding::div[@id='question']/@data-questionid
        | self::*[{COMMENT}]/ancestor::div[{ITEM}][1]/{NUMBER}""",
    title="//*[@id='question-header']//h1",
    board="//meta[@property='og:site_name']/@content",
    deleted=f"""self::*[not({NAMED}//a) and {NAMED}/text()[normalize-space()]]
        | self::*[{COMMENT}]//*[{has("comment-user")} and not(@href)]""",
    opening_repeated=True,
)
recognises, _ = LAYOUT.parser(NAME)


def parse(doc: Document) -> Iterator[ParsedThread]:
    """Comments are numbered apart from questions and answers: a `c` tells them."""
    thread = LAYOUT.thread(doc, NAME)
    for post, element in zip(thread.posts, doc.tree.xpath(LAYOUT.post), strict=True):
        if element.get("id", "").startswith("comment-"):
            post.native_id = f"c{post.native_id}"
    thread.time_zone = doc.settings.time_zone or "UTC"
    yield thread
