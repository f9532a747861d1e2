"""Records → Parquet → pandas, and the checks on the way: each malformed row is refused, and says why."""

import dataclasses
import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import tables
from pipeline.records import TABLES, Course, Event, Experience, Mention, Post, Quote, Thread, columns

WHEN = dt.datetime(2013, 7, 4, 23, 59)


def post(n: int = 1, **kw: Any) -> Post:
    base = dict(post_id=f"t1-{n}", thread_id="t1", position=n, author_state="named", text="I take baclofen daily",
                raw_path="a/t1.html", raw_sha256="0" * 64)  # fmt: skip
    return Post(**base | kw)


def mention(**kw: Any) -> Mention:
    base = dict(mention_id="m1", post_id="t1-1", field="text", start=7, end=15, text="baclofen", label="DRUG",
                method="drugs.csv", score=1.0)  # fmt: skip
    return Mention(**base | kw)


def experience(**kw: Any) -> Experience:
    base = dict(experience_id="e1", post_id="t1-1", thread_id="t1", patient_id="p1", person="self",
                treatment_id="D1", treatment_name="baclofen", treatment_type="drug", mention_id="m1",
                resolution="explicit", status="current", is_experience=True, evidence_start=0, evidence_end=21,
                method="rule", score=0.9)  # fmt: skip
    return Experience(**base | kw)


def bundle(**kw: Any) -> dict[str, list[Any]]:
    whole: dict[str, list[Any]] = {
        "threads": [Thread(thread_id="t1", source_id="a", title="Pump for spasms", n_posts=1)],
        "posts": [post(signature="on Lyrica")],
        "quotes": [Quote(quote_id="q1", post_id="t1-1", position=1, text="300 mg", offset=0, method="markup")],
        "mentions": [mention()],
        "experiences": [experience()],
        "effects": [],
        "events": [],
    }
    return whole | kw


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_one_key_and_a_parquet_type_for_each_column(name: str) -> None:
    assert len(tables.key_of(TABLES[name])) == 1
    assert tables.arrow_schema(TABLES[name]).names == [c.name for c in columns(TABLES[name])]


def test_rows_come_back_as_they_went_in(tmp_path: Path) -> None:
    rows = [post(1, posted_at=WHEN, text="naïve \x00 😀 \n\n end"), post(2, language="en")]
    assert tables.write_table(Post, rows, tmp_path / "posts.parquet") == 2
    back = tables.read_table(tmp_path / "posts.parquet")
    assert [Post(**r) for r in back.to_pylist()] == rows
    assert back.schema.equals(tables.arrow_schema(Post))
    assert back.schema.field("raw_sha256").metadata[b"meaning"] == b"SHA-256 of that file's bytes"


def test_pandas_types(tmp_path: Path) -> None:
    rows = [
        experience(experience_id="e1", started_on=dt.date(2013, 7, 1)),
        experience(experience_id="e2", posted_at=WHEN),
    ]
    tables.write_table(Experience, rows, tmp_path / "experiences.parquet")
    frame = tables.load("experiences", folder=tmp_path)
    assert frame.started_on.dtype.kind == frame.posted_at.dtype.kind == "M"
    assert frame.is_experience.dtype == bool or frame.is_experience.dtype == "boolean"
    assert frame.dose_low.dtype == float and frame.dose_low.isna().all()
    assert frame.treatment_name.tolist() == ["baclofen", "baclofen"]
    some = tables.load("experiences", "posted_at > '2013-07-04'", tmp_path)
    assert some.experience_id.tolist() == ["e2"]
    assert some.dtypes.equals(frame.dtypes)


def test_lists_survive(tmp_path: Path) -> None:
    row = Course(course_id="c", patient_id="p", treatment_id="D1", treatment_name="x", treatment_type="drug", n_posts=1,
                 status="past", resolution="explicit", experience_ids=["e1", "e2"])  # fmt: skip
    tables.write_table(Course, [row], tmp_path / "c.parquet")
    assert tables.read_table(tmp_path / "c.parquet").to_pylist() == [dataclasses.asdict(row)]


def test_same_rows_same_bytes_in_another_process(tmp_path: Path) -> None:
    rows = [post(n, text="x" * n) for n in range(1, 50)]
    rows.sort(key=lambda r: r.post_id)
    tables.write_table(Post, rows, tmp_path / "a.parquet")
    script = ("import sys; from pathlib import Path; from pipeline import tables; from pipeline.records import Post\n"
              "rows = [Post(**r) for r in tables.read_table(Path(sys.argv[1])).to_pylist()]\n"
              "tables.write_table(Post, iter(rows), Path(sys.argv[2]))")  # fmt: skip
    subprocess.run([sys.executable, "-c", script, tmp_path / "a.parquet", tmp_path / "b.parquet"], check=True)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert b"pandas" not in pq.read_metadata(tmp_path / "a.parquet").metadata


def test_many_row_groups_hold_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROWS_A_GROUP", 7)
    rows = [post(n, post_id=f"{n:04}") for n in range(1, 31)]
    assert tables.write_table(Post, iter(rows), tmp_path / "p.parquet") == 30
    assert pq.read_metadata(tmp_path / "p.parquet").num_row_groups == 5
    assert tables.read_table(tmp_path / "p.parquet")["post_id"].to_pylist() == [r.post_id for r in rows]


