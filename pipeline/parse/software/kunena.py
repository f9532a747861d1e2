"""Kunena (Joomla) with its classic template "Blue Eagle". Dates are shown as an age; the moment stands in a title."""

from pipeline.parse.layouts import Layout, has

NAME = "kunena"
PATH = f"(//*[{has('kforum-pathway')}])[1]/*[{has('path-element')}]"  # boards from the root down, the thread last
LAYOUT = Layout(
    signs=("kmsgtext", "kmsg-header"),
    post=f"//div[{has('kcontainer')} and .//table[{has('kmsg')}]]",
    body=f".//div[{has('kmsgtext')}]",
    author=f".//li[{has('kpost-username')}]",
    date=f".//span[{has('kmsgdate')}]",
    stamp=f".//span[{has('kmsgdate')}]/@title",
    post_title=f".//span[{has('kmsgtitle')}]",
    signature=f".//div[{has('kmsgsignature')}]",
    native_id=".//*[starts-with(@class, 'kmsg-id')]/a/@id",
    title=f"(//span[{has('kmsgtitle')}])[1]",
    board=f"{PATH}[last() - 1]",
    key=f"substring-before(substring-after(substring-after({PATH}[last()]/a/@href, '/forum/'), '/'), '-')",
    guest=f".//li[{has('kpost-username')} and not(.//a)]",
)
recognises, parse = LAYOUT.parser(NAME)
