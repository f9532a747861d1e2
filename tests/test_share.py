"""Asking the tables and taking them along: views, queries, CSV, SQLite, DuckDB, and what describes them."""

import csv
import hashlib
import io
import json
import sqlite3
from pathlib import Path

import duckdb
import frictionless
import mlcroissant
import pyarrow as pa
import pytest

from pipeline.records import TABLES, Experience, columns
from pipeline.share.database import QueryError, ask, views
from pipeline.share.export import export_csv, export_duckdb, export_sqlite, write_csv
from pipeline.tables import load
from tests.test_cli import threadrx

NAMED = ["drugs", "doses", "procedures", "side_effects", "indications"]


def test_the_named_views_hold_the_rows_of_the_tables(dataset: Path) -> None:
    def n(sql: str) -> int:
        return int(ask(dataset, sql).fetchall()[0][0])

    told = load("experiences", "is_experience", dataset)
    effects = load("effects", folder=dataset).merge(told, on="experience_id")
    kinds = told.treatment_type.value_counts()
    assert n("SELECT count(*) FROM drugs") == kinds[["drug", "drug_class", "supplement"]].sum() > 50
    assert n("SELECT count(*) FROM procedures") == kinds["procedure"] > 0
    assert n("SELECT count(*) FROM doses") == (told.dose_low.notna() | told.daily_dose_value.notna()).sum() > 20
    assert n("SELECT count(*) FROM side_effects") == (effects.relation == "causes").sum() > 20
    assert n("SELECT count(*) FROM indications") == (effects.relation == "treats").sum() > 20


def test_every_table_view_and_column_has_its_comment(dataset: Path) -> None:
    said = ask(dataset, "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal").fetchall()
    assert {name for name, _ in said} >= {*TABLES, *NAMED, "treatments"} and all(text for _, text in said)
    told = dict(
        ask(
            dataset, "SELECT table_name || '.' || column_name, comment FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
    )
    assert all(told.values())
    (dose,) = [c for c in columns(Experience) if c.name == "daily_dose_mg"]
    assert told["doses.daily_dose_mg"] == told["experiences.daily_dose_mg"] == f"{dose.meaning} [{dose.unit}]"


def test_a_view_has_the_columns_that_are_there_and_none_without_its_tables() -> None:
    have = {"experiences": {c.name: c.meaning for c in columns(Experience) if c.name != "dose_text"}}
    found = views(have)
    assert set(found) == {"drugs", "doses", "procedures"}
    assert "dose_text" not in found["doses"][0] and "dose_low" in found["doses"][0]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT * FROM read_csv('/etc/passwd')", "/etc/passwd"),
        ("COPY (SELECT 1) TO 'x.csv'", "one SELECT at a time"),
        ("DROP VIEW drugs", "one SELECT at a time"),
        ("SELECT 1; SELECT 2", "one SELECT at a time"),
        ("SET enable_external_access = true", "one SELECT at a time"),
        ("SELECT colour FROM drugs", "colour"),
        ("SELEC", "SELEC"),
        ("", "one SELECT at a time"),
    ],
)
def test_a_query_reads_the_tables_and_nothing_else(sql: str, says: str, dataset: Path) -> None:
    with pytest.raises(QueryError, match=says):
        ask(dataset, sql).fetchall()


def test_the_command_prints_tables_csv_and_json(dataset: Path, tmp_path: Path) -> None:
    sql = "SELECT treatment_name, n_people, helped_share FROM treatments ORDER BY n_people DESC, 1 LIMIT 2"
    rows = (
        load("treatments", folder=dataset).sort_values(["n_people", "treatment_name"], ascending=[False, True]).head(2)
    )
    shown = threadrx("query", sql, "--out", dataset)
    assert shown.returncode == 0 and all(name in shown.stdout.decode() for name in rows.treatment_name)
    as_csv = threadrx("query", sql, "--as", "csv", "--out", dataset).stdout.decode()
    assert [r["treatment_name"] for r in csv.DictReader(io.StringIO(as_csv))] == rows.treatment_name.tolist()
    as_json = threadrx("query", sql, "--as", "json", "--out", dataset).stdout.splitlines()
    assert [json.loads(r)["n_people"] for r in as_json] == rows.n_people.tolist()
    wrong = threadrx("query", "SELECT colour FROM drugs", "--out", dataset)
    assert wrong.returncode == 2 and b"colour" in wrong.stderr and b"Traceback" not in wrong.stderr
    nothing = threadrx("query", sql, "--out", tmp_path)
    assert nothing.returncode == 2 and b"make dataset" in nothing.stderr


