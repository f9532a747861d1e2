"""What the aggregates share: the people who have had something, problems by name, shares with intervals."""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipeline.records import columns

if TYPE_CHECKING:
    import pandas as pd

FLOOR = 5  # people below which no share is given: one person more or less would move it too far


def had(frames: Mapping[str, "pd.DataFrame"]) -> "pd.DataFrame":
    """Experiences somebody in particular has had, with `unknown_author` True where the teller's name is gone."""
    rows = frames["experiences"]
    rows = rows[rows["is_experience"].astype(bool)]
    return rows.assign(unknown_author=rows["author_id"].isna())


def problems(frames: Mapping[str, "pd.DataFrame"], relation: str) -> "pd.DataFrame":
    """Effects of one relation joined to the experience they belong to; a problem without concept goes by its folded words."""
    effects = frames["effects"]
    effects = effects[effects["relation"] == relation]
    words = frames["mentions"].set_index("mention_id")["text"].reindex(effects["mention_id"]).str.lower().str.strip()
    words.index = effects.index
    effects = effects.assign(
        problem_id=effects["concept_id"].fillna("words:" + words), problem_name=effects["concept_name"].fillna(words)
    )
    told = had(frames)[["experience_id", "patient_id", "treatment_id", "treatment_name", "unknown_author"]]
    return effects.merge(told, on="experience_id", how="inner")


def count_people(rows: "pd.DataFrame", by: list[str], where: "pd.Series | None" = None) -> "pd.Series":
    """Distinct patients per group, of the rows where `where` holds."""
    return (rows if where is None else rows[where]).groupby(by, observed=True)["patient_id"].nunique()


def wilson(successes: int, n: int) -> tuple[float, float]:
    """95 % Wilson score interval of a proportion (Wilson 1927), from scipy."""
    from scipy.stats import binomtest

    interval = binomtest(successes, n).proportion_ci(confidence_level=0.95, method="wilson")
    return round(float(interval.low), 4), round(float(interval.high), 4)


def finish(record: type, rows: "pd.DataFrame") -> "pd.DataFrame":
    """The columns of the record in order, sorted by key; counts filled with 0, an empty frame with the right columns."""
    fields = columns(record)
    out = rows.reindex(columns=[c.name for c in fields])
    for c in fields:
        if c.type is int and not c.nullable:
            out[c.name] = out[c.name].fillna(0).astype("int64")
        elif c.type is float:
            out[c.name] = out[c.name].astype("float64").round(4)
    keys = [f.name for f in dataclasses.fields(record) if f.metadata["key"]]
    return out.sort_values(keys, kind="stable").reset_index(drop=True)
