"""Shares of people with their intervals, and the last step of every aggregate."""

from typing import TYPE_CHECKING, Any, get_args

from pipeline.aggregate._people import UNSETTLED, people
from pipeline.records import Outcome, columns

if TYPE_CHECKING:
    import pandas as pd

DTYPES = {str: "object", list[str]: "object", int: "Int64", float: "float64", bool: "boolean"}


def wilson(k: int, n: int) -> tuple[float, float]:
    """95 % score interval of k people in n (Wilson 1927, JASA 22:209), by scipy."""
    from scipy.stats import binomtest

    interval = binomtest(k, n).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def wilsons(k: "pd.Series", n: "pd.Series", floor: int) -> "pd.DataFrame":
    """`share`, `low`, `high` of k people in n, row by row: null where n is below `floor`, and never a share of nobody."""
    import numpy as np
    import pandas as pd

    given = (n >= max(floor, 1)).to_numpy()
    pairs, which = np.unique(np.stack([k[given], n[given]]).astype(int), axis=1, return_inverse=True)
    shares = np.array([(a / b, *wilson(a, b)) for a, b in pairs.T.tolist()]).reshape(-1, 3)
    found = pd.DataFrame(np.nan, index=k.index, columns=["share", "low", "high"])
    found.loc[given] = shares[which.ravel()]
    return found


def outcomes(rows: "pd.DataFrame", by: list[str], floor: int) -> "pd.DataFrame":
    """From rows with one outcome a person: people per outcome, `n_outcome` (all but too early), `helped_share` of these with
    its 95 % interval, null where `n_outcome` is below `floor`."""
    out = people(rows, by, "outcome", get_args(Outcome))
    out["n_outcome"] = out.drop(columns=f"n_{UNSETTLED}").sum(axis=1)
    share = wilsons(out["n_helped"], out["n_outcome"], floor)
    return out.join(share.set_axis(["helped_share", "helped_share_low", "helped_share_high"], axis=1))


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
