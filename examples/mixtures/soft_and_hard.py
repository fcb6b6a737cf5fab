r"""
Soft and hard: k-means is a mixture that is too sure
====================================================

Give every component the same weight and the same sphere :math:`\sigma^2 I`, and learn only the
means. The responsibilities are then

.. math:: r_{nk} = \frac{\exp(-\lVert x_n - \mu_k \rVert^2 / 2 \sigma^2)}
                        {\sum_j \exp(-\lVert x_n - \mu_j \rVert^2 / 2 \sigma^2)}.

Where :math:`\sigma` is small beside the distances, the nearest mean has nearly all: soft
assignments become hard, and EM becomes Lloyd's k-means. ``assignment="hard"`` goes all the way at
once: each row goes to its most likely component (*classification EM*). Everything else is the same
code.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans

from fastgmm import GaussianMixture
from fastgmm.datasets import load_faithful
from fastgmm.plotting import PALETTE

X = load_faithful()
Z = (X - X.mean(axis=0)) / X.std(axis=0)
K = 3
start = np.array([[-1.5, -1.0], [0.0, 0.0], [1.5, 1.0]])


def fit_means(start, sigma, assignment):
    """Fit the means alone, of equal spheres of a standard deviation."""
    return GaussianMixture(
        K, covariance_type="spherical", assignment=assignment, fixed=("weights", "covariances"),
        weights_init=np.full(K, 1 / K), covariances_init=np.full(K, sigma**2),
        means_init=start, tol=1e-12, max_iter=5000,
    ).fit(Z)  # fmt: skip


# %%
# Hard EM with equal spheres is k-means: from the same start it ends at the same centres as
# scikit-learn's.

hard = fit_means(start, 1.0, "hard")
lloyd = KMeans(K, init=start, n_init=1, tol=0.0, algorithm="lloyd").fit(Z)
print("largest difference to k-means:", f"{np.abs(hard.means_ - lloyd.cluster_centers_).max():.1e}")
np.testing.assert_allclose(hard.means_, lloyd.cluster_centers_, atol=1e-12)
assert (hard.predict(Z) == lloyd.labels_).all()

# %%
# Soft EM from the centres of k-means, with smaller and smaller spheres.

sigmas = np.array([1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01])
soft = {sigma: fit_means(hard.means_, sigma, "soft") for sigma in sigmas}
distances, doubts = [], []
print("sigma   largest distance to a k-means centre   rows in doubt")
for sigma, model in soft.items():
    gaps = np.linalg.norm(model.means_ - lloyd.cluster_centers_, axis=1)
    distances.append(gaps.max())
    doubts.append((model.predict_proba(Z).max(axis=1) < 0.99).mean())
    print(f"{sigma:<8.2f}{distances[-1]:<39.4f}{doubts[-1]:>12.1%}")
assert distances[-1] < 0.02 < distances[4] < distances[0]

# %%
# Points have the blended colours of their responsibilities; crosses are the means, rings the
# centres of k-means.

colors = np.array([[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in PALETTE[:K]])
panels = [(f"soft, $\\sigma$ = {s:g}", soft[s], soft[s].predict_proba(Z)) for s in (0.8, 0.4, 0.1)]
panels.append(("hard: k-means", hard, np.eye(K)[hard.predict(Z)]))
fig, axes = plt.subplots(1, 4, figsize=(10, 3.2), sharex=True, sharey=True, layout="constrained")
for ax, (title, model, responsibilities) in zip(axes, panels, strict=True):
    ax.scatter(*Z.T, c=np.clip(responsibilities @ colors, 0, 1), s=7, linewidths=0)
    ax.plot(*model.means_.T, "X", color="black", markeredgecolor="white", markersize=10)
    ax.plot(*lloyd.cluster_centers_.T, "o", color="none", markeredgecolor="black", markersize=15)
    ax.set(title=title, aspect="equal")
fig.supxlabel("eruption (standard deviations)", fontsize=10)
fig.supylabel("waiting (standard deviations)", fontsize=10)
plt.show()

# %%
# The way there: how far the means are from those of k-means, and how many rows are in doubt (no
# component has 99%).

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
left.loglog(sigmas, np.maximum(distances, 1e-6), "o-", color=PALETTE[0])
left.set(ylabel="largest distance to a k-means centre\n(standard deviations)")
right.semilogx(sigmas, 100 * np.array(doubts), "s-", color=PALETTE[1])
right.set(ylabel="rows in doubt (%)", ylim=(0, 100))
for ax in (left, right):
    ax.set(xlabel="$\\sigma$ of the spheres (standard deviations of the data)")
    ax.set_xticks([0.01, 0.03, 0.1, 0.3, 1.0], ["0.01", "0.03", "0.1", "0.3", "1"])
    ax.minorticks_off()
plt.show()

# %%
# With wide spheres every row is in doubt, and means of overlapping components are drawn together:
# of the data's doubt about labels, k-means knows nothing.
#
# References
# ----------
#
# * Celeux, G. and Govaert, G. (1992). A classification EM algorithm for clustering and two
#   stochastic versions. Computational Statistics and Data Analysis 14, 315-332.
# * Rose, K., Gurewitz, E. and Fox, G. C. (1990). A deterministic annealing approach to
#   clustering. Pattern Recognition Letters 11, 589-594.
