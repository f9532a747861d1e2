"""The structural fallback on boards nobody has seen: invented layouts, without a telling class name, filled with invented posts."""

import datetime as dt
import random
from collections.abc import Callable
from html import escape

import pytest

from pipeline.parse import SourceSettings, parse_bytes
from pipeline.parsed import ParsedThread, Rejected

NAMES = ["hollyhock", "Ben T.", "jan2010", "Guest", "Marigold", "old_sailor", "Kestrel77", "Ingrid", "pip"]
WORDS = [
    "tablets",
    "patch",
    "morning",
    "night",
    "stairs",
    "garden",
    "doctor",
    "nurse",
    "burning",
    "cramp",
    "ankle",
    "shoulder",
    "sleep",
    "coffee",
    "bread",
    "walk",
    "winter",
    "needle",
    "clinic",
    "letter",
    "sister",
    "dog",
    "sofa",
    "bus",
    "pillow",
    "swimming",
    "brace",
    "scan",
    "dose",
    "spring",
    "kettle",
    "gloves",
    "ladder",
    "sugar",
    "boots",
    "market",
]


def sentence(rng: random.Random) -> str:
    """Something nobody else says: so that no post repeats another and passes for a quote."""
    words = rng.sample(WORDS, rng.randint(3, 12))
    return " ".join(words).capitalize() + rng.choice([".", ".", "?", ", then nothing at all."])


Post = tuple[str, str, str]  # name, date, words; paragraphs parted by a blank line


def thread_of(seed: int, n: int) -> list[Post]:
    rng = random.Random(seed)
    when = dt.datetime(2011, 5, 3, 8, 12)
    out = []
    for k in range(n):
        when += dt.timedelta(minutes=rng.randint(7, 3000))
        words = "\n\n".join(sentence(rng) for _ in range(rng.randint(1 + 2 * (k == 0), 5)))
        out.append((rng.choice(NAMES), f"{when:%d %b %Y}, {when:%H:%M}", words))
    return out


def paragraphs(words: str) -> str:
    return "".join(f"<p>{escape(p)}</p>" for p in words.split("\n\n"))


def breaks(words: str) -> str:
    return escape(words).replace("\n\n", "<br><br>")


def blocks(posts: list[Post]) -> str:
    return "".join(
        f"<div class='q{n % 2}'><div><b>{a}</b><span>{d}</span></div><div>{paragraphs(w)}</div><div><a href='/r?{n}'>Reply</a></div></div>"
        for n, (a, d, w) in enumerate(posts)
    )


def two_rows(posts: list[Post]) -> str:
    rows = "".join(
        f"<tr><td>{a}</td><td>Posted: {d} &nbsp; <a href='q?{n}'>quote</a></td></tr><tr><td>Posts: {n * 7}</td><td>{breaks(w)}</td></tr>"
        for n, (a, d, w) in enumerate(posts)
    )
    return f"<table>{rows}</table>"


def one_row(posts: list[Post]) -> str:
    rows = "".join(
        f"<tr><td><b>{a}</b><br>Joined: Mar 2004<br>Posts: {n * 7}</td><td><small>{d}</small><hr>{breaks(w)}</td></tr>"
        for n, (a, d, w) in enumerate(posts)
    )
    return f"<table>{rows}</table>"


def printed(posts: list[Post]) -> str:
    rows = "".join(
        f"<dt>Title: <b>Re: Burning feet</b><br>Post by: <b>{a}</b> on <b>{d}</b></dt><dd>{breaks(w)}</dd>"
        for a, d, w in posts
    )
    return f"<dl>{rows}</dl>"


def bare_items(posts: list[Post]) -> str:
    return "<ol>" + "".join(f"<li><i>{a}</i> ({d}) {paragraphs(w)}</li>" for a, d, w in posts) + "</ol>"


def apart(posts: list[Post]) -> str:
    """The opening post in mark-up of its own, the answers as comments."""
    (a, d, w), *answers = posts
    return (
        f"<section><header><h1>Burning feet at night</h1><a href='/users/1'>{a}</a> asked on {d}</header><div>{paragraphs(w)}</div></section>"
        + "<div><h3>Answers</h3><ul>"
        + "".join(
            f"<li id='c{n}'><a href='/users/{n}'>{a}</a> <time>{d}</time><div>{paragraphs(w)}</div></li>"
            for n, (a, d, w) in enumerate(answers, 40)
        )
        + "</ul></div>"
    )


