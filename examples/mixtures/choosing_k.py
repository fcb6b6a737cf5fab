r"""
How many components?
====================

With each component more the likelihood rises, so it cannot tell when to stop. Criteria charge for
parameters. With :math:`\hat L` the likelihood, :math:`p` parameters, :math:`N` rows and
responsibilities :math:`r_{nk}`,

.. math::

    \text{AIC} &= -2 \log \hat L + 2 p \\
    \text{BIC} &= -2 \log \hat L + p \log N \\
    \text{ICL} &= \text{BIC} - 2 \sum_{nk} r_{nk} \log r_{nk}

and the smallest value wins. AIC asks which model predicts new rows best, BIC which one the rows
came from. ICL charges for doubt, too: it counts *clusters* that stand apart, where BIC counts
*Gaussians*.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import xlogy

from fastgmm import GaussianMixture, select
from fastgmm.plotting import plot_criteria, plot_mixture

# %%
# The data tell the two apart: a cross of two Gaussians that lie upon each other, and a third one
# apart from them. Three Gaussians, two clusters.

rng = np.random.default_rng(1)
X = np.concatenate([
    rng.normal(size=(300, 2)) * [2.0, 0.7],
    rng.normal(size=(300, 2)) * [0.7, 2.0],
    rng.normal(size=(300, 2)) * 0.7 + [5.0, 4.0],
])  # fmt: skip
N = len(X)

# %%
# ``select`` fits a mixture for each number of components, each from several starts.

selection = select(X, range(1, 7), n_init=3, tol=1e-5, random_state=0)
print(selection)

# %%
# The figures are those of the formulas.

for row in selection.rows:
    k = row.n_components
    p = (k - 1) + 2 * k + 3 * k  # weights, means, covariances
    assert np.isclose(row.aic, -2 * row.log_likelihood + 2 * p)
    assert np.isclose(row.bic, -2 * row.log_likelihood + p * np.log(N))
r = selection.best_estimator.predict_proba(X)
assert np.isclose(selection.best.icl, selection.best.bic - 2 * xlogy(r, r).sum())

# %%

fig, ax = plt.subplots(figsize=(7, 4.6), layout="constrained")
plot_criteria(selection, ax=ax)
plt.show()

# %%
# All drop steeply at first. BIC has its smallest value at three. ICL has it at two: that the cross
# is two Gaussians is likely, but not which row belongs to which. AIC charges least, and takes
# most.

chosen = {
    name: min(selection.rows, key=lambda row: getattr(row, name)) for name in ("aic", "bic", "icl")
}
print({name: row.n_components for name, row in chosen.items()})
assert chosen["bic"].n_components == 3
assert chosen["icl"].n_components == 2
assert chosen["aic"].n_components > 3

# %%

fig, axes = plt.subplots(1, 2, figsize=(9, 4.3), sharex=True, sharey=True, layout="constrained")
for ax, name in zip(axes, ("icl", "bic"), strict=True):
    k = chosen[name].n_components
    model = GaussianMixture(k, n_init=3, tol=1e-5, max_iter=1000, random_state=0).fit(X)
    assert np.isclose(model.bic(X), chosen[name].bic)  # the same fit again
    plot_mixture(X, model, ax, legend=False)
    ax.set(title=f"by {name.upper()}: {model.n_components}", aspect="equal")
plt.show()

# %%
# References
# ----------
#
# * Akaike, H. (1974). A new look at the statistical model identification. IEEE Transactions on
#   Automatic Control 19, 716-723.
# * Schwarz, G. (1978). Estimating the dimension of a model. Annals of Statistics 6, 461-464.
# * Biernacki, C., Celeux, G. and Govaert, G. (2000). Assessing a mixture model for clustering
#   with the integrated completed likelihood. IEEE Transactions on Pattern Analysis and Machine
#   Intelligence 22, 719-725.
