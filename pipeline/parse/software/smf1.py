"""Simple Machines Forum 1.1 (`index.php?topic=…`), laid out in tables."""

from pipeline.parse.layouts import Layout, between, has, numbered, unlinked

NAME = "smf1"
SUBJECT = f"//div[{numbered('subject_')}]"
PATH = f"(//div[{has('nav')}])[1]/b"
LAYOUT = Layout(
    signs=("quickModForm", "subject_", "modified_", "smalltext"),
    post="//form[@id = 'quickModForm']//div[@class = 'post']/ancestor::table[1]",
    body=".//div[@class = 'post']",
    drop=f".//img[contains(@src, '/Smileys/')] | .//div[{has('codeheader')}]",  # smileys' text is their name ("Sad")
    author="(.//td)[1]/b[1]",
    date=f".{SUBJECT}/following-sibling::div[{has('smalltext')}]",
    post_title=f".{SUBJECT}",
    signature=f".//div[{has('signature')}]",
    native_id=f".{SUBJECT}/@id",
    title=f"{PATH}[last()]/a",
    board=f"{PATH}[last() - 1]/a",
    page=f"//td[{has('middletext')}]/b[number(.) = number(.)]",
    key=between(f"translate({SUBJECT}/a/@href, ',', '=')", "topic=", "."),
    guest=unlinked("//td[@rowspan = '2']/b/a"),
)
recognises, parse = LAYOUT.parser(NAME)
