"""phpBB 3 (`viewtopic.php`), prosilver and the styles made from it."""

from pipeline.parse.layouts import Layout, between, has, unlinked

NAME = "phpbb3"
PROFILE = f"//*[{has('postprofile')}]"
HEAD = f".//p[{has('author')}]"
LAYOUT = Layout(
    signs=("postbody", "page-body", "postprofile"),
    post=f"//*[@id='page-body']//div[{has('post')}][.//div[{has('postbody')}]][{HEAD}]",
    body=f".//div[{has('content')}]",
    author=f".{PROFILE}//*[starts-with(@class, 'username')] | {HEAD}//strong",
    date=f"{HEAD}//time | {HEAD}//*[{has('timestamp')}] | {HEAD}/text()[contains(., ':')][last()]",
    stamp=f"{HEAD}//time/@datetime",
    post_title=".//h3[1]/a | .//h3[1]",
    signature=f".//div[{has('signature')}]",
    drop=f".//div[{has('codebox')}]/p | .//dl[{has('codebox')}]/dt",  # labels of code
    also=f".//dl[{has('attachbox')}]/dd",  # what the author attached and said of it, as the board shows it
    native_id="@id | .//@id[starts-with(., 'post_content') or starts-with(., 'profile')]",
    title=f"//h2[{has('topic-title')} or {has('page-title')}] | //*[@id='page-body']/h2",
    board=f"((//*[{has('breadcrumbs')} or {has('icon-home')} or {has('nav-breadcrumbs')}])[1]//a)[last()]",
    page=f"//div[{has('pagination')}]//li[{has('active')}]/span | //div[{has('pagination')}]//strong",
    key=between("//*[@id='page-body']//h2/a/@href", "t=", "&"),
    guest=unlinked(f"{PROFILE}//a[contains(@href, 'u=') or starts-with(@class, 'username')]"),
)
recognises, parse = LAYOUT.parser(NAME)
