"""Sources, pseudonyms, masks, languages, ids and courses: what stands between a parsed page and the tables."""

import csv
import datetime as dt
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.experience.courses import courses
from pipeline.parsed import ParsedPost, ParsedQuote, ParsedThread
from pipeline.records import Course, Event, Experience
from pipeline.run.build import build
from pipeline.run.enter import clean_url, enter, pseudonym
from pipeline.run.language import language_of, languages
from pipeline.run.masks import FILLER, masker
from pipeline.run.sources import Source, SourceError, pseudonym_key, read_source, read_sources
from pipeline.tables import load
from tests import fakes
from tests.conftest import SOURCE, archive_page

CASES = Path(__file__).parent / "cases/run"


def rows(name: str) -> list[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


# --- sources ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        (None, "has no source.toml; write one that begins"),
        ("name = ", "is not TOML"),
        ("name = 'x'\norigin = 'y'\n", 'no terms; add `terms = "…"`'),
        (SOURCE + "timezone = 'UTC'\n", "unknown field 'timezone'; it may have name"),
        (SOURCE.replace("America/Chicago", "Chicago"), "unknown time_zone 'Chicago'"),
        (SOURCE.replace("mdy", "us"), "date_order is 'us'; it is one of mdy, dmy, ymd"),
        (SOURCE + "captured_at = '2014-05-01'\n", "write a date without quotes"),
        (SOURCE.replace('"invented"', "3"), "origin is 3; write it in quotes"),
    ],
)
def test_a_wrong_source_says_what_to_mend(toml: str | None, says: str, tmp_path: Path) -> None:
    if toml is not None:
        (tmp_path / "source.toml").write_text(toml)
    with pytest.raises(SourceError) as e:
        read_source(tmp_path)
    assert says in str(e.value) and str(tmp_path) in str(e.value)


