"""Courses made a bucket at a time are those made of everything at once."""

import random
from pathlib import Path

from pipeline.aggregate import STANDARD, Settings
from pipeline.experience.courses import courses
from pipeline.records import Event, Experience
from pipeline.run.spill import Told


def rows(rng: random.Random, n: int) -> tuple[list[Experience], list[Event]]:
    experiences, events = [], []
    for k in range(n):
        who, what = f"a{rng.randrange(40)}", rng.choice(["baclofen", "gabapentin", "lyrica"])
        person = rng.choice(["self", "family", "general"])
        experiences.append(
            Experience(experience_id=f"e{k:04}", post_id=f"p{k}", thread_id="t", patient_id=who, person=person, treatment_id=what,
                       treatment_name=what, treatment_type="drug", mention_id=f"m{k}", resolution="explicit", status="past",
                       is_experience=person != "general", outcome=rng.choice(["helped", "none", None]), evidence_start=0,
                       evidence_end=1, method="test", score=rng.random())
        )  # fmt: skip
        if rng.random() < 0.5:
            events.append(
                Event(
                    event_id=f"v{k}",
                    experience_id=f"e{k:04}",
                    position=1,
                    kind="stop",
                    reason_kind="cost",
                    method="test",
                )
            )
    return experiences, events


def test_courses_of_buckets_are_the_courses_of_all(tmp_path: Path) -> None:
    experiences, events = rows(random.Random(1), 400)
    for name, settings in (("all", STANDARD), ("some", Settings(only_first_hand=True, min_score=0.3))):
        told = Told(tmp_path / name, settings)
        for at in range(0, 400, 7):
            some = experiences[at : at + 7]
            told.add(some, [v for v in events if v.experience_id in {e.experience_id for e in some}])
        told.close()
        assert list(told.all.courses()) == courses(experiences, events)
        kept = [e for e in experiences if settings.keeps(e)]
        of_kept = [v for v in events if v.experience_id in {e.experience_id for e in kept}]
        assert list(told.counted.courses()) == courses(kept, of_kept)
        assert any(c.stop_reason_kind == "cost" and c.n_posts > 1 for c in told.counted.courses())
        assert told.n_own == sum(e.is_experience for e in experiences) and len(told.people) == 40
    assert told.kept == {e.experience_id for e in kept} and len(kept) < 300
