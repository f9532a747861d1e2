"""How far people of a public tier can still be singled out, and whether words get through: what a release reports of itself."""

from typing import TYPE_CHECKING, Any

from pipeline.records import columns
from pipeline.share.database import described
from pipeline.share.public import LEAST, Frames, common, policies, public, sizes, texts, traits_of

if TYPE_CHECKING:
    import pandas as pd

CANARY = "canary"  # and a number: in no vocabulary
IDS = ("experience_id", "patient_id", "treatment_id")  # hold the tables together
ROWS = 200  # of each table get a canary, so that a large dataset costs no second release


def singled_out(rows: "pd.DataFrame", least: int) -> dict[str, int]:
    """Of the people of experiences: how many share person, sex, age and first year with fewer than `least`; how many with nobody;
    the smallest group; and how many are the only ones with exactly their treatments."""
    if rows.empty:
        return {"people": 0, "few_alike": 0, "alone": 0, "smallest_group": 0, "alone_by_treatments": 0}
    alike = sizes(traits_of(rows))
    taken = rows.groupby("patient_id")["treatment_id"].agg(lambda ids: " ".join(sorted(set(ids))))
    return {
        "people": len(alike),
        "few_alike": int((alike < least).sum()),
        "alone": int((alike == 1).sum()),
        "smallest_group": int(alike.min()),
        "alone_by_treatments": int((taken.map(taken.value_counts()) == 1).sum()),
    }


def planted(frames: Frames, spared: tuple[str, ...]) -> dict[str, "pd.DataFrame"]:
    """The tables with canaries: in the first rows of each, every column that can hold words of a post (but `spared`) holds one, a
    word found nowhere else."""
    out = dict(frames)
    n = 0
    for name in (n for n, policy in policies().items() if "of" not in policy):  # aggregates hold no rows of one post
        frame = frames[name].copy()
        for column in (c.name for c in columns(described()[name]) if c.type is str and not c.values):
            if column not in spared:
                values = frame[column].astype("object").to_numpy(copy=True)
                for row in range(min(len(frame), ROWS)):
                    n += 1
                    values[row] = f"{CANARY}{n}"
                frame[column] = values
        out[name] = frame
    return out


def report(frames: Frames, out: Frames, key: bytes, least: int = LEAST) -> dict[str, Any]:
    """What a public tier gives away, before (`frames`) and after (`out`). `words_that_got_through` must be empty: values of its
    texts that fewer than `least` people share and that are neither ids of this release nor of a closed list, and canaries."""
    rare: set[str] = set()
    for spared in (IDS, (*IDS, "treatment_name")):  # a treatment nobody else has keeps its whole row in
        rare |= {t for t in texts(public(planted(frames, spared), key, least).values()) if CANARY in t}
    told = out["experiences"]
    people = told.set_index("experience_id")["patient_id"]
    for name, policy in policies().items():
        frame = out[name]
        if "of" not in policy:
            whose = frame["patient_id"] if "patient_id" in frame else frame["experience_id"].map(people)
            for column in policy.get("common", ()):
                rare.update(frame.loc[common(frame[column], whose, least).isna(), column].dropna().astype(str))
    before, after = singled_out(frames["experiences"], least), singled_out(told, least)
    return {
        "least": least,
        "before": before,
        "after": after,
        "rows_left_out": {name: len(frames[name]) - len(out[name]) for name in out},
        "words_that_got_through": sorted(rare),
    }
