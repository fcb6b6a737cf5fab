"""The density called from a user's own @njit loop, against the same written out in place."""

import math

import numba
import numpy as np

from fastgmm import log_density, make_mixture

from ..harness import common

PARAMS = common.pick([(2, 4), (8, 16), (32, 8)], [(8, 16)])
N_ROWS = 5_000


@numba.njit
def called(X, mixture):
    """Return the sum of the log densities, by the function that fastgmm offers."""
    total = 0.0
    for i in range(X.shape[0]):
        total += log_density(X[i], mixture)
    return total


@numba.njit
def written_out(X, log_weights, means, factors):
    """Return the same, by loops that a user would write; two passes, the largest term first."""
    n, d = X.shape
    k = means.shape[0]
    terms = np.empty(k)
    total = 0.0
    for i in range(n):
        top = -math.inf
        for j in range(k):
            square, log_det = 0.0, 0.0
            for c in range(d):
                y = 0.0
                for r in range(c + 1):
                    y += (X[i, r] - means[j, r]) * factors[j, r, c]
                square += y * y
                log_det += math.log(factors[j, c, c])
            terms[j] = log_weights[j] + log_det - 0.5 * (square + d * math.log(2.0 * math.pi))
            top = max(top, terms[j])
        s = 0.0
        for j in range(k):
            s += math.exp(terms[j] - top)
        total += top + math.log(s)
    return total


class Embedding(common.Suite):
    """A loop of calls."""

    params = (PARAMS,)
    param_names = ("d, k",)

    def setup(self, shape):
        """Compile; the two agree."""
        d, k = shape
        self.X = common.rows(N_ROWS, d, k)
        start = common.start(self.X, k, "full")
        self.mixture = make_mixture(start["weights"], start["means"], start["covariances"])
        m = self.mixture
        self.parts = np.log(m.weights), m.means, m.precisions_cholesky
        if not math.isclose(called(self.X, m), written_out(self.X, *self.parts), rel_tol=1e-9):
            raise AssertionError("the two densities differ")

    def time_loop(self, shape):
        """Call the density for every row."""
        called(self.X, self.mixture)

    def track_ratio_to_written_out(self, shape):
        """Return the time over that of the loops in place: smaller is better."""
        return common.ratio(
            lambda: called(self.X, self.mixture), lambda: written_out(self.X, *self.parts)
        )

    track_ratio_to_written_out.unit = "times"
