"""bbPress (WordPress). Some themes print the opening post apart ("lead topic"), and replies as a tree."""

from pipeline.parse.layouts import Layout, has

NAME = "bbpress"
# the head and foot of the list, answers shown a second time above it, lists of what one member wrote, search results
ELSEWHERE = f"""ancestor::*[{has("bbp-header")} or {has("bbp-footer")} or {has("bbp-best-replies")}
    or {has("bbp-search-results")} or @id='bbp-user-wrapper']"""
BEFORE = "parent::*/preceding-sibling::*[1]"  # the line with date and number
LAYOUT = Layout(
    signs=("bbpress-forums", "bbp-"),
    post=f"//div[({has('bbp-reply-content')} or {has('bbp-topic-content')}) and not({ELSEWHERE})]",
    body=".",
    author=f"""preceding-sibling::*[{has("bbp-reply-author")} or {has("bbp-topic-author")}]//*[{has("bbp-author-name")}]
        | preceding-sibling::*[{has("bbp-reply-author")}]//*[{has("bbp-user-nicename")}]
        | {BEFORE}//*[{has("bbp-reply-post-name")}]/a | ./*[{has("bbp-thread-byline")}]/a""",
    date=f"""{BEFORE}//*[{has("bbp-reply-post-date")} or {has("bbp-topic-post-date")}]
        | ./*[{has("bbp-thread-byline")}]/text()[last()]""",
    drop=f""".//ul[{has("bbp-reply-revision-log")} or {has("bbp-topic-revision-log")}]
        | ./h2[following-sibling::*[1][{has("bbp-thread-byline")}]] | ./*[{has("bbp-thread-byline")}]
        | ./*[contains(@class, 'topic-tags') or {has("topic-tools")} or {has("reply-tools")}] | ./*/*[{has("reply-tools")}]""",
    native_id=f"""{BEFORE}[starts-with(@id, 'post-')]/@id | parent::*[starts-with(@id, 'post-')]/@id
        | ancestor::div[{has("bbp-reply")}][1]/@id
        | ancestor::*[starts-with(@id, 'bbp-topic-') and contains(@id, '-lead')]/@id""",
    reply_to=f"ancestor::ul[{has('bbp-threaded-replies')}][1]/preceding-sibling::div[starts-with(@id, 'post-')][1]/@id",
    title=f"//*[{has('bbp-breadcrumb-current')}] | //*[{has('bbp-lead-topic')}]/h2",
    board=f"(//*[{has('bbp-breadcrumb-forum')}])[last()]",
    key=f"//ul[{has('bbp-replies')}]/@id",
    guest=f"parent::*[{has('user-id-0')}]",
)
recognises, parse = LAYOUT.parser(NAME)
