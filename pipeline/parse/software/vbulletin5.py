"""vBulletin 5 and 6."""

from pipeline.parse.layouts import Layout, has, unlinked

NAME = "vbulletin5"
AUTHOR = f"//*[{has('b-userinfo__details')}]//*[{has('author')}]"
LAYOUT = Layout(
    signs=("b-post", "js-post__content-text"),
    post=f"//li[{has('b-post')}][.//*[{has('js-post__content-text')}]]",
    body=f".//*[{has('js-post__content-text')}]",
    author=f".{AUTHOR}",
    date=f".//*[{has('b-post__timestamp')}]//time",
    stamp=f".//*[{has('b-post__timestamp')}]//time/@datetime",
    post_title=f".//h2[{has('b-post__title')}]",
    signature=f".//*[{has('post-signature')}]",
    drop=f".//*[{has('bbcode_description')}]",  # "Code:"
    native_id=f".//a[{has('anchor')}]/@id",
    title=f"//h1[{has('main-title')}]",
    board="(//*[@id = 'breadcrumbs']//a)[last()]",
    page=f"//input[{has('js-pagenum')}]/@value",
    guest=unlinked(f"{AUTHOR}//a"),
)
recognises, parse = LAYOUT.parser(NAME)