def test_sources_are_folders_and_the_wrong_ones_stand_beside_the_right(tmp_path: Path) -> None:
    for name in ("b", "a", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "a/source.toml").write_text(SOURCE + "captured_at = 2014-05-01T12:00:00+02:00\n")
    (tmp_path / "page.html").write_text("x")
    (tmp_path / "README.md").write_text("x")
    for name in ("z.html", "sub/y.html", ".x", "sub/.y", ".git/z", "README"):
        path = tmp_path / "a" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    right, folder, file = list(read_sources(tmp_path))
    assert isinstance(right, Source) and right.captured_at == dt.datetime(2014, 5, 1, 10)
    assert [p.relative_to(tmp_path).as_posix() for p in right.files()] == ["a/sub/y.html", "a/z.html"]
    assert isinstance(folder, tuple) and folder[0] == "b"
    assert isinstance(file, tuple) and "lies in no source" in str(file[1])
    with pytest.raises(SourceError, match="no folder"):
        list(read_sources(tmp_path / "nowhere"))


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("a", tmp_path, "n", "o", "t")
    monkeypatch.delenv("THREADRX_KEY", raising=False)
    monkeypatch.delenv("THREADRX_KEY_FILE", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = pseudonym_key(source)
    path = tmp_path / "config/threadrx/key"
    assert len(made) == 64 and pseudonym_key(source) == made and stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("short\n")
    with pytest.raises(SourceError, match="shorter than 16"):
        pseudonym_key(source)
    monkeypatch.setenv("THREADRX_KEY", "from the environment")
    assert pseudonym_key(source) == b"from the environment"
    assert pseudonym_key(Source("a", tmp_path, "n", "o", "t", demo_key="demo")) == b"demo"


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", rows("masks.csv"), ids=lambda c: c["text"][:30])
def test_masks(case: dict[str, str]) -> None:
    terms = set(case["terms"].split("|"))
    mask = masker(case["names"].split("|"), lambda w: w.lower() in terms)
    assert mask(case["text"].replace("|", "\n")).replace("\n", "|") == case["masked"]


def test_in_a_title_any_word_may_be_capitalised() -> None:
    mask = masker(["Hope", "kettlewell"], lambda w: False)
    assert (
        mask("Dr Wants Me To Try It - Hope Kettlewell Answers", title=True)
        == f"Dr Wants Me To Try It - Hope {FILLER * 10} Answers"
    )


@given(st.lists(st.text(max_size=12), max_size=4), st.text(max_size=200))
def test_masks_keep_lengths_whatever_comes(names: list[str], text: str) -> None:
    mask = masker(names, lambda w: False)
    for masked in (mask(text), mask(text, title=True)):
        assert len(masked) == len(text)
        assert all(a in (b, FILLER) for a, b in zip(masked, text, strict=True))


def test_pseudonyms() -> None:
    assert pseudonym("Vera  K", "a", b"key") == pseudonym("vera k", "a", b"key")
    others = {pseudonym("vera k", "b", b"key"), pseudonym("vera k", "a", b"other"), pseudonym("vera", "a", b"key")}
    assert len(others | {pseudonym("vera k", "a", b"key")}) == 4
    assert pseudonym(None, "a", b"key") is pseudonym(" ", "a", b"key") is None


def test_no_name_address_or_number_reaches_a_table(archive: Callable[..., Path], tmp_path: Path) -> None:
    raw = archive(0)
    canaries = ["zanzibar_quill", "quillmail@zz.example.org", "zz.example.com", "0161 496 0123", "Thistlewood"]
    posts = [
        (
            "zanzibar_quill",
            "I take lyrica. Write to quillmail@zz.example.org or see http://zz.example.com/zanzibar_quill for more.",
        ),
        (
            "other",
            "Thanks zanzibar_quill! My doctor, Dr. Thistlewood, can be called at 0161 496 0123 about the gabapentin.",
        ),
    ]
    (raw / "board/t-1.html").write_text(archive_page("Ask zanzibar_quill", posts, 1))
    build(raw, tmp_path / "out", until="courses", extractor=fakes.NAME)
    for path in (tmp_path / "out").glob("*.parquet"):
        text = load(path.stem, folder=tmp_path / "out").to_csv()
        assert [c for c in canaries if c.lower() in text.lower()] == [], path
    assert load("experiences", folder=tmp_path / "out").treatment_id.tolist() == ["lyrica", "gabapentin"]


# --- languages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", rows("languages.csv"), ids=lambda c: c["text"][:20])
def test_language(case: dict[str, str]) -> None:
    assert language_of(case["text"]) == (case["language"] or None)


def test_short_posts_take_the_language_of_their_thread() -> None:
    german = [r["text"] for r in rows("languages.csv") if r["language"] == "de"]
    assert languages(["Ja!", *german, "10 mg"]) == ["de"] * 3
    assert languages(["Me too!", ""]) == ["en", "en"]


# --- entering --------------------------------------------------------------------------------------------------------


def thread(**kw: Any) -> ParsedThread:
    posts = [
        ParsedPost(position=1, text="I take lyrica, says vera_k.", author="vera_k", posted_at=dt.datetime(2013, 7, 4)),
        ParsedPost(position=2, text="Me too", author="Guest", author_state="guest", reply_to_position=1,
                   quotes=[ParsedQuote(text="I take lyrica", author="Vera_K", offset=3, quoted_position=1)]),
        ParsedPost(position=3, text="", author_state="deleted", reply_to_position=9),
    ]  # fmt: skip
    return ParsedThread(**{"title": "On vera_k", "posts": posts, "key": "b/1"} | kw)


def test_rows_of_a_thread() -> None:
    e = enter(thread(), "a", b"key")
    tid = e.thread.thread_id
    assert (e.thread.title, e.thread.n_posts, e.thread.last_posted_at) == ("On ██████", 3, dt.datetime(2013, 7, 4))
    assert [p.post_id for p in e.posts] == [f"{tid}-00001", f"{tid}-00002", f"{tid}-00003"]
    assert [p.author_id for p in e.posts] == [pseudonym("vera_k", "a", b"key"), None, None]
    assert [p.reply_to_post_id for p in e.posts] == [None, f"{tid}-00001", None]
    assert (e.quotes[0].quoted_post_id, e.quotes[0].author_id, e.quotes[0].offset) == (
        f"{tid}-00001",
        e.posts[0].author_id,
        3,
    )
    assert e.posts[0].text == "I take lyrica, says ██████."


def test_all_guests_together_are_nobody_in_quotes_either() -> None:
    quotes = [ParsedQuote(text="Me too", author=name, offset=0, quoted_position=2) for name in ("Guest", "vera_k")]
    by_guest, by_vera = enter(thread(posts=[ParsedPost(position=1, text="No", quotes=quotes)]), "a", b"key").quotes
    assert by_guest.author_id is None and by_vera.author_id == pseudonym("vera_k", "a", b"key")


def test_a_thread_keeps_its_id_as_long_as_it_is_the_same() -> None:
    base = enter(thread(), "a", b"key").thread.thread_id
    assert enter(thread(title="Renamed", url="http://x/?s=1"), "a", b"other key").thread.thread_id == base
    assert enter(thread(), "b", b"key").thread.thread_id != base
    assert enter(thread(key="b/2"), "a", b"key").thread.thread_id != base
    assert (
        enter(thread(key=None), "a", b"key").thread.thread_id
        != enter(thread(key=None, title="Other"), "a", b"key").thread.thread_id
    )


def test_addresses_lose_sessions() -> None:
    assert (
        clean_url("http://x.example/showthread.php?s=0a1b&t=5&PHPSESSID=z#post9")
        == "http://x.example/showthread.php?t=5"
    )
    assert clean_url("http://[bad") is clean_url(None) is None


# --- courses ---------------------------------------------------------------------------------------------------------


def told(n: int, **kw: Any) -> Experience:
    base = dict(experience_id=f"e{n}", post_id=f"p{n}", thread_id="t", patient_id="anna", person="self", treatment_id="D1",
                treatment_name="baclofen", treatment_type="drug", mention_id="m", resolution="explicit", status="current",
                posted_at=dt.datetime(2013, 1, n), evidence_start=0, evidence_end=1, method="x", score=1.0)  # fmt: skip
    row = base | kw
    return Experience(**row, is_experience=row["status"] in ("current", "past") and row["person"] != "general")


def course(*told: Experience, events: tuple[Event, ...] = ()) -> Course:
    (only,) = courses(told, events)
    return only


def test_a_course_gathers_what_one_person_tells_of_one_treatment() -> None:
    stop = Event(event_id="v", experience_id="e3", position=1, kind="stop", reason_kind="side_effect", method="x")
    start = Event(event_id="w", experience_id="e3", position=2, kind="start", reason_kind="clinician", method="x")
    c = course(
        told(3, status="past", daily_dose_mg=60.0, duration_days=90.0, resolution="pronoun", outcome="helped"),
        told(1, status="asked", daily_dose_mg=500.0),
        told(2, daily_dose_mg=20.0, outcome="too_early", resolution="title"),
        told(4, status="asked", resolution="signature"),
        events=(start, stop),
    )
    assert c.experience_ids == ["e1", "e2", "e3", "e4"] and c.n_posts == 4
    assert (c.status, c.outcome, c.stop_reason_kind, c.resolution) == ("past", "helped", "side_effect", "explicit")
    assert (c.daily_dose_mg_min, c.daily_dose_mg_max, c.duration_days) == (20, 60, 90)
    assert (c.first_posted_at, c.last_posted_at) == (dt.datetime(2013, 1, 1), dt.datetime(2013, 1, 4))


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([None, None], None),
        (["too_early"], "too_early"),
        (["too_early", "none"], "none"),
        (["helped", "too_early", "helped"], "helped"),
        (["helped", "worse"], "mixed"),
        (["partly", None, "partly"], "partly"),
    ],
)
def test_outcome_of_a_course(outcomes: list[Any], expected: str | None) -> None:
    assert course(*(told(n, outcome=o) for n, o in enumerate(outcomes, 1))).outcome == expected


