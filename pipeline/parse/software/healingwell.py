"""HealingWell's own board (`community/default.aspx?f=…&m=…`)."""

from pipeline.parse.documents import Document
from pipeline.parse.layouts import Element, Layout, has

NAME = "healingwell"
DATE_ORDER = "mdy"


def signature_apart(body: Element, _: Document) -> None:
    """What stands below the board's rule, in the body, is the signature."""
    for rule in body.xpath(f".//hr[{has('PostHR')}]"):
        below = list(rule.itersiblings())
        rule.tag, rule.attrib["class"], rule.text, rule.tail = "div", "signature", rule.tail, None
        rule.extend(below)


LAYOUT = Layout(
    signs=("post-even", "post-body", "user-name", 'class="posted"'),
    post=f"//div[{has('post-even')} or {has('post-odd')}]",
    body=f".//div[{has('post-body')}]",
    author=f".//*[{has('user-name')}]",
    date=f".//*[{has('posted')}]",
    native_id="a/@name",
    board=f"(//*[{has('bread-crumb-links')}]//a)[last()]",
    page="substring-after(//link[@rel = 'canonical']/@href, '&p=')",
    mend=signature_apart,
    signature=f".//hr[{has('PostHR')}]/following-sibling::*",  # so that no other rule begins one
)
recognises, parse = LAYOUT.parser(NAME)
