"""Data, peers and fair timing for the benchmarks."""

import os
import statistics
import time
import warnings
from functools import cache

import numpy as np
import sklearn.mixture
from threadpoolctl import threadpool_limits

from fastgmm import GaussianMixture, set_num_threads
from fastgmm.em import estimate
from fastgmm.mixture import from_sklearn_shape, make_mixture
from fastgmm.sources import ArraySource

N_THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()

# (rows, features, components, covariance type)
GRID = [
    (1_000_000, 2, 8, "full"),
    (1_000_000, 8, 16, "full"),
    (1_000_000, 16, 32, "full"),
    (1_000_000, 16, 32, "diag"),
    (1_000_000, 16, 32, "tied"),
    (1_000_000, 16, 32, "spherical"),
]
QUICK = os.environ.get("FASTGMM_BENCH") == "quick"


@cache
def rows(n, d, k, dtype="float64"):
    """Return rows of k overlapping anisotropic blobs, (n, d)."""
    rng = np.random.default_rng(0)
    centres = 2.5 * rng.normal(size=(k, d))
    shapes = rng.normal(size=(k, d, d)) / np.sqrt(d) + 0.7 * np.eye(d)
    labels = rng.integers(k, size=n)
    out = np.empty((n, d), dtype)
    for j in range(k):
        mine = labels == j
        out[mine] = centres[j] + rng.normal(size=(mine.sum(), d)) @ shapes[j].T
    return out


def start(X, k, covariance_type):
    """Return a fitted scikit-learn mixture (three iterations on a part) and our Mixture of it."""
    model = sklearn.mixture.GaussianMixture(
        k, covariance_type=covariance_type, max_iter=3, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X[: 50 * k * X.shape[1]])
    factors = from_sklearn_shape(model.precisions_cholesky_, covariance_type)
    return model, make_mixture(
        model.weights_.astype(float), model.means_.astype(float), precisions_cholesky=factors
    )


def our_iteration(X, mixture, covariance_type, n_threads=N_THREADS):
    """Return a function that does one EM iteration and returns its lower bound."""
    source = ArraySource(X)

    def run():
        set_num_threads(n_threads)
        stats, _ = estimate(source, mixture, covariance_type, reg_covar=1e-6)
        set_num_threads(None)
        return stats.log_likelihood / stats.weight

    return run


def sklearn_iteration(X, model, n_threads):
    """Return a function that does scikit-learn's iteration: its E-step and M-step alone."""
    parameters = model._get_parameters()

    def run():
        with threadpool_limits(n_threads):
            model._set_parameters(parameters)
            bound, log_resp = model._e_step(X)
            model._m_step(X, log_resp)
        model._set_parameters(parameters)
        return float(bound)

    return run


def alternate(functions, repeats):
    """Time functions in turn, `repeats` rounds after a warm-up; return the medians, seconds."""
    times = [[] for _ in functions]
    for function in functions:
        function()
    for _ in range(repeats):
        for function, mine in zip(functions, times, strict=True):
            begin = time.perf_counter()
            function()
            mine.append(time.perf_counter() - begin)
    return [statistics.median(mine) for mine in times]


def compare_iteration(n, d, k, covariance_type, repeats=3, dtype="float64"):
    """Return ``{name: seconds}`` of one iteration, ours and scikit-learn's, measured in turn."""
    X = rows(n, d, k, dtype)
    model, mixture = start(X, k, covariance_type)
    runs = {
        "fastgmm 1 thread": our_iteration(X, mixture, covariance_type, 1),
        f"fastgmm {N_THREADS} threads": our_iteration(X, mixture, covariance_type),
        "scikit-learn 1 thread": sklearn_iteration(X, model, 1),
        f"scikit-learn {N_THREADS} threads": sklearn_iteration(X, model, N_THREADS),
    }
    ours, theirs = (runs[f"{peer} 1 thread"]() for peer in ("fastgmm", "scikit-learn"))
    if abs(ours - theirs) > (1e-9 if dtype == "float64" else 1e-3) * abs(theirs):
        raise AssertionError(f"the lower bounds differ: {ours} and {theirs}")
    return dict(zip(runs, alternate(list(runs.values()), repeats), strict=True))


def few_iterations(X, k, covariance_type, n_iter=2):
    """Fit for a few iterations, k-means start included."""
    return GaussianMixture(
        k,
        covariance_type=covariance_type,
        random_state=0,
        callback=lambda state: state.iteration == n_iter,
    ).fit(X)
