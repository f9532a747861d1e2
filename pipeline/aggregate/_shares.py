"""Shares of people with their intervals, and the last step of every aggregate."""

from typing import TYPE_CHECKING, Any, get_args

from pipeline.aggregate._people import UNSETTLED, people
from pipeline.records import Outcome, columns

if TYPE_CHECKING:
    import pandas as pd

FLOOR = 5  # people: below, one person more or less would move a share by 20 points
DTYPES = {str: "object", list[str]: "object", int: "Int64", float: "float64", bool: "boolean"}


def wilson(k: int, n: int) -> tuple[float, float]:
    """95 % score interval of k people in n (Wilson 1927, JASA 22:209), by scipy."""
    from scipy.stats import binomtest

    interval = binomtest(k, n).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def outcomes(rows: "pd.DataFrame", by: list[str], floor: int) -> "pd.DataFrame":
    """From rows with one outcome a person: people per outcome, `n_outcome` (all but too early), `helped_share` of these with
    its 95 % interval, null where `n_outcome` is below `floor`. No `floor` below 1 makes a share of nobody."""
    import pandas as pd

    out = people(rows, by, "outcome", get_args(Outcome))
    out["n_outcome"] = out.drop(columns=f"n_{UNSETTLED}").sum(axis=1)
    pairs = out.loc[out["n_outcome"] >= max(floor, 1), ["n_helped", "n_outcome"]].drop_duplicates()
    shares = [(k, n, k / n, *wilson(k, n)) for k, n in pairs.astype(int).itertuples(index=False)]
    names = ["n_helped", "n_outcome", "helped_share", "helped_share_low", "helped_share_high"]
    share = pd.DataFrame(shares, columns=names).astype(dict.fromkeys(names[2:], "float64"))
    share = share.astype(dict.fromkeys(names[:2], "int64")).set_index(names[:2])
    return out.join(share, on=names[:2])


def finish(record: type, *parts: "pd.DataFrame") -> "pd.DataFrame":
    """Parts side by side (each indexed by the record's key) as a frame with the record's columns, sorted by key: counts that
    no part has are 0, lists empty; statistics to four decimals, so that the last bits of a float do not matter."""
    import pandas as pd

    fields = columns(record)
    out = pd.concat(parts, axis=1).reset_index().reindex(columns=[c.name for c in fields])
    for c in fields:
        filled: Any = out[c.name]
        if c.type == list[str]:
            filled = filled.map(lambda v: v if isinstance(v, list) else [])
        elif c.type is int and not c.nullable:
            filled = filled.fillna(0)
        out[c.name] = filled.astype("int64" if c.type is int and not c.nullable else DTYPES[c.type])
        if c.type is float:
            out[c.name] = out[c.name].round(4)
    return out.sort_values([c.name for c in fields if c.key]).reset_index(drop=True)
