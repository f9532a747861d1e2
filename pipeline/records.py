"""The tables of the dataset: one dataclass a table, each column described once.

Parquet types, checks, data dictionary and data package are derived from these classes (see `pipeline.tables`).
A column's annotation gives its type and whether it may be null; null always means *not stated*, never *no*.
"""

import dataclasses
import datetime as dt
import functools
from typing import Any, Literal, get_args, get_origin, get_type_hints

AuthorState = Literal["named", "guest", "deleted", "stripped"]
Precision = Literal["minute", "day", "month", "year"]
DatePrecision = Literal["day", "week", "month", "season", "year"]
Field = Literal["text", "title", "quote", "signature"]
Label = Literal[
    "DRUG", "DRUG_CLASS", "PROCEDURE", "DEVICE", "THERAPY", "PROBLEM",
    "DOSE", "FREQUENCY", "ROUTE", "FORM", "DURATION",
]  # fmt: skip
Polarity = Literal["affirmed", "denied", "uncertain"]
Role = Literal["side_effect", "indication", "withdrawal", "other"]
TreatmentType = Literal["drug", "drug_class", "supplement", "procedure", "device", "therapy"]
Person = Literal["self", "family", "other", "general"]
Resolution = Literal["explicit", "pronoun", "quote", "title", "signature"]
Status = Literal["current", "past", "planned", "considering", "asked", "advised", "declined", "general"]
Outcome = Literal["helped", "partly", "none", "worse", "mixed", "too_early"]
Situation = Literal["pregnancy", "breastfeeding", "overdose", "misuse", "off_label"]
DoseBasis = Literal["intake", "hour", "day", "week", "month", "course"]
Sex = Literal["female", "male"]
Relation = Literal["treats", "causes", "withdrawal"]
Severity = Literal["mild", "moderate", "severe"]
Challenge = Literal["positive", "negative"]
EventKind = Literal["start", "stop", "increase", "decrease", "taper", "switch", "restart"]
ReasonKind = Literal["side_effect", "no_effect", "improved", "cost", "access", "clinician", "other"]
Reason = Literal[
    "empty", "not_text", "unreadable", "truncated", "too_large", "not_a_thread", "unsure", "no_posts", "unknown_format",
    "bad_json", "bad_source", "duplicate", "empty_post", "opted_out", "spam", "crashed",
]  # fmt: skip


def col(meaning: str, unit: str | None = None, key: bool = False, **kw: Any) -> Any:
    """A column of a table: what it means, its unit where it has one, whether it is the table's key."""
    return dataclasses.field(metadata={"meaning": meaning, "unit": unit, "key": key}, **kw)


@dataclasses.dataclass(slots=True, kw_only=True)
class Thread:
    """One thread of one archive."""

    thread_id: str = col(
        "stable id: source and the thread's address (where unknown, its title and first post)", key=True
    )
    source_id: str = col("folder under data/raw it came from")
    board: str | None = col("forum or board as the page names it", default=None)
    title: str | None = col("title as shown, names masked", default=None)
    url: str | None = col("address of the thread's first page, session ids removed", default=None)
    software: str | None = col("forum software the page was recognised as", default=None)
    time_zone: str | None = col("zone `posted_at` is in, as source.toml or the page says", default=None)
    n_posts: int = col("posts in the dataset", unit="posts")
    first_posted_at: dt.datetime | None = col("time of the earliest dated post", default=None)
    last_posted_at: dt.datetime | None = col("time of the latest dated post", default=None)


