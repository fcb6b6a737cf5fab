r"""
Missing values
==============

Of a row :math:`x` only some features :math:`x_o` may be known. What is known has a density of its
own, the marginal one, and the fit makes that of all rows large:

.. math:: \sum_n \log \sum_k \pi_k \, \mathcal N(x_{n,o} \mid \mu_{k,o}, \Sigma_{k,oo}).

EM takes, for what is missing, the conditional mean of each component, and adds the conditional
covariance to its second moments:

.. math:: \hat x_{m} = \mu_{m} + \Sigma_{mo} \Sigma_{oo}^{-1} (x_o - \mu_{o}), \qquad
    \Sigma_{mm} - \Sigma_{mo} \Sigma_{oo}^{-1} \Sigma_{om}.

This is right where values are missing *at random*: whether one is missing may depend on what is
known of the row, not on the value itself.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastgmm import GaussianMixture, kl_divergence
from fastgmm.datasets import load_faithful
from fastgmm.plotting import PALETTE, mixture_ellipses

# %%
# Old Faithful, each of its numbers deleted with probability 0.3. (Of about 9% of the rows nothing
# is left. They stay: they neither help nor harm.)

X = load_faithful()
rng = np.random.default_rng(0)
holes = rng.random(X.shape) < 0.3
known = np.where(holes, np.nan, X)
complete = ~holes.any(axis=1)
print(
    f"{holes.mean():.0%} of the values are missing; {complete.sum()} of {len(X)} rows are complete"
)

# %%
# Four fits: to all values, as a reference; to what is known, by exact EM; to the complete rows
# alone; and with each hole filled by the mean of its column, which is often done.

filled = np.where(holes, np.nanmean(known, axis=0), X)
settings = {"tol": 1e-7, "max_iter": 2000, "random_state": 0}
fits = {
    "no value missing": GaussianMixture(2, **settings).fit(X),
    "all that is known": GaussianMixture(2, missing="allow", **settings).fit(known),
    "complete rows": GaussianMixture(2, **settings).fit(X[complete]),
    "holes filled by means": GaussianMixture(2, n_init=5, **settings).fit(filled),
}

# %%
# How far is each from the reference? The Kullback-Leibler divergence says how many nats a row its
# density loses where rows come from the reference.

reference = fits["no value missing"].mixture_
losses = {}
for name, model in fits.items():
    losses[name], error = kl_divergence(
        reference, model.mixture_, 100_000, np.random.default_rng(0)
    )
    print(f"{name:<23}{losses[name]:8.4f} nats a row lost (standard error {error:.4f})")
assert 10 * losses["all that is known"] < losses["holes filled by means"]

# %%
# One pattern of holes is luck. Here are the means over ten.

totals = []
for seed in range(10):
    pattern = np.random.default_rng(100 + seed).random(X.shape) < 0.3
    punched = np.where(pattern, np.nan, X)
    whole = ~pattern.any(axis=1)
    pair = (
        GaussianMixture(2, missing="allow", **settings).fit(punched),
        GaussianMixture(2, **settings).fit(X[whole]),
    )
    rng = np.random.default_rng(seed)
    totals.append([kl_divergence(reference, model.mixture_, 20_000, rng)[0] for model in pair])
mean = np.mean(totals, axis=0)
print(f"nats a row lost, mean: all that is known {mean[0]:.4f}, complete rows {mean[1]:.4f}")
assert mean[0] < mean[1]

# %%

fig, axes = plt.subplots(2, 2, figsize=(8, 6.6), sharex=True, sharey=True, layout="constrained")
shown = X, X[complete], X[complete], filled
for ax, points, (name, model) in zip(axes.flat, shown, fits.items(), strict=True):
    ax.scatter(*points.T, s=7, color="0.6", linewidths=0)
    for mixture, color, style in ((reference, "black", ":"), (model.mixture_, PALETTE[0], "-")):
        for center, (a, b), angle in zip(*mixture_ellipses(mixture, n_std=2), strict=True):
            t, turn = np.linspace(0, 2 * np.pi, 100), np.radians(angle)
            x, y = a * np.cos(t), b * np.sin(t)
            outline = np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y
            ax.plot(center[0] + outline[0], center[1] + outline[1], style, color=color)
    ax.set_title(name)
known_x, known_y = known[np.isnan(known[:, 1]), 0], known[np.isnan(known[:, 0]), 1]
axes[0, 1].plot(known_x, np.full_like(known_x, 40), "|", color=PALETTE[1], markersize=7)
axes[0, 1].plot(np.full_like(known_y, 1.2), known_y, "_", color=PALETTE[1], markersize=7)
for ax in axes[1]:
    ax.set_xlabel("eruption (minutes)")
for ax in axes[:, 0]:
    ax.set_ylabel("waiting (minutes)")
plt.show()

# %%
# Ticks at the border of the second picture are rows of which one value is known; they help. Dotted
# is the reference. Filling by means makes a cross of rows that never were, and the fit believes in
# it.
#
# With a fit, holes can be filled. ``impute`` gives the mean of what is missing, given what is
# known of the row: the best guess, with too little spread. ``sample_missing`` draws it, spread
# included.

model = fits["all that is known"]
guess, drawn = model.impute(known), model.sample_missing(known, random_state=0)
only_eruption = ~holes[:, 0] & holes[:, 1]
np.testing.assert_allclose(
    guess[only_eruption, 1], model.predict_mean(known[only_eruption, :1], given=[0])[:, 0]
)
print("root mean square error of the wait where only the eruption is known, minutes:")
for name, values in {
    "mean of the column": filled,
    "impute": guess,
    "sample_missing": drawn,
}.items():
    print(f"  {name:<20}{np.sqrt(((values - X)[only_eruption, 1] ** 2).mean()):5.1f}")

# %%

fig, axes = plt.subplots(1, 3, figsize=(8.6, 4), sharex=True, sharey=True, layout="constrained")
titles = "the truth", "impute", "sample_missing"
for ax, values, title in zip(axes, (X, guess, drawn), titles, strict=True):
    ax.scatter(*X[complete].T, s=7, color="0.75", linewidths=0)
    some = holes.any(axis=1) & ~holes.all(axis=1)
    ax.scatter(*values[some].T, s=12, color=PALETTE[1], linewidths=0)
    ax.set(title=title, xlabel="eruption (minutes)")
axes[0].set_ylabel("waiting (minutes)")
plt.show()

# %%
# References
# ----------
#
# * Little, R. J. A. and Rubin, D. B. (2002). Statistical Analysis with Missing Data, second
#   edition. Wiley.
# * Ghahramani, Z. and Jordan, M. I. (1994). Supervised learning from incomplete data via an EM
#   approach. Advances in Neural Information Processing Systems 6, 120-127.
