"""UBB.threads 7 (`ubbthreads.php`)."""

from pipeline.parse.layouts import Layout, has, numbered

NAME = "ubbthreads"
HEAD = f".//td[{has('subjecttable')}]"
NUMBER = f"{HEAD}//a[{numbered('number')}]"
LAYOUT = Layout(
    signs=("subjecttable", "author-content", "post-content"),
    post=f"//td[{has('post-content')}]/ancestor::table[1]",
    body=f".//td[{has('post-content')}]//div[starts-with(@id, 'body')]",
    author=f"(.//*[{has('author-name')}])[1]//text()[normalize-space()][not(ancestor::*[{has('post-op')}])]",
    date=f"{HEAD}//*[{has('date')}]/..",
    post_title=f"{HEAD}//*[{has('truncate')}]",
    signature=f".//div[{has('signature')}]",
    native_id=f"{NUMBER}/@id",
    reply_to=f"{HEAD}//a[.//*[{has('fa-share')}]]/@href",
    title="//meta[@property = 'og:title']/@content",
    board="(//*[@id = 'breadcrumbs']//h1//a)[last()]",
)
recognises, parse = LAYOUT.parser(NAME)
