"""Tables → their public tier: no words of posts, ids under another key, dates to the year, what few people tell left out.

public.toml says what is done with each column; a column it does not name cannot get out. Everything here is a function of
DataFrames. `least` is the number of people below which a value, a group or a count is too small to be told.
"""

import dataclasses
import functools
import hashlib
import hmac
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from pipeline.records import Column, col, columns
from pipeline.share.database import described

if TYPE_CHECKING:
    import pandas as pd

Frames = Mapping[str, "pd.DataFrame"]
LEAST = 5
VERBATIM = ("words:", "unlinked:")  # ids that are made of a post's own words
TRAITS = ["person", "person_sex", "person_age_years", "year"]  # what somebody else may know of a person
GIVEN_UP = ["person_age_years", "person_sex", "year"]  # in this order, where too few share all of them
SAID = {
    "rekey": "another id in each release",
    "common": "left out where fewer than {least} people have it",
    "year": "1 January of the year; left out where fewer than {least} people are alike",
    "decade": "in tens, 10 for those under 20, 80 for those above; left out where fewer than {least} people are alike",
    "round": "to two figures",
    "counts": "rounded to 5: 0 may be 1 or 2",
    "needs": "to two figures; null where it rests on fewer than {twice} people",
}


@functools.cache
def policies() -> dict[str, dict[str, Any]]:
    """public.toml."""
    found: dict[str, dict[str, Any]] = tomllib.loads(
        Path(__file__).with_name("public.toml").read_text(encoding="utf-8")
    )
    return found


def is_count(c: Column) -> bool:
    """Whether a column of an aggregate counts people or posts."""
    return c.unit in ("people", "posts")


def treatment_of(c: Column, policy: Mapping[str, Any]) -> str:
    """What is done with a column. Raises StopIteration where public.toml does not say."""
    if "of" in policy and is_count(c):
        return "counts"
    if c.name in {n for names in policy.get("needs", {}).values() for n in names}:
        return "needs"
    return next(kind for kind in (*SAID, "keep", "drop") if c.name in policy.get(kind, ()))


def public_records(least: int = LEAST) -> dict[str, type]:
    """The records of the public tier: the columns that are left, each saying what was done with it. Raises KeyError where
    public.toml forgets a column."""
    out = {}
    for name, policy in policies().items():
        record, fields = described()[name], []
        for c in columns(record):
            try:
                done = treatment_of(c, policy)
            except StopIteration:
                raise KeyError(f"public.toml does not say what becomes of {name}.{c.name}") from None
            if done != "drop":
                said = SAID.get(done, "").format(least=least, twice=2 * least)
                kept = next(f for f in dataclasses.fields(record) if f.name == c.name)
                given = {"default": None} if c.nullable or done == "needs" else {}
                kind = _type(record, c, done)
                meaning = f"{c.meaning}; {said}" if said else c.meaning
                fields.append((c.name, kind, col(meaning, kept.metadata["unit"], c.key, **given)))
        made = dataclasses.make_dataclass(record.__name__, fields, kw_only=True, slots=True)
        made.__doc__ = record.__doc__
        out[name] = made
    return out


def _type(record: type, c: Column, done: str) -> Any:
    hint = get_type_hints(record)[c.name]
    return hint | None if done == "needs" and not c.nullable else hint


def rekeyed(values: "pd.Series", key: bytes) -> "pd.Series":
    """Ids under a key, each kind of id apart from the others by its first letter; null stays null."""
    known = {v: v[:1] + hmac.new(key, v.encode(), hashlib.sha256).hexdigest()[:16] for v in values.dropna().unique()}
    return values.map(known)


def common(values: "pd.Series", people: "pd.Series", least: int) -> "pd.Series":
    """Values that at least `least` people have, and that are no words of a post; else null."""
    enough = people.groupby(values).nunique()
    kept = [v for v in enough.index[enough >= least] if not str(v).startswith(VERBATIM)]
    return values.where(values.isin(kept))


def two_figures(values: "pd.Series") -> "pd.Series":
    """Numbers to two significant figures."""
    return values.map(lambda v: float(f"{v:.2g}"), na_action="ignore")


def public(frames: Frames, key: bytes, least: int = LEAST) -> dict[str, "pd.DataFrame"]:
    """The tables of the public tier, by name, sorted by key. `frames` are those of a build."""
    told = experiences(frames["experiences"], least)
    people = told.set_index("experience_id")["patient_id"]
    dated = told.drop_duplicates("patient_id").set_index("patient_id")["dated"]
    out = {}
    for name, record in public_records(least).items():
        policy = policies()[name]
        if "of" in policy:
            frame = aggregate(frames[name], name, policy, least)
        else:
            rows = told if name == "experiences" else belonging(frames[name], told)
            frame = rows_of(rows, name, policy, people, dated, least)
        for column in policy.get("rekey", ()):
            frame[column] = rekeyed(frame[column], key)
        names = [c.name for c in columns(record)]
        keys = [c.name for c in columns(record) if c.key]
        out[name] = frame[names].sort_values(keys).reset_index(drop=True)
    return out


