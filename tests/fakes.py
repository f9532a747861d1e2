"""An extractor that is small enough to reason about: every drug word is taken by who writes it."""

import os
import re
import time

from pipeline.records import Effect, Event, Experience, Mention, Post, Quote, Thread

DRUG = re.compile(r"\b(baclofen|gabapentin|lyrica)\b", re.I)
NAME = "tests.fakes:extract_thread"
SLOW = "tests.fakes:slowly"


def extract_thread(
    thread: Thread, posts: list[Post], quotes: list[Quote]
) -> tuple[list[Mention], list[Experience], list[Effect], list[Event]]:
    """A mention and a current experience for each drug word. `CRASH` in a post raises, `DIE` takes the process down,
    `ASTRAY` gives a mention that is not at its offsets."""
    mentions, experiences = [], []
    for post in posts:
        if "CRASH" in post.text:
            raise ZeroDivisionError("the fake was told to crash")
        if "DIE" in post.text:
            os._exit(9)
        for n, m in enumerate(DRUG.finditer(post.text)):
            start = m.start() + (1 if "ASTRAY" in post.text else 0)
            mention = f"{post.post_id}-m{n}"
            mentions.append(Mention(mention_id=mention, post_id=post.post_id, field="text", start=start, end=m.end(),
                                    text=m[0], label="DRUG", concept_id=m[0].lower(), method="fake", score=1.0))  # fmt: skip
            experiences.append(
                Experience(experience_id=f"{post.post_id}-e{n}", post_id=post.post_id, thread_id=thread.thread_id,
                           author_id=post.author_id, patient_id=post.author_id or post.post_id, person="self",
                           posted_at=post.posted_at, treatment_id=m[0].lower(), treatment_name=m[0].lower(),
                           treatment_type="drug", mention_id=mention, resolution="explicit", status="current",
                           is_experience=True, evidence_start=m.start(), evidence_end=m.end(), method="fake", score=1.0)
            )  # fmt: skip
    return mentions, experiences, [], []


def slowly(
    thread: Thread, posts: list[Post], quotes: list[Quote]
) -> tuple[list[Mention], list[Experience], list[Effect], list[Event]]:
    """The same, slow enough to be killed in the midst of."""
    time.sleep(0.03)
    return extract_thread(thread, posts, quotes)
