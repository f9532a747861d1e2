"""JForum as permies.com and CodeRanch run it. Dates are shown as an age; the moment stands in a title."""

from pipeline.parse.layouts import Layout, has

NAME = "jforum"
POSTED = f".//span[{has('postdate')}]/span"
LAYOUT = Layout(
    signs=("postItem", "postText", "postdate"),
    post=f"//div[{has('postItem')}]",
    body=f".//div[{has('postText')}]",
    author=f".//div[{has('name')}]/*[not({has('invalidName')})]",
    date=POSTED,
    stamp=f"{POSTED}/@title",
    signature=f".//div[{has('clinks')}]",
    native_id=f"{POSTED}/@id",
    deleted=f".//*[{has('invalidName')}]",
)
recognises, parse = LAYOUT.parser(NAME)
