"""Invented threads with known truth, any number of them: for load tests and benchmarks, where no real archive may be used.

Thread `n` of a seed is always the same one, however many are asked for. Sentences are patterns in words.toml, treatments are
drawn from the vocabulary, a few of them often and most of them seldom, as patients write of them. The truth is in the format of
training/dev, so `make evaluate FILE=truth.jsonl` scores an extraction on it; patterns are few and plain, so such a score says
that nothing is broken, and nothing of how well real posts are read.
"""

import dataclasses
import datetime as dt
import functools
import random
import tomllib
from pathlib import Path
from typing import Any

from pipeline.vocabulary import Concept, load_vocabulary
from pipeline.vocabulary.fold import fold

CROWD = 200  # threads written by the same people
PEOPLE = 300  # of a crowd
CHAT = 0.4  # share of posts without a treatment
TYPOS = (
    0.03  # share of longer words misspelt, so that the search for misspelt names has as much to do as with real posts
)
RANK = 5  # the r-th treatment is drawn in proportion to 1 / (r + RANK)
FIRST_DAY = dt.datetime(2005, 1, 1, 8)
Row = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class SynthPost:
    """A post as written: who, when (to the minute), and the words."""

    author: str
    posted_at: dt.datetime
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class SynthThread:
    """An invented thread and the rows a reader should take from it (the format of training/dev)."""

    number: int
    title: str
    board: str
    posts: list[SynthPost]
    experiences: list[Row]


@functools.cache
def words() -> dict[str, Any]:
    """What words.toml holds."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


@functools.cache
def treatments(kinds: tuple[str, ...]) -> tuple[list[Concept], list[float]]:
    """Concepts of those kinds in an order of popularity that is always the same, and how likely each is drawn. Names that are
    also plain words are left out: their truth would depend on the words around them."""
    known = load_vocabulary()
    found = [
        c
        for c in known.concepts.values()
        if c.treatment_type in kinds and len(c.name) > 3 and not c.gated and known.terms.get(fold(c.name), (None,))[0] is c
    ]  # fmt: skip
    found.sort(key=lambda c: c.id)
    random.Random(0).shuffle(found)
    return found, [1 / (rank + RANK) for rank in range(1, len(found) + 1)]


def drawn(rng: random.Random, kinds: list[str]) -> tuple[str, Concept]:
    """A treatment, and the name it goes by here: mostly the usual one."""
    concepts, weights = treatments(tuple(kinds))
    (concept,) = rng.choices(concepts, weights)
    return (concept.name if rng.random() < 0.7 else rng.choice(concept.terms)), concept


def talk(rng: random.Random, pattern: str) -> str:
    """A sentence about no treatment, as somebody types it: now and then two letters of a longer word are swapped."""
    data = words()
    fill = {slot: rng.choice(options) for slot, options in data["slots"].items()} | {"kin": rng.choice(data["kin"])}
    out = pattern.format_map(fill).split(" ")
    for n, word in enumerate(out):
        if len(word) > 5 and word.isalpha() and rng.random() < TYPOS:
            at = rng.randint(1, len(word) - 3)
            out[n] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(out)


def told(rng: random.Random, tell: Row, post: int) -> tuple[str, Row]:
    """A sentence about a treatment, and its row."""
    data = words()
    name, concept = drawn(rng, tell["of"])
    kind = {"type": concept.treatment_type, "treatment": [concept.name, *concept.terms]}
    row: Row = {"post": post, "text": name, **kind, "person": tell["person"], "status": tell["status"]}
    text: str = tell["text"]
    fill = {"treatment": name, "kin": rng.choice(data["kin"])}
    if "outcome" in tell:
        row["outcome"] = tell["outcome"]
    effects = []
    if "{problem}" in text:
        fill["problem"] = rng.choice(data["problems"])
        effects.append({"text": fill["problem"], "relation": "treats", "polarity": "affirmed"})
    if "{effect}" in text:
        fill["effect"] = rng.choice(data["effects"])
        effects.append({"text": fill["effect"].removeprefix("a "), "relation": "causes", "polarity": tell["effect"]})
        if tell["effect"] == "denied":
            fill["effect"] = fill["effect"].removeprefix("a ")
    if "{dose}" in text:
        row |= {"dose_low": (amount := rng.choice(data["doses"])), "dose_unit": "mg"}
        fill["dose"] = rng.choice([f"{amount} mg", f"{amount}mg"])
    if "{times}" in text:
        fill["times"], row["doses_per_day"] = rng.choice(list(data["times"].items()))
        row["daily_dose_mg"] = row["dose_low"] * row["doses_per_day"]
    if "{duration}" in text:
        fill["duration"], row["duration_days"] = rng.choice(list(data["durations"].items()))
    events = [dict(e) for e in tell.get("events", ())]
    if "{other}" in text:
        fill["other"], other = drawn(rng, tell["of"])
        events[0]["to"] = [other.name, *other.terms]
    said = text.format_map(fill)
    return said[0].upper() + said[1:], row | ({"effects": effects} if effects else {}) | (
        {"events": events} if events else {}
    )


def person(crowd: int, number: int) -> str:
    """The screen name of somebody in a crowd."""
    data = words()
    rng = random.Random(f"person {crowd} {number}")
    return f"{rng.choice(data['first_names'])}{rng.choice(data['second_names'])}{crowd * PEOPLE + number}"


def synth_thread(number: int, seed: int) -> SynthThread:
    """Thread `number` (from 1): two to twenty posts of some 40 words, most in a few days, people of the same crowd."""
    data, rng = words(), random.Random(f"{seed} {number}")
    crowd = number // CROWD
    names = [person(crowd, rng.randrange(PEOPLE)) for _ in range(rng.randint(2, 6))]
    when = FIRST_DAY + dt.timedelta(minutes=rng.randrange(8 * 365 * 24 * 60))
    posts: list[SynthPost] = []
    rows: list[Row] = []
    # each pattern once a thread: said twice, it would be taken for an unmarked quote, and rightly so
    talks, tells = (rng.sample(data[kind], len(data[kind])) for kind in ("talk", "tell"))
    for n in range(1, rng.randint(2, 18) + 1):
        sentences = [talk(rng, talks.pop()) for _ in range(rng.randint(2, 3))]
        for tell in [tells.pop() for _ in range(0 if rng.random() < CHAT else rng.choice([1, 1, 2])) if tells]:
            said, row = told(rng, tell, n)
            sentences.insert(rng.randint(0, len(sentences)), said)
            rows.append(row)
        posts.append(SynthPost(rng.choice(names), when, " ".join(sentences)))
        when += dt.timedelta(minutes=rng.randint(3, 3000))
    name, _ = drawn(rng, ["drug", "procedure"])
    title = rng.choice(data["titles"]).format(treatment=name, problem=rng.choice(data["problems"]))
    return SynthThread(number, title[0].upper() + title[1:], rng.choice(data["boards"]), posts, rows)


def truth(thread: SynthThread) -> Row:
    """The thread as a line of truth.jsonl."""
    posts = [{"author": p.author, "posted_at": f"{p.posted_at:%Y-%m-%dT%H:%M}", "text": p.text} for p in thread.posts]
    return {"id": str(thread.number), "title": thread.title, "posts": posts, "experiences": thread.experiences}
