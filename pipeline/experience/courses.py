"""Experiences → courses: one person × treatment over the whole archive."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import get_args

from pipeline.records import Course, Event, Experience, Outcome, Resolution

ENDS = ("stop", "switch")


def courses(experiences: Iterable[Experience], events: Iterable[Event]) -> list[Course]:
    """Courses sorted by id, one for each person and treatment; rows about nobody in particular (`general`) are dropped.

    Status, outcome, doses and duration come from the rows that are experiences where there is one, so that somebody who took
    it and later asks about it has taken it; else from what there is (asked, advised, declined …).
    """
    ends: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.kind in ENDS and event.reason_kind:
            ends[event.experience_id].append(event)
    groups: dict[tuple[str, str], list[Experience]] = defaultdict(list)
    for row in experiences:
        if row.person != "general":
            groups[row.patient_id, row.treatment_id].append(row)
    return sorted((course(rows, ends) for rows in groups.values()), key=lambda c: c.course_id)


def course_id(row: Experience) -> str:
    """The id of the course an experience belongs to."""
    return "c" + hashlib.sha256(f"{row.patient_id}\0{row.treatment_id}".encode()).hexdigest()[:16]


def course(rows: list[Experience], ends: dict[str, list[Event]]) -> Course:
    """The course of one person and treatment; `ends` holds the stops and switches with a reason, by experience."""
    rows = sorted(rows, key=lambda r: (r.posted_at or dt.datetime.min, r.experience_id))
    had = [r for r in rows if r.is_experience] or rows
    doses = [r.daily_dose_mg for r in had if r.daily_dose_mg is not None]
    times = [r.posted_at for r in rows if r.posted_at]
    reasons = [e.reason_kind for r in had for e in sorted(ends.get(r.experience_id, ()), key=lambda e: e.position)]
    last = had[-1]
    return Course(
        course_id=course_id(last),
        patient_id=last.patient_id,
        treatment_id=last.treatment_id,
        treatment_name=last.treatment_name,
        treatment_type=last.treatment_type,
        n_posts=len({r.post_id for r in rows}),
        first_posted_at=min(times, default=None),
        last_posted_at=max(times, default=None),
        status=last.status,
        outcome=outcome_of([r.outcome for r in had if r.outcome]),
        daily_dose_mg_min=min(doses, default=None),
        daily_dose_mg_max=max(doses, default=None),
        duration_days=max((r.duration_days for r in had if r.duration_days is not None), default=None),
        stop_reason_kind=reasons[-1] if reasons else None,
        resolution=min((r.resolution for r in rows), key=get_args(Resolution).index),
        experience_ids=[r.experience_id for r in rows],
    )


def outcome_of(told: list[Outcome]) -> Outcome | None:
    """The outcome of a course from those its posts tell, oldest first: `too_early` is overtaken by any other, and two
    different ones are `mixed`."""
    settled = list(dict.fromkeys(o for o in told if o != "too_early"))
    if len(settled) > 1:
        return "mixed"
    return settled[0] if settled else (told[-1] if told else None)