@pytest.mark.parametrize(
    ("record", "rows", "says"),
    [
        (Post, [post(author_state="ghost")], "author_state"),
        (Post, [post(text=None)], "text"),
        (Post, [post(position=0)], "position"),
        (Post, [post(1), post(1)], "there twice"),
        (Post, [post(2), post(1)], "out of order"),
        (Mention, [mention(score=1.2)], "score"),
        (Mention, [mention(start=-1)], "start"),
        (Mention, [mention(label="PILL")], "label"),
        (Experience, [experience(duration_days=-3)], "duration_days"),
        (Experience, [experience(daily_dose_mg=-60)], "daily_dose_mg"),
        (Event, [Event(event_id="v", experience_id="e", position=1, kind="halt", method="m")], "kind"),
    ],
)
def test_rows_that_break_their_record_are_refused_and_leave_no_file(
    record: type, rows: list[Any], says: str, tmp_path: Path
) -> None:
    (tmp_path / "t.parquet").write_bytes(b"what stood here")
    with pytest.raises(tables.CheckError, match=says):
        tables.write_table(record, rows, tmp_path / "t.parquet")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"t.parquet": b"what stood here"}


def test_wrong_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises((TypeError, ValueError)):
        tables.write_table(Post, [post(position="first")], tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []


def test_links_are_read_off_the_names() -> None:
    found = {(k.table, k.column, k.target) for k in tables.links()}
    assert found >= {
        ("posts", "thread_id", "threads"),
        ("posts", "reply_to_post_id", "posts"),
        ("quotes", "quoted_post_id", "posts"),
        ("mentions", "quote_id", "quotes"),
        ("experiences", "mention_id", "mentions"),
        ("effects", "experience_id", "experiences"),
        ("events", "experience_id", "experiences"),
    }
    assert not {k.column for k in tables.links()} & {
        "treatment_id",
        "concept_id",
        "patient_id",
        "author_id",
        "source_id",
    }


def test_a_right_thread_has_no_faults() -> None:
    more = [
        mention(),
        mention(mention_id="m2", field="title", start=0, end=4, text="Pump"),
        mention(mention_id="m3", field="quote", quote_id="q1", start=0, end=3, text="300"),
        mention(mention_id="m4", field="signature", start=3, end=9, text="Lyrica"),
    ]
    assert list(tables.check_rows(bundle(mentions=more))) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"posts": [post(thread_id="t9")]}, "posts.thread_id 't9' is not in threads"),
        ({"posts": [post(reply_to_post_id="t1-7")]}, "posts.reply_to_post_id"),
        ({"mentions": [mention(start=6, end=14)]}, r"not at text\[6:14\]"),
        ({"mentions": [mention(field="title")]}, "not at title"),
        ({"mentions": [mention(field="quote", quote_id=None)]}, "not at quote"),
        ({"mentions": [mention(field="signature"), mention(mention_id="m2")]}, "not at signature"),
        ({"mentions": [mention(post_id="t1-9")]}, "mentions.post_id"),
        ({"experiences": [experience(mention_id="m9")]}, "experiences.mention_id 'm9'"),
        ({"experiences": [experience(is_experience=False)]}, "is_experience False with current, self"),
        ({"experiences": [experience(status="asked")]}, "is_experience True with asked"),
        ({"experiences": [experience(person="general")]}, "is_experience True with current, general"),
        ({"experiences": [experience(evidence_end=99)]}, "outside its post"),
        (
            {"events": [Event(event_id="v", experience_id="e9", position=1, kind="stop", method="m")]},
            "events.experience_id",
        ),
    ],
)
def test_faults_between_tables_are_named(change: dict[str, list[Any]], says: str) -> None:
    faults = list(tables.check_rows(bundle(**change)))
    assert len(faults) >= 1
    with pytest.raises(AssertionError, match=says):
        raise AssertionError("; ".join(faults))


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), max_size=20))
def test_any_text_survives(texts: list[str]) -> None:
    import tempfile

    rows = [post(n + 1, post_id=f"{n:05}", text=t) for n, t in enumerate(texts)]
    with tempfile.TemporaryDirectory() as d:
        tables.write_table(Post, rows, Path(d) / "p.parquet")
        assert tables.read_table(Path(d) / "p.parquet")["text"].to_pylist() == texts


def test_frames_are_written_sorted_with_their_nulls(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        [dataclasses.asdict(experience(experience_id=e, dose_low=d)) for e, d in [("b", None), ("a", 5.0)]]
    )
    assert tables.write_frame(Experience, frame, tmp_path / "e.parquet") == 2
    back = tables.read_table(tmp_path / "e.parquet").select(["experience_id", "dose_low"]).to_pylist()
    assert back == [{"experience_id": "a", "dose_low": 5.0}, {"experience_id": "b", "dose_low": None}]
    with pytest.raises(tables.CheckError, match="dose_low"):
        tables.write_frame(Experience, frame.drop(columns="dose_low"), tmp_path / "e.parquet")


def test_load_says_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make dataset"):
        tables.load("experiences", folder=tmp_path)
    tables.write_table(Post, [post()], tmp_path / "posts.parquet")
    with pytest.raises(FileNotFoundError, match="there are posts"):
        tables.load("post", folder=tmp_path)
    with pytest.raises(ValueError, match="colour"):
        tables.load("posts", "colour = 'red'", tmp_path)


def test_load_finds_the_data_from_a_folder_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables.write_table(Post, [post()], tmp_path / "data/processed/posts.parquet")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    from pipeline import load

    assert len(load("posts")) == 1
