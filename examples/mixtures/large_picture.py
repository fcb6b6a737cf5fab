r"""
A picture of a million points
=============================

A million points cannot be drawn one by one: they would be one black spot. Two pictures can show
them. A histogram counts them in cells. A mixture says the same with a few hundred numbers, and its
density can be looked up anywhere,

.. math:: p(x) = \sum_{k=1}^{K} \pi_k \, \mathcal N(x \mid \mu_k, \Sigma_k),

however curved the shape: with enough components a mixture comes near to any density.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm

from fastgmm import GaussianMixture

# %%
# A galaxy, made up: two arms, a core, and haze. One million points.

rng = np.random.default_rng(0)
N = 1_000_000


def galaxy(n):
    """Return n points (n, 2), in thousands of light years."""
    arms, core, haze = int(0.6 * n), int(0.25 * n), n - int(0.6 * n) - int(0.25 * n)
    along = 4.5 * rng.beta(1.5, 2.0, arms)
    radius, angle = 3.0 + 6.0 * along, 1.4 * along + np.pi * rng.integers(0, 2, arms)
    spiral = radius * np.stack([np.cos(angle), np.sin(angle)]) + rng.normal(size=(2, arms)) * 1.2
    spheres = rng.normal(size=(2, core)) * 3.0, rng.normal(size=(2, haze)) * 15.0
    return rng.permutation(np.concatenate([spiral.T, *(sphere.T for sphere in spheres)]))


X = galaxy(N)
model = GaussianMixture(40, random_state=0, tol=3e-4).fit(X)
parameters = 40 - 1 + 40 * 2 + 40 * 3
print(f"{N:,} points, {parameters} parameters, {model.n_iter_} iterations")

# %%
# The histogram and the density in one unit, points in a cell, and on one scale of colours.

side = np.linspace(-40, 40, 201)
cell = (side[1] - side[0]) ** 2
counts, *_ = np.histogram2d(*X.T, bins=(side, side))
middle = (side[1:] + side[:-1]) / 2
grid = np.stack(np.meshgrid(middle, middle, indexing="ij"), axis=-1).reshape(-1, 2)
expected = N * cell * np.exp(model.score_samples(grid)).reshape(200, 200)

fig, axes = plt.subplots(1, 2, figsize=(10, 4.6), sharex=True, sharey=True, layout="constrained")
norm = LogNorm(1, counts.max())
for ax, values in zip(axes, (counts, expected), strict=True):
    drawn = ax.imshow(
        np.maximum(values, 0.5).T, norm=norm, extent=(-40, 40, -40, 40), origin="lower",
        cmap="cividis", interpolation="nearest",
    )  # fmt: skip
    ax.set(xlabel="thousand light years")
axes[0].set(title="counted", ylabel="thousand light years")
axes[1].set_title("the density of 40 Gaussians")
fig.colorbar(drawn, ax=axes, label="points in a cell")
plt.show()

# %%
# How good is it? Nothing is better at describing the points than the process that made them, but a
# histogram is a rival: a million *fresh* points judge both, by their mean log density. An empty
# cell would cost the histogram infinitely much, so it gets half a point in each.

fresh = galaxy(N)
inside = (np.abs(fresh) < 40).all(axis=1)
rows = np.floor((fresh[inside] + 40) / (side[1] - side[0])).astype(int)
histograms = []
for bins in (25, 50, 100, 200):
    merged = counts.reshape(bins, 200 // bins, bins, 200 // bins).sum(axis=(1, 3)) + 0.5
    density = merged / merged.sum() / (80 / bins) ** 2
    at = np.minimum(rows // (200 // bins), bins - 1)
    histograms.append(np.log(density[*at.T]).mean())
    print(f"{bins:>3} x {bins:<3} cells:        {histograms[-1]:.4f} nats a point")
mixture = model.score(fresh[inside])
print(f"mixture, {parameters} numbers: {mixture:.4f} nats a point")

# %%
# Few cells blur the arms; many hold too few points each. The mixture is ahead of all four here,
# with 239 numbers where the histograms have 625 to 40,000. It is as good on new points as on those
# that it was fitted to: a million points leave no room to overfit.

assert mixture > max(histograms)
gap = model.score(X) - model.score(fresh)
spread = np.hypot(*(model.score_samples(part).std() / np.sqrt(N) for part in (X, fresh)))
print(f"fitted minus fresh: {gap:.5f} nats a point, standard error {spread:.5f}")
assert abs(gap) < 4 * spread

# %%
# References
# ----------
#
# * Silverman, B. W. (1986). Density Estimation for Statistics and Data Analysis, chapter 2.
#   Chapman and Hall.
# * Marron, J. S. and Wand, M. P. (1992). Exact mean integrated squared error. Annals of
#   Statistics 20, 712-736.
