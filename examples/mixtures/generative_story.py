r"""
How a mixture makes data, and back
==================================

A mixture is a story of how a point comes to be, in two steps. First a component is drawn, then a
point from that component:

.. math::

    z \sim \text{Categorical}(\pi_1, \dots, \pi_K),
    \qquad x \mid z = k \sim \mathcal N(\mu_k, \Sigma_k).

Drawing things in the order in which they depend on each other is called *ancestral sampling*. The
joint density is the product of the two steps, and where nobody knows :math:`z` it is summed over:

.. math:: p(x, z=k) = \pi_k \, \mathcal N(x \mid \mu_k, \Sigma_k), \qquad p(x) = \sum_k p(x, z=k).

Bayes' rule tells the story backwards. Given the point, the probability of each component is its
*responsibility* for it:

.. math:: r_k(x) = p(z=k \mid x) = \frac{\pi_k \, \mathcal N(x \mid \mu_k, \Sigma_k)}{p(x)}.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import multivariate_normal

from fastgmm import GaussianMixture, make_mixture
from fastgmm.plotting import PALETTE

weights = np.array([0.5, 0.3, 0.2])
means = np.array([[0.0, 0.0], [3.0, 1.5], [1.0, 4.0]])
covariances = np.array(
    [[[1.0, 0.6], [0.6, 1.0]], [[1.5, -0.8], [-0.8, 1.0]], [[1.2, 0.0], [0.0, 0.5]]]
)
model = GaussianMixture.from_mixture(make_mixture(weights, means, covariances))

# %%
# The story, told by NumPy: draw the component, then the point.

rng = np.random.default_rng(0)
N = 20_000
z = rng.choice(3, size=N, p=weights)
roots = np.linalg.cholesky(covariances)
X = means[z] + np.einsum("nij,nj->ni", roots[z], rng.normal(size=(N, 2)))

# %%
# The joint density, its sum, and Bayes' rule, by their formulas. ``log_joint``, ``score_samples``
# and ``predict_proba`` give the same numbers.

joint = np.column_stack(
    [
        w * multivariate_normal(m, c).pdf(X)
        for w, m, c in zip(weights, means, covariances, strict=True)
    ]
)
marginal = joint.sum(axis=1)
responsibilities = joint / marginal[:, np.newaxis]

np.testing.assert_allclose(model.log_joint(X), np.log(joint), rtol=1e-10)
np.testing.assert_allclose(model.score_samples(X), np.log(marginal), rtol=1e-10)
np.testing.assert_allclose(model.predict_proba(X), responsibilities, atol=1e-12)

# %%
# Three pictures of the same 2000 points: with the component that each was drawn from; as they
# come, with the density that is left when the component is forgotten; and with their
# responsibilities, as blends of the three colours.

shown = X[:2000]
colors = np.array([[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in PALETTE[:3]])
side = np.linspace(-4, 8, 200), np.linspace(-4, 7, 200)
grid = np.stack(np.meshgrid(*side), axis=-1)
density = np.exp(model.score_samples(grid.reshape(-1, 2))).reshape(grid.shape[:2])

fig, axes = plt.subplots(1, 3, figsize=(10, 3.6), sharex=True, sharey=True, layout="constrained")
axes[0].scatter(*shown.T, c=colors[z[:2000]], s=4, linewidths=0)
axes[1].scatter(*shown.T, c="0.6", s=4, linewidths=0)
axes[1].contour(*side, density, levels=8, colors="black", linewidths=0.8)
axes[2].scatter(*shown.T, c=np.clip(responsibilities[:2000] @ colors, 0, 1), s=4, linewidths=0)
titles = "drawn: $p(x, z)$", "forgotten: $p(x)$", "inferred: $p(z \\mid x)$"
for ax, title in zip(axes, titles, strict=True):
    ax.set(title=title, xlabel="first feature", xlim=side[0][[0, -1]], ylim=side[1][[0, -1]])
axes[0].set_ylabel("second feature")
plt.show()

# %%
# Responsibilities are honest probabilities. Of all points for which a component has a
# responsibility of about 0.7, it has made about 70%. Below, points are sorted into ten bins by the
# responsibility of each component, and the share that it made is drawn over the mean
# responsibility; the bars are two standard errors.

fig, ax = plt.subplots(figsize=(4.8, 4.4), layout="constrained")
ax.plot([0, 1], [0, 1], color="0.6", linewidth=1)
for k, (color, marker) in enumerate(zip(PALETTE[:3], "os^", strict=True)):
    r, made = responsibilities[:, k], z == k
    bins = np.minimum((10 * r).astype(int), 9)
    count = np.bincount(bins, minlength=10)
    claimed, share = (np.bincount(bins, values, 10) / count for values in (r, made))
    error = np.sqrt(np.bincount(bins, r * (1 - r), 10)) / count
    ax.errorbar(
        claimed, share, 2 * error, color=color, marker=marker, markersize=5, linestyle="none",
        label=f"component {k}",
    )  # fmt: skip
    assert (np.abs(share - claimed) < 4 * error).all()
ax.set(xlabel="responsibility", ylabel="share that the component made", aspect="equal")
ax.legend(frameon=False)
plt.show()

# %%
# References
# ----------
#
# * Bishop, C. M. (2006). Pattern Recognition and Machine Learning, sections 8.1.2 and 9.2.
#   Springer.
# * McLachlan, G. and Peel, D. (2000). Finite Mixture Models, chapter 1. Wiley.