def experiences(rows: "pd.DataFrame", least: int) -> "pd.DataFrame":
    """Experiences of treatments enough people tell of, their people made alike: in `dated`, whether years may be told."""
    for column in ("treatment_id", "treatment_name", "treatment_id"):
        rows = rows[common(rows[column], rows["patient_id"], least).notna()]
    rows = rows.assign(person_age_years=(rows["person_age_years"] // 10 * 10).clip(10, 80))
    traits = alike(traits_of(rows), least)
    mine = traits.reindex(rows["patient_id"]).reset_index(drop=True).set_index(rows.index)
    return rows.assign(
        person_sex=rows["person_sex"].where(mine["person_sex"].notna()),
        person_age_years=rows["person_age_years"].where(mine["person_age_years"].notna()),
        dated=mine["year"].notna(),
    )


def traits_of(rows: "pd.DataFrame") -> "pd.DataFrame":
    """TRAITS of each person: what their rows say first, and the year of the first dated one."""
    rows = rows.assign(year=rows["posted_at"].dt.year)
    groups = rows.sort_values(["posted_at", "experience_id"]).groupby("patient_id")
    return groups[TRAITS].first()


def sizes(traits: "pd.DataFrame") -> "pd.Series":
    """For each person how many share all of their traits, they themselves included; null is a trait too."""
    return traits.groupby(TRAITS, dropna=False)["person"].transform("size")


def alike(traits: "pd.DataFrame", least: int) -> "pd.DataFrame":
    """Traits with those given up, one after the other, that too few people share (local suppression)."""
    traits = traits.copy()
    for column in GIVEN_UP:
        traits.loc[sizes(traits) < least, column] = None
    return traits


def belonging(rows: "pd.DataFrame", told: "pd.DataFrame") -> "pd.DataFrame":
    """Rows of a table that belong to experiences (or for courses: person and treatment) that go out."""
    if "experience_id" in rows:
        return rows[rows["experience_id"].isin(told["experience_id"])]
    pairs = told[["patient_id", "treatment_id"]].drop_duplicates()
    return rows.merge(pairs, on=["patient_id", "treatment_id"])


def rows_of(
    rows: "pd.DataFrame",
    name: str,
    policy: Mapping[str, Any],
    people: "pd.Series",
    dated: "pd.Series",
    least: int,
) -> "pd.DataFrame":
    """A table of rows with its columns coarsened; `dated` says of each person whether years may be told."""
    whose = rows["patient_id"] if "patient_id" in rows else rows["experience_id"].map(people)
    settled = ("treatment_id", "treatment_name") if name == "experiences" else ()
    shared = [c for c in policy.get("common", ()) if c not in settled]
    told = -1
    while (now := int(rows[shared].notna().sum().sum())) != told:  # what goes out with a rare one makes others rarer
        told = now
        rows = _together(rows.assign(**{c: common(rows[c], whose, least) for c in shared}))
    for column in policy.get("year", ()):
        first = rows[column].dt.to_period("Y").dt.start_time.astype(rows[column].dtype)
        rows = rows.assign(**{column: first.where(whose.map(dated).astype(bool))})
    if "date_precision" in rows:
        rows = rows.assign(date_precision=rows["date_precision"].where(rows["date_precision"].isna(), "year"))
    for column in policy.get("round", ()):
        rows = rows.assign(**{column: two_figures(rows[column])})
    needed = [c.name for c in columns(described()[name]) if not c.nullable and c.name in policy.get("common", ())]
    return rows.dropna(subset=needed).copy()


def _together(rows: "pd.DataFrame") -> "pd.DataFrame":
    """An id and its name go out together or not at all."""
    names = [str(c) for c in rows.columns]
    for column in [c for c in names if c.endswith("_name") and c.replace("_name", "_id") in names]:
        other = column.replace("_name", "_id")
        both = rows[column].notna() & rows[other].notna()
        rows = rows.assign(**{column: rows[column].where(both), other: rows[other].where(both)})
    return rows


def aggregate(rows: "pd.DataFrame", name: str, policy: Mapping[str, Any], least: int) -> "pd.DataFrame":
    """An aggregate without small rows, counts rounded to 5, statistics only where enough people stand behind them."""
    record = described()[name]
    ids = [c.name for c in columns(record) if c.key and c.name.endswith("_id")]
    rows = rows[rows[policy["of"]] >= least]
    for column in ids:
        rows = rows[rows[column].map(lambda v: not str(v).startswith(VERBATIM)).astype(bool)]
    rows = rows.copy()
    for count, statistics in policy.get("needs", {}).items():
        enough = rows[count] >= 2 * least
        for column in statistics:
            rows[column] = two_figures(rows[column]).where(enough)
    for c in columns(record):
        if is_count(c):
            rows[c.name] = ((rows[c.name] + 2) // 5 * 5).astype("int64")
    return rows


def texts(frames: Iterable["pd.DataFrame"]) -> set[str]:
    """Every text that stands in a table."""
    found: set[str] = set()
    for frame in frames:
        for column in frame.select_dtypes(["object", "string"]):
            found.update(str(v) for v in frame[column].dropna())
    return found
