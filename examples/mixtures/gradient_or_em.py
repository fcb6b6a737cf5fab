r"""
Gradients or EM?
================

EM is not the only way up. The log-likelihood :math:`\ell(\theta)` of a mixture has a gradient, and
any optimiser that takes gradients can climb it, once the parameters are free of constraints: log
ratios of weights, means, and Cholesky factors of precisions. Fisher's identity says that the
gradient needs what the E-step computes:

.. math::

    \nabla \ell(\theta)
        = \sum_{nk} r_{nk} \, \nabla \log \pi_k \mathcal N(x_n \mid \mu_k, \Sigma_k).

So a gradient and an EM iteration each are one pass over the rows, and passes are what this page
counts. Where components overlap EM takes short steps. L-BFGS learns the curvature from the
gradients that it has seen, and Newton's method uses it (products of the Hessian count as passes,
too).
"""

import matplotlib.pyplot as plt
import numpy as np

from fastgmm import GaussianMixture
from fastgmm.gradient import fit_map
from fastgmm.plotting import PALETTE

# %%
# Two unit spheres in the plane, far apart in one data set, close together in the other. Both ways
# begin where EM with a coarse tolerance ends.


def spheres(distance, rng):
    X = rng.normal(size=(1000, 2))
    X[:500, 0] += distance
    return X


def em_path(X, start, iterations):
    """Return the mean log-likelihood before each iteration of EM."""
    model = GaussianMixture(
        2, weights_init=start.weights, means_init=start.means, covariances_init=start.covariances,
        reg_covar=0.0, tol=0.0, max_iter=iterations + 1,
        callback=lambda state: state.iteration == iterations,
    )  # fmt: skip
    return np.array(model.fit(X).lower_bounds_)


def gradient_path(X, start, method, iterations):
    """Return passes over the rows and the mean log-likelihood after 1, 2, ... iterations."""
    points = []
    for n in range(1, iterations + 1):
        fit = fit_map(X, start, method=method, tol=1e-8, max_iter=n)
        points.append((fit.n_evaluations, fit.log_likelihood))
        if fit.converged:
            break
    return np.array(points).T


# %%
# Where a path ends tells where the top is. Both ways must find the same one; the picture shows how
# far below it they are.

paths = {}
for distance in (4.0, 2.0):
    X = spheres(distance, np.random.default_rng(3))
    start = GaussianMixture(2, tol=1.0, random_state=0).fit(X).mixture_
    em = em_path(X, start, 2000)
    gradient = {method: gradient_path(X, start, method, 60) for method in ("l-bfgs", "newton-cg")}
    top = max(em[-1], *(values.max() for _, values in gradient.values()))
    paths[distance] = em, gradient, top
    print(f"distance {distance:g}: passes to within 1e-6 nats of the top")
    passes = {"EM": 1 + int(np.argmax(em > top - 1e-6))}
    for method, (count, values) in gradient.items():
        assert abs(values[-1] - em[-1]) < 1e-6  # the same top
        passes[method] = int(count[np.argmax(values > top - 1e-6)])
    print("   ", ", ".join(f"{method} {n}" for method, n in passes.items()))

# %%

fig, axes = plt.subplots(1, 2, figsize=(9.5, 4), sharey=True, layout="constrained")
for ax, (distance, (em, gradient, top)) in zip(axes, paths.items(), strict=True):
    ax.plot(np.arange(1, len(em) + 1), top - em, color=PALETTE[0], linewidth=2, label="EM")
    for (method, (count, values)), color, mark in zip(
        gradient.items(), PALETTE[1:], "os", strict=False
    ):
        label = {"l-bfgs": "L-BFGS", "newton-cg": "Newton-CG"}[method]
        ax.plot(count, top - values, color=color, marker=mark, markersize=3.5, label=label)
    ax.set(xscale="log", yscale="log", ylim=(1e-9, 1), xlabel="passes over the rows")
    ax.set_title(f"centres {distance:g} standard deviations apart")
axes[0].set_ylabel("below the top (nats per row)")
axes[0].legend(frameon=False)
plt.show()

# %%
# Far apart, EM needs few passes: there is nothing to gain. Close together it creeps along a flat
# stretch for most of its passes, which gradients cross in far fewer. (Passes are not time: one of
# EM and one of a gradient take different times.)

em, gradient, top = paths[2.0]
assert (
    np.argmax(em > top - 1e-6)
    > 5 * gradient["l-bfgs"][0][np.argmax(gradient["l-bfgs"][1] > top - 1e-6)]
)

# %%
# References
# ----------
#
# * Xu, L. and Jordan, M. I. (1996). On convergence properties of the EM algorithm for Gaussian
#   mixtures. Neural Computation 8, 129-151.
# * Salakhutdinov, R., Roweis, S. and Ghahramani, Z. (2003). Optimization with EM and
#   expectation-conjugate-gradient. International Conference on Machine Learning, 672-679.
