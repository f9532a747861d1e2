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
# # Compare two treatments
#
# People choose what they take and what they write about: a difference here is a difference in what is told, not in what the
# treatments do. Everything is counted in people, with the interval that the few of them allow. Run `make dataset` first.

# %%
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import binomtest, fisher_exact

from pipeline import load

drugs = load("treatments", "treatment_type = 'drug'").sort_values(["n_outcome", "treatment_name"], ascending=[False, True])
first, second = drugs.treatment_name.iloc[:2]  # the two whose outcome most people tell; put other names here
pair = drugs.set_index("treatment_name").loc[[first, second]]
pair[["n_people", "n_posts", "n_outcome", "n_helped", "helped_share", "daily_dose_mg_median", "duration_days_median"]].T

# %% [markdown]
# ## Did it help?
#
# Helped or not, by people who told an outcome; Fisher's exact test says how easily so small a table comes about by chance.

# %%
helped = pair.n_helped.astype(int).to_numpy()
table = np.stack([helped, pair.n_outcome.astype(int).to_numpy() - helped])
p = fisher_exact(table).pvalue
print(f"{first}: {table[0, 0]} of {table[:, 0].sum()} helped; {second}: {table[0, 1]} of {table[:, 1].sum()}; P = {p:.2f}")

# %% [markdown]
# ## What is told of both
#
# Shares of the people who have had it, with 95 % Wilson intervals, which the library computes. With few people they are wide: that
# is what the picture is to show.

# %%
effects = load("treatment_effects", "relation = 'causes'")
effects = effects[effects.treatment_name.isin([first, second]) & (effects.n_affirmed > 0)]
wide = effects.pivot_table(index="problem_name", columns="treatment_name", values="n_affirmed", aggfunc="sum", fill_value=0)
wide = wide.reindex(columns=[first, second], fill_value=0).astype(int)
wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False, kind="stable").index].head(8)
wide

# %%
figure, axes = plt.subplots(figsize=(8, 0.45 * max(len(wide), 1) + 1.4))
for offset, name, colour in ((-0.14, first, "#1f77b4"), (0.14, second, "#d95f02")):
    n = int(pair.n_people[name])
    for at, k in enumerate(wide[name]):
        low, high = binomtest(int(k), n).proportion_ci(method="wilson")
        axes.plot([low, high], [at + offset] * 2, color=colour, lw=2)
        axes.plot(k / n, at + offset, "o", color=colour, label=f"{name} ({n} people)" if at == 0 else None)
axes.set(yticks=range(len(wide)), yticklabels=wide.index, xlim=(0, 1), xlabel="share of people who say it did this", title="Side effects told")
axes.invert_yaxis()
if len(wide):
    axes.legend(frameon=False, bbox_to_anchor=(1, 1))
plt.tight_layout()

# %% [markdown]
# ## From one to the other

# %%
switches = load("treatment_switches")
both = switches[switches.from_treatment_name.isin([first, second]) | switches.to_treatment_name.isin([first, second])]
both[["from_treatment_name", "to_treatment_name", "n_people", "n_side_effect", "n_no_effect"]]
