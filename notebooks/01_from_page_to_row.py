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
# One thread on its way: the saved page, its posts, the words that are tagged in them, the *experiences* these words tell, and the
# reasons behind one row. It calls what `threadrx parse` and `threadrx extract` call, and needs no built tables.
#
# Text of posts is somebody else's: what this shows is for those who may see the archive.

# %%
import html
import json
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import HTML

from pipeline.run.lines import extract_lines, parse_lines

pd.set_option("display.max_colwidth", 90)
here = Path.cwd()
RAW = next(d / "data/raw" for d in (here, *here.parents) if (d / "data/raw").is_dir())

# %% [markdown]
# ## The page
#
# The first page of the first archive. Set `path` to look at another one.

# %%
path = (sorted(RAW.glob("example/*.html")) or sorted(RAW.glob("*/*.html")))[0]
page = path.read_bytes()
shown = page.decode("utf-8", "replace")
body = shown.find("<body")
print(f"{path.name}, {len(page):,} bytes; around the first post:\n")
print(shown[body : body + 900])

# %% [markdown]
# ## Its posts
#
# The parser recognises the forum software and takes the page apart. Names are as shown here; in the tables they are pseudonyms.
# `parse_lines` yields lines of JSON, as the command prints them (or a rejection that says why a page is no thread).

# %%
line = next(parse_lines(path, page, None, None, None))
thread = json.loads(line)
print(thread["software"], "·", thread["title"])
posts = pd.DataFrame(thread["posts"])
posts[["position", "author", "posted_at", "text"]].assign(quotes=posts.quotes.map(len))

# %% [markdown]
# ## Mentions
#
# What is tagged in each post, with its label. The words are escaped before they become HTML.

# %%
rows = json.loads(next(extract_lines([line])))
mentions = pd.DataFrame(rows["mentions"])

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



inside = mentions[mentions.field == "text"]
HTML("".join(
    f'<p style="white-space:pre-wrap;max-width:50em;line-height:1.7"><b>{p.position}</b> '
    f"{highlighted(p.text, inside[inside.post == p.position])}</p>"
    for p in posts.head(4).itertuples()
))

# %% [markdown]
# ## Experiences
#
# One row a person and treatment, as one post tells it. Whose experience it is (`person`), and whether they have had it at all
# (`status`), decides what may be counted. Empty means *not stated*, never *no*.

# %%
experiences = pd.DataFrame(rows["experiences"])
experiences[["post", "person", "person_detail", "treatment_name", "status", "daily_dose_mg", "route", "duration_days", "outcome"]]

# %% [markdown]
# What the treatments did and were taken for:

# %%
effects = pd.DataFrame(rows["effects"]).reindex(columns=["experience_id", "relation", "polarity", "concept_name", "severity", "outcome"])
effects.merge(experiences[["experience_id", "treatment_name"]], on="experience_id").drop(columns="experience_id")

# %% [markdown]
# ## Why is a row there?
#
# Every value points to words and to the rule or vocabulary entry that read them. The row of which most is known (for rows of a
# built dataset: `threadrx why EXPERIENCE_ID`):

# %%
known = experiences.notna().sum(axis=1) + experiences.experience_id.map(effects.groupby("experience_id").size()).fillna(0)
row = experiences.loc[known.idxmax()]
text = posts.text[posts.position == row.post].iloc[0]
by = mentions.set_index("mention_id").method[row.mention_id]
print(f"{row.treatment_name} ({row.treatment_type}), {row.person}, {row.status}, in post {row.post}")
print(f"rests on text[{row.evidence_start}:{row.evidence_end}]: {text[row.evidence_start : row.evidence_end]!r}")
print(f"treatment by {by}; decided by {row.method}; score {row.score:.2f}")

# %% [markdown]
# ## The thread at a glance
#
# Who speaks of which treatment where: filled where somebody has had it, hollow where it is asked about, advised or planned.

# %%
order = list(dict.fromkeys(experiences.treatment_name))
figure, axes = plt.subplots(figsize=(8, 0.4 * len(order) + 1.2))
for had, group in experiences.groupby("is_experience"):
    axes.scatter(group.post, group.treatment_name.map(order.index), s=90, color="#1f77b4", facecolors=None if had else "none",
                 label="has had it" if had else "speaks of it")
axes.set(xlabel="post", yticks=range(len(order)), yticklabels=order, title="Treatments in this thread")
axes.invert_yaxis()
axes.xaxis.get_major_locator().set_params(integer=True)
axes.legend(frameon=False, bbox_to_anchor=(1, 1))
plt.tight_layout()
