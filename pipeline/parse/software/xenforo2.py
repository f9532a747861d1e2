"""XenForo 2, also as VerticalScope's boards show it ("MessageCard")."""

from pipeline.parse.layouts import Layout, has

NAME = "xenforo2"
CARD = f"//div[{has('MessageCard')}][starts-with(@id, 'js-post-')]"
LAYOUT = Layout(
    signs=("js-post", "message-body", "bbWrapper"),
    post=f"//article[{has('message--post')} or {has('js-post')}][not(.{CARD})] | {CARD}",
    body=f".//article[{has('message-body')}]",
    author=f"@data-author | .//*[{has('message-name')}] | .//*[{has('MessageCard__user-info__name')}]",
    date=f".//*[{has('message-attribution')}]//time | .//*[{has('MessageCard__date-created')}]//time",
    stamp=f".//*[{has('message-attribution')} or {has('MessageCard__date-created')}]//time/@datetime",
    signature=f".//*[{has('message-signature')}]",
    # previews of links; the word above a piece of code
    drop=f".//*[{has('bbCodeBlock--unfurl')}] | .//*[{has('bbCodeBlock--code')}]/*[{has('bbCodeBlock-title')}]",
    native_id="@data-content | @id",
    title=f"//h1[{has('p-title-value')} or {has('MessageCard__thread-title')}]",
    board=f"(//ul[{has('p-breadcrumbs')}]/li)[last()]",
    page=f"//li[{has('pageNav-page--current')}]",
    guest=f".//*[{has('message-user')}]//*[@data-user-id='0']",
)
recognises, parse = LAYOUT.parser(NAME)
