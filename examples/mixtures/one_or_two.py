r"""
One Gaussian or two?
====================

After an eruption of the geyser Old Faithful visitors wait for about 55 minutes or for about 80,
and seldom for anything between. One Gaussian cannot say that. Its density

.. math:: p(x) = \mathcal N(x \mid \mu, \sigma^2)

has one peak, and puts it where the data have a gap. A mixture of two,

.. math::

    p(x) = \pi \, \mathcal N(x \mid \mu_1, \sigma_1^2)
        + (1 - \pi) \, \mathcal N(x \mid \mu_2, \sigma_2^2),

has three parameters more. This page shows what they buy.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import norm

from fastgmm import GaussianMixture
from fastgmm.datasets import load_faithful
from fastgmm.plotting import PALETTE, plot_mixture

X = load_faithful()
waiting = X[:, 1:]

one, two = (
    GaussianMixture(k, tol=1e-9, max_iter=500, random_state=0, reg_covar=0.0).fit(waiting)
    for k in (1, 2)
)

# %%
# The maximum likelihood estimate of one Gaussian is the mean and the variance of the data.

assert np.isclose(one.means_[0, 0], waiting.mean())
assert np.isclose(one.covariances_[0, 0, 0], waiting.var())

# %%
# More components always make the data more likely. Whether the gain is worth the parameters is for
# a criterion to say: :math:`\text{BIC} = -2 \log L + p \log N`, and smaller is better.

print(f"{'Gaussians':>9}{'parameters':>12}{'log-likelihood':>16}{'BIC':>10}")
for k, model in enumerate((one, two), start=1):
    log_likelihood = model.score(waiting) * len(waiting)
    parameters = 3 * k - 1
    bic = -2 * log_likelihood + parameters * np.log(len(waiting))
    assert np.isclose(bic, model.bic(waiting))
    print(f"{k:>9}{parameters:>12}{log_likelihood:>16.2f}{bic:>10.2f}")

# %%
# In one dimension the densities can be drawn over a histogram. The two thin curves are the two
# components, each times its weight; the thick one is their sum.

grid = np.linspace(38, 102, 500)
std = np.sqrt(two.covariances_[:, 0, 0])
parts = two.weights_ * norm.pdf(grid[:, np.newaxis], two.means_[:, 0], std)
assert np.allclose(parts.sum(axis=1), np.exp(two.score_samples(grid[:, np.newaxis])))

fig, ax = plt.subplots(figsize=(8, 5), layout="constrained")
ax.hist(waiting[:, 0], bins=np.arange(40, 101, 2.5), density=True, color="0.85")
ax.plot(
    grid, np.exp(one.score_samples(grid[:, np.newaxis])),
    color=PALETTE[1], linestyle="--", linewidth=2, label="one Gaussian",
)  # fmt: skip
ax.plot(grid, parts.sum(axis=1), color=PALETTE[0], linewidth=2.5, label="two Gaussians")
ax.plot(grid, parts, color=PALETTE[0], linewidth=1)
ax.set(xlabel="waiting for the next eruption (minutes)", ylabel="density (per minute)")
ax.legend(frameon=False, loc="upper left")
plt.show()

# %%
# The single Gaussian has its peak at a wait of 71 minutes, where few were seen. The density of the
# mixture is lower there than at each of its two peaks.

valley, low, high = np.exp(two.score_samples([[71.0], *two.means_]))
print(f"density of two Gaussians at 71 minutes {valley:.4f}, at its peaks {low:.4f} and {high:.4f}")
assert one.score(waiting.mean(axis=0, keepdims=True)) > np.log(valley)
assert valley < min(low, high)

# %%
# With the length of the eruption beside the wait, the two clusters come apart more clearly: short
# eruptions are followed by short waits.

names = "eruption (minutes)", "waiting (minutes)"
fig, axes = plt.subplots(1, 2, figsize=(8, 4.6), sharex=True, sharey=True, layout="constrained")
for ax, k in zip(axes, (1, 2), strict=True):
    model = GaussianMixture(k, tol=1e-9, max_iter=500, random_state=0).fit(X)
    plot_mixture(X, model, ax, feature_names=names, legend=False)
    ax.set_title(f"{'one Gaussian' if k == 1 else 'two Gaussians'}: BIC {model.bic(X):.1f}")
plt.show()

# %%
# References
# ----------
#
# * Azzalini, A. and Bowman, A. W. (1990). A look at some data on the Old Faithful geyser. Applied
#   Statistics 39, 357-365.
# * Schwarz, G. (1978). Estimating the dimension of a model. Annals of Statistics 6, 461-464.
