"""FluxBB and PunBB (`viewtopic.php?id=…`)."""

from pipeline.parse.layouts import Layout, between, has, unlinked

NAME = "fluxbb"
AUTHOR = f"//*[{has('postleft')}]//dt//strong"
PATH = f"(//div[{has('linkst')}])[1]//ul[1]/li"
LAYOUT = Layout(
    signs=("blockpost", "postmsg", "postleft"),
    post=f"//div[{has('blockpost')}][.//div[{has('postleft')}]]",
    body=f".//div[{has('postmsg')}]",
    author=f".{AUTHOR}",
    date=".//h2//a",
    post_title=f".//*[{has('postright')}]/h3",
    drop=".//img[contains(@src, 'smilies/')]",  # their text is their name
    signature=f".//div[{has('postsignature')}]",
    title=f"translate({PATH}[last()], '»', ' ')",
    board=f"{PATH}[last() - 1]//a",
    page=f"//p[{has('pagelink')}]/strong",
    key=between(f"{PATH}[last()]//a/@href", "id=", "&"),
    guest=unlinked(f"{AUTHOR}//a"),
)
recognises, parse = LAYOUT.parser(NAME)
