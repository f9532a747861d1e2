"""Pages → posts. Cases are data: `cases/pages/PARSER/NAME.*` with what it must give in `NAME.json`; `refused/` likewise."""

import bz2
import csv
import dataclasses
import datetime as dt
import gzip
import json
import lzma
import random
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.parse import SourceSettings, parse_bytes, parsers
from pipeline.parse.authors import author_of
from pipeline.parse.dates import read_dates
from pipeline.parse.documents import Document, decode, read_documents
from pipeline.parse.join import join
from pipeline.parse.markup import soup_text, text_of, tidy
from pipeline.parse.quotes import separate_cited, separate_matched
from pipeline.parsed import ParsedPost, ParsedQuote, ParsedThread, Rejected

CASES = Path(__file__).parent / "cases" / "pages"
EXAMPLE = Path(__file__).parents[1] / "data" / "raw" / "example"
SEED = Path(__file__).parents[2] / "shared" / "seed" / "baclofen-pump.txt"
NONE = SourceSettings()
PAGES = sorted(
    f for d in CASES.iterdir() if d.is_dir() and d.name != "refused" for f in d.iterdir() if f.suffix != ".json"
)
REFUSED = sorted(f for f in (CASES / "refused").iterdir() if f.suffix != ".json")


def parse(path: Path) -> list[ParsedThread | Rejected]:
    return list(parse_bytes(path.read_bytes(), path.name, settings=NONE))


def as_case(items: list) -> list[dict]:
    """Parser output as JSON: what is at its default is left out."""

    def small(record: object) -> dict:
        out = {}
        for f in dataclasses.fields(record):  # type: ignore[arg-type]
            value = getattr(record, f.name)
            if isinstance(value, list):
                value = [small(v) for v in value]
            if isinstance(value, dt.datetime):
                value = value.isoformat(timespec="minutes")
            if value not in (None, [], f.default):
                out[f.name] = value
        return out

    return [small(i) for i in items]