def test_csv_holds_no_formula_and_every_value() -> None:
    dangerous = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("x";"y")']
    plain = ["", None, "a=b", " =1", 'He said "no", twice\nand more', "-"[:0] + "naïve 😀", "1-2"]
    table = pa.table({"=text": dangerous + plain, "n": [-1] * 16, "x": [-0.5] * 16, "list": [["=1"], []] * 8})
    out = io.BytesIO()
    write_csv(table.schema, table.to_batches(), out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))
    assert list(rows[0]) == ["'=text", "n", "x", "list"]
    assert [r["'=text"] for r in rows] == ["'" + d for d in dangerous] + [p or "" for p in plain]
    assert {(r["n"], r["x"]) for r in rows} == {("-1", "-0.5")}  # a negative number is none
    assert [json.loads(r["list"]) for r in rows[:2]] == [["=1"], []]
    assert not [c for r in rows for c in r.values() if c[:1] in ("=", "@", "\t", "\r")]


def test_exported_csv_is_what_its_data_package_and_croissant_say(dataset: Path, tmp_path: Path) -> None:
    export_csv(dataset, tmp_path)
    report = frictionless.Package(str(tmp_path / "datapackage.json")).validate()
    assert report.valid and report.stats["tasks"] == len(list(dataset.glob("*.parquet")))
    croissant = mlcroissant.Dataset(jsonld=tmp_path / "croissant.json")
    assert not croissant.metadata.issues.errors
    for file in croissant.metadata.distribution:
        assert file.sha256 == hashlib.sha256((tmp_path / file.content_url).read_bytes()).hexdigest()
    found = list(croissant.records("experiences"))
    assert len(found) == len(load("experiences", folder=dataset))
    (tmp_path / "courses.csv").write_text((tmp_path / "courses.csv").read_text().replace('"past"', '"halted"'))
    assert not frictionless.Package(str(tmp_path / "datapackage.json")).validate().valid


def test_sqlite_holds_tables_views_keys_and_a_text_index(dataset: Path, tmp_path: Path) -> None:
    file, metadata = export_sqlite(dataset, tmp_path / "threadrx.sqlite")
    db = sqlite3.connect(file)
    for name in TABLES:
        assert db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] == len(load(name, folder=dataset)), name
    assert db.execute("SELECT count(*) FROM side_effects").fetchone()[0] > 20
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("INSERT INTO experiences SELECT * FROM experiences LIMIT 1")
    (hits,) = db.execute("SELECT count(*) FROM posts_fts WHERE posts_fts MATCH 'pain'").fetchone()
    assert hits == load("posts", r"regexp_matches(text, '\bpain\b', 'i')", dataset).shape[0] > 0
    when = load("posts", "posted_at IS NOT NULL", dataset).posted_at.min()
    assert db.execute("SELECT min(posted_at) FROM posts").fetchone()[0] == str(when)
    tables = json.loads(metadata.read_text())["databases"]["threadrx"]["tables"]
    assert set(tables) >= {*TABLES, *NAMED} and tables["doses"]["columns"]["dose_low"]


def test_a_duckdb_file_opens_by_itself(dataset: Path, tmp_path: Path) -> None:
    (file,) = export_duckdb(dataset, tmp_path / "t.duckdb")
    export_duckdb(dataset, file)  # in place of the old one
    db = duckdb.connect(str(file), read_only=True)
    assert db.sql("SELECT count(*) FROM drugs").fetchall()[0][0] > 50
