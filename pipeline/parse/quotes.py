"""Quoted words apart from own words.

`separate_matched`: quotes without marks, as archive pages print them (`[QUOTE=Ann]I took 300 mg[/QUOTE]me too` becomes
`I took 300 mg` and `me too`), found by matching against what earlier posts of the thread say.
`separate_cited`, `separate_attributed`: `>` lines and `Originally posted by X` in plain text.
"""

import collections
import dataclasses
import functools
import re

from pipeline.parse.lists import rows
from pipeline.parse.matching import LONG, Index, N, Stretch, Words, continued, remember, stretches
from pipeline.parsed import ParsedPost, ParsedQuote

CONTENT = 3  # so many different words of a quote must say something (not "hope you feel better soon")
BY = r"(?:originally )?(?:posted|quoted) by\s*:?\s*(?P<a>[^\n]{1,60}?)"
QUOTING = r"quot(?:e|ing)(?:\s+from)?\b[: ]*(?P<b>[^\n]{0,60}?)"
WROTE = r"(?P<c>[^\n]{1,60}?) (?:wrote|said)"
HEADER = re.compile(rf"(?:^|\n)[^\S\n]*(?:{BY}|{QUOTING}|{WROTE})[^\S\n]*[:;]?[^\S\n]*\n$", re.I)
ORIGINALLY = re.compile(
    r"^[^\S\n]*originally posted by\s*:?[^\S\n]*(?P<author>[^\n:]{1,60}?)[^\S\n]*:?[^\S\n]*$", re.I | re.M
)
CITED = re.compile(r"(?:^[^\S\n]*>[^\n]*(?:\n|$))+", re.M)


@functools.cache
def common() -> dict[str, str]:
    """Words that make no phrase anybody's own: word → `join`, `function` or `courtesy`."""
    return {r["word"]: r["kind"] for r in rows("common_words")}


def separate_matched(posts: list[ParsedPost]) -> list[ParsedPost]:
    """Posts, in the order of the thread, with unmarked quotes of earlier ones moved to their `quotes` (method `matched`).

    A person repeating himself is no quote, unless whole lines are repeated word for word and followed by something new.
    Time grows with the words of the thread; running it again on its own result changes nothing.
    """
    index: Index = {}
    texts: list[Words] = []
    out: list[ParsedPost] = []
    for post in posts:
        words = Words(post.text)
        found = [s for s in stretches(words, texts, index) if is_quote(s, words, texts[s.source], post, out[s.source])]
        ends = [*(s.a for s in found), len(words)][1:]
        found = [t for s, end in zip(found, ends, strict=True) for t in (s, *continued(s, words, texts[s.source], end))]
        if found:
            post = take_out(post, cut_out(words, found, texts, out))
        post = separate_attributed(post)
        for quote in post.quotes:
            locate(quote, index, out)
        if post.text != words.text:
            words = Words(post.text)
        if len(out) < len(posts) - 1:  # nobody comes after the last to repeat it
            remember(words, len(texts), index)
        texts.append(words)
        out.append(post)
    return out


def locate(quote: ParsedQuote, index: Index, posts: list[ParsedPost]) -> None:
    """Which earlier post a marked quote comes from: the one most of its words stand in."""
    shingles = Words(quote.text).shingles
    found = collections.Counter(post for s in shingles for post in {post for post, _ in index.get(s, ())})
    if quote.quoted_position is None and found:
        best, n = max(found.items(), key=lambda item: (item[1], -item[0]))
        if n * 2 >= len(shingles):
            quote.quoted_position = posts[best].position
            quote.author = quote.author or posts[best].author


def is_quote(s: Stretch, p: Words, q: Words, post: ParsedPost, source: ParsedPost) -> bool:
    """Whether a repetition is a quotation rather than chance, courtesy or the author's own refrain."""
    telling = {w for w in p.words[s.a : s.b] if w not in common()}
    new = len(p) - (s.b - s.a)
    whole_lines = p.line_edge(s.a) and (p.line_edge(s.b) or s.inside > 0)
    known = all(p.author and p.author_state == "named" for p in (post, source))
    if known and post.author == source.author:
        return s.a == 0 and whole_lines and not s.edits and s.same >= LONG and len(telling) >= CONTENT and new >= 3
    # A post with no answer in it: names gone, it was posted twice; short, two people said the same.
    if new == 0 and (not known or s.same < 3 * N):
        return False
    whole_source = s.qa == 0 and s.qb == len(q)
    if s.same >= LONG:
        return len(telling) >= (CONTENT if whole_lines or whole_source or s.same >= 4 * N else 2 * CONTENT)
    whole_in_source = q.edge(s.qa) and q.edge(s.qb)
    if s.a or not new or s.edits or len(telling) < 2 or not whole_in_source:
        return False
    # a short one only at the very start, and glued only where the next word does not carry the sentence on
    glued_word = p.words[s.b] if s.b < len(p) else ""
    return whole_lines or (whole_source and common().get(glued_word) != "join")