def ids(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_page_gives_its_posts(path: Path) -> None:
    assert as_case(parse(path)) == json.loads(path.with_suffix(".json").read_text("utf-8"))


@pytest.mark.parametrize("path", [*PAGES, *sorted(EXAMPLE.glob("*.html"))], ids=ids)
def test_exactly_one_parser_recognises_a_page(path: Path) -> None:
    (doc,) = read_documents(path.read_bytes(), path.name, settings=NONE)
    assert isinstance(doc, Document)
    names = [p.NAME for p in parsers() if p.recognises(doc)]
    expected = "vbulletin_archive" if path.parent == EXAMPLE else path.parent.name
    assert names == [expected]


def test_every_parser_has_cases() -> None:
    assert {p.NAME for p in parsers()} == {p.parent.name for p in PAGES}
    assert all(p.__name__.endswith(f".{p.NAME}") for p in parsers())


@pytest.mark.parametrize("path", REFUSED, ids=ids)
def test_what_is_no_thread_is_refused_with_a_reason(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    (got,) = parse(path)
    assert isinstance(got, Rejected)
    assert got.reason == expected["reason"]
    assert expected["says"] in got.detail


def test_seed() -> None:
    if not SEED.exists():
        pytest.skip(f"needs {SEED}, which is no part of the repository")
    raw = SEED.read_text("utf-8")
    (thread,) = parse(SEED)
    assert thread.title == "Baclofen Pump"
    assert [p.posted_at for p in thread.posts] == [dt.datetime(2013, 7, 4, 23, 59), dt.datetime(2013, 7, 5, 12, 38)]
    assert [(p.author, p.author_state, p.quotes) for p in thread.posts] == [(None, "stripped", [])] * 2
    head, first, second = (part.split("\n\n", 1) if i else part for i, part in enumerate(_by_dates(raw)))
    assert head.startswith("View Full Version")
    assert [p.text for p in thread.posts] == ["\n\n".join(first).strip(), "\n\n".join(second).strip()]


def _by_dates(raw: str) -> list[str]:
    """The dump cut at its two date lines, found by their very words."""
    head, rest = raw.split("07-04-2013, 11:59 PM\n")
    return [head, *rest.split("07-05-2013, 12:38 PM\n")]


# Bytes


def test_encodings() -> None:
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset={}"></head><body>It’s 5 µg – naïve</body></html>'
    assert "It’s 5 µg – naïve" in decode(page.format("ISO-8859-1").encode("cp1252"))
    assert "It’s 5 µg – naïve" in decode(page.format("ISO-8859-1").encode("utf-8"))  # declared wrongly
    assert "It’s 5 µg – naïve" in decode(page.format("utf-8").encode("cp1252"))  # the other way round
    assert "It’s 5 µg – naïve" in decode(page.format("no-such-code").encode("cp1252"))
    assert decode("\ufeffIt’s".encode()) == "It’s"
    for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        assert decode("It’s 5 µg of it, naïve".encode(codec)) == "It’s 5 µg of it, naïve"
    assert decode("It’s naïve\nIt’s 5 µg".encode().decode("cp1252").encode()) == "It’s naïve\nIt’s 5 µg"  # twice UTF-8
    assert decode("Ãœber â‚¬5".encode()) == "Über €5"
    assert decode("naïve é".encode()[:-1]) == "naïve "  # cut within a character
    assert decode(b"a\x00b\r\nc") == "ab\nc"
    assert decode("It\x92s \x93odd\x94".encode()) == "It’s “odd”"  # cp1252 carried over as code points


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gz", "bz2", "xz"])
def test_packed_pages(pack) -> None:  # type: ignore[no-untyped-def]
    path = CASES / "vbulletin_archive" / "traps.html"
    packed = pack(path.read_bytes())
    assert list(parse_bytes(packed, "t", settings=NONE)) == parse(path)
    assert list(parse_bytes(pack(packed), "t", settings=NONE)) == parse(path)
    (cut,) = parse_bytes(packed[: len(packed) // 2], "t", settings=NONE)
    assert isinstance(cut, Rejected) and cut.reason == "truncated" and "ends early" in cut.detail
    broken = packed[:-20] + bytes(20)
    (bad,) = parse_bytes(broken, "t", settings=NONE)
    assert isinstance(bad, Rejected) and bad.reason in ("unreadable", "truncated")


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "empty"), (b" \r\n\x00", "empty"), (b"\xef\xbb\xbf", "empty"), (b"%PDF-1.4 x", "not_text"), (bytes(range(256)) * 9, "not_text"),
     (b"PK\x03\x04abc", "not_text"), (b"<html><body>" + b"<div>" * 100_000, "unreadable"), (b"<!---->", "unknown_format")],
)  # fmt: skip
def test_bytes_that_are_no_page(data: bytes, reason: str) -> None:
    (got,) = parse_bytes(data, "t", settings=NONE)
    assert isinstance(got, Rejected)
    assert (got.reason, len(got.detail) > 10) == (reason, True)


def test_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.parse.documents.MAX_BYTES", 10**6)
    (got,) = parse_bytes(gzip.compress(bytes(10**7)), "t", settings=NONE)
    assert isinstance(got, Rejected) and got.reason == "too_large"


def test_fifty_megabytes_on_one_line_are_soon_done() -> None:
    start = time.process_time()
    html = b"<html><body><div class='post'><div class='posttop'><div class='date'>07-04-2013, 11:59 PM</div></div>"
    (page,) = parse_bytes(html + b"<div class='posttext'>" + b"word " * 10**7, "t", settings=NONE)
    assert isinstance(page, Rejected) and page.reason == "too_large"
    head = b"View Full Version : x\n\n07-04-2013, 11:59 PM\n"
    got = list(parse_bytes(head + b"word " * 10**7 + b"\n\n07-05-2013, 11:59 PM\nhi", "t", settings=NONE))
    assert [type(g) for g in got] == [Rejected, ParsedThread]
    assert (got[0].reason, got[0].place) == ("too_large", "post 1")  # type: ignore[union-attr]
    assert [p.text for p in got[1].posts] == ["hi"]  # type: ignore[union-attr]
    assert time.process_time() - start < 30


def test_mangled_pages_never_raise() -> None:
    rng = random.Random(4)
    pages = [p.read_bytes() for p in PAGES]
    reasons = set()
    for _ in range(300):
        a, b = rng.choice(pages), rng.choice(pages)
        data = a[: rng.randrange(len(a))] + b[rng.randrange(len(b)) :]
        codec = rng.choice(["utf-8", "cp1252", "utf-16", "utf-7", "cp037"])
        data = rng.choice([data, data.decode("utf-8", "replace").encode(codec, "replace")])
        for got in parse_bytes(data, "t-1-p-2.html", settings=NONE):
            if isinstance(got, Rejected):
                reasons.add(got.reason)
            else:
                assert [p.position for p in got.posts] == list(range(1, len(got.posts) + 1))
    assert "crashed" not in reasons
    assert reasons  # the mangling did break some


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["View Full Version : x\n", "07-04-2013, 11:59 PM", "\n", "ann", "31-12-99, 24:61", "<div class='post'>", "<div class='posttop'>",
             "<div class='date'>", "</div>", "<html>", "> a", "\x00", "\ud7ff", "I took 300 mg of it for my knee. ", "Originally Posted by ann\n"]
        ) | st.text(max_size=8),
        max_size=30,
    )
)  # fmt: skip
def test_any_mixture_is_read_or_refused(pieces: list[str]) -> None:
    data = "".join(pieces).encode("utf-8", "surrogatepass")
    got = list(parse_bytes(data, "t", settings=NONE, captured_at=dt.datetime(2015, 1, 1)))
    assert got, "neither a thread nor a reason"
    assert not [g for g in got if isinstance(g, Rejected) and g.reason == "crashed"]


