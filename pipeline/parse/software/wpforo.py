"""wpForo (WordPress) in its layout "Simplified"; pages of its other layouts are left to the fallback."""

from pipeline.parse.layouts import Layout, has

NAME = "wpforo"
CUT = "contains(., '...')"  # names are cut to a length; the portrait has them whole
NAMED = f".//*[{has('author-name')}]"
LAYOUT = Layout(
    signs=("wpforo-post", "post-wrap"),
    post=f"//div[{has('post-wrap')} and starts-with(@id, 'post-') and .//*[{has('wpforo-post-content-bottom')}]]",
    body=f".//*[{has('wpforo-post-content')}]",
    author=f"""{NAMED}/a[not({CUT})] | {NAMED}[not(a)]
        | .//*[{has("author-avatar")}]//img[ancestor::*[{has("wpforo-post")}][1]{NAMED[1:]}/a[{CUT}]]/@alt""",
    date=f"substring-after(.//*[{has('wpforo-post-content-bottom')}]//*[{has('cbleft')}]/text()[1], ' : ')",
    post_title=f".//*[{has('wpforo-post-content')}]/h5[1]",
    drop=f"./h5[1] | .//*[{has('wpf-post-button-actions')}]",
    title="//h1[@id='wpforo-title'] | //h1",
    date_order="dmy",
    board=f"(//*[{has('wpf-breadcrumb')}]//a[@itemprop='item'])[last()]",
)
recognises, parse = LAYOUT.parser(NAME)