LAYOUTS = [blocks, two_rows, one_row, printed, bare_items, apart]
SIDEBAR = "<div><h4>Newest topics</h4><ul>" + "".join(
    f"<li><a href='/topic/{n}'>What helps against cramp number {n}?</a> by <a href='/users/{n}'>lynx{n}</a>, {n} May 2011</li>" for n in range(10, 18)
) + "</ul></div>"  # fmt: skip


def page(posts: list[Post], layout: Callable[[list[Post]], str], around: str = "") -> bytes:
    head = "" if layout is apart else "<h1>Burning feet at night</h1>"
    body = f"<div><a href='/'>Home</a> <a href='/login'>Log in</a></div>{head}{layout(posts)}{around}<div>All times are local.</div>"
    return f"<html><head><title>Burning feet at night - The Footpath</title></head><body>{body}</body></html>".encode()


def read(data: bytes) -> ParsedThread | Rejected:
    (item,) = [
        i
        for i in parse_bytes(data, "page.html", settings=SourceSettings())
        if not isinstance(i, Rejected) or i.kind == "page"
    ]
    return item


@pytest.mark.parametrize("around", ["", SIDEBAR], ids=["alone", "sidebar"])
@pytest.mark.parametrize("n", [3, 7, 30])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_posts_of_layouts_never_seen(layout: Callable[[list[Post]], str], n: int, around: str) -> None:
    for seed in range(3):
        posts = thread_of(seed, n)
        got = read(page(posts, layout, around))
        assert isinstance(got, ParsedThread), got
        assert [p.text.replace("\n\n", " ") for p in got.posts] == [w.replace("\n\n", " ") for _, _, w in posts]
        assert [p.author for p in got.posts] == [a for a, _, _ in posts]
        assert [p.posted_at_text and p.posted_at_text.strip("() ") for p in got.posts] == [d for _, d, _ in posts]
        assert got.title == "Burning feet at night"


def test_answers_know_what_they_answer() -> None:
    def comment(n: int, words: str, below: str = "") -> str:
        head = (
            f"<div><a href='/u/{n}'>{NAMES[n]}</a> <time datetime='2019-03-0{n + 1}T10:00:00'>3 weeks ago</time></div>"
        )
        return f"<li><div class='k'>{head}<div>{words}</div></div>{below and f'<ul>{below}</ul>'}</li>"

    deepest = comment(3, "Half a tablet, with food, and only on days when I drive.")
    first = comment(
        0,
        "What do you take before a flight? I am scared of the pills.",
        comment(1, "Ginger, honestly, nothing but ginger.", deepest),
    )
    got = read(
        page([], lambda _: f"<ul>{first}{comment(2, 'The patch behind the ear; I slept through everything.')}</ul>")
    )
    assert isinstance(got, ParsedThread)
    assert [(p.author, p.reply_to_position) for p in got.posts] == [
        (NAMES[0], None),
        (NAMES[1], 1),
        (NAMES[3], 2),
        (NAMES[2], None),
    ]
    assert [p.posted_at and p.posted_at.day for p in got.posts] == [1, 2, 4, 3]


def test_a_question_nobody_answered() -> None:
    words = "Does anybody know whether the collar can come off at night? Mine itches and I sleep two hours, no more."
    post = f"<div class='message'><b class='username'>Kestrel77</b> <i>5 May 2011, 10:12</i><div class='text'>{words}</div></div>"
    html = f"<html><head><title>Collar at night</title></head><body class='thread'><h1>Collar at night</h1>{post}</body></html>"
    got = read(html.encode())
    assert isinstance(got, ParsedThread)
    assert [(p.author, p.text, p.posted_at_text) for p in got.posts] == [("Kestrel77", words, "5 May 2011, 10:12")]


def entries(excerpt: str) -> str:
    return "".join(
        f"<div class='entry'><h2><a href='/2011/05/{n}/walking'>What walking did for my foot number {n}</a></h2>"
        f"<a href='/author/{n}'>lynx{n}</a>, {n} May 2011<p>{excerpt.format(n)}</p></div>"
        for n in range(10, 22)
    )


