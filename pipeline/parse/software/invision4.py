"""Invision Community 4."""

from pipeline.parse.layouts import Layout, has

NAME = "invision4"
AUTHOR = f".//aside//*[{has('cAuthorPane_author')}]"
LAYOUT = Layout(
    signs=("elComment_", "commentContent", "cAuthorPane"),
    post="//article[starts-with(@id, 'elComment_')]",  # adverts are articles without this id
    body=".//div[@data-role='commentContent']",
    author=f"{AUTHOR}/strong/node()[not(self::button)]",
    date=f".//*[{has('ipsComment_meta')}]//time/@title | .//*[{has('ipsComment_meta')}]//time[not(@title)]",
    stamp=f".//*[{has('ipsComment_meta')}]//time/@datetime",
    signature=".//*[@data-role='memberSignature']",
    drop=f".//*[@data-excludequote] | .//*[{has('ipsSpoiler_header')}]",  # edit notes, moderators' notes
    title=f"//h1[{has('ipsType_pageTitle')}]//*[{has('ipsContained')}] | //h1[not(.//*[{has('ipsContained')}])]",
    board=f"(//nav[{has('ipsBreadcrumb')}][1]/ul[not({has('ipsPos_right')})]/li/a)[last()]",
    page=f"//li[{has('ipsPagination_active')}]//@data-page",
    guest=f"starts-with(normalize-space({AUTHOR}/strong), 'Guest ') and not({AUTHOR}//a)",
)
recognises, parse = LAYOUT.parser(NAME)
