r"""
Anomalies: rows that a mixture finds unlikely
=============================================

A mixture that was fitted to ordinary rows is a density, :math:`p(x)`. A new row is called an
anomaly where it is low:

.. math:: \log p(x) < t.

The threshold :math:`t` is a price. Take the quantile :math:`\alpha` of the scores of ordinary
rows, and a share :math:`\alpha` of ordinary rows will raise a false alarm. One Gaussian does the
same with a single ellipse; a mixture also sees the gaps between clusters.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve

from fastgmm import GaussianMixture
from fastgmm.plotting import PALETTE

# %%
# A machine (its numbers are made up) that is idle, runs, or runs under load. Anomalies come
# anywhere in the picture, and some in the gap between two states, where each reading by itself is
# quite ordinary.

rng = np.random.default_rng(0)


def ordinary(n):
    """Return n readings: temperature (degrees Celsius) and vibration (mm/s)."""
    state = rng.choice(3, size=n, p=[0.3, 0.5, 0.2])
    centers = np.array([[35.0, 0.4], [60.0, 2.0], [85.0, 2.6]])
    roots = np.array(
        [[[3.0, 0.0], [0.0, 0.12]], [[5.0, 0.0], [0.3, 0.2]], [[3.0, 0.0], [-0.2, 0.3]]]
    )
    return centers[state] + np.einsum("nij,nj->ni", roots[state], rng.normal(size=(n, 2)))


train, fresh = ordinary(5000), ordinary(5000)
strange = np.concatenate([
    rng.uniform([20.0, 0.0], [100.0, 4.0], size=(60, 2)),
    rng.normal([42.0, 1.3], [1.5, 0.1], size=(40, 2)),
])  # fmt: skip

# %%
# Fit to ordinary rows; the threshold is the quantile 0.01 of their scores. Does it keep its
# promise on fresh rows?

alpha = 0.01
models = {k: GaussianMixture(k, n_init=3, random_state=0).fit(train) for k in (1, 3)}
thresholds = {k: np.quantile(model.score_samples(train), alpha) for k, model in models.items()}
test = np.concatenate([fresh, strange])
is_strange = np.arange(len(test)) >= len(fresh)
for k, model in models.items():
    alarm = model.score_samples(test) < thresholds[k]
    false, caught = alarm[~is_strange].mean(), alarm[is_strange].mean()
    area = roc_auc_score(is_strange, -model.score_samples(test))
    print(f"{k} Gaussian(s): false alarms {false:.1%}, caught {caught:.0%}, AUC {area:.3f}")
    assert abs(false - alpha) < 4 * np.sqrt(2 * alpha * (1 - alpha) / len(fresh))

# %%
# The border of alarms, of one Gaussian and of three. Crosses are the anomalies.

side = np.linspace(15, 105, 300), np.linspace(-0.4, 4.2, 300)
grid = np.stack(np.meshgrid(*side), axis=-1).reshape(-1, 2)
fig, axes = plt.subplots(1, 2, figsize=(10, 4.2), sharex=True, sharey=True, layout="constrained")
for ax, (k, model) in zip(axes, models.items(), strict=True):
    score = model.score_samples(grid).reshape(300, 300)
    ax.contourf(*side, score, levels=[thresholds[k], np.inf], colors=[PALETTE[5]], alpha=0.35)
    ax.contour(*side, score, levels=[thresholds[k]], colors=PALETTE[0])
    ax.scatter(*fresh[:2000].T, s=3, color="0.45", linewidths=0)
    ax.scatter(*strange.T, s=22, color=PALETTE[1], marker="x", linewidths=1.2)
    ax.set(title=f"{k} Gaussian{'s' * (k > 1)}", xlabel="temperature (°C)")
axes[0].set_ylabel("vibration (mm/s)")
plt.show()

# %%
# Every threshold is a compromise; the curve shows them all. The dot is the one of 1% false alarms.

fig, ax = plt.subplots(figsize=(5.4, 4.2), layout="constrained")
for (k, model), color, style in zip(
    models.items(), (PALETTE[1], PALETTE[0]), ("--", "-"), strict=True
):
    scores = model.score_samples(test)
    false, caught, _ = roc_curve(is_strange, -scores)
    ax.plot(100 * false, 100 * caught, style, color=color, label=f"{k} Gaussian{'s' * (k > 1)}")
    alarm = scores < thresholds[k]
    ax.plot(100 * alarm[~is_strange].mean(), 100 * alarm[is_strange].mean(), "o", color=color)
ax.set(xlabel="false alarms (% of ordinary rows)", ylabel="anomalies caught (%)")
ax.set(xscale="symlog", xlim=(0, 100), ylim=(0, 102))
ax.set_xticks([0, 1, 10, 100], ["0", "1", "10", "100"])
ax.legend(frameon=False)
plt.show()

# %%
# One Gaussian calls the gaps between the states ordinary, and misses what happens there. Anomalies
# that fall into a cluster nobody can tell from ordinary rows.

assert roc_auc_score(is_strange, -models[3].score_samples(test)) > 0.02 + roc_auc_score(
    is_strange, -models[1].score_samples(test)
)

# %%
# References
# ----------
#
# * Bishop, C. M. (1994). Novelty detection and neural network validation. IEE Proceedings:
#   Vision, Image and Signal Processing 141, 217-222.
# * Chandola, V., Banerjee, A. and Kumar, V. (2009). Anomaly detection: a survey. ACM Computing
#   Surveys 41, 15.
