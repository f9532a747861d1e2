"""vBulletin 3 (`showthread.php`), with tables, and 3.9, which Internet Brands made of it with `div`s in their place."""

from pipeline.parse.layouts import Layout, between, has, numbered, unlinked

NAME = "vbulletin3"
MESSAGE = f"//div[{numbered('post_message_')}]"
TITLE = f"preceding-sibling::div[{has('smallfont')}]/strong"
PAGES = "//div[starts-with(@class, 'pagenav')]"
LAYOUT = Layout(
    signs=("post_message_", "td_post_", "postcount"),
    post=f"//table[{numbered('post')}][.{MESSAGE}] | //div[{has('tpost')}][.{MESSAGE}]",
    body=f".{MESSAGE}",
    author=f".//*[{has('bigusername')}] | .//*[{numbered('postmenu_')}]//text()[normalize-space()]"
    f"[not(ancestor::script)]",
    date=".//a[starts-with(@name, 'post')]/..",
    post_title=f".{MESSAGE}/{TITLE} | .{MESSAGE}/parent::div/{TITLE}",
    signature=".//comment()[normalize-space(.) = 'sig']/following-sibling::*[1][self::div]",
    drop=f".//div[{has('smallfont')}][following-sibling::*[1][self::pre]]",  # "Code:"
    native_id=f".{MESSAGE}/@id",
    title=f"//td[{has('navbar')}]//strong | //h1//strong[@itemprop = 'name']",
    board=f"(//span[{has('navbar')}]//a)[last()]",
    page=f"{PAGES}//span/strong | {PAGES}//*[@class = 'current']",
    key=between(f"//td[{has('navbar')}]//a/@href[contains(., 't=')]", "t=", "&"),
    guest=unlinked(f"//a[{has('bigusername')}]"),
)
recognises, parse = LAYOUT.parser(NAME)
