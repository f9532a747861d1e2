"""django-machina (`…/topic/TITLE-12/`), as its own templates show it."""

from pipeline.parse.layouts import Layout, has

NAME = "machina"
LAYOUT = Layout(
    signs=("post-content-wrapper", "post-content", "topic-actions-block"),
    post=f"//div[{has('post')}][.//div[{has('post-content')}]]",
    body=f".//div[{has('post-content')}]",
    author=f".//div[{has('username')}][1]//b | .//small[{has('text-muted')}]/a[contains(@href, '/profile/')]",
    date=f"(.//div[{has('post-content-wrapper')}]/p/small)[1]/text()[contains(., ':')][last()]",
    post_title=f".//h4[{has('subject')}]",
    signature=f".//div[{has('post-signature')}]",
    drop="",
    title="//h1",
    board=f"(//ol[{has('breadcrumb')}]/li)[last() - 1]/a",
    page=f"//ul[{has('pagination')}]/li[{has('active')}]/a",
    guest=f".//div[{has('username')}][{has('text-muted')}]",
)
recognises, parse = LAYOUT.parser(NAME)
