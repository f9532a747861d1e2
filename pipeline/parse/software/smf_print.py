"""SMF's print pages (`action=printpage`), of SMF 1.1 and 2, after the software's own template.

Everything of a thread is on one page: no signatures, ids or guests, quotes as on the thread's pages.
"""

from pipeline.parse.layouts import Layout, has

NAME = "smf_print"
BODY = f"*[{has('postbody')}]"
HEAD = f"preceding-sibling::*[1][{has('postheader')}]"
LAYOUT = Layout(
    signs=("Post by: <",),
    post=f"//{BODY}[{HEAD}] | //div[starts-with(@style, 'margin: 0 5ex')][preceding-sibling::b]",
    body="self::*",
    author=f"{HEAD}/*[self::strong or self::b][last() - 1] | preceding-sibling::b[2]",
    date=f"{HEAD}/*[self::strong or self::b][last()] | preceding-sibling::b[1]",
    post_title=f"{HEAD}/*[self::strong or self::b][last() - 2] | preceding-sibling::b[3]",
    native_id="",
    title="substring-after(//title, 'Print Page - ')",
    board="substring-before(substring-after(//h2, '=> '), ' =>')",
)
recognises, parse = LAYOUT.parser(NAME)
