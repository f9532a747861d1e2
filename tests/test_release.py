"""Releases: what the public tier must not tell, what both must hold; and why two builds differ."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import frictionless
import pandas as pd
import pytest
import yaml

from pipeline.records import TABLES
from pipeline.run.build import build
from pipeline.share import public as tier
from pipeline.share import release as releasing
from pipeline.share.diff import compare
from pipeline.share.public import alike, common, policies, public, public_records, rekeyed
from pipeline.share.release import ReleaseError, release
from pipeline.share.risk import report
from pipeline.tables import load
from tests.conftest import SOURCE, archive_page
from tests.test_aggregate import experience, frames
from tests.test_cli import threadrx

KEY = b"a key of sixteen letters"
FOLK = [("a 34 year old woman", 2012), ("a 37 year old woman", 2013)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of 14 people, each on baclofen and one drug of their own, with a canary wherever words of posts can stand."""
    folder = tmp_path_factory.mktemp("canaries")
    board = folder / "raw/canaryboard"
    board.mkdir(parents=True)
    (board / "source.toml").write_text(SOURCE)
    own = ["sertraline", "gabapentin", "metformin", "warfarin", "prednisone", "ibuprofen", "omeprazole", "lithium",
           "topiramate", "sumatriptan", "levothyroxine", "methotrexate", "tizanidine", "propranolol"]  # fmt: skip
    for n, drug in enumerate(own):
        who = f"I am {FOLK[n % 2][0]}." if n < 12 else f"I am a {20 * n} year old man."
        text = (f"{who} I take 20 mg of baclofen three times a day for canarypain spasms and it helped, canaryoutcome. "
                f"It makes me dizzy. I stopped {drug} because it gave me canaryitis and a dry mouth.")  # fmt: skip
        page = archive_page(
            f"Canarytitle {n}", [(f"canaryname{n}", text), ("Canarysister", "My canarynephew took ziconotide.")], n
        )
        (board / f"t-{n}.html").write_text(page.replace("2013", str(FOLK[n % 2][1])))
    report = build(folder / "raw", folder / "out")
    assert report.n_left_out == 0 and report.counts["experiences"] > 30
    return folder / "out"


def everything(folder: Path) -> str:
    """All that a folder says: every text file, every value of every table."""
    said = [p.name + p.read_text() for p in folder.iterdir() if p.is_file() and p.suffix != ".parquet"]
    return "\n".join(said + [load(p.stem, folder=folder).to_csv() for p in sorted(folder.glob("*.parquet"))])


