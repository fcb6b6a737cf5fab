"""`em_step` from a user's own @njit loop, against an iteration of the estimator's fit."""

import warnings

import numba
import numpy as np

from fastgmm import GaussianMixture, em_step, make_mixture, make_workspace, set_num_threads

from ..harness import common

PARAMS = common.pick(
    [(1_000_000, 16, 32), (1_000_000, 2, 8), (100_000, 8, 256)], [(20_000, 8, 16), (2_000, 2, 3)]
)
N_ITERATIONS = 5


@numba.njit
def iterate(X, mixture, workspace, n_iter):
    """Return the mixture after n_iter iterations."""
    for _ in range(n_iter):
        mixture, _ = em_step(X, mixture, workspace)
    return mixture


class Steps(common.Suite):
    """Iterations of EM, full covariances, as many threads on either side."""

    params = (PARAMS,)
    param_names = ("n, d, k",)

    def setup(self, shape):
        """Compile; the two give the same means, bit for bit."""
        n, d, k = shape
        self.X = common.rows(n, d, k)
        start = common.start(self.X, k, "full")
        self.mixture = make_mixture(start["weights"], start["means"], start["covariances"])
        self.model = GaussianMixture(
            k,
            tol=0.0,
            max_iter=N_ITERATIONS,
            weights_init=start["weights"],
            means_init=start["means"],
            covariances_init=start["covariances"],
        )
        set_num_threads(numba.get_num_threads())
        if not np.array_equal(self.steps().means, self.fit().means_):
            raise AssertionError("the two means differ")

    def teardown(self, shape):
        """Give the threads back."""
        set_num_threads(None)

    def steps(self):
        """Run the loop of steps."""
        return iterate(self.X, self.mixture, make_workspace(self.mixture), N_ITERATIONS)

    def fit(self):
        """Run the estimator's fit."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.model.fit(self.X)

    def time_steps(self, shape):
        """Run the loop of steps."""
        self.steps()

    def track_ratio_to_fit(self, shape):
        """Return the time over that of the estimator's fit: smaller is better."""
        return common.ratio(self.steps, self.fit)

    track_ratio_to_fit.unit = "times"
