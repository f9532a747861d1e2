"""XenForo 1."""

from pipeline.parse.layouts import Layout, has

NAME = "xenforo1"
QUOTED = f"ancestor::blockquote or ancestor::*[{has('editDate')}] or ancestor::*[{has('messageUserInfo')}]"
DATE = f"(.//*[{has('DateTime')}][not({QUOTED})])[1]"
LAYOUT = Layout(
    signs=("messageText", "messageInfo", "messageUserInfo"),
    post=f"//li[starts-with(@id, 'post-')][.//blockquote[{has('messageText')}]]",
    body=f".//blockquote[{has('messageText')}]",
    author=f"@data-author | .//h3[{has('userText')}]//*[{has('username')}]",
    # old dates as their title, with the time; recent ones ("yesterday") as the board's own day and time; some styles print
    # them beside the name
    date=f"""concat({DATE}/@title, {DATE}[not(@title)]/@data-datestring, ' ', {DATE}[not(@title)]/@data-timestring,
        {DATE}[not(@title or @data-datestring)], .//h3[not({DATE})]//small/span)""".replace("\n", " "),
    signature=f".//div[{has('signature')}]",
    # of pictures: who put them into the gallery, and "[IMG]"
    drop=f".//*[{has('galleryText')}] | .//img[{has('bbCodeImage')}]",
    board=f"(//*[{has('crumbs')}]//a[{has('crumb')}][normalize-space() != normalize-space(//h1)])[last()]",
    page=f"//*[{has('PageNav')}]/@data-page",
    guest=".//*[starts-with(@class, 'avatar Av0') or contains(@class, ' Av0')]",
)
recognises, parse = LAYOUT.parser(NAME)
