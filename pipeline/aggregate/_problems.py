"""Treatment × problem: what the aggregates of effects and of indications share."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline.aggregate._people import counted, named, people, strongest
from pipeline.records import col
from pipeline.vocabulary.fold import fold

if TYPE_CHECKING:
    import pandas as pd

WORDS = "words:"
POLARITIES = ("denied", "uncertain", "affirmed")  # whoever had it once has had it, whatever else they wrote


@dataclasses.dataclass(slots=True, kw_only=True)
class OfProblem:
    """One treatment and one problem linked to it."""

    treatment_id: str = col("vocabulary concept of the treatment", key=True)
    problem_id: str = col(f"concept of the problem; where none is close enough, `{WORDS}` and its words", key=True)
    treatment_name: str = col("preferred name of the treatment")
    problem_name: str = col("preferred name of the problem, else its words")
    n_people: int = col("people who spoke of it, whether they say yes, no or perhaps", unit="people")
    n_posts: int = col("posts that speak of it", unit="posts")
    n_people_unknown_author: int = col("of n_people, those of posts whose author is unknown", unit="people")
    n_affirmed: int = col("people who say yes, at least once", unit="people")
    n_uncertain: int = col("people who are not sure, and never say yes", unit="people")
    n_denied: int = col("people who only say no", unit="people")


def problems(frames: Mapping[str, "pd.DataFrame"], told: "pd.DataFrame", relations: Sequence[str]) -> "pd.DataFrame":
    """Effects of `relations` that belong to the experiences `told`, with patient, treatment and `problem_id`, `problem_name`.

    Words that have no concept are the same problem where they fold to the same (`pipeline.vocabulary.fold`)."""
    effects = frames["effects"]
    effects = effects[effects["relation"].isin(relations)]
    mentions = frames["mentions"]
    unlinked = effects.loc[effects["concept_id"].isna(), "mention_id"]
    texts = mentions[mentions["mention_id"].isin(unlinked)].set_index("mention_id")["text"]
    words = effects["mention_id"].map(texts.map(lambda t: " ".join(fold(t).split()))).astype("object").fillna("")
    effects = effects.assign(
        problem_id=effects["concept_id"].fillna(WORDS + words),
        problem_name=effects["concept_name"].fillna(effects["concept_id"]).fillna(words),
    )
    whose = told[["experience_id", "patient_id", "treatment_id", "treatment_name", "unknown_author"]]
    return effects.merge(whose, on="experience_id")


def tally(rows: "pd.DataFrame", by: list[str]) -> list["pd.DataFrame"]:
    """The columns of OfProblem, indexed by `by`."""
    each = strongest(rows, by, "polarity", POLARITIES)
    return [
        named(rows, by, ["treatment_name", "problem_name"]),
        counted(rows, by),
        people(each, by, "polarity", POLARITIES),
    ]


def affirmed(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Rows that say yes."""
    return rows[rows["polarity"] == "affirmed"]