@pytest.fixture(scope="module")
def tiers(told: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    target = tmp_path_factory.mktemp("releases")
    made = release(told, target, KEY, "1.0", "CC-BY-4.0")
    assert sorted(p.name for p in target.iterdir()) == ["threadrx-1.0-public", "threadrx-1.0-restricted"]
    return dict(zip(("public", "restricted"), made, strict=True))


def test_no_word_of_a_post_is_in_the_public_tier(told: Path, tiers: dict[str, Path]) -> None:
    inside = everything(tiers["restricted"]).lower()
    for canary in ("canarypain", "canaryoutcome", "canaryitis", "canarytitle", "canaryboard"):
        assert canary in inside, "the canary is not where it could be found"
    public_words = everything(tiers["public"]).lower()
    assert "canary" not in public_words
    assert "baclofen" in public_words and "dizz" in public_words  # what many share goes out
    for rare in ("sertraline", "ziconotide", "20 mg of", "three times", "-07-", "-04 ", "ziconotide"):
        assert rare not in public_words
    assert not list(tiers["public"].glob("posts*")) + list(tiers["public"].glob("mentions*"))


def test_no_id_of_the_build_or_of_another_release_is_in_it(told: Path, tiers: dict[str, Path], tmp_path: Path) -> None:
    built = everything(told)
    again = release(told, tmp_path, KEY, "1.1", tiers=("public",))
    sets = []
    for folder in (*tiers.values(), *again):
        rows = load("experiences", folder=folder)
        assert not [p for p in rows.patient_id if p in built]
        sets.append(set(rows.patient_id))
        courses = load("courses", folder=folder)
        assert set(rows[rows.is_experience.astype(bool)].patient_id) <= set(courses.patient_id)
        assert set(load("effects", folder=folder).experience_id) <= set(rows.experience_id)
    assert not sets[0] & sets[1] and not sets[0] & sets[2]


def test_dates_ages_and_small_cells_are_coarsened(tiers: dict[str, Path]) -> None:
    rows = load("experiences", folder=tiers["public"])
    assert set(rows.treatment_name) == {"baclofen"} and rows.patient_id.nunique() == 14
    dates = pd.concat([rows[c].dropna() for c in ("posted_at", "started_on", "stopped_on")])
    assert len(dates) and {(d.month, d.day) for d in dates} == {(1, 1)}
    people = rows.drop_duplicates("patient_id")
    assert (
        people.person_age_years.dropna().tolist() == [30.0] * 12
    )  # the two who are alone with their age do not tell it
    assert people.person_sex.dropna().tolist() == ["female"] * 12
    told = json.loads((tiers["public"] / "reidentification.json").read_text())
    assert told["before"]["alone"] > 0 == told["after"]["alone"] and told["words_that_got_through"] == []
    (treatment,) = load("treatments", folder=tiers["public"]).itertuples()
    assert (treatment.n_people, treatment.n_helped) == (15, 15)  # 14, rounded to 5
    assert treatment.helped_share == 1.0
    assert "rounded to 5" in (tiers["public"] / "DATA_DICTIONARY.md").read_text()


def test_a_tier_has_all_that_must_lie_beside_it_and_opens(tiers: dict[str, Path]) -> None:
    for name, folder in tiers.items():
        sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
        assert set(sums) == {p.name for p in folder.iterdir()} - {"SHA256SUMS"}
        assert all(hashlib.sha256((folder / f).read_bytes()).hexdigest() == h for f, h in sums.items())
        checked = frictionless.Package(str(folder / "datapackage.json")).validate()
        wrong = checked.flatten(["fieldName"])  # Frictionless reads no lists in Parquet
        assert {f for (f,) in wrong} <= {"experience_ids", "top_effects", "top_indications"} and checked.stats[
            "tasks"
        ] > 10
        cited = yaml.safe_load((folder / "CITATION.cff").read_text())
        assert (cited["version"], cited["license"], cited["cff-version"]) == ("1.0", "CC-BY-4.0", "1.2.0")
        sheet = (folder / "DATASHEET.md").read_text()
        assert "$" not in sheet and "None" not in sheet and f"1.0, {name} tier" in sheet and "| status | 0." in sheet
        assert ("canaryboard" in sheet) == (name == "restricted")
        for table in folder.glob("*.parquet"):
            assert f"## {table.stem}\n" in (folder / "DATA_DICTIONARY.md").read_text()


def test_the_same_release_again_is_the_same_bytes_and_a_folder_that_is_there_is_left_alone(
    told: Path, tiers: dict[str, Path], tmp_path: Path
) -> None:
    for old, new in zip(tiers.values(), release(told, tmp_path, KEY, "1.0", "CC-BY-4.0"), strict=True):
        assert {p.name: p.read_bytes() for p in old.iterdir()} == {p.name: p.read_bytes() for p in new.iterdir()}
    with pytest.raises(ReleaseError, match="there already"):
        release(told, tmp_path, b"another", "1.0")


def test_words_that_would_get_through_stop_the_release(
    told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaky = {name: dict(policy) for name, policy in policies().items()}
    leaky["experiences"]["keep"] = [*leaky["experiences"]["keep"], "outcome_text"]
    leaky["experiences"]["drop"] = [c for c in leaky["experiences"]["drop"] if c != "outcome_text"]
    monkeypatch.setattr(tier, "policies", lambda: leaky)
    with pytest.raises(ReleaseError, match="canary"):
        release(told, tmp_path, KEY, "1.0", tiers=("public",))
    assert list(tmp_path.iterdir()) == []


def test_every_column_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    made = public_records()
    for name, policy in policies().items():
        assert [
            c for kind in ("keep", "drop", "rekey", "common", "year", "decade", "round") for c in policy.get(kind, [])
        ], name
        assert not set(policy.get("drop", [])) & set(made[name].__dataclass_fields__)
    forgets = {name: dict(policy) for name, policy in policies().items()}
    forgets["effects"]["keep"] = forgets["effects"]["keep"][1:]
    monkeypatch.setattr(tier, "policies", lambda: forgets)
    with pytest.raises(KeyError, match=r"effects\.relation"):
        public_records()


def test_traits_too_few_share_are_given_up_one_after_the_other() -> None:
    def traits(*rows: tuple[str, str | None, float | None, float | None]) -> pd.DataFrame:
        return pd.DataFrame(rows, columns=tier.TRAITS).astype({"person_age_years": float, "year": float})

    told = traits(*[("self", "female", 30.0, 2012.0)] * 3, *[("self", "female", a, 2012.0) for a in (40.0, 50.0, 60.0)],
                  ("self", "male", 30.0, 2012.0), ("family", "male", None, 2012.0))  # fmt: skip
    found = alike(told, 3)
    expected = traits(*[("self", "female", 30.0, 2012.0)] * 3, *[("self", "female", None, 2012.0)] * 3,
                      ("self", None, None, None), ("family", None, None, None))  # fmt: skip
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_words_go_out_only_where_enough_people_share_them() -> None:
    values = pd.Series(["mg", "mg", "mg", "dollop", "dollop", "unlinked:x", "unlinked:x", "unlinked:x", None])
    people = pd.Series(list("abcabaabca")[:9])
    assert common(values, people, 3).dropna().tolist() == ["mg"] * 3
    assert common(values, people, 2).dropna().unique().tolist() == ["mg", "dollop"]
    rows = pd.DataFrame({"experience_id": list("abcdefgh"), "to_treatment_id": list("XXXXXYYY"),
                         "to_treatment_name": list("NNNMMNNM"), "on_date": pd.NaT}).astype({"on_date": "datetime64[ns]"})  # fmt: skip
    whose = pd.Series(list("abcdefgh"), index=list("abcdefgh"))
    policy = {"common": ["to_treatment_id", "to_treatment_name"]}
    left = tier.rows_of(rows, "events", policy, whose, whose.map(lambda _: True), 4)
    assert left.to_treatment_id.isna().all()  # five have X, five N, but only three both
    ids = rekeyed(pd.Series(["p1", "p2", "p1", None]), KEY)
    assert ids[0] == ids[2] != ids[1] and ids.isna().tolist() == [False, False, False, True]


def test_singling_out_is_counted_before_and_after() -> None:
    people = [experience(f"e{n}", "A", f"a{n}", person_sex=["female", "male"][n == 0]) for n in range(6)]
    tables = frames({"experiences": people})
    from pipeline.aggregate import AGGREGATES

    tables |= {name: f(tables) for name, f in AGGREGATES.items()}
    found = report(tables, public(tables, KEY, 5), KEY, 5)
    assert found["before"] == {"people": 6, "few_alike": 1, "alone": 1, "smallest_group": 1, "alone_by_treatments": 0}
    assert found["after"]["few_alike"] == 1  # he no longer says that he is a man, but nobody else says nothing
    assert found["rows_left_out"]["experiences"] == 0


def test_the_command_writes_a_tier_and_says_where(told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADRX_KEY", KEY.decode())
    args = ["release", tmp_path, "--version", "2.0", "--tier", "public", "--out", told]
    assert f"wrote {tmp_path}/threadrx-2.0-public" in threadrx(*args).stdout.decode()
    again = threadrx(*args)
    assert again.returncode == 2 and b"there already" in again.stderr and b"Traceback" not in again.stderr
    assert threadrx("release", tmp_path, "--tier", "secret", "--out", told).returncode == 2
    assert releasing.TIERS == ("public", "restricted")


# --- diff ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("nothing", []),
        ("page", ["experiences: 1 changed", "1 changed: its page changed", "dose_low, dose_text"]),
        ("new page", ["threads: 1 added", "2 added: its page is new"]),
        ("page gone", ["posts: 2 removed", "2 removed: its page is gone"]),
        ("date order", ["because: source.board: ", "dmy", "its page is read otherwise: source.board", "posted_at"]),
        ("settings", ["because: settings.min_score: 0.0 → 0.99", "treatments: ", "settings.min_score"]),
        ("rules", ["because: code.tag: ", "rows are made otherwise: code.tag", "experiences: ", "status"]),
    ],
)
def test_a_difference_says_what_changed_and_why(
    change: str, says: list[str], archive: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.aggregate import Settings
    from pipeline.run import provenance

    raw, old, new = archive(3), tmp_path / "old", tmp_path / "new"
    build(raw, old, workers=1)
    page, settings = raw / "board/t-1.html", Settings()
    if change == "page":
        page.write_text(page.read_text().replace("20 mg", "25 mg"))
    elif change == "new page":
        archive(4)
    elif change == "page gone":
        page.unlink()
    elif change == "date order":
        (raw / "board/source.toml").write_text(SOURCE.replace("mdy", "dmy"))
    elif change == "settings":
        settings = Settings(min_score=0.99)
    elif change == "rules":
        real = provenance.contents
        monkeypatch.setattr(provenance, "contents", lambda n: "f" * 64 if n == "tag" else real(n))
    extractor = "tests.test_release:otherwise" if change == "rules" else "pipeline.extract:extract_thread"
    build(raw, new, workers=1, settings=settings, extractor=extractor)
    said = list(compare(old, new, 3))
    assert bool(said) == bool(says)
    for words in says:
        assert any(words in line for line in said), "\n".join(said)
    result = threadrx("diff", old, new)
    assert result.returncode == (1 if says else 0) and (says or result.stdout == b"no difference\n")


def otherwise(thread, posts, quotes):  # type: ignore[no-untyped-def]
    """The extraction with one rule that is another."""
    from pipeline.extract import extract_thread

    mentions, experiences, effects, events = extract_thread(thread, posts, quotes)
    for row in experiences:
        row.status, row.is_experience, row.method = "planned", False, row.method + "; status:other"
    return mentions, experiences, effects, events


def test_a_folder_without_tables_is_wrong_usage(tmp_path: Path) -> None:
    result = threadrx("diff", tmp_path, tmp_path)
    assert result.returncode == 2 and b"no tables in" in result.stderr and set(TABLES)


def test_restricted_tiers_of_the_same_tables_do_not_differ_and_public_ones_are_not_compared(
    told: Path, tiers: dict[str, Path], tmp_path: Path
) -> None:
    public, restricted = release(told, tmp_path, KEY, "1.1")
    assert list(compare(tiers["restricted"], restricted, 3)) == []
    assert not set(load("experiences", folder=restricted).patient_id) & set(
        load("experiences", folder=tiers["restricted"]).patient_id
    )
    result = threadrx("diff", tiers["public"], public)
    assert result.returncode == 2 and b"compare restricted tiers" in result.stderr
