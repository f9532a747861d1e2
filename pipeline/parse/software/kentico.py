"""The forum of Kentico CMS as msconnection.org laid it out.

Whom an answer answers is told only by its depth: `secondary` ones answer the opening post, the first `tertiary` one below
answers the `secondary` one; of further ones below it is not known.
"""

from pipeline.parse.layouts import Layout, has

NAME = "kentico"
ADDRESS = "//a[contains(@href, 'ReturnUrl=/Discussions/f')]/@href"  # the page names its own address nowhere else
LAYOUT = Layout(
    signs=("discussion-post-meta", "discussion-post-body"),
    post="//li[starts-with(@id, 'discussion-post-')]",
    body=f"./div[{has('discussion-post-body')}]",
    author=f".//a[{has('PostUser')}]",
    date=f".//*[{has('discussion-post-meta-info')}]/br[1]/following-sibling::text()[1]",
    reply_to=f"""self::*[not({has("discussion-post-tertiary")})]
            /preceding-sibling::li[{has("discussion-post-primary")}][last()]/@id
        | self::*[{has("discussion-post-tertiary")}]
            /preceding-sibling::li[1][not({has("discussion-post-tertiary")})]/@id""",
    title=f"//*[{has('discussion-post-meta-title')}]",
    board=f"(//*[{has('breadcrumblinks')}])[1]/a[last()]",
    key=f"substring-before(substring-after({ADDRESS}, '/t'), '/tp')",
    page=f"substring-before(substring-after({ADDRESS}, '/tp'), '/')",
)
recognises, parse = LAYOUT.parser(NAME)
