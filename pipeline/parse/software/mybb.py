"""MyBB 1.8 (`showthread.php?tid=…`, `thread-….html`)."""

from pipeline.parse.layouts import Layout, has, numbered, unlinked

NAME = "mybb"
DATE = f".//*[{has('post_date')}]"
AUTHOR = f"//*[{has('author_information')}]/strong[1]"
PATH = f"(//div[{has('navigation')}])[1]"
LAYOUT = Layout(
    signs=("post_body", "author_information", "post_head"),
    post=f"//div[{numbered('post_')}][.//div[{has('post_body')}]]",
    body=f".//div[{has('post_body')}]",
    author=f".{AUTHOR}",
    # "Today" carries its day as a title, and only "2 hours ago" its time too
    date=f"concat({DATE}/span[not({has('post_edit')})]/@title, {DATE}/text()[normalize-space()][1])",
    signature=f".//div[{has('signature')}]",
    # the date before a quoted name; smileys, whose text is their name ("Sad", "Confused")
    drop=f".//blockquote[{has('mycode_quote')}]/cite/span | .//img[{has('smilie')}] | "
    f".//div[{has('codeblock')}]/div[{has('title')}]",
    title=f"{PATH}//span[{has('active')}]",
    board=f"({PATH}//span[{has('nav_bit')}]/a)[last()]",
    page=f"//div[{has('pagination')} and not({has('pagination_breadcrumb')})]//*[{has('pagination_current')}]",
    key="//input[@name = 'tid']/@value",
    guest=unlinked(f"{AUTHOR}//a"),
)
recognises, parse = LAYOUT.parser(NAME)
