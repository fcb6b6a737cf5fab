r"""
Local optima, and many starts
=============================

EM climbs to a top of the likelihood, not to the highest. Which one it finds depends on where it
starts. The usual remedy is to start often and keep the best: if one start finds the best top with
probability :math:`q`, one of :math:`m` starts does with probability

.. math:: 1 - (1 - q)^m.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastgmm import GaussianMixture
from fastgmm.plotting import PALETTE, plot_mixture

# %%
# Nine round clusters on a grid. To the eye nothing is easier.

rng = np.random.default_rng(0)
centers = 4.0 * np.stack(np.meshgrid(range(3), range(3)), axis=-1).reshape(9, 2)
X = np.concatenate([rng.normal(center, 0.7, size=(60, 2)) for center in centers])
N = len(X)


def fit(seed, **options):
    return GaussianMixture(
        9, covariance_type="spherical", reg_covar=0.05, random_state=seed, tol=1e-5, max_iter=500,
        **options,
    ).fit(X)  # fmt: skip


# %%
# A hundred starts of each of two kinds: around randomly drawn rows, and around the centres that
# k-means finds. The best fit of all is what the others are compared with. (A component may end on
# a handful of rows that happen to lie close together, where its density is very high. Such a top
# is no answer: one floor for all variances, ``reg_covar``, keeps it low.)

starts = 100
kinds = {"random rows": "random_from_data", "k-means": "kmeans"}
fits = {
    name: [fit(seed, init_params=init) for seed in range(starts)] for name, init in kinds.items()
}
totals = {name: np.array([N * model.score(X) for model in models]) for name, models in fits.items()}
best = max(total.max() for total in totals.values())
shares = {}
for name, total in totals.items():
    shares[name] = (total > best - 1.0).mean()
    print(f"{name:<12} best top found by {shares[name]:.0%} of the starts,")
    print(f"{'':<12} the worst ended {best - total.min():.0f} nats below")

# %%
# The final log-likelihoods come in heaps, with gaps between them: tops, not a slope on which EM
# stopped too early.

fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
bins = np.linspace(min(total.min() for total in totals.values()) - 5, best + 5, 60)
for (name, total), color, style in zip(
    totals.items(), PALETTE, ("stepfilled", "step"), strict=False
):
    ax.hist(total, bins, histtype=style, color=color, linewidth=1.8, alpha=0.8, label=name)
ax.set(xlabel="final log-likelihood (nats)", ylabel=f"starts, of {starts}")
ax.legend(frameon=False, loc="upper left", title="start")
plt.show()

# %%
# A typical random start, and the best.

ranked = np.argsort(totals["random rows"])
median = fits["random rows"][ranked[starts // 2]]
winner = fits["random rows"][ranked[-1]]
fig, axes = plt.subplots(1, 2, figsize=(9, 4.4), sharex=True, sharey=True, layout="constrained")
for ax, (title, model) in zip(axes, {"median": median, "best": winner}.items(), strict=True):
    plot_mixture(X, model, ax, legend=False)
    ax.set(title=f"{title}: {N * model.score(X):.0f} nats", aspect="equal")
plt.show()

# %%
# Where a cluster got two components, two others have to share one. No small step mends that: on
# the way the likelihood would fall. ``n_init`` starts often and keeps the best. It draws its
# starts one after the other, so its success can be predicted from that of single starts.

q = shares["random rows"]
trials = 30
print("starts   best top found   predicted")
for m in (2, 5):
    models = [fit(1000 + seed, init_params="random_from_data", n_init=m) for seed in range(trials)]
    found = np.mean([N * model.score(X) > best - 1.0 for model in models])
    expected = 1 - (1 - q) ** m
    print(f"{m:<9}{found:<17.0%}{expected:.0%}")
    # both are estimates: of `starts` and of `trials` runs
    error = np.sqrt(0.25 / trials + (m * (1 - q) ** (m - 1)) ** 2 * q * (1 - q) / starts)
    assert abs(found - expected) < 3.5 * error

# %%
# References
# ----------
#
# * Biernacki, C., Celeux, G. and Govaert, G. (2003). Choosing starting values for the EM
#   algorithm for getting the highest likelihood in multivariate Gaussian mixture models.
#   Computational Statistics and Data Analysis 41, 561-575.
# * Jin, C., Zhang, Y., Balakrishnan, S., Wainwright, M. J. and Jordan, M. I. (2016). Local maxima
#   in the likelihood of Gaussian mixture models: structural results and algorithmic consequences.
#   Advances in Neural Information Processing Systems 29.
