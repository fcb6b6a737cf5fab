r"""
K-means and its evils
=====================

K-means looks for :math:`K` centres and gives every point to the nearest one. It makes

.. math:: \sum_{n=1}^N \min_k \lVert x_n - \mu_k \rVert^2

small. Nothing in this sum knows how wide a cluster is, which way it points or how many points it
has: only distances to centres count. So the border between two clusters is always straight, and
always half way. A Gaussian mixture knows all three,

.. math:: p(x) = \sum_{k=1}^K \pi_k \, \mathcal N(x \mid \mu_k, \Sigma_k),

the shares :math:`\pi_k` and the covariances :math:`\Sigma_k` beside the means. This page shows
three kinds of data on which distances deceive.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Ellipse
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import confusion_matrix

from fastgmm import GaussianMixture, make_mixture
from fastgmm.plotting import PALETTE, mixture_ellipses

# %%
# Three mixtures of two components. In the first one cluster is three times as wide as the other.
# In the second one has nineteen of twenty points. In the third both are long and thin, side by
# side.

mixtures = {
    "unlike spreads": make_mixture(
        [0.5, 0.5], [[-3.0, 0.0], [3.0, 0.0]], [np.eye(2) * 2.0**2, np.eye(2) * 0.6**2]
    ),
    "unlike sizes": make_mixture(
        [0.95, 0.05], [[-1.0, 0.0], [3.0, 0.0]], [np.diag([1.0, 4.0]), np.eye(2) * 0.5**2]
    ),
    "long shapes": make_mixture(
        [0.5, 0.5], [[0.0, -1.2], [0.0, 1.2]], [np.diag([9.0, 0.2])] * 2
    ),
}  # fmt: skip


def draw(mixture, n, rng):
    """Return n points and the component that each was drawn from."""
    truth = rng.choice(2, size=n, p=mixture.weights)
    roots = np.linalg.cholesky(mixture.covariances)
    points = mixture.means[truth] + np.einsum("nij,nj->ni", roots[truth], rng.normal(size=(n, 2)))
    return points, truth


# %%
# Labels of clusters are arbitrary, so they are matched to the truth before errors are counted. The
# best that any rule can do, on average, is Bayes' rule with the parameters that the points were
# drawn with.


def matched(labels, truth):
    """Return labels, renamed so that as many as possible agree with the truth."""
    _, names = linear_sum_assignment(-confusion_matrix(labels, truth))
    return names[labels]


rng = np.random.default_rng(0)
results = {}
print(f"{'wrong, of 2000':<16}{'k-means':>9}{'mixture':>9}{'Bayes rule':>12}")
for name, mixture in mixtures.items():
    X, truth = draw(mixture, 2000, rng)
    model = GaussianMixture(2, n_init=5, tol=1e-6, max_iter=500, random_state=0).fit(X)
    kmeans = KMeans(2, n_init=10, random_state=0).fit(X)
    # its sum is smaller than that of the true clusters: it has not failed at what it does
    assert kmeans.inertia_ < ((X - mixture.means[truth]) ** 2).sum()
    found = {
        "k-means": matched(kmeans.labels_, truth),
        "mixture": matched(model.predict(X), truth),
        "Bayes": GaussianMixture.from_mixture(mixture).predict(X),
    }
    wrong = {method: int((labels != truth).sum()) for method, labels in found.items()}
    results[name] = X, truth, found, wrong, model
    print(f"{name:<16}{wrong['k-means']:>9}{wrong['mixture']:>9}{wrong['Bayes']:>12}")
    assert wrong["mixture"] < wrong["Bayes"] + 20 < wrong["k-means"]

# %%
# Above what k-means makes of it, below the mixture. Points that went to the wrong cluster are
# black.

fig, axes = plt.subplots(2, 3, figsize=(10, 5.8), sharex=True, sharey=True, layout="constrained")
colors = np.array(PALETTE[:2])
for column, (name, (X, truth, found, wrong, model)) in zip(axes.T, results.items(), strict=True):
    for ax, method in zip(column, ("k-means", "mixture"), strict=True):
        miss = found[method] != truth
        ax.scatter(*X[~miss].T, c=colors[found[method][~miss]], s=3, linewidths=0)
        ax.scatter(*X[miss].T, c="black", s=6, linewidths=0)
        ax.set_title(f"{name}\n{method}: {wrong[method]} wrong", fontsize=10)
        ax.set(xlim=(-10, 10), ylim=(-7.5, 7.5), aspect="equal")
    for center, (a, b), angle in zip(*mixture_ellipses(model.mixture_, n_std=2), strict=True):
        ellipse = Ellipse(center, 2 * a, 2 * b, angle=angle, fill=False)
        column[1].add_patch(ellipse)
fig.supxlabel("first feature")
fig.supylabel("second feature")
plt.show()

# %%
# *Unlike spreads*: k-means cuts a slice off the wide cluster and gives it to the narrow one.
# *Unlike sizes*: it cuts the large cluster in two, for that makes the sum smaller than a centre
# for a few points would. *Long shapes*: it cuts across both clusters, because points at the two
# ends are farther apart than the two clusters are. The mixture finds all three, nearly as well as
# Bayes' rule: its border is where :math:`\pi_1 \mathcal N(x \mid \mu_1, \Sigma_1) = \pi_2 \mathcal
# N(x \mid \mu_2, \Sigma_2)`, a curve of second degree.
#
# References
# ----------
#
# * Lloyd, S. P. (1982). Least squares quantization in PCM. IEEE Transactions on Information
#   Theory 28, 129-137.
# * Bishop, C. M. (2006). Pattern Recognition and Machine Learning, sections 9.1 and 9.2.
#   Springer.
