"""Simple Machines Forum 2.0 and 2.1 (`index.php?topic=…`)."""

from pipeline.parse.layouts import Layout, has, numbered, unlinked

NAME = "smf2"
BODY = f"//div[{has('inner')}][{numbered('msg_')}]"
HEAD = f".//*[{has('keyinfo')}]"
PATH = f"((//div[{has('navigate_section')}])[1]//li)"
LAYOUT = Layout(
    signs=("quickModForm", "keyinfo", "post_wrapper"),
    post=f"//div[{has('post_wrapper')}]",
    body=f".{BODY}",
    author=f".//*[{has('poster')}]//h4",
    date=f"{HEAD}//*[{has('postinfo')}]//a[{has('smalltext')}] | {HEAD}/div[{has('smalltext')}]",
    post_title=f"{HEAD}//*[{numbered('subject_')}]",
    signature=f".//div[{has('signature')}]",
    drop=f".//*[{has('codeheader')}]",
    native_id=f".{BODY}/@id",
    title=f"{PATH}[last()]/a",
    board=f"{PATH}[last() - 1]/a",
    guest=unlinked(f"//*[{has('poster')}]//h4/a"),
)
recognises, parse = LAYOUT.parser(NAME)
