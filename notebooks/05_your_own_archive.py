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
# # Bring your own archive
#
# A folder below `data/raw`, pages or dumps in it, a `source.toml` beside them, and a build. Here everything is made in a temporary
# folder, with an invented dump, so that it can be run as it stands.

# %%
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from pipeline import load
from pipeline.run.build import build

home = Path(tempfile.mkdtemp())
board = home / "raw/allotment-friends"
board.mkdir(parents=True)
_ = os.environ.setdefault("THREADRX_KEY", "a key only for this tour")  # yours is made at the first build, outside the repository

# %% [markdown]
# ## The pages
#
# Saved pages of most forum softwares, text dumps, JSON, mbox, WARC, or a table with a row a post, as here. And one file that is
# nothing, to see what becomes of it.

# %%
SAID = [
    ("Knees", "marrowfat", "2012-05-01", "Does anybody take glucosamine for their knees? My GP was no help."),
    ("Knees", "oldspade", "2012-05-02", "I took glucosamine 1500 mg a day for a year and it did nothing. Naproxen 500 mg twice a day helps me."),
    ("Knees", "trugbasket", "2012-05-02", "My husband had a knee replacement in March, best thing he ever did."),
    ("Knees", "marrowfat", "2012-06-11", "I am on naproxen 250 mg twice a day now. It gives me heartburn, so omeprazole 20 mg in the morning too."),
    ("Sleep", "dibber", "2013-01-10", "Amitriptyline 10 mg at night made me so groggy that I stopped it after a week."),
    ("Sleep", "oldspade", "2013-01-11", "Same here with amitriptyline. Melatonin 3 mg works for me."),
]
posts = pd.DataFrame(SAID, columns=["title", "author", "date", "text"]).assign(thread_id=lambda p: p.title.str.lower())
posts.to_csv(board / "posts.csv", index=False)
_ = (board / "photo.html").write_bytes(b"\x89PNG" + bytes(range(256)))
_ = (board / "source.toml").write_text("""
name = "Allotment friends"
origin = "invented for this notebook"
terms = "CC0-1.0"
time_zone = "Europe/London"
date_order = "ymd"
""")

# %% [markdown]
# ## The build
#
# The same as `threadrx build --raw … --out …`. Nothing disappears: what is left out is listed, with what to do.

# %%
report = build(home / "raw", home / "processed")
print(report.counts["threads"], "threads,", report.counts["posts"], "posts,", report.counts["experiences"], "experiences")
print(*report.left_out, sep="\n")

# %%
experiences = load("experiences", folder=home / "processed")
experiences[["person", "treatment_name", "status", "daily_dose_mg", "duration_days", "outcome", "score"]]

# %% [markdown]
# ## What to look at first
#
# How many posts were read, whether dates look right, and whether the treatments are those you know people speak of. Then correct
# some threads by hand (`threadrx annotate`), and see what the extraction is worth on your archive: `make evaluate FILE=export.json`.

# %%
had = experiences[experiences.is_experience]
axes = had.groupby("treatment_name").patient_id.nunique().sort_values().plot.barh(
    color="#1f77b4", figsize=(7, 3), title="People who have had it", xlabel="people", ylabel="")
axes.xaxis.get_major_locator().set_params(integer=True)
plt.tight_layout()
