"""Counting people: the rows that count, one value a person where posts differ, and how many people have each value.

Everything is a groupby over whole columns. `by` names the columns of a group; a function that returns counts or statistics
returns one row a group, indexed by `by`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, get_args

from pipeline.records import Outcome

if TYPE_CHECKING:
    import pandas as pd

UNSETTLED = "too_early"
QUANTILES = {"min": 0.0, "q1": 0.25, "median": 0.5, "q3": 0.75, "max": 1.0}


def had(frames: Mapping[str, "pd.DataFrame"]) -> "pd.DataFrame":
    """Experiences somebody in particular has had, with `unknown_author`. A signature stands under every post of its author:
    of its rows only the earliest a person and treatment is kept."""
    rows = frames["experiences"]
    rows = rows[rows["is_experience"].astype(bool)]
    signed = rows[rows["resolution"] == "signature"].sort_values(["posted_at", "experience_id"])
    again = signed.index[signed.duplicated(["patient_id", "treatment_id"])]
    rows = rows.drop(index=again)
    return rows.assign(unknown_author=rows["author_id"].isna())


def named(rows: "pd.DataFrame", by: list[str], names: list[str]) -> "pd.DataFrame":
    """Names that go with a group; where rows differ, the first in the alphabet, so that their order does not matter."""
    pairs = rows[[*by, *names]].drop_duplicates()
    return pairs.sort_values([*by, *names]).drop_duplicates(by).set_index(by)


def counted(rows: "pd.DataFrame", by: list[str]) -> "pd.DataFrame":
    """`n_people`, `n_posts`, `n_people_unknown_author`."""
    import pandas as pd

    groups = rows.groupby(by)
    unknown = rows[rows["unknown_author"]].groupby(by)["patient_id"].nunique()
    return pd.DataFrame({"n_people": groups["patient_id"].nunique(), "n_posts": groups["post_id"].nunique(),
                         "n_people_unknown_author": unknown})  # fmt: skip


def people(
    rows: "pd.DataFrame", by: list[str], column: str, values: Sequence[str], prefix: str = "n_"
) -> "pd.DataFrame":
    """People who have each of `values`, a column each; somebody with two of them is in both (see `strongest`, `settled`)."""
    pairs = rows[[*by, "patient_id", column]].dropna(subset=[column]).drop_duplicates()
    sizes = pairs.groupby([*by, column]).size().unstack(column, fill_value=0)
    return sizes.reindex(columns=list(values), fill_value=0).add_prefix(prefix)


def strongest(rows: "pd.DataFrame", by: list[str], column: str, values: Sequence[str]) -> "pd.DataFrame":
    """One row a person of each group with the last of `values` that any of its rows has; people with none are left out."""
    ranks = rows.assign(rank=rows[column].map({v: n for n, v in enumerate(values)})).dropna(subset=["rank"])
    each = ranks.groupby([*by, "patient_id"])["rank"].max().reset_index()
    return each.assign(**{column: each["rank"].map(dict(enumerate(values)))})


def settled(rows: "pd.DataFrame", by: list[str]) -> "pd.DataFrame":
    """One row a person of each group with its `outcome`, decided as for courses (`pipeline.experience.courses.outcome_of`):
    too early is overtaken by any other, and two different ones are mixed. People without any are left out."""
    kinds = [o for o in get_args(Outcome) if o != UNSETTLED]
    told = rows.dropna(subset=["outcome"])
    told = told.assign(rank=told["outcome"].map({o: n for n, o in enumerate(kinds)}))
    each = told.groupby([*by, "patient_id"])["rank"].agg(["min", "max"]).reset_index()
    outcome = each["max"].map(dict(enumerate(kinds))).fillna(UNSETTLED)
    return each.assign(outcome=outcome.mask(each["min"] < each["max"], "mixed"))


def last_told(rows: "pd.DataFrame", by: list[str], column: str) -> "pd.DataFrame":
    """One row a person of each group, the latest that tells `column`; an undated post counts as earliest."""
    told = rows.dropna(subset=[column]).sort_values(["posted_at", "experience_id"], na_position="first")
    return told.drop_duplicates([*by, "patient_id"], keep="last")


def quartiles(rows: "pd.DataFrame", by: list[str], column: str, prefix: str) -> "pd.DataFrame":
    """`{prefix}_min`, `_q1`, `_median`, `_q3`, `_max` of a column that has one value a person."""
    import pandas as pd

    groups = rows.groupby(by)[column]
    return pd.DataFrame({f"{prefix}_{name}": groups.quantile(q) for name, q in QUANTILES.items()})