def test_people_and_treatments_are_kept_apart_and_nobody_in_particular_left_out() -> None:
    found = courses([told(1), told(2, patient_id="anna's mum", person="family"), told(3, treatment_id="D2"),
                     told(4, person="general", patient_id="nobody", status="general"), told(5)], [])  # fmt: skip
    assert sorted(c.experience_ids for c in found) == [["e1", "e5"], ["e2"], ["e3"]]
    assert [c.course_id for c in found] == sorted(c.course_id for c in found)


def test_somebody_who_only_asks_has_a_course_that_says_so() -> None:
    assert course(told(1, status="considering"), told(2, status="declined")).status == "declined"


# --- opting out --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["name", "pseudonym"])
def test_an_author_who_opted_out_is_in_no_table_and_only_their_threads_are_built_anew(
    how: str, archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw, out = archive(3), tmp_path / "out"
    words = "I take 30 mg of gabapentin and it has been a great help to me, but it makes me tired."
    (raw / "board/t-2.html").write_text(archive_page("Spasms 2", [
        ("kettlewell2", "Has anybody tried this?"), ("harrow2", words),
        ("thirdman", f"{words}\n\nharrow2, what did your doctor say to that?"), ("harrow2", "Nothing at all, and I took lyrica then."),
    ], 2))  # fmt: skip
    run = {"until": "courses", "extractor": fakes.NAME, "workers": 1}
    build(raw, out, **run)
    key = b"test key"
    who = "  HARROW2 " if how == "name" else pseudonym("harrow2", "board", key)
    assert (load("posts", folder=out).author_id == pseudonym("harrow2", "board", key)).sum() == 2
    (raw / "board/opt-out.csv").write_text(f"kind,who,why\nauthor,{who},a letter\n")
    report = build(raw, out, **run)
    assert report.computed["extract"] == 1 and report.reasons == {"opted_out": 1} and report.n_left_out == 0
    posts, quotes, threads = (load(t, folder=out) for t in ("posts", "quotes", "threads"))
    gone = pseudonym("harrow2", "board", key)
    assert gone not in set(posts.author_id) | set(quotes.author_id)
    assert not posts.text.str.contains("great help to me").where(posts.raw_path == "board/t-2.html", False).any()
    assert not posts.text.str.contains("harrow2").any() and not quotes.text.str.contains("great help").any()
    assert (
        posts[posts.raw_path == "board/t-2.html"].position.tolist() == [1, 2] and threads.n_posts.tolist().count(2) == 3
    )
    (raw / "board/opt-out.csv").unlink()
    assert build(raw, out, **run).computed["extract"] == 1
    assert (load("posts", folder=out).author_id == gone).sum() == 2


@pytest.mark.parametrize(
    "who", ["https://test.example/showthread.php?t=2", "http://test.example/archive/index.php/t-2.html", "id"]
)
def test_a_thread_that_opted_out_is_in_no_table(who: str, archive: Callable[..., Path], tmp_path: Path) -> None:
    raw, out = archive(3), tmp_path / "out"
    run = {"until": "courses", "extractor": fakes.NAME, "workers": 1}
    build(raw, out, **run)
    threads = load("threads", folder=out)
    number = threads[threads.title == "Spasms 2"].thread_id.item()
    (raw / "board/opt-out.csv").write_text(f"kind,who\nthread,{number if who == 'id' else who}\n")
    report = build(raw, out, **run)
    assert report.computed["extract"] <= 1 and report.reasons == {"opted_out": 1}
    assert sorted(load("threads", folder=out).title) == ["Spasms 1", "Spasms 3"]


@pytest.mark.parametrize("text", ["kind,who\nperson,ann\n", "kind,who\nauthor,\n", "author;ann\nx;y\n"])
def test_an_opt_out_list_that_cannot_be_read_is_no_empty_one(
    text: str, archive: Callable[..., Path], tmp_path: Path
) -> None:
    raw = archive(1)
    (raw / "board/opt-out.csv").write_text(text)
    report = build(raw, tmp_path / "out", until="posts")
    assert report.reasons == {"bad_source": 1} and report.counts["posts"] == 0
    assert "line 2: write `author` or `thread`" in report.left_out[0]
