r"""
Regression with a mixture
=========================

Fit a mixture to inputs :math:`x` and outputs :math:`y` together, and all questions about :math:`y`
given :math:`x` are answered. The conditional distribution is again a mixture,

.. math:: p(y \mid x) = \sum_k w_k(x) \, \mathcal N\bigl(y \mid m_k(x), S_k\bigr),

in which each component is a straight line, with a spread of its own,

.. math::

    m_k(x) = \mu_{k,y} + \Sigma_{k,yx} \Sigma_{k,xx}^{-1} (x - \mu_{k,x}), \qquad
    S_k = \Sigma_{k,yy} - \Sigma_{k,yx} \Sigma_{k,xx}^{-1} \Sigma_{k,xy},

and :math:`w_k(x) \propto \pi_k \mathcal N(x \mid \mu_{k,x}, \Sigma_{k,xx})` says which line counts
where. The mean is :math:`\sum_k w_k m_k`; the variance is :math:`\sum_k w_k (S_k + m_k^2)` less
the square of the mean.
"""

import matplotlib.pyplot as plt
import numpy as np
from numba import njit
from scipy.stats import norm

from fastgmm import GaussianMixture, condition_mean, make_regression, moment_match
from fastgmm.plotting import PALETTE

# %%
# A curve whose noise grows from left to right.

rng = np.random.default_rng(0)
x = rng.uniform(0.0, 10.0, 2000)


def curve(x):
    return 2.0 * np.sin(x) + 0.3 * x


def noise(x):
    return 0.1 + 0.08 * x


y = curve(x) + noise(x) * rng.normal(size=len(x))
model = GaussianMixture(8, n_init=5, tol=1e-6, max_iter=1000, random_state=0)
model.fit(np.column_stack([x, y]))

# %%
# ``predict_mean`` gives the means of many rows. ``conditional`` gives the whole mixture at one
# :math:`x`, and ``moment_match`` its mean and variance.

grid = np.linspace(0.0, 10.0, 201)
mean = model.predict_mean(grid[:, np.newaxis], given=[0])[:, 0]
matched = [moment_match(model.conditional([0], [value])) for value in grid]
spread = np.sqrt([one.covariances[0, 0, 0] for one in matched])

# %%
# The formulas above, in NumPy, give the same.

mu, S = model.means_, model.covariances_
w = model.weights_ * norm.pdf(grid[:, np.newaxis], mu[:, 0], np.sqrt(S[:, 0, 0]))
w /= w.sum(axis=1, keepdims=True)
lines = mu[:, 1] + S[:, 1, 0] / S[:, 0, 0] * (grid[:, np.newaxis] - mu[:, 0])
own = S[:, 1, 1] - S[:, 1, 0] ** 2 / S[:, 0, 0]
by_hand = (w * lines).sum(axis=1)
np.testing.assert_allclose(mean, by_hand, rtol=1e-9)
np.testing.assert_allclose(spread**2, (w * (own + lines**2)).sum(axis=1) - by_hand**2, rtol=1e-7)

# %%

fig, ax = plt.subplots(figsize=(8, 4.6), layout="constrained")
ax.scatter(x, y, s=4, color="0.7", linewidths=0)
ax.fill_between(
    grid, mean - 2 * spread, mean + 2 * spread, color=PALETTE[5], alpha=0.3, linewidth=0
)
for k in range(8):
    where = w[:, k] > 0.5
    ax.plot(grid[where], lines[where, k], color=PALETTE[1], linewidth=1.2)
ax.plot(grid, mean, color=PALETTE[0], linewidth=2.2, label="mean, and two deviations")
ax.plot(grid, curve(grid), color="black", linestyle=":", linewidth=1.2, label="the truth")
ax.plot([], [], color=PALETTE[1], linewidth=1.2, label="lines of the components")
ax.set(xlabel="x", ylabel="y")
ax.legend(frameon=False, loc="upper left")
plt.show()

# %%
# The mean follows the curve, a blend of the lines, and the band widens with the noise. Does it
# hold what it promises on fresh rows?

fresh = rng.uniform(0.0, 10.0, 20_000)
outcome = curve(fresh) + noise(fresh) * rng.normal(size=len(fresh))
inside = np.abs(outcome - np.interp(fresh, grid, mean)) < 2 * np.interp(fresh, grid, spread)
error = np.sqrt(((np.interp(fresh, grid, mean) - curve(fresh)) ** 2).mean())
print(f"within two deviations: {inside.mean():.1%} (of a Gaussian {2 * norm.cdf(2) - 1:.1%})")
print(f"root mean square distance of the mean from the curve: {error:.3f}")
for low, high in ((0, 3), (3, 7), (7, 10)):
    here = (fresh >= low) & (fresh < high)
    print(f"   x from {low} to {high}: {inside[here].mean():.1%}")
assert 0.93 < inside.mean() < 0.98

# %%
# **In a loop of your own.** ``make_regression`` prepares the lines once, and ``condition_mean`` is
# a compiled function that allocates nothing.


@njit
def follow(points, regression, out):
    for i in range(len(points)):
        condition_mean(points[i], regression, out[i])


followed = np.empty((len(grid), 1))
follow(grid[:, np.newaxis], make_regression(model.mixture_, [0]), followed)
np.testing.assert_allclose(followed[:, 0], mean, rtol=1e-9)

# %%
# **Where the mean is no answer.** Turn the question round: which :math:`x` belongs to a given
# :math:`y`? There are several, and their mean is none of them. The mixture says so.

level = 2.0
backward = GaussianMixture.from_mixture(model.conditional([1], [level]))
density = np.exp(backward.score_samples(grid[:, np.newaxis]))
middle = moment_match(backward.mixture_).means[0, 0]
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
ax.plot(grid, density, color=PALETTE[0], linewidth=2)
ax.axvline(middle, color=PALETTE[1], linestyle="--", label="mean")
ax.set(xlabel="x", ylabel=f"density of x, given y = {level:g}", ylim=(0, None))
ax.legend(frameon=False)
plt.show()

peaks = np.flatnonzero((density[1:-1] > density[:-2]) & (density[1:-1] > density[2:])) + 1
peaks = peaks[density[peaks] > 0.1 * density.max()]
print("peaks at x =      ", grid[peaks].round(2))
print("there the curve is", curve(grid[peaks]).round(2))
print(f"mean at x = {middle:.2f}, where the curve is {curve(middle):.2f}")

# %%
# References
# ----------
#
# * Ghahramani, Z. and Jordan, M. I. (1994). Supervised learning from incomplete data via an EM
#   approach. Advances in Neural Information Processing Systems 6, 120-127.
# * Sung, H. G. (2004). Gaussian mixture regression and classification. PhD thesis, Rice
#   University.
