# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How good is the data?
#
# Three questions before any number is used: how often are rows right, does `score` mean what it says, and how much do rows tell?

# %%
import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

import pipeline
from pipeline import load

ROOT = Path(pipeline.__file__).parents[1]
sys.path.insert(0, str(ROOT))
from training.evaluate import extract
from training.score import agrees, pair, same_name

# %% [markdown]
# ## How often are rows right?
#
# F1 on threads that nobody who wrote rules has read (`heldout`), on threads by other hands (`fresh`) and on those rules were written
# with (`dev`). The last is what a system gets that has seen the answers. `make evaluate` measures them, and writes the intervals.

# %%
told = json.loads((ROOT / "pipeline/share/scores.json").read_text())
scores = pd.DataFrame({name: {m: c["f1"] for m, c in measures.items()} for name, measures in told.items()})
scores = scores.assign(n_heldout=pd.Series({m: c["n"] for m, c in told["heldout"].items()}))
scores

# %% [markdown]
# ## Agreement, row by row
#
# Forty marked threads of the dev set, read anew: what the system and the person who marked them agree on. Two people's marks of the
# same threads, which would say how well anybody can do, do not exist yet: with `threadrx annotate` they can be made.

# %%
golds = [json.loads(line) for line in (ROOT / "training/dev/single.jsonl").open(encoding="utf-8")][:40]
found = extract(golds)
right = []
for gold, made in zip(golds, found):
    words = {m["mention_id"]: m for m in made["mentions"]}
    pairs = {id(p): g for g, p in pair(gold["experiences"], made["experiences"], words, [p["text"] for p in gold["posts"]])}
    for row in made["experiences"]:
        mark = pairs.get(id(row))
        if mark is None or not mark.get("optional"):
            ok = mark is not None and same_name(row["treatment_name"], mark["treatment"]) and agrees(mark["person"], row["person"])
            right.append((row["score"], row["person"], row["status"], bool(ok and agrees(mark["status"], row["status"]))))
rows = pd.DataFrame(right, columns=["score", "person", "status", "right"])
rows.groupby("status").right.agg(rows="size", right="mean").round(2)

# %% [markdown]
# ## Does `score` mean what it says?

# %%
bins = rows.groupby(pd.cut(rows.score, [0, 0.5, 0.6, 0.7, 0.8, 1]), observed=True).agg(
    score=("score", "mean"), right=("right", "mean"), rows=("right", "size"))
figure, axes = plt.subplots(figsize=(4.5, 4.2))
axes.plot([0, 1], [0, 1], color="#bbbbbb", lw=1)
axes.scatter(bins.score, bins.right, s=bins.rows * 4, color="#1f77b4")
for b in bins.itertuples():
    axes.annotate(f" {b.rows} rows", (b.score, b.right))
axes.set(xlim=(0.3, 1), ylim=(0.3, 1.05), xlabel="score", ylabel="share of rows that are right", title="Calibration")
plt.tight_layout()

# %% [markdown]
# ## How much do rows tell?
#
# Of each experience, the fields a report of a side effect should have. Where a field does not apply (a dose of an operation) it is
# left out of the share.

# %%
complete = load("experience_completeness")
fields = [c for c in complete if c.startswith("has_")]
share = complete[fields].mean().astype(float).rename(lambda c: c.removeprefix("has_")).sort_values()
axes = share.plot.barh(color="#6baed6", figsize=(7, 3), xlim=(0, 1), title=f"Told, of {len(complete)} experiences", xlabel="share")
plt.tight_layout()
complete.completeness.describe().round(2)
