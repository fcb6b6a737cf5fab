r"""
Bayesian mixtures: superfluous components vanish
================================================

Maximum likelihood uses every component that it is given. A Bayesian mixture has a distribution
over weights,

.. math:: (\pi_1, \dots, \pi_K) \sim \text{Dirichlet}(\alpha_0, \dots, \alpha_0),

and over means and precisions. *Variational* EM finds the nearest distribution to the posterior in
which these are independent of the labels. The expected weight of a component with :math:`N_k` rows
is

.. math:: \mathrm E[\pi_k] = \frac{\alpha_0 + N_k}{K \alpha_0 + N}.

If :math:`\alpha_0` is small, a component that few rows need gets fewer of them in the next
iteration, and so it goes on until it is empty. So one may start with too many.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.mixture import BayesianGaussianMixture as SklearnBayesian

from fastgmm import BayesianGaussianMixture, GaussianMixture
from fastgmm.plotting import PALETTE, mixture_ellipses

# %%
# Three clusters, and ten components to find them with.

rng = np.random.default_rng(0)
X = np.concatenate([
    rng.normal(size=(300, 2)) @ [[1.2, 0.8], [0.0, 0.5]],
    rng.normal(size=(200, 2)) * 0.6 + [4.0, 0.0],
    rng.normal(size=(100, 2)) * [0.4, 1.0] + [1.5, 5.0],
])  # fmt: skip
K, N = 10, len(X)


def bayes(concentration):
    return BayesianGaussianMixture(
        n_components=K,
        weight_concentration_prior_type="dirichlet_distribution",
        weight_concentration_prior=concentration, random_state=0, tol=1e-3, max_iter=5000,
    ).fit(X)  # fmt: skip


models = {
    "maximum likelihood": GaussianMixture(K, random_state=0, tol=1e-6, max_iter=2000).fit(X),
    "$\\alpha_0$ = 100": bayes(100.0),
    "$\\alpha_0$ = 0.001": bayes(0.001),
}

# %%
# Components with at least one row in a hundred are drawn.

fig, axes = plt.subplots(2, 3, figsize=(10, 5.6), height_ratios=(2, 1), layout="constrained")
for (top, bottom), (name, model) in zip(axes.T, models.items(), strict=True):
    used = model.weights_ > 0.01
    top.scatter(*X.T, s=5, color="0.6", linewidths=0)
    ellipses = zip(*mixture_ellipses(model.mixture_, n_std=2), strict=True)
    for (center, (a, b), angle), show in zip(ellipses, used, strict=True):
        t, turn = np.linspace(0, 2 * np.pi, 100), np.radians(angle)
        x, y = a * np.cos(t), b * np.sin(t)
        if show:
            top.plot(
                center[0] + np.cos(turn) * x - np.sin(turn) * y,
                center[1] + np.sin(turn) * x + np.cos(turn) * y, color=PALETTE[0],
            )  # fmt: skip
    top.set(title=f"{name}: {used.sum()} in use", xlim=(-5, 7), ylim=(-5, 9), aspect="equal")
    bottom.bar(range(K), np.sort(model.weights_)[::-1], color=PALETTE[1])
    bottom.axhline(0.01, color="0.5", linewidth=0.8, linestyle=":")
    bottom.set(ylim=(0, 0.6), xlabel="component, sorted", xticks=range(K))
axes[0, 0].set_ylabel("second feature")
axes[1, 0].set_ylabel("weight")
plt.show()

# %%
# The weights follow the formula. scikit-learn's class leaves as many components in use.

for concentration in (0.001, 100.0):
    model = models[f"$\\alpha_0$ = {concentration:g}"]
    rows = model.weight_concentration_ - concentration  # N_k
    assert np.isclose(rows.sum(), N)
    np.testing.assert_allclose(model.weights_, (concentration + rows) / (K * concentration + N))
    theirs = SklearnBayesian(
        n_components=K,
        weight_concentration_prior_type="dirichlet_distribution",
        weight_concentration_prior=concentration, random_state=0, tol=1e-2, max_iter=300,
    ).fit(X)  # fmt: skip
    in_use = [int((fit.weights_ > 0.01).sum()) for fit in (model, theirs)]
    assert in_use[0] == in_use[1]
    print(f"concentration {concentration:g}: in use {in_use[0]}, scikit-learn's {in_use[1]}")

used = {name: int((model.weights_ > 0.01).sum()) for name, model in models.items()}
assert used["maximum likelihood"] > 3
assert used["$\\alpha_0$ = 0.001"] == 3

# %%
# Maximum likelihood cuts the clusters into pieces. A large :math:`\alpha_0` says beforehand that
# all weights are alike. A small one leaves three, with weights near the shares 300, 200 and 100 of
# 600.

weights = np.sort(models["$\\alpha_0$ = 0.001"].weights_)[:-4:-1]
print("weights of the three:", weights.round(3))
np.testing.assert_allclose(weights, [1 / 2, 1 / 3, 1 / 6], atol=0.03)

# %%
# References
# ----------
#
# * Bishop, C. M. (2006). Pattern Recognition and Machine Learning, section 10.2. Springer.
# * Blei, D. M. and Jordan, M. I. (2006). Variational inference for Dirichlet process mixtures.
#   Bayesian Analysis 1, 121-143.