def cut_out(
    p: Words, found: list[Stretch], texts: list[Words], posts: list[ParsedPost]
) -> list[tuple[int, int, ParsedQuote]]:
    """Character ranges of the post with the quotes they hold; pieces of one source with nothing between are one quote."""
    cuts: list[tuple[int, int, ParsedQuote]] = []
    for s in found:
        q = texts[s.source]
        start, end = p.spans[s.a][0], p.spans[s.b][0] + s.inside if s.inside else p.spans[s.b - 1][1]
        qend = q.spans[s.qb - 1][1]
        while end < len(p.text) and qend < len(q.text) and p.text[end] == q.text[qend] and not p.text[end].isalnum():
            end, qend = end + 1, qend + 1
        end += len(re.match(r"(?:[.…]{2,}|[.!?…,;])*[\"”»]?", p.text[end : end + 20])[0])  # type: ignore[index]
        start -= len(re.search(r"[\"“«»‘'(\[*>-]*$", p.text[max(start - 8, 0) : start])[0])  # type: ignore[index]
        author, position = posts[s.source].author, posts[s.source].position
        quote = ParsedQuote(
            text=p.text[start:end].strip(" \n"), author=author, quoted_position=position, method="matched"
        )
        if cuts and cuts[-1][2].quoted_position == position and not re.search(r"\w", p.text[cuts[-1][1] : start]):
            before = cuts.pop()
            start, quote.text = before[0], p.text[before[0] : end].strip(" \n")
        cuts.append((start, end, quote))
    return cuts


def take_out(post: ParsedPost, cuts: list[tuple[int, int, ParsedQuote]]) -> ParsedPost:
    """The post without the cuts (in order, apart from each other); quotes it has already keep their places."""
    kept, at = "", 0
    quotes: list[ParsedQuote] = []
    moved: list[tuple[int, int]] = []  # (old offset, new offset) of the kept pieces
    for start, end, quote in [*cuts, (len(post.text), len(post.text), None)]:
        header = HEADER.search(post.text[at:start])
        piece = post.text[at : at + header.start() if header and quote else start]
        left, right = kept.rstrip(), piece.strip()
        gap = kept[len(left) :] + piece[: len(piece) - len(piece.lstrip())]
        if left and right:
            left += "\n\n" if "\n\n" in gap or (quotes and "\n" in gap) else "\n" if "\n" in gap else " "
        moved.append((at, len(left)))
        kept = left + right
        if quote:
            quote.offset = len(kept)
            quotes.append(quote)
            kept += piece[len(piece.rstrip()) :] if right else ""
            at = end
    kept = kept.rstrip()
    for quote in quotes:  # a quote stands before the word that follows it, not before the white space
        quote.offset += len(kept[quote.offset :]) - len(kept[quote.offset :].lstrip())
    for old in post.quotes:
        base, new = max(m for m in moved if m[0] <= old.offset)
        old.offset = min(new + old.offset - base, len(kept))
    return dataclasses.replace(post, text=kept, quotes=sorted([*post.quotes, *quotes], key=lambda x: x.offset))


def separate_cited(post: ParsedPost) -> ParsedPost:
    """Quotes marked by `>` at the beginning of their lines, whose end is certain (method `cited_lines`)."""
    cuts: list[tuple[int, int, ParsedQuote]] = []
    for m in CITED.finditer(post.text):
        said = re.sub(r"^[^\S\n]*(?:>[^\S\n]?)+", "", m[0], flags=re.M).strip()
        if re.search(r"\w", said):
            header = HEADER.search(post.text[cuts[-1][1] if cuts else 0 : m.start()])
            author = next((header[g].strip() for g in "abc" if header[g]), None) if header else None
            cuts.append((m.start(), m.end(), ParsedQuote(text=said, author=author, method="cited_lines")))
    return take_out(post, cuts) if cuts else post


def separate_attributed(post: ParsedPost) -> ParsedPost:
    """Quotes after a line `Originally posted by X` that no earlier post explains: to the end of the paragraph, or of the line
    where the post has no second paragraph (method `originally_posted`)."""
    cuts: list[tuple[int, int, ParsedQuote]] = []
    for m in ORIGINALLY.finditer(post.text):
        start = m.end() + 1
        ends = [e for mark in ("\n\n", "\n") if (e := post.text.find(mark, start)) >= 0]
        end = ends[0] if ends else len(post.text)
        if post.text[start:end].strip() and not (cuts and m.start() < cuts[-1][1]):
            quote = ParsedQuote(
                text=post.text[start:end].strip(), author=m["author"].strip(), method="originally_posted"
            )
            cuts.append((start, end, quote))
    return take_out(post, cuts) if cuts else post
