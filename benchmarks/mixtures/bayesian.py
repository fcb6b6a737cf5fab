"""One iteration of variational EM by covariance type: ours, and against scikit-learn.

``python -m benchmarks.mixtures.bayesian [N,D,K,COVARIANCE ...]`` prints the ratios, of wall clock
and of CPU time.
"""

import statistics
import sys
import time

import numpy as np

from ..harness import common

SHAPES = common.pick(
    [
        "1000000,16,32,full",
        "100000,16,32,full",
        "100000,16,32,tied",
        "100000,16,32,diag",
        "100000,16,32,spherical",
        "100000,8,64,full",
        "10000,2,8,full",
    ],
    ["50000,16,32,full", "50000,16,32,diag"],
)


def posterior(X, k, covariance_type):
    """Return ``{attribute: value}`` of a fit of a Dirichlet process midway: see `common.start`."""
    start, n = common.start(X, k, covariance_type), len(X)
    nk = np.full(k, n / k)
    freedom = X.shape[1] + nk
    return {
        "weight_concentration_": (1.0 + nk, 1.0 / k + n - np.cumsum(nk)),
        "mean_precision_": 1.0 + nk,
        "means_": start["means"],
        "degrees_of_freedom_": float(freedom[0]) if covariance_type == "tied" else freedom,
        "covariances_": start["covariances"],
    }


def ours(X, k, covariance_type):
    """Return a function that does so many iterations and returns the model."""
    from fastgmm import BayesianGaussianMixture, set_num_threads

    given = posterior(X, k, covariance_type)
    model = BayesianGaussianMixture(
        n_components=k, covariance_type=covariance_type, tol=0.0, warm_start=True
    )
    source = model._source(X, None)
    options = model._step_options(source, {})

    def run(n_iter, n_threads):
        set_num_threads(n_threads)
        for name, value in given.items():
            setattr(model, name, value)
        model.weights_ = np.full(k, 1.0 / k)
        vars(model).pop("precisions_cholesky_", None)
        model.max_iter = n_iter
        fit = model._last_run(model._scoring_mixture(), {}, options)
        model._adopt(model._best_of([fit], source, options), options, X.dtype)
        set_num_threads(None)
        return model

    return run


def scikit_learn(X, k, covariance_type):
    """Return a function that does so many iterations, less checks of X, and returns the model."""
    from sklearn.mixture import BayesianGaussianMixture
    from sklearn.mixture._gaussian_mixture import _compute_precision_cholesky
    from threadpoolctl import threadpool_limits

    given = posterior(X, k, covariance_type)
    factors = _compute_precision_cholesky(given["covariances_"], covariance_type)
    model = BayesianGaussianMixture(n_components=k, covariance_type=covariance_type)
    model._check_parameters(X)

    def run(n_iter, n_threads):
        with threadpool_limits(n_threads):
            for name, value in given.items():
                setattr(model, name, value)
            model.precisions_cholesky_ = factors
            for _ in range(n_iter):
                log_prob_norm, log_resp = model._e_step(X)
                model._m_step(X, log_resp)
                model.lower_bound_ = model._compute_lower_bound(log_resp, log_prob_norm)
                del log_resp
        return model

    return run


def pair(X, shape):
    """Return our and scikit-learn's run of the shape; they agree, or AssertionError."""
    _, _, k, covariance_type, _ = common.shape_of(shape)
    mine, theirs = (peer(X, k, covariance_type) for peer in (ours, scikit_learn))
    a, b = mine(1, common.N_THREADS), theirs(1, common.N_THREADS)
    for name in ("means_", "covariances_", "mean_precision_", "lower_bound_"):
        expected = np.asarray(getattr(b, name))
        if np.abs(np.asarray(getattr(a, name)) - expected).max() > 1e-8 * np.abs(expected).max():
            raise AssertionError(f"{shape}: {name} after an iteration differ")
    return mine, theirs


def ratio_to_sklearn(X, shape):
    """Return scikit-learn's time over ours, on all threads."""
    mine, theirs = pair(X, shape)
    n = common.N_THREADS
    return common.ratio(lambda: theirs(1, n), lambda: mine(1, n))


class BayesianIteration(common.Suite):
    """Seconds of an iteration."""

    params = (SHAPES,)
    param_names = ("n,d,k,covariance,dtype",)
    timeout = 1200

    def setup_cache(self):
        """Write the rows once."""
        common.save_rows(SHAPES)

    def setup(self, shape):
        """Compile."""
        _, _, k, covariance_type, _ = common.shape_of(shape)
        self.run = ours(common.load_rows(shape), k, covariance_type)
        self.run(1, common.N_THREADS)

    def time_iteration(self, shape):
        """Do one iteration."""
        self.run(1, common.N_THREADS)


class BayesianRatio:
    """scikit-learn's time over ours: larger is better."""

    params = (SHAPES,)
    param_names = ("n,d,k,covariance,dtype",)
    timeout = 1200
    unit = "times faster"

    def setup_cache(self):
        """Write the rows once."""
        common.save_rows(SHAPES)

    def track_ratio_to_sklearn(self, shape):
        """Measure both in turn."""
        return ratio_to_sklearn(common.load_rows(shape), shape)


def cpu_ratio(X, shape, rounds=5):
    """Return scikit-learn's CPU time over ours: the median of pairs in turn, one thread each."""
    found = []
    mine, theirs = pair(X, shape)
    for _ in range(rounds):
        times = []
        for run in (theirs, mine):
            begin = time.process_time()
            run(1, 1)
            times.append(time.process_time() - begin)
        found.append(times[0] / times[1])
    return statistics.median(found)


def main(shapes):
    """Print the ratios."""
    for shape in shapes:
        n, d, k, _, dtype = common.shape_of(shape)
        X = common.rows(n, d, k, dtype)
        wall, cpu = ratio_to_sklearn(X, shape), cpu_ratio(X, shape)
        print(f"{shape:26} {wall:6.1f} times faster than scikit-learn, {cpu:6.1f} in CPU time")


if __name__ == "__main__":
    main(sys.argv[1:] or SHAPES)
