r"""
EM, step by step
================

If the component of each point were known, a mixture would be fitted by counting and averaging. If
the mixture were known, Bayes' rule would tell the components, with probabilities. EM does the one,
then the other, and again.

**E-step**: the responsibility of component :math:`k` for point :math:`n`,

.. math::

    r_{nk} = \frac{\pi_k \, \mathcal N(x_n \mid \mu_k, \Sigma_k)}
                  {\sum_j \pi_j \, \mathcal N(x_n \mid \mu_j, \Sigma_j)}.

**M-step**: shares, means and covariances, in which point :math:`n` counts :math:`r_{nk}` times for
component :math:`k`,

.. math::

    N_k = \sum_n r_{nk}, \qquad \pi_k = \frac{N_k}{N}, \qquad
    \mu_k = \frac{1}{N_k} \sum_n r_{nk} x_n, \qquad
    \Sigma_k = \frac{1}{N_k} \sum_n r_{nk} (x_n - \mu_k)(x_n - \mu_k)^\top.

No iteration makes the data less likely.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import logsumexp

from fastgmm import GaussianMixture, make_mixture
from fastgmm.datasets import load_faithful
from fastgmm.plotting import PALETTE, plot_mixture

X = load_faithful()
Z = (X - X.mean(axis=0)) / X.std(axis=0)  # standard deviations from the mean

# %%
# Both steps by hand, in logarithms so that small densities do not vanish.


def e_step(X, weights, means, covariances):
    """Return the responsibilities (N, K) and the log-likelihood."""
    d = X[:, np.newaxis] - means
    squares = np.einsum("nki,kij,nkj->nk", d, np.linalg.inv(covariances), d)
    log_joint = np.log(weights) - 0.5 * (squares + np.linalg.slogdet(2 * np.pi * covariances)[1])
    log_density = logsumexp(log_joint, axis=1)
    return np.exp(log_joint - log_density[:, np.newaxis]), log_density.sum()


def m_step(X, r):
    """Return weights, means and covariances."""
    n = r.sum(axis=0)
    means = r.T @ X / n[:, np.newaxis]
    d = X[:, np.newaxis] - means
    return n / len(X), means, np.einsum("nk,nki,nkj->kij", r, d, d) / n[:, np.newaxis, np.newaxis]


# %%
# A start that is wrong on purpose, and twenty iterations from it.

start = np.array([0.5, 0.5]), np.array([[-1.5, 1.0], [1.5, -1.0]]), np.array([np.eye(2)] * 2)
by_hand, log_likelihoods = [start], []
for _ in range(20):
    r, log_likelihood = e_step(Z, *by_hand[-1])
    log_likelihoods.append(log_likelihood)
    by_hand.append(m_step(Z, r))
assert (np.diff(log_likelihoods) > -1e-9).all()

# %%
# ``GaussianMixture`` does the same from the same start. Its ``callback`` is called after each
# iteration; a true result would stop the fit, and this one stops it after the twentieth.

states = []


def keep(state):
    states.append(state)
    return len(states) == 20


weights, means, covariances = start
GaussianMixture(
    2, weights_init=weights, means_init=means, covariances_init=covariances,
    reg_covar=0.0, tol=0.0, max_iter=1000, callback=keep,
).fit(Z)  # fmt: skip

largest = 0.0
for state, ours, log_likelihood in zip(states, by_hand[1:], log_likelihoods, strict=True):
    theirs = state.mixture.weights, state.mixture.means, state.mixture.covariances
    largest = max(largest, *(np.abs(a - b).max() for a, b in zip(theirs, ours, strict=True)))
    assert np.isclose(state.lower_bound * len(Z), log_likelihood, rtol=1e-12)
print(f"largest difference of a parameter, in 20 iterations: {largest:.1e}")
assert largest < 1e-10

# %%
# The pictures: points have the colours of their responsibilities, ellipses are one standard
# deviation wide.

shown = (0, 1, 2, 3, 4, 5, 6, 20)
fig, axes = plt.subplots(2, 4, figsize=(10, 5.4), sharex=True, sharey=True, layout="constrained")
for ax, i in zip(axes.flat, shown, strict=True):
    plot_mixture(
        Z, GaussianMixture.from_mixture(make_mixture(*by_hand[i])), ax, n_std=(1,), legend=False
    )
    title = "start" if i == 0 else f"after {i} iteration{'s' if i > 1 else ''}"
    ax.set(title=title, xlabel="", ylabel="", aspect="equal", xlim=(-2.8, 2.8), ylim=(-2.8, 2.8))
fig.supxlabel("eruption (standard deviations)")
fig.supylabel("waiting (standard deviations)")
plt.show()

# %%

fig, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
ax.plot(log_likelihoods, color=PALETTE[0], marker="o", markersize=4)
ax.set(xlabel="iterations done", ylabel="log-likelihood (nats)", xticks=range(0, 20, 2))
plt.show()

# %%
# The first iteration makes two long, thin ellipses of the circles, one end to end with the other
# along all of the data; no other one gains as much. In the next ones the right ellipse draws in to
# its cluster, and then the left one to the other. After a dozen iterations little changes.
#
# References
# ----------
#
# * Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data
#   via the EM algorithm. Journal of the Royal Statistical Society B 39, 1-38.
# * Bishop, C. M. (2006). Pattern Recognition and Machine Learning, section 9.2.2. Springer.