@dataclasses.dataclass(slots=True, kw_only=True)
class Post:
    """One post; `text` is what its author wrote, without quoted passages, signature or forum furniture."""

    post_id: str = col("thread_id and position", key=True)
    thread_id: str = col("thread it stands in")
    position: int = col("1…n in the thread")
    reply_to_post_id: str | None = col("post it answers, where the board keeps that", default=None)
    author_id: str | None = col("keyed pseudonym; null where the name is gone", default=None)
    author_state: AuthorState = col("whether a name was shown")
    captured_at: dt.datetime | None = col("when the page was captured", default=None)
    posted_at: dt.datetime | None = col("when it was posted, in the board's time zone", default=None)
    posted_at_precision: Precision | None = col("smallest unit the page shows", default=None)
    posted_at_text: str | None = col("date as shown", default=None)
    date_order: str | None = col("how day and month were told apart: `dmy`, `mdy`, `ymd` and why", default=None)
    text: str = col("the author's own words; names, e-mails, phones and links masked at equal length")
    signature: str | None = col("signature, masked", default=None)
    language: str | None = col("ISO 639-1; only `en` is tagged", default=None)
    raw_path: str = col("file the post was read from, relative to data/raw")
    raw_sha256: str = col("SHA-256 of that file's bytes")


@dataclasses.dataclass(slots=True, kw_only=True)
class Quote:
    """One quoted passage inside a post, with whom it quotes and, where it can be found, which post."""

    quote_id: str = col("post_id and number", key=True)
    post_id: str = col("post that quotes")
    position: int = col("1…n in the post")
    author_id: str | None = col("pseudonym of the person quoted", default=None)
    quoted_post_id: str | None = col("post the words were first written in", default=None)
    text: str = col("quoted words, masked")
    offset: int = col("place in posts.text the quote stood before", unit="code points")
    method: str = col("markup that marked it, or `matched` for an unmarked quote found in an earlier post")


@dataclasses.dataclass(slots=True, kw_only=True)
class Mention:
    """One tagged stretch of a post; `field[start:end] == text` always."""

    mention_id: str = col("post_id and number", key=True)
    post_id: str = col("post it stands in (for `title`: the post that needed it)")
    field: Field = col("which words: posts.text, threads.title, quotes.text or posts.signature")
    quote_id: str | None = col("the quote, where field is `quote`", default=None)
    start: int = col("first character", unit="code points")
    end: int = col("one past the last character", unit="code points")
    text: str = col("the words themselves")
    label: Label = col("kind of mention")
    concept_id: str | None = col("vocabulary concept; null where none is close enough", default=None)
    concept_name: str | None = col("its preferred name", default=None)
    value: float | None = col("number of a quantity", default=None)
    unit: str | None = col("unit of `value`, singular and lower case", default=None)
    polarity: Polarity | None = col("for a PROBLEM: said to be there, not there, or unsure", default=None)
    role: Role | None = col("for a PROBLEM: what it is to the treatment", default=None)
    method: str = col("vocabulary entry, rule or model that produced it")
    score: float = col("probability that the mention is right, 0–1")


