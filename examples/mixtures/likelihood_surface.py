r"""
The likelihood as a landscape
=============================

Take a mixture of two Gaussians in one dimension of which all is known but the means:

.. math:: p(x) = \tfrac{1}{3} \mathcal N(x | \mu_1, 1) + \tfrac{2}{3} \mathcal N(x | \mu_2, 1).

Two parameters are unknown, so the log-likelihood :math:`\sum_n \log p(x_n)` is a landscape over a
plane, and EM is a walk in it. (The example is in the spirit of Duda and Hart's, whose 25 points
came from such a mixture.)
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import norm

from fastgmm import GaussianMixture
from fastgmm.plotting import PALETTE

weights = np.array([1 / 3, 2 / 3])
rng = np.random.default_rng(3)
N = 60
z = rng.choice(2, size=N, p=weights)
x = np.array([-2.0, 2.0])[z] + rng.normal(size=N)

# %%
# The surface, from the formula.

side = np.linspace(-4.5, 4.5, 301)
first, second = np.meshgrid(side, side)  # mu_1 along the columns, mu_2 along the rows
surface = np.zeros_like(first)
for value in x:
    parts = weights[0] * norm.pdf(value - first), weights[1] * norm.pdf(value - second)
    surface += np.log(parts[0] + parts[1])

# %%
# EM from several starts. ``fixed`` holds weights and covariances where they are; the path is what
# the callback is told. ``lower_bound`` is the mean log-likelihood before the step, so each point
# of a path can be compared with the formula.


def walk(start):
    """Return the means before each iteration and after the last, (n, 2), and the fitted model."""
    path, bounds = [np.ravel(start)], []

    def keep(state):
        path.append(state.mixture.means[:, 0].copy())
        bounds.append(state.lower_bound)

    model = GaussianMixture(
        2, weights_init=weights, means_init=np.reshape(start, (2, 1)),
        covariances_init=np.ones((2, 1, 1)),
        fixed=("weights", "covariances"), tol=1e-10, max_iter=2000, callback=keep,
    ).fit(x[:, np.newaxis])  # fmt: skip
    expected = [np.log(norm.pdf(x[:, np.newaxis] - m) @ weights).mean() for m in path[:-1]]
    np.testing.assert_allclose(bounds, expected, rtol=1e-10)
    assert (np.diff(bounds) > -1e-12).all()  # uphill, always
    return np.array(path), model


starts = [(-4.0, -1.0), (-0.5, 4.0), (4.0, 1.0), (1.0, -4.0), (-4.0, -4.0), (0.5, 0.4)]
walks = [walk(start) for start in starts]
for start, (path, model) in zip(starts, walks, strict=True):
    total = model.score(x[:, np.newaxis]) * N
    end = path[-1].round(2)
    print(f"from {start!s:<13} {len(path) - 1:>3} steps to {end!s:<15} {total:9.3f} nats")

# %%

fig, ax = plt.subplots(figsize=(6.6, 5.6), layout="constrained")
levels = surface.max() - np.array([300, 200, 140, 100, 70, 50, 35, 25, 17, 12, 8, 5, 2.5, 1, 0.3])
shades = [str(shade) for shade in np.linspace(0.6, 1.0, len(levels) + 1)]
filled = ax.contourf(first, second, surface, levels=levels, colors=shades, extend="both")
fig.colorbar(filled, label="log-likelihood (nats)", format="%.0f", ticks=levels[::2])
ax.axline((0, 0), slope=1, color="black", linestyle=":", linewidth=1)
for i, (path, _) in enumerate(walks):
    ax.plot(*path.T, color=PALETTE[i], marker="o", markersize=3.5, linewidth=1.4)
    ax.plot(*path[0], color=PALETTE[i], marker="s", markersize=8, markeredgecolor="black")
    ax.plot(*path[-1], color="white", marker="*", markersize=15, markeredgecolor="black")
ax.set(xlabel="mean of the component of weight 1/3", ylabel="mean of the component of weight 2/3")
ax.set(xlim=(-4.5, 4.5), ylim=(-4.5, 4.5), aspect="equal")
plt.show()

# %%
# There are two hills, one on each side of the dotted line on which the means are the same. The
# higher one has the component of weight 2/3 on the side on which two thirds of the points are; on
# the lower one the roles are exchanged, and the weights do not fit. EM takes long steps far from a
# hill and short ones near its top. It climbs the hill on whose side it starts: where :math:`\mu_1
# < \mu_2`, the responsibility of the first component falls with :math:`x`, so its next mean is the
# smaller one again. A start on the line stays on it, for two equal components take equal shares of
# every point. Where it ends there is a saddle: the start just beside it walks away.

on_line = walks[4][0]
assert np.allclose(on_line[:, 0], on_line[:, 1])
np.testing.assert_allclose(on_line[-1], x.mean(), atol=1e-6)
for path, _ in (walks[i] for i in (0, 1, 2, 3, 5)):
    assert len(np.unique(np.sign(path[:, 1] - path[:, 0]))) == 1

top = np.unravel_index(surface.argmax(), surface.shape)
best = max((model.score(x[:, np.newaxis]), tuple(path[-1])) for path, model in walks)[1]
print(
    "highest point of the grid",
    np.round([side[top[1]], side[top[0]]], 2),
    "- best fit",
    np.round(best, 2),
)
np.testing.assert_allclose(best, (side[top[1]], side[top[0]]), atol=side[1] - side[0])

# %%
# References
# ----------
#
# * Duda, R. O. and Hart, P. E. (1973). Pattern Classification and Scene Analysis, chapter 6.
#   Wiley.
# * Wu, C. F. J. (1983). On the convergence properties of the EM algorithm. Annals of Statistics
#   11, 95-103.
