"""One EM iteration over rows with missing values, against one over all of them, and against NumPy.

``python -m benchmarks.mixtures.missing [N,D,K,COVARIANCE ...]`` prints the ratios.
"""

import sys

import numpy as np

from fastgmm import make_mixture, set_num_threads
from fastgmm.covariances import TYPES
from fastgmm.em.loop import estimate
from fastgmm.em.m_step import MStepOptions
from fastgmm.missing import MissingSource
from fastgmm.passes.sources import ArraySource

from ..harness import common

SHAPES = common.pick(
    [
        "100000,16,16,full",
        "100000,16,16,tied",
        "100000,16,16,diag",
        "100000,16,1,full",
        "100000,8,16,full",
        "20000,64,8,full",
    ],
    ["20000,16,16,full", "20000,16,16,diag"],
)
SHARE = 0.1  # of values that are missing
PATTERNS = ["all different", "20"]
NUMPY_ROWS = 10_000  # of the peer in NumPy


def missing(X, patterns):
    """Return rows with values missing at random, each in its own way, or in one of so many."""
    rng = np.random.default_rng(0)
    where = rng.random(X.shape) < SHARE
    if patterns != "all different":
        where = where[rng.integers(int(patterns), size=len(X))]
    return np.where(where, np.nan, X)


def iterations(X, k, covariance_type, patterns):
    """Return functions that do an iteration: with all values, and with some missing."""
    covariance, start = TYPES[covariance_type], common.start(X, k, covariance_type)
    mixture = make_mixture(
        start["weights"],
        start["means"],
        covariance.from_sklearn(start["covariances"]),
        covariance_type=covariance_type,
    )
    options = MStepOptions(covariance)
    sources = ArraySource(X), MissingSource(missing(X, patterns))
    return [lambda source=source: estimate(source, mixture, options)[1] for source in sources]


def by_numpy(X, k, patterns):
    """Return a function that does an iteration of full covariances, a pattern at a time."""
    start, X = common.start(X, k, "full"), missing(X, patterns)
    weights, means, covariances = start["weights"], start["means"], start["covariances"]
    where, which = np.unique(np.isnan(X), axis=0, return_inverse=True)
    rows_of = [np.flatnonzero(which.ravel() == i) for i in range(len(where))]

    def run():
        joint, expected = np.empty((len(X), k)), np.repeat(X[:, np.newaxis], k, axis=1)
        spreads = np.zeros((len(where), k, *covariances.shape[1:]))
        for i, (m, rows) in enumerate(zip(where, rows_of, strict=True)):
            for j in range(k):
                among, across = covariances[j][~m][:, ~m], covariances[j][m][:, ~m]
                gain = np.linalg.solve(among, across.T).T
                delta = X[rows][:, ~m] - means[j][~m]
                square = (delta * np.linalg.solve(among, delta.T).T).sum(axis=1)
                log_det = np.linalg.slogdet(among)[1] + np.log(2 * np.pi) * len(among)
                joint[rows, j] = np.log(weights[j]) - 0.5 * (square + log_det)
                expected[np.ix_(rows, [j], m)] = (means[j][m] + delta @ gain.T)[:, np.newaxis]
                spreads[i, j][np.ix_(m, m)] = covariances[j][m][:, m] - gain @ across.T
        resp = np.exp(joint - joint.max(axis=1, keepdims=True))
        resp /= resp.sum(axis=1, keepdims=True)
        nk = resp.sum(axis=0)
        new = np.einsum("nk,nkd->kd", resp, expected) / nk[:, np.newaxis]
        scatter = np.zeros_like(covariances)
        for j in range(k):
            away = expected[:, j] - new[j]
            scatter[j] = (resp[:, j, np.newaxis] * away).T @ away
        shares = np.stack([resp[rows].sum(axis=0) for rows in rows_of])
        scatter += np.einsum("pk,pkij->kij", shares, spreads)
        return nk / nk.sum(), new, scatter / nk[:, np.newaxis, np.newaxis]

    return run


def check_alike(X, k, patterns):
    """Raise AssertionError unless our iteration gives what NumPy's does."""
    weights, means, covariances = by_numpy(X, k, patterns)()
    found = iterations(X, k, "full", patterns)[1]().mixture
    for ours, theirs in zip(found, (weights, means, covariances), strict=False):
        if np.abs(ours - theirs).max() > 1e-8 * np.abs(theirs).max():
            raise AssertionError("after an iteration the two differ")


class Missing(common.Suite):
    """Seconds of an iteration, a tenth of the values missing."""

    params = (SHAPES, PATTERNS)
    param_names = ("n,d,k,covariance", "patterns")
    timeout = 600

    def setup_cache(self):
        """Write the rows once."""
        common.save_rows(SHAPES)

    def setup(self, shape, patterns):
        """Compile."""
        _, _, k, covariance_type, _ = common.shape_of(shape)
        X = common.load_rows(shape)
        self.complete, self.missing = iterations(X, k, covariance_type, patterns)
        self.missing()

    def time_iteration(self, shape, patterns):
        """Do one iteration."""
        self.missing()

    def track_ratio_to_complete(self, shape, patterns):
        """Measure it and one with all values in turn: how many times as long it takes."""
        return common.ratio(self.missing, self.complete)

    track_ratio_to_complete.unit = "times as long"


class AgainstNumpy:
    """Time of an iteration in NumPy, a pattern at a time, over ours: larger is better."""

    params = (PATTERNS,)
    param_names = ("patterns",)
    timeout = 1200
    unit = "times faster"

    def track_ratio_to_numpy(self, patterns):
        """Measure both in turn, after they agree."""
        X = common.rows(NUMPY_ROWS, 16, 16)
        check_alike(X, 16, patterns)
        theirs, ours = by_numpy(X, 16, patterns), iterations(X, 16, "full", patterns)[1]
        return common.ratio(theirs, ours)


def main(shapes):
    """Print the ratios."""
    for shape in shapes:
        n, d, k, covariance_type, _ = common.shape_of(shape)
        X = common.rows(n, d, k)
        for patterns in PATTERNS:
            complete, some_missing = iterations(X, k, covariance_type, patterns)
            for n_threads in sorted({1, common.N_THREADS}):
                set_num_threads(n_threads)
                found = common.ratio(some_missing, complete)
                print(
                    f"{shape:22} patterns: {patterns:13}  {n_threads} threads: {found:5.2f} times "
                    "as long as with all values",
                    flush=True,
                )
    for patterns in PATTERNS:
        found = AgainstNumpy().track_ratio_to_numpy(patterns)
        print(f"patterns: {patterns:13} {found:6.1f} times faster than NumPy", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or SHAPES)