@dataclasses.dataclass(slots=True, kw_only=True)
class Experience:
    """One person's relation to one treatment, as one post tells it."""

    experience_id: str = col("post_id and number", key=True)
    post_id: str = col("post that tells it")
    thread_id: str = col("its thread")
    author_id: str | None = col("who tells it", default=None)
    patient_id: str = col("whom it happened to; an unknown author's post is its own person")
    posted_at: dt.datetime | None = col("when it was told", default=None)
    person: Person = col("whose experience it is, seen from the author; `general`: nobody in particular")
    person_detail: str | None = col("the word used (`husband`)", default=None)
    person_age_years: float | None = col("age where said", unit="years", default=None)
    person_sex: Sex | None = col("sex where said or carried by the kin word", default=None)
    treatment_id: str = col("vocabulary concept of the treatment")
    treatment_name: str = col("its preferred name")
    treatment_type: TreatmentType = col("kind of treatment")
    mention_id: str = col("words that stand for the treatment")
    resolution: Resolution = col("how the treatment was identified")
    status: Status = col("on it, no longer on it, …; `general`: a statement about it")
    is_experience: bool = col("somebody in particular has had it: status current or past, person not general")
    special_situation: Situation | None = col("special situation, where said", default=None)
    dose_low: float | None = col("dose, lower end, in dose_unit", default=None)
    dose_high: float | None = col("dose, upper end of a range or a maximum, in dose_unit", default=None)
    dose_unit: str | None = col("unit of the dose", default=None)
    dose_basis: DoseBasis | None = col("what the dose is per: one intake, or an hour, day, …", default=None)
    doses_per_day: float | None = col("intakes a day; below 1 for less than daily", unit="1/day", default=None)
    daily_dose_value: float | None = col("daily amount in daily_dose_unit", default=None)
    daily_dose_unit: str | None = col("its unit", default=None)
    daily_dose_mg: float | None = col("daily mass; of a combination its first ingredient", unit="mg/day", default=None)
    dose_inferred: bool = col("unit or intakes a day were assumed, not stated", default=False)
    dose_text: str | None = col("the words of the dose", default=None)
    route: str | None = col("route of administration", default=None)
    route_inferred: bool = col("route follows from the product, not from the words", default=False)
    form: str | None = col("dose form", default=None)
    duration_days: float | None = col("how long it was or has been taken", unit="days", default=None)
    duration_low_days: float | None = col("the shortest the words or dates leave open", unit="days", default=None)
    duration_high_days: float | None = col("the longest", unit="days", default=None)
    duration_precision: DatePrecision | None = col("the unit the duration is told in", default=None)
    duration_anchor_on: dt.date | None = col("the post's day, where it was counted up to that", default=None)
    duration_text: str | None = col("the words of the duration", default=None)
    started_on: dt.date | None = col("first day, to date_precision", default=None)
    started_earliest_on: dt.date | None = col("the earliest day started_on may be", default=None)
    started_latest_on: dt.date | None = col("the latest", default=None)
    stopped_on: dt.date | None = col("last day, to date_precision", default=None)
    stopped_earliest_on: dt.date | None = col("the earliest day stopped_on may be", default=None)
    stopped_latest_on: dt.date | None = col("the latest", default=None)
    date_precision: DatePrecision | None = col("of both: each is the middle of what it leaves open", default=None)
    date_anchor_on: dt.date | None = col("the post's day, where they were counted from that", default=None)
    outcome: Outcome | None = col("whether it worked", default=None)
    outcome_text: str | None = col("the words that say so", default=None)
    evidence_start: int = col("first character of the words the row rests on, in posts.text", unit="code points")
    evidence_end: int = col("one past the last", unit="code points")
    method: str = col("rules or models that decided person, status and outcome, separated by `; `")
    score: float = col("probability that treatment, person and status are right, 0–1")


@dataclasses.dataclass(slots=True, kw_only=True)
class Effect:
    """One link between an experience and a problem: treats it, causes it, or its withdrawal brings it."""

    effect_id: str = col("experience_id and number", key=True)
    experience_id: str = col("the experience")
    post_id: str = col("its post")
    mention_id: str = col("words that name the problem")
    concept_id: str | None = col("concept of the problem", default=None)
    concept_name: str | None = col("its preferred name", default=None)
    relation: Relation = col("`treats`: taken for it; `causes`: said to bring it; `withdrawal`: stopping brought it")
    polarity: Polarity = col("whether the link is affirmed, denied or uncertain")
    severity: Severity | None = col("as the text says", default=None)
    serious: bool | None = col("hospital, emergency, lasting damage, danger to life, as the text says", default=None)
    onset_days: float | None = col("time from start to onset", unit="days", default=None)
    resolved: bool | None = col("whether it went", default=None)
    dechallenge: Challenge | None = col("went when the treatment stopped (`positive`) or not", default=None)
    rechallenge: Challenge | None = col("came back on restarting (`positive`) or not", default=None)
    outcome: Outcome | None = col("for a treated problem: whether it was helped", default=None)
    method: str = col("rule or model that linked them")
    score: float = col("probability that the link and its relation are right, 0–1")