def test_both_readers_of_markup_agree() -> None:
    import lxml.html

    for html in (
        "<div>a<br>b <b>c</b>\nd<br/><br/><i>e</i>&nbsp;f &lt;3<a href='x'>g</a></div>",
        "<div></div>",
        "<div> x </div>",
        "<div>a<p>b</p>c<ul><li>d</li><li>e</li></ul><!-- no -->f<script>no</script>g<table><tr><td>h</td><td>i</td></tr></table></div>",
        "<div><div>a</div><div>b<blockquote>c</blockquote></div>d <img src='s.gif' alt=':)'> <img alt='photo.jpg'> e<hr>f</div>",
    ):
        assert text_of(lxml.html.fromstring(html)) == tidy(soup_text(html))


def test_preformatted_lines_stay_lines() -> None:
    import lxml.html

    assert text_of(lxml.html.fromstring("<div>Taper:\n<pre>week 1  20 mg\nweek 2  15 mg</pre> done</div>")) == (
        "Taper:\n\nweek 1 20 mg\nweek 2 15 mg\n\ndone"
    )


# Dates


@pytest.mark.parametrize(
    "row", list(csv.DictReader((CASES / "dates.csv").read_text("utf-8").splitlines())), ids=lambda r: r["dates"]
)
def test_dates_of_a_thread(row: dict[str, str]) -> None:
    captured = dt.datetime.fromisoformat(row["captured_at"]) if row["captured_at"] else None
    source = SourceSettings(row["time_zone"] or None, row["date_order"] or None)  # type: ignore[arg-type]
    got = read_dates(row["dates"].split(" | "), source, captured, row["default"] or "mdy")  # type: ignore[arg-type]
    shown = [f"{t.isoformat(timespec='minutes')} {precision}" if t else "unknown" for t, precision, _ in got]
    assert shown == row["expected"].split(" | ")
    assert sorted({why or "" for t, _, why in got if t} or {""}) == row["why"].split(" | ")


def test_every_date_shape_and_word_is_read() -> None:
    from pipeline.parse.date_strings import read_date, shapes, words
    from pipeline.parse.lists import rows

    now = dt.datetime(2014, 5, 6, 12, 0)
    for row in rows("date_shapes"):
        assert read_date(row["example"], now), row
    assert len(shapes()) == len(rows("date_shapes"))
    text = {"month": "4 {} 2013", "weekday": "{} 4 Jul 2013", "day": "{}", "ago": "{} 3 days", "unit": "3 {} ago", "one": "{} day ago",
            "meridiem": "4 Jul 2013 10:12 {}", "filler": "{} 4 Jul 2013"}  # fmt: skip
    for word, (kind, _) in words().items():
        assert read_date(text[kind].format(word), now), word
        assert read_date(text[kind].format("xyzzy"), now) is None


# Quotes


@pytest.mark.parametrize(
    "case", tomllib.loads((CASES / "quotes.toml").read_text("utf-8"))["case"], ids=lambda c: c["about"]
)
def test_quotes(case: dict) -> None:
    posts = []
    for n, p in enumerate(case["post"], 1):
        name, state = author_of(p.get("author"))
        posts.append(ParsedPost(position=n, author=name, author_state=state, text=p["text"]))
    got = separate_matched([separate_cited(p) for p in posts])
    for post, expected in zip(got, case["post"], strict=True):
        quotes = [{"text": q.text, **({"from": q.quoted_position} if q.quoted_position else {})} for q in post.quotes]
        assert (post.text, quotes) == (expected.get("own", expected["text"]), expected.get("quotes", []))
        assert [q.offset for q in post.quotes] == sorted(q.offset for q in post.quotes)
        for q in post.quotes:
            assert 0 <= q.offset <= len(post.text) and (not post.text[q.offset :][:1].isspace())
    again = separate_matched([dataclasses.replace(p, quotes=list(p.quotes)) for p in got])
    assert again == got


def test_quote_offsets_say_where_the_quote_stood() -> None:
    source = ParsedPost(
        position=1,
        author="a",
        text="My pump was put in last May and is set at 120 mcg a day.\n\nThe scar itches in cold weather, does yours?",
    )
    answer = ParsedPost(
        position=2,
        author="b",
        text="My pump was put in last May and is set at 120 mcg a day.\nMine too.\n\nThe scar itches in cold weather, does yours?\nNo.",
    )
    post = separate_matched([source, answer])[1]
    assert post.text == "Mine too.\n\nNo."
    assert [q.offset for q in post.quotes] == [0, 11]


