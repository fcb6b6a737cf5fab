r"""
All labels, some labels, none
=============================

Where the component :math:`y_n` of every row is known, the maximum likelihood estimate is a count
and an average in each class:

.. math:: \hat\pi_k = \frac{N_k}{N}, \qquad \hat\mu_k = \frac{1}{N_k} \sum_{n: y_n = k} x_n, \qquad
    \hat\Sigma_k = \frac{1}{N_k} \sum_{n: y_n = k} (x_n - \hat\mu_k)(x_n - \hat\mu_k)^\top.

Where none is known, EM puts responsibilities in their place. Between the two is the common case:
labels cost work, so a few rows have one and many have none. Then the known rows keep their
component, EM estimates the others', and what is made large is

.. math:: \sum_{n \text{ known}} \log \pi_{y_n} \mathcal N(x_n \mid \mu_{y_n}, \Sigma_{y_n})
    + \sum_{n \text{ unknown}} \log \sum_k \pi_k \mathcal N(x_n \mid \mu_k, \Sigma_k).
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Ellipse
from scipy.optimize import linear_sum_assignment
from sklearn.datasets import load_iris
from sklearn.metrics import confusion_matrix

from fastgmm import GaussianMixture
from fastgmm.plotting import PALETTE, mixture_ellipses

# %%
# Fisher's iris: 150 flowers of three species, four lengths in centimetres. Ten flowers of each
# species keep their label; -1 says that the others have none.

iris = load_iris()
X, species = iris.data, iris.target
rng = np.random.default_rng(0)
known = np.concatenate(
    [rng.choice(np.flatnonzero(species == k), 10, replace=False) for k in range(3)]
)
some = np.full(len(X), -1)
some[known] = species[known]

settings = {"tol": 1e-8, "max_iter": 1000, "random_state": 0, "reg_covar": 1e-6}
models = {
    "all 150 labels": GaussianMixture(3, **settings).fit_labeled(X, species),
    "30 labels, no other rows": GaussianMixture(3, **settings).fit_labeled(
        X[known], species[known]
    ),
    "30 labels of 150 rows": GaussianMixture(3, **settings).fit_labeled(X, some),
    "no labels": GaussianMixture(3, n_init=10, **settings).fit(X),
}

# %%
# With all labels the fit is the closed form (``reg_covar`` is added to each variance).

supervised = models["all 150 labels"]
for k in range(3):
    rows = X[species == k]
    assert np.isclose(supervised.weights_[k], len(rows) / len(X))
    np.testing.assert_allclose(supervised.means_[k], rows.mean(axis=0))
    expected = np.cov(rows.T, ddof=0) + 1e-6 * np.eye(4)
    np.testing.assert_allclose(supervised.covariances_[k], expected, atol=1e-12)

# %%
# How many of the 120 flowers whose label was held back go to the wrong species? (EM without labels
# does not know what a component is called: it gets the names under which most flowers agree.)

hidden = some == -1
wrong = {}
for name, model in models.items():
    labels = model.predict(X)
    if name == "no labels":
        _, names = linear_sum_assignment(-confusion_matrix(labels, species))
        labels = names[labels]
    wrong[name] = labels != species
    print(f"{name:<26}{wrong[name][hidden].sum():>3} of {hidden.sum()} wrong")

# %%
# Petals are drawn: colours are the species, black crosses the flowers that are assigned wrongly,
# rings those with a label.

fig, axes = plt.subplots(2, 2, figsize=(9, 7), sharex=True, sharey=True, layout="constrained")
for ax, (name, model) in zip(axes.flat, models.items(), strict=True):
    few = name == "30 labels, no other rows"
    labelled = known if name.startswith("30") else []
    ax.scatter(
        *X[:, 2:].T, c=np.array(PALETTE)[species], s=10, alpha=0.25 if few else 0.8, linewidths=0
    )
    ax.scatter(*X[labelled, 2:].T, s=40, facecolors="none", edgecolors="0.3", linewidths=0.8)
    ax.scatter(*X[wrong[name], 2:].T, c="black", marker="x", s=35, linewidths=1.2)
    for center, (a, b), angle in zip(*mixture_ellipses(model.mixture_, (2, 3), 2), strict=True):
        ellipse = Ellipse(center, 2 * a, 2 * b, angle=angle, fill=False)
        ax.add_patch(ellipse)
    ax.set_title(f"{name}: {wrong[name][hidden].sum()} of {hidden.sum()} wrong", fontsize=10)
fig.supxlabel("petal length (cm)")
fig.supylabel("petal width (cm)")
plt.show()

# %%
# Ten flowers a species are few for a covariance of ten numbers. The 120 flowers without a label
# tell where the clusters are, though not what they are called. Was this draw of the labelled
# flowers lucky? Here are the means of fifty draws.

counts = []
for _ in range(50):
    known = np.concatenate(
        [rng.choice(np.flatnonzero(species == k), 10, replace=False) for k in range(3)]
    )
    some = np.full(len(X), -1)
    some[known] = species[known]
    few = GaussianMixture(3, **settings).fit_labeled(X[known], species[known])
    semi = GaussianMixture(3, **settings).fit_labeled(X, some)
    counts.append([(model.predict(X) != species)[some == -1].sum() for model in (few, semi)])
few, semi = np.mean(counts, axis=0)
print(f"wrong of 120, mean of 50 draws: {few:.1f} by 30 labels alone, {semi:.1f} by all 150 rows")
assert semi < few

# %%
# References
# ----------
#
# * Fisher, R. A. (1936). The use of multiple measurements in taxonomic problems. Annals of
#   Eugenics 7, 179-188.
# * Nigam, K., McCallum, A. K., Thrun, S. and Mitchell, T. (2000). Text classification from
#   labeled and unlabeled documents using EM. Machine Learning 39, 103-134.
