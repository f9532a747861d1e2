"""Steam's discussions. The opening post stands on every page of a topic."""

from pipeline.parse.layouts import Layout, has

NAME = "steam"
LINK = f".//a[{has('commentthread_author_link')}]"
LAYOUT = Layout(
    signs=("forum_op_header", "authorline"),
    post=f"//div[{has('forum_op')}] | //div[{has('commentthread_comment')} and starts-with(@id, 'comment_')]",
    body=f"./div[{has('content')}] | .//div[{has('commentthread_comment_text')}]",
    author=f".//a[{has('forum_op_author')}]/text() | {LINK}/bdi/text() | {LINK}/text()",
    date=f".//*[{has('authorline')}]/span[{has('date')}] | .//span[{has('commentthread_comment_timestamp')}]",
    stamp=f".//*[{has('authorline')}]/span[{has('date')}]/@title | .//span[{has('commentthread_comment_timestamp')}]/@title",
    title=f"//div[{has('forum_op')}]/div[{has('topic')}]",
    board=f"(//*[{has('discussions_breadcrumbs')}])[1]/a[last()]",
    key=f"//div[{has('forum_op')}]/@id",
    opening_repeated=True,
)
recognises, parse = LAYOUT.parser(NAME)