def test_five_thousand_posts_are_fast() -> None:
    rng = random.Random(1)
    words = [f"w{n}" for n in range(3000)]
    posts = [
        ParsedPost(position=n, author=f"u{n % 400}", text=" ".join(rng.choices(words, k=100))) for n in range(1, 5001)
    ]
    quoted = range(100, 5000, 5)
    for n in quoted:
        posts[n].text = posts[n - 73].text + "\n\n" + posts[n].text
    start = time.process_time()
    got = separate_matched(posts)
    assert time.process_time() - start < 15  # 2 s on the machine it was written on
    assert [n for n, p in enumerate(got) if p.quotes] == list(quoted)
    refrain = [
        ParsedPost(position=n, author=f"u{n}", text="please help me taper my gabapentin I am at 900 mg " * 10)
        for n in range(1, 3001)
    ]
    separate_matched(refrain)
    assert time.process_time() - start < 30


# Pages and captures


def example(*names: str) -> list[ParsedThread]:
    got = [t for n in names for t in parse_bytes((EXAMPLE / n).read_bytes(), n, settings=SourceSettings(None, "mdy"))]
    assert all(isinstance(t, ParsedThread) for t in got)
    return got  # type: ignore[return-value]


def test_pages_and_captures_become_one_thread() -> None:
    one, two = example("t-1006.html", "t-1006-p-2.html")
    (whole,) = join([two, one, *example("t-1006.html")])
    assert (whole.title, whole.page, len(whole.posts)) == (one.title, 1, len(one.posts) + len(two.posts))
    assert [p.position for p in whole.posts] == list(range(1, 13))
    times = [p.posted_at for p in whole.posts]
    assert times == sorted(times)  # type: ignore[type-var]
    # the quote on page 2 of a post on page 1 could only be seen once they were together
    assert not any(p.quotes for p in two.posts)
    assert [(p.position, p.quotes[0].quoted_position) for p in whole.posts if p.quotes] == [(4, 1), (8, 6)]
    assert join([whole, *example("t-1001.html")]) == [whole, *example("t-1001.html")]


def test_a_quote_names_a_post_of_another_page() -> None:
    one, two = (t for n in (1, 2) for t in parse(CASES / "vbulletin3" / f"page-{n}.html"))
    (whole,) = join([two, one])  # type: ignore[list-item]
    assert [p.native_id for p in whole.posts] == ["70001", "70004", "70011", "70012", "70015", "70016"]
    assert [(q.quoted_id, q.quoted_position) for q in whole.posts[-1].quotes] == [("70001", 1)]


def test_later_capture_counts_and_references_move() -> None:
    def post(n: int, minute: int, text: str, **kw: object) -> ParsedPost:
        return ParsedPost(
            position=n,
            author="a",
            posted_at=dt.datetime(2010, 1, 1, 0, minute),
            posted_at_precision="minute",
            text=text,
            **kw,
        )  # type: ignore[arg-type]

    old = ParsedThread(
        title="t",
        key="k",
        captured_at=dt.datetime(2011, 1, 1),
        posts=[post(1, 1, "first"), post(2, 5, "gone later"), post(3, 9, "typo")],
    )
    quote = ParsedQuote(text="x", quoted_position=1)
    new = ParsedThread(
        title="t",
        key="k",
        captured_at=dt.datetime(2012, 1, 1),
        posts=[post(1, 1, "first"), post(2, 9, "mended", reply_to_position=1, quotes=[quote])],
    )
    (got,) = join([old, new])
    assert [p.text for p in got.posts] == ["first", "gone later", "mended"]
    assert (got.posts[2].position, got.posts[2].reply_to_position, got.posts[2].quotes[0].quoted_position) == (3, 1, 1)
    assert (old.posts[2].text, new.posts[1].position) == ("typo", 2)  # the input is left as it was


def test_dumps_without_a_key_are_joined_by_title_and_first_post() -> None:
    head = "View Full Version : Taper\n\nPages : {}\n\n"
    one = head.format("[1] 2") + "01-02-2010, 03:04 PM\nI went from 20 mg to 15.\n\n01-02-2010, 03:04 PM\nAnd to 10.\n"
    two = head.format("1 [2]") + "01-03-2010, 03:04 PM\nDone.\n"
    other = head.format("[1]") + "05-06-2011, 03:04 PM\nAnother thread.\n"
    threads = [t for text in (one, other, one, two) for t in parse_bytes(text.encode(), "d.txt", settings=NONE)]
    got = join(threads)  # type: ignore[arg-type]
    assert [[p.text for p in t.posts] for t in got] == [
        ["I went from 20 mg to 15.", "And to 10.", "Done."],
        ["Another thread."],
    ]
