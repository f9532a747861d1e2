"""MedsChat, a board for questions about medicines, on its own software. Everybody may write under any name."""

from pipeline.parse.layouts import Layout, has

NAME = "medschat"
SAYS = f"./strong[1] | ./strong[1]/following-sibling::text()[1] | ./div[{has('post_number')}]"
LAYOUT = Layout(
    signs=("list_item_b_content", "action_bar"),
    post=f"//div[{has('list_item_b')} and div[{has('list_item_b_content')}]//time]",
    body=f"./div[{has('list_item_b_content')}]",
    author=f"./div[{has('list_item_b_content')}]/strong[1]",
    date=f"./div[{has('list_item_b_content')}]//time",
    stamp=f"./div[{has('list_item_b_content')}]//time/@datetime",
    drop=f"{SAYS} | ./span[.//time][1]",
    native_id="@id | ./div/@id[starts-with(., 'op_')]",
    board=f"(//*[{has('breadcrumb')}]//a)[last() - 1]",
    guest=f"./div[{has('list_item_b_content')}]/strong[1][. = 'Comments Submitted']",
)
recognises, parse = LAYOUT.parser(NAME)