@dataclasses.dataclass(slots=True, kw_only=True)
class Event:
    """One step in the course of an experience."""

    event_id: str = col("experience_id and number", key=True)
    experience_id: str = col("the experience")
    position: int = col("order in which things happened, where the text gives it")
    kind: EventKind = col("kind of step")
    dose_value: float | None = col("dose reached, in dose_unit", default=None)
    dose_unit: str | None = col("its unit", default=None)
    duration_days: float | None = col("how long this step lasted", unit="days", default=None)
    to_treatment_id: str | None = col("for a switch: concept switched to", default=None)
    to_treatment_name: str | None = col("its name", default=None)
    on_date: dt.date | None = col("when, to date_precision", default=None)
    earliest_on: dt.date | None = col("the earliest day on_date may be", default=None)
    latest_on: dt.date | None = col("the latest", default=None)
    date_precision: DatePrecision | None = col("precision of on_date", default=None)
    date_anchor_on: dt.date | None = col("day of the post from which it was counted", default=None)
    reason_kind: ReasonKind | None = col("why, as the text gives it", default=None)
    reason_concept_id: str | None = col("problem that was the reason", default=None)
    reason_text: str | None = col("the words of the reason", default=None)
    method: str = col("rule or model that found it")


@dataclasses.dataclass(slots=True, kw_only=True)
class Course:
    """One person × treatment over the whole archive."""

    course_id: str = col("hash of patient and treatment", key=True)
    patient_id: str = col("the person")
    treatment_id: str = col("the treatment")
    treatment_name: str = col("its preferred name")
    treatment_type: TreatmentType = col("kind of treatment")
    n_posts: int = col("posts that tell of it", unit="posts")
    first_posted_at: dt.datetime | None = col("first told", default=None)
    last_posted_at: dt.datetime | None = col("last told", default=None)
    status: Status = col("latest status")
    outcome: Outcome | None = col("latest outcome stated; `mixed` where posts disagree", default=None)
    daily_dose_mg_min: float | None = col("smallest daily dose told", unit="mg/day", default=None)
    daily_dose_mg_max: float | None = col("largest daily dose told", unit="mg/day", default=None)
    duration_days: float | None = col("longest duration told", unit="days", default=None)
    stop_reason_kind: ReasonKind | None = col("reason of the latest stop or switch", default=None)
    resolution: Resolution = col("the most explicit resolution of its rows")
    experience_ids: list[str] = col("its rows in experiences")


@dataclasses.dataclass(slots=True, kw_only=True)
class Reject:
    """One input, page or post that was left out, and why."""

    reject_id: str = col("hash of source, path and place", key=True)
    source_id: str = col("folder under data/raw")
    raw_path: str = col("file, relative to data/raw")
    place: str | None = col("page, record, line or post within the file", default=None)
    kind: Literal["input", "page", "post"] = col("what was left out")
    reason: Reason = col("why, from a closed list")
    detail: str = col("what was found and what to do, in words")


@dataclasses.dataclass(slots=True, kw_only=True)
class Provenance:
    """One thing the tables depend on besides the pages: a setting, the code of a stage, the vocabulary, the libraries."""

    provenance_id: str = col("what it is, as `settings.min_people` or `code.tag`", key=True)
    value: str = col("its value; of code and data a hash, which is another when they change")
    meaning: str = col("what it is for")


TABLES: dict[str, type] = {
    "threads": Thread, "posts": Post, "quotes": Quote, "mentions": Mention, "experiences": Experience,
    "effects": Effect, "events": Event, "courses": Course, "rejects": Reject, "provenance": Provenance,
}  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column as read off a record class: `type` is the bare type, `values` its closed list where it has one."""

    name: str
    type: Any
    nullable: bool
    meaning: str
    unit: str | None
    key: bool
    values: tuple[str, ...] | None


@functools.cache
def columns(record: type) -> tuple[Column, ...]:
    """The columns of a record class, in order."""
    out = []
    for f, hint in zip(dataclasses.fields(record), get_type_hints(record).values(), strict=True):
        nullable = type(None) in get_args(hint)
        bare = next(a for a in get_args(hint) if a is not type(None)) if nullable else hint
        values = get_args(bare) if get_origin(bare) is Literal else None
        out.append(Column(f.name, str if values else bare, nullable, f.metadata["meaning"], f.metadata["unit"],
                          f.metadata["key"], values))  # fmt: skip
    return tuple(out)