NO_THREADS = {
    "topics": "<table>" + "".join(
        f"<tr><td><a href='/topic/{n}'>What helps against cramp number {n}?</a></td><td><a href='/u/{n}'>lynx{n}</a></td><td>{n}</td>"
        f"<td>{n} May 2011, 10:{n}</td></tr>" for n in range(10, 40)
    ) + "</table>",
    "excerpts": entries("On day {0} I walked to the harbour and back, with the new insoles, and counted every one of the steps."),
    "found": "".join(
        f"<div><dl><dt>by <a href='/members/{n}'>lynx{n}</a></dt><dd>{n} May 2011, 10:{n}</dd><dd><a href='/topic/{n}'>What about the shoe "
        f"number {n}</a></dd></dl><div>On day {n} I walked to the harbour, with the new insoles, and counted the steps.</div></div>"
        for n in range(10, 22)
    ),
    "article": "<article><h1>Ten ways to walk</h1><p>By Ann Lindgren, 5 May 2011</p>" + "".join(
        f"<p>The way number {n} leads along the river, over the old bridge and past the mill, where one may sit.</p>" for n in range(10)
    ) + "</article>",
    "members": "<ul>" + "".join(f"<li><a href='/u/{n}'>lynx{n}</a> joined {n} May 2011</li>" for n in range(10, 30)) + "</ul>",
    "notes": "<div>" + "".join(f"<p>{n} May 2011</p><p>Version {n}: the pump menu has a new colour.</p>" for n in range(10, 15)) + "</div>",
}  # fmt: skip


@pytest.mark.parametrize("name", list(NO_THREADS))
def test_what_only_looks_like_posts_is_refused(name: str) -> None:
    got = read(page([], lambda _: NO_THREADS[name]))
    assert isinstance(got, Rejected)
    assert got.reason in ("not_a_thread", "unsure")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_torn_pages_never_raise(layout: Callable[[list[Post]], str]) -> None:
    whole = page(thread_of(1, 12), layout, SIDEBAR)
    rng = random.Random(5)
    for _ in range(40):
        a, b = sorted(rng.sample(range(len(whole)), 2))
        for data in (
            whole[:a],
            whole[a:b],
            whole[:a] + whole[b:],
            whole[a:] + whole[:b],
            whole.decode().encode("utf-16")[:b],
        ):
            items = list(parse_bytes(data, "page.html", settings=SourceSettings()))
            assert items and not [i for i in items if isinstance(i, Rejected) and i.reason == "crashed"]


def test_the_pages_own_clock_dates_its_posts() -> None:
    rng = random.Random(3)
    shown = ["Yesterday, 10:12 pm", "Today, 8:05 am", "Today, 9:30 am"]
    posts = [(name, date, f"{sentence(rng)} {sentence(rng)}") for name, date in zip(NAMES, shown, strict=False)]
    for clock in (
        "It is currently Thu Jun 11, 2020 4:12 pm",
        "<!-- FILE ARCHIVED ON 16:12:00 Jun 11, 2020 AND RETRIEVED -->",
    ):
        got = read(page(posts, blocks, f"<p>{clock}</p>"))
        assert isinstance(got, ParsedThread)
        days = [p.posted_at and p.posted_at.isoformat(timespec="minutes") for p in got.posts]
        assert days == ["2020-06-10T22:12", "2020-06-11T08:05", "2020-06-11T09:30"]


HOSTILE = {
    "links": "<a href='/user/1'>ann</a> " * 20_000,
    "dates": "<b>12 May 2011, 10:22</b> " * 20_000,
    "deep": "<div>" * 1_900 + "<b>12 May 2011, 10:22</b><a href='/user/1'>ann</a> hello there " * 2_000,
    "kinds": "".join(
        f"<div class='c{n:x}g'><i>12 May 2011 10:22</i> text of some length, {n}</div>" for n in range(8_000)
    ),
    "cells": "<table><tr>" + "<td>ann 12 May 2011 10:22</td>" * 20_000 + "</tr></table>",
    "nested": "".join(
        f"<div class='comment' id='c{n}'><a href='/user/{n}'>u{n}</a> <i>12 May 2011 10:22</i><p>words of some length, {n}</p>"
        for n in range(1_200)
    ),
    "line": "<p>" + "word " * 1_000_000 + "</p>",
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_pages_end_without_a_crash(name: str) -> None:
    items = list(
        parse_bytes(f"<html><body>{HOSTILE[name]}</body></html>".encode(), "page.html", settings=SourceSettings())
    )
    assert items and not [i for i in items if isinstance(i, Rejected) and i.reason == "crashed"]
