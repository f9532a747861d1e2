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
# # What do patients say about a treatment?
#
# Who has had it, how much they take, what came of it, what it did to them, why they stopped. Counts are people. Run `make dataset`
# first. What people write is not what happened: these are no rates of side effects, in any population.

# %%
import matplotlib.pyplot as plt
import pandas as pd

from pipeline import load

treatments = load("treatments").sort_values(["n_people", "treatment_name"], ascending=[False, True])
treatments[["treatment_name", "treatment_type", "n_people", "n_posts", "n_people_unknown_author"]].head(8)

# %% [markdown]
# The one most people tell of; put another name here.

# %%
treatment = treatments.treatment_name.iloc[0]
row = treatments[treatments.treatment_name == treatment].iloc[0]
where = f"treatment_id = '{row.treatment_id}'"
print(f"{treatment}: {row.n_people} people in {row.n_posts} posts, of {row.n_people_unknown_author} the author is unknown")
print(f"{row.n_self} tell of themselves, of {row.n_family} a relative tells; {row.n_current} were on it when they last told")

# %% [markdown]
# ## What came of it
#
# A share is given only from the floor of people on that the build was made with (`provenance`); below it the counts stand alone.

# %%
OUTCOMES = {"n_helped": "#1b7837", "n_partly": "#7fbf7b", "n_mixed": "#dfc27d", "n_none": "#af8dc3", "n_worse": "#762a83",
            "n_too_early": "#bbbbbb"}
if pd.notna(row.helped_share):
    print(f"helped: {row.helped_share:.0%} ({row.helped_share_low:.0%} to {row.helped_share_high:.0%}) of {row.n_outcome}")
else:
    print(f"{row.n_helped} helped, of {row.n_outcome} who told an outcome: too few for a share")
counts = row[list(OUTCOMES)].astype(int).rename(lambda c: c.removeprefix("n_").replace("_", " "))
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2))
counts[::-1].plot.barh(ax=left, color=list(OUTCOMES.values())[::-1], title="What came of it", xlabel="people")
reasons = row.filter(like="n_stop_").astype(int).rename(lambda c: c.removeprefix("n_stop_").replace("_", " "))
reasons[::-1].plot.barh(ax=right, color="#6baed6", title="Why people stopped", xlabel="people")
for axes in (left, right):
    axes.xaxis.get_major_locator().set_params(integer=True)
plt.tight_layout()

# %% [markdown]
# ## How much
#
# One dose a person, the one told last, by route. Doses whose unit or intakes a day had to be assumed are left out.

# %%
load("treatment_doses", where).drop(columns=["treatment_id", "treatment_name", "n_people_unknown_author"])

# %% [markdown]
# ## What it did to them, and what they take it for
#
# `n_affirmed` say so, `n_denied` say it did not: most people do not mention what they did not have.

# %%
effects = load("treatment_effects", where).sort_values(["n_affirmed", "problem_name"], ascending=[False, True])
effects[["problem_name", "relation", "n_affirmed", "n_uncertain", "n_denied", "n_severe", "n_serious"]].head(10)

# %%
indications = load("treatment_indications", where).sort_values(["n_affirmed", "problem_name"], ascending=[False, True])
indications[["problem_name", "n_affirmed", "n_denied", "n_helped", "n_outcome"]].head(10)

# %% [markdown]
# Is an effect told of this treatment oftener than of others? A description, never a signal; null below the floor of cases.

# %%
against = load("treatment_disproportionality", where).sort_values(["n_both", "problem_name"], ascending=[False, True])
against[["problem_name", "n_both", "n_treatment_only", "n_problem_only", "n_neither", "n_expected", "ic", "ic_low", "q_value"]].head(8)

# %% [markdown]
# ## When they told of it

# %%
years = load("treatment_years", where).set_index("year")
axes = years.n_people.plot.bar(color="#1f77b4", figsize=(8, 2.6), title=f"People who told of {treatment}", ylabel="people")
axes.yaxis.get_major_locator().set_params(integer=True)
plt.tight_layout()
