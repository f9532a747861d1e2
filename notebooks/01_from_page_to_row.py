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
# # From a page to a row
#
# One thread of the archive on its way: the saved page, its posts, the words that were tagged in them, the *experiences*
# these words tell, the reasons behind one row, and what many such rows add up to.
#
# Run `make dataset` first. What this shows may quote posts: it is for those who may see the archive.

# %%
import html
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import HTML

from pipeline import load
from pipeline.parse import SourceSettings, parse_bytes
from pipeline.parsed import ParsedThread
from pipeline.run.why import explain, why
from pipeline.tables import processed

pd.set_option("display.max_colwidth", 90)
here = Path.cwd()
RAW = next(d / "data/raw" for d in (here, *here.parents) if (d / "data/raw").is_dir())

# %% [markdown]
# ## The page
#
# We take the thread that tells most experiences. Set `thread_id` to look at another one.

# %%
experiences = load("experiences")
told = experiences[experiences.is_experience].groupby("thread_id").size()
thread_id = told.idxmax()
posts = load("posts", f"thread_id = '{thread_id}'").sort_values("position")
path = RAW / posts.raw_path.iloc[0]
page = path.read_bytes()

shown = page.decode("utf-8", "replace")
date = shown.find(posts.posted_at_text.iloc[0] or "\n")  # the first post stands around its date
print(f"{posts.raw_path.iloc[0]}, {len(page):,} bytes; around the first post:\n")
print(shown[max(0, date - 120) : date + 500])

# %% [markdown]
# ## Its posts
#
# `parse_bytes` recognises the forum software and takes the page apart. Names are still as shown here; in the tables they are
# pseudonyms. Whether 03-08 is March or August is decided for the thread as a whole, and the column says how.

# %%
parsed = parse_bytes(page, path.name, settings=SourceSettings())
threads = [t for t in parsed if isinstance(t, ParsedThread)]
print(threads[0].software, "·", threads[0].title)
pd.DataFrame(
    [(p.position, p.author, p.posted_at, p.date_order, len(p.quotes), p.text) for p in threads[0].posts],
    columns=["position", "author", "posted_at", "date_order", "quotes", "text"],
)

# %% [markdown]
# ## Mentions
#
# What was tagged in each post, with its label. Text of posts is somebody else's: it is escaped before it becomes HTML.

# %%
COLOURS = {"PROBLEM": "#ffd6d6", "DRUG": "#cfe8ff", "DRUG_CLASS": "#cfe8ff", "PROCEDURE": "#dcd3ff",
           "DEVICE": "#dcd3ff", "THERAPY": "#dcd3ff"}


def highlighted(text: str, mentions: pd.DataFrame) -> str:
    """A post as HTML, each mention marked with its label; of mentions that overlap the first."""
    out, at = [], 0
    for m in mentions.sort_values(["start", "end"]).itertuples():
        if m.start < at:
            continue
        style = f"background:{COLOURS.get(m.label, '#e8e8e8')};color:#000;padding:0 .2em;border-radius:.2em"
        out += [html.escape(text[at : m.start]), f'<mark style="{style}">{html.escape(text[m.start : m.end])}']
        out += [f'<small style="opacity:.7"> {html.escape(m.label.lower())}</small></mark>']
        at = m.end
    return "".join(out) + html.escape(text[at:])


mentions = load("mentions").merge(posts[["post_id"]], on="post_id")
mentions = mentions[mentions.field == "text"]
HTML("".join(
    f'<p style="white-space:pre-wrap;max-width:50em;line-height:1.7"><b>{p.position}</b> '
    f"{highlighted(p.text, mentions[mentions.post_id == p.post_id])}</p>"
    for p in posts.head(4).itertuples()
))

# %% [markdown]
# ## Experiences
#
# One row a person and treatment, as one post tells it. Whose experience it is (`person`), and whether they have had it at all
# (`status`), decides what may be counted. Empty means *not stated*, never *no*.

# %%
rows = experiences[experiences.thread_id == thread_id]
columns = ["post_id", "person", "person_detail", "treatment_name", "status", "daily_dose_mg", "route", "duration_days", "outcome"]
rows[columns].assign(post_id=rows.post_id.str[-5:].astype(int)).rename(columns={"post_id": "post"})

# %% [markdown]
# What the treatments did and were taken for, in the same thread:

# %%
effects = load("effects").merge(rows[["experience_id", "treatment_name"]], on="experience_id")
effects[["treatment_name", "relation", "polarity", "concept_name", "severity", "serious", "outcome"]]

# %% [markdown]
# ## Why is a row there?
#
# `threadrx why EXPERIENCE_ID` in a terminal; the same here, for the row of this thread of which most is known.

# %%
known = rows.notna().sum(axis=1) + rows.experience_id.map(effects.groupby("experience_id").size()).fillna(0)
row_id = rows.experience_id[known.idxmax()]
print("\n".join(explain(why(processed(), row_id))))

# %% [markdown]
# ## What the rows add up to
#
# Aggregates count people: somebody who writes a hundred posts about one treatment is one. A share that helped is given only
# from five people on; below that the counts stand alone.

# %%
treatments = load("treatments").sort_values(["n_people", "treatment_name"], ascending=[False, True])
treatments[["treatment_name", "n_people", "n_posts", "n_people_unknown_author", "n_outcome", "helped_share", "top_effects"]].head(8)

# %%
OUTCOMES = {"n_helped": "#1b7837", "n_partly": "#7fbf7b", "n_mixed": "#dfc27d", "n_none": "#af8dc3", "n_worse": "#762a83",
            "n_too_early": "#bbbbbb"}
top = treatments.head(12).set_index("treatment_name")[::-1]
counts = top[list(OUTCOMES)].astype(int)
counts["not stated"] = top.n_people.astype(int) - counts.sum(axis=1)
axes = counts.rename(columns=lambda c: c.removeprefix("n_").replace("_", " ")).plot.barh(
    stacked=True, color=[*OUTCOMES.values(), "#f0f0f0"], edgecolor="white", figsize=(8, 4.5)
)
axes.set(xlabel="people", ylabel="", title="What people say came of it")
axes.xaxis.get_major_locator().set_params(integer=True)
axes.legend(frameon=False, bbox_to_anchor=(1, 1))
plt.tight_layout()
