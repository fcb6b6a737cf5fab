r"""
What can be done with a mixture
===============================

Gaussians stay Gaussians when features are left out, when some become known, and when all are
mapped linearly. So do mixtures of them, component by component:

.. math::

    \text{marginal:} \quad & \pi_k, \ \mu_{k,a}, \ \Sigma_{k,aa} \\
    \text{conditional:} \quad & \pi_k \mathcal N(x_b \mid \mu_{k,b}, \Sigma_{k,bb}), \
        \mu_{k,a} + \Sigma_{k,ab} \Sigma_{k,bb}^{-1} (x_b - \mu_{k,b}), \
        \Sigma_{k,aa} - \Sigma_{k,ab} \Sigma_{k,bb}^{-1} \Sigma_{k,ba} \\
    \text{affine, } A x + b \text{:} \quad & \pi_k, \ A \mu_k + b, \ A \Sigma_k A^\top

(weights are scaled to sum to one). This page does each on a mixture of Old Faithful, and checks it
by other means.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.integrate import trapezoid

from fastgmm import (
    GaussianMixture,
    affine,
    bhattacharyya,
    conditional,
    kl_divergence,
    make_mixture,
    marginal,
    merge,
    moment_match,
)
from fastgmm.datasets import load_faithful
from fastgmm.plotting import PALETTE, plot_mixture

X = load_faithful()
model = GaussianMixture(
    3, covariance_type="full", n_init=5, tol=1e-8, max_iter=2000, random_state=0
).fit(X)
mixture = model.mixture_


def density(mixture, points):
    """Return the density at points (n,) or (n, D)."""
    points = np.asarray(points, dtype=float)
    points = points[:, np.newaxis] if points.ndim == 1 else points
    return np.exp(GaussianMixture.from_mixture(mixture).score_samples(points))


# %%
# **Marginal and conditional.** The density of the wait alone must be the integral over eruptions;
# that given an eruption, a cut through the joint density, scaled to area one.

eruption, waiting = np.linspace(-1, 9, 1501), np.linspace(20, 120, 401)
grid = np.stack(np.meshgrid(eruption, waiting, indexing="ij"), axis=-1)
joint = density(mixture, grid.reshape(-1, 2)).reshape(grid.shape[:2])

alone = marginal(mixture, [1])
np.testing.assert_allclose(density(alone, waiting), trapezoid(joint, eruption, axis=0), atol=1e-9)

lengths = (2.0, 3.0, 4.5)
given = {length: conditional(mixture, [0], [length]) for length in lengths}
for length, other in given.items():
    cut = density(mixture, np.column_stack([np.full_like(waiting, length), waiting]))
    np.testing.assert_allclose(density(other, waiting), cut / trapezoid(cut, waiting), atol=1e-9)

# %%

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
left.contour(eruption, waiting, joint.T, levels=12, colors="0.5", linewidths=0.8)
left.plot(*X.T, ".", color="0.7", markersize=3)
left.set(xlabel="eruption (minutes)", ylabel="waiting (minutes)", xlim=(1, 6), ylim=(35, 105))
right.plot(density(alone, waiting), waiting, color="black", linewidth=2, label="marginal")
for (length, other), color, style in zip(given.items(), PALETTE, ("-", "--", "-."), strict=False):
    left.axvline(length, color=color, linestyle=style)
    label = f"given {length:g} minutes"
    right.plot(density(other, waiting), waiting, color=color, linestyle=style, label=label)
right.set(xlabel="density of the wait (per minute)")
right.legend(frameon=False)
plt.show()

# %%
# **Affine maps.** The whole cycle is eruption and wait together; in hours, that is :math:`A =
# (1/60, 1/60)`. Moments of the result are those of the mapped rows' mixture.

cycle = affine(mixture, np.array([[1 / 60, 1 / 60]]), np.zeros(1))
whole = moment_match(mixture)
A = np.array([1 / 60, 1 / 60])
np.testing.assert_allclose(moment_match(cycle).means[0], A @ whole.means[0])
np.testing.assert_allclose(moment_match(cycle).covariances[0], A @ whole.covariances[0] @ A)
hours = np.linspace(0.0, 3.0, 601)
assert np.isclose(trapezoid(density(cycle, hours), hours), 1.0, atol=1e-6)

fig, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
ax.hist(X.sum(axis=1) / 60, bins=25, density=True, color="0.85")
ax.plot(hours, density(cycle, hours), color=PALETTE[0], linewidth=2)
ax.set(xlabel="eruption and wait (hours)", ylabel="density (per hour)", xlim=(0.6, 2.0))
plt.show()

# %%
# **Merge.** Two components become one with the same weight, mean and covariance as the two
# together. Which pair costs least? The Bhattacharyya distance says which are most alike, the
# Kullback-Leibler divergence what the merger loses,
#
# .. math:: \mathrm{KL}(p \,\|\, q) = \int p(x) \log \frac{p(x)}{q(x)} \, dx,
#
# which has no closed form for mixtures; ``kl_divergence`` estimates it by sampling, here compared
# with a sum over the grid.

fine = np.stack(np.meshgrid(np.linspace(0, 7, 701), np.linspace(20, 120, 501)), axis=-1).reshape(
    -1, 2
)
cell = (7 / 700) * (100 / 500)
p = density(mixture, fine)
merged, losses = {}, {}
print("pair     distance   KL, sampled         KL, grid")
for i, j in ((0, 1), (0, 2), (1, 2)):
    merged[i, j] = merge(mixture, i, j)
    distance = bhattacharyya(mixture, i, mixture, j)
    losses[i, j], error = kl_divergence(mixture, merged[i, j], 200_000, np.random.default_rng(0))
    q = density(merged[i, j], fine)
    exact = np.sum(p * np.log(np.where(p > 1e-300, p, 1) / np.where(p > 1e-300, q, 1))) * cell
    print(f"{i}, {j}{distance:11.3f}{losses[i, j]:12.4f} +- {error:.4f}{exact:12.4f}")
    assert abs(losses[i, j] - exact) < 4 * error + 1e-4
    before, after = moment_match(mixture), moment_match(merged[i, j])
    np.testing.assert_allclose(after.means, before.means)
    np.testing.assert_allclose(after.covariances, before.covariances)

# %%
# Of one Gaussian each there is a closed form: of two unit ones a distance :math:`d` apart it is
# :math:`d^2 / 2`.

a, b = (make_mixture([1.0], [[at]], [[[1.0]]]) for at in (0.0, 1.5))
value, error = kl_divergence(a, b, 200_000, np.random.default_rng(0))
print(f"{value:.4f} +- {error:.4f}, exact {1.5**2 / 2:.4f}")
assert abs(value - 1.5**2 / 2) < 4 * error

# %%

best, worst = min(losses, key=losses.get), max(losses, key=losses.get)
names = "eruption (minutes)", "waiting (minutes)"
panels = {
    "three components": mixture,
    f"cheapest merger: {losses[best]:.3f} nats": merged[best],
    f"dearest merger: {losses[worst]:.3f} nats": merged[worst],
}
fig, axes = plt.subplots(1, 3, figsize=(10, 3.8), sharex=True, sharey=True, layout="constrained")
for ax, (title, one) in zip(axes, panels.items(), strict=True):
    plot_mixture(X, GaussianMixture.from_mixture(one), ax, feature_names=names, legend=False)
    ax.set_title(title, fontsize=10)
plt.show()

# %%
# References
# ----------
#
# * Runnalls, A. R. (2007). Kullback-Leibler approach to Gaussian mixture reduction. IEEE
#   Transactions on Aerospace and Electronic Systems 43, 989-999.
# * Hershey, J. R. and Olsen, P. A. (2007). Approximating the Kullback Leibler divergence between
#   Gaussian mixture models. IEEE International Conference on Acoustics, Speech and Signal
#   Processing, IV-317.
