"""XenForo 2."""

from pipeline.parse.layouts import Layout, has

NAME = "xenforo2"
LAYOUT = Layout(
    signs=("message--post", "message-body"),
    post=f"//article[{has('message--post')}]",
    body=f".//article[{has('message-body')}]",
    author=f"@data-author | .//*[{has('message-name')}]",
    date=f".//*[{has('message-attribution')}]//time | .//time",
    stamp=f".//*[{has('message-attribution')}]//time/@datetime | .//time/@datetime",
    signature=f".//*[{has('message-signature')}]",
    native_id="@data-content | @id",
    title=f"//h1[{has('p-title-value')}]",
    board=f"(//ul[{has('p-breadcrumbs')}]/li)[last()]",
)
recognises, parse = LAYOUT.parser(NAME)
