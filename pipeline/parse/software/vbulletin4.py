"""vBulletin 4 (`showthread.php`, `threads/…`)."""

from pipeline.parse.layouts import Layout, has, numbered, unlinked

NAME = "vbulletin4"
LAYOUT = Layout(
    signs=("postcontent", "postcontainer", "post_message_"),
    post=f"//li[{numbered('post_')}][{has('postcontainer')}]",
    body=f".//blockquote[{has('postcontent')}]",
    author=f".//*[{has('username_container')}]//*[{has('username')}] | .//*[{has('username')}] | "
    f".//*[{has('username_container')}][not(.//*[{has('username')}])]",
    date=f".//*[{has('postdate')}]//*[{has('date')}]",
    post_title=f".//h2[{has('title')} or {has('posttitle')}]",
    signature=f".//blockquote[{has('signature')}]",
    drop=f".//*[{has('bbcode_description')}]",  # "Code:"
    title=f"//*[@id = 'pagetitle']//*[{has('threadtitle')}]",
    board="(//*[@id = 'breadcrumb']//li/a)[last()]",
    page=f"(//*[@id = 'pagination_top']//*[{has('selected')}])[1]",
    guest=unlinked(f"//a[{has('username')}]"),
)
recognises, parse = LAYOUT.parser(NAME)
