"""phpBB 3 (`viewtopic.php`), prosilver and the styles made from it."""

from pipeline.parse.layouts import Layout, has

NAME = "phpbb3"
LAYOUT = Layout(
    signs=("postbody", "page-body", "postprofile"),
    post=f"//*[@id='page-body']//div[{has('post')}][.//div[{has('postbody')}]]",
    body=f".//div[{has('content')}]",
    author=f".//*[{has('postprofile')}]//*[starts-with(@class, 'username')] | .//p[{has('author')}]//strong",
    date=f".//p[{has('author')}]//time | .//p[{has('author')}]//*[{has('timestamp')}] | "
    f".//p[{has('author')}]/text()[contains(., ':')][last()]",
    stamp=f".//p[{has('author')}]//time/@datetime",
    post_title=".//h3[1]/a | .//h3[1]",
    signature=f".//div[{has('signature')}]",
    also=f".//dl[{has('attachbox')}]/dd",
    native_id="@id | .//@id[starts-with(., 'post_content') or starts-with(., 'profile')]",
    title=f"//h2[{has('topic-title')} or {has('page-title')}] | //*[@id='page-body']/h2",
    board=f"(//*[{has('breadcrumbs')} or {has('icon-home')}]//a)[last()]",
)
recognises, parse = LAYOUT.parser(NAME)
