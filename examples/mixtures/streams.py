r"""
Streams: data that do not end, and that drift
=============================================

EM needs all rows in each iteration. A stream has no "all rows": they come in blocks, once.
*Stepwise* EM keeps the sums of the E-step, :math:`s`, mixes those of each new block into them, and
does an M-step:

.. math:: s \leftarrow (1 - \gamma_t) \, s + \gamma_t \, s_t, \qquad \gamma_t \approx t^{-a}.

Rates that fall, :math:`\tfrac{1}{2} < a \le 1`, average over ever more blocks, and the parameters
settle. That is right if the source stays as it is. If it drifts, the rate must not fall to zero: a
floor under it forgets what is old.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastgmm import GaussianMixture
from fastgmm.plotting import PALETTE

# %%
# Two clusters in the plane. One stays; the other wanders off after a hundred blocks. Each block
# has 200 rows.

rng = np.random.default_rng(0)
blocks, size = 400, 200
t = np.arange(blocks)
wandering = 4.0 + np.clip((t - 100) / 50.0, 0.0, 5.0)  # a step of 0.02 a block, from 4 to 9


def block(position):
    X = rng.normal(size=(size, 2))
    X[rng.random(size) < 0.4] += [position, 2.0]
    return X


# %%
# Two models follow the same stream, one without a floor, one with. With ``learning_floor=0.1``
# what is known loses half of its weight in :math:`\log 0.5 / \log 0.9 = 6.6` blocks.
# ``lower_bound_`` is the mean log-likelihood of the block *before* it was learnt from: a fair
# test.

models = {
    "no floor": GaussianMixture(2, random_state=0),
    "floor 0.1": GaussianMixture(2, random_state=0, learning_floor=0.1),
}
tracks = {name: [] for name in models}
scores = {name: [] for name in models}
for position in wandering:
    X = block(position)
    for name, model in models.items():
        model.partial_fit(X)
        tracks[name].append(model.means_[:, 0].max())
        scores[name].append(model.lower_bound_)

# %%

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.plot(t, wandering, color="black", linewidth=1, linestyle=":", label="the truth")
for name, color in zip(models, (PALETTE[1], PALETTE[0]), strict=True):
    left.plot(t, tracks[name], color=color, linewidth=1.5, label=name)
    smooth = np.convolve(scores[name], np.ones(10) / 10, mode="valid")
    right.plot(t[9:], smooth, color=color, linewidth=1.5, label=name)
left.set(xlabel="block", ylabel="first coordinate of the wandering mean")
right.set(
    xlabel="block", ylabel="mean log-likelihood of the next rows\n(nats a row, mean of ten blocks)"
)
left.legend(frameon=False)
right.legend(frameon=False)
plt.show()

# %%
# While the source stands still, the falling rate is the calmer one. When it moves the model
# without a floor lags far behind, and pays in likelihood; it catches up late, for it still
# remembers the first blocks.

errors = {name: np.abs(np.array(track) - wandering) for name, track in tracks.items()}
for name, error in errors.items():
    still, moving = error[50:100].mean(), error[150:350].mean()
    print(f"{name:<10} mean error: blocks 50 to 99 {still:.3f}, 150 to 349 {moving:.3f}")
assert errors["no floor"][50:100].mean() < errors["floor 0.1"][50:100].mean()
assert errors["floor 0.1"][150:350].mean() < errors["no floor"][150:350].mean() / 2

# %%
# With ``learning_decay=1`` all rows count alike, so one Gaussian learns exactly the mean and
# covariance of all that it has seen, however they are cut.

X = rng.normal(size=(10_000, 2)) @ [[1.0, 0.5], [0.0, 2.0]] + [3.0, -1.0]
single = GaussianMixture(1, learning_decay=1.0, reg_covar=0.0)
for rows in np.split(X, [100, 1000, 1001, 4000]):
    single.partial_fit(rows)
np.testing.assert_allclose(single.means_[0], X.mean(axis=0), rtol=1e-10)
np.testing.assert_allclose(single.covariances_[0], np.cov(X.T, ddof=0), rtol=1e-10)

# %%
# **A large table** is a stream, too, that can be read in any order. ``algorithm="minibatch"``
# draws batches from it, and ends with two iterations on all rows. On a million rows it needs a
# part of the passes of EM, and comes near to the same likelihood.

centers = rng.uniform(-6, 6, size=(8, 2))
table = centers[rng.integers(0, 8, 1_000_000)] + rng.normal(size=(1_000_000, 2))
for algorithm in ("em", "minibatch"):
    model = GaussianMixture(8, algorithm=algorithm, random_state=0, tol=1e-4, max_iter=300).fit(
        table
    )
    passes = (
        "iterations on all rows"
        if algorithm == "em"
        else "passes begun by batches, and 2 iterations"
    )
    print(f"{algorithm:<10}{model.score(table):.4f} nats a row, {model.n_iter_} {passes}")

# %%
# References
# ----------
#
# * Cappé, O. and Moulines, E. (2009). On-line expectation-maximization algorithm for latent data
#   models. Journal of the Royal Statistical Society B 71, 593-613.
# * Liang, P. and Klein, D. (2009). Online EM for unsupervised models. Human Language
#   Technologies: NAACL 2009, 611-619.
