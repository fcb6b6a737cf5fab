"""Whole fits and predictions as people call them, from 30 rows on, against scikit-learn's.

``python -m benchmarks.mixtures.whole_fits [--store]`` prints the ratios, and stores them for the
report. Start, checks and bookkeeping count: of few rows they are all there is.
"""

import argparse
import functools
import statistics
import time
import warnings

import numpy as np
import sklearn.mixture
from sklearn.exceptions import ConvergenceWarning

import fastgmm

from ..harness import common, store

ROWS = (30, 100, 300, 1_000, 3_000, 10_000, 100_000, 1_000_000)
SCORED = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
TYPES = ("full", "tied", "diag", "spherical")
METHODS = ("predict", "predict_proba", "score_samples")
FEATURES, COMPONENTS = 4, 3
# Of one ratio: seconds of both sides together, and the fewest and most pairs.
SECONDS, FEWEST, MOST = 2.0, 3, 201


def blobs(n):
    """Return rows (n, 4) of three clusters that overlap a little, as iris' do."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, FEATURES)) + 3.0 * rng.integers(0, COMPONENTS, (n, 1))


def fit(package, X, covariance_type="full"):
    """Return a fit with the defaults, but for the seed."""
    model = package.GaussianMixture(COMPONENTS, covariance_type=covariance_type, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X)


def call(package, what, n):
    """Return the call of a package's that is to be timed."""
    if what in TYPES:
        return functools.partial(fit, package, blobs(n), what)
    X = blobs(max(n, 300))
    return functools.partial(getattr(fit(package, X[:300]), what), X[:n])


def compare(what, n, seconds=SECONDS):
    """Return the medians of both in seconds, and the median ratio, of calls in turn."""
    ours, theirs = (call(package, what, n) for package in (fastgmm, sklearn.mixture))
    ours(), theirs()
    pairs, ends = [], time.perf_counter() + seconds
    while len(pairs) < FEWEST or (time.perf_counter() < ends and len(pairs) < MOST):
        begun = time.perf_counter()
        ours()
        between = time.perf_counter()
        theirs()
        pairs.append((between - begun, time.perf_counter() - between))
    mine, others = zip(*pairs, strict=True)
    return {
        "what": what,
        "rows": n,
        "ours": statistics.median(mine),
        "theirs": statistics.median(others),
        "ratio": statistics.median(b / a for a, b in pairs),
    }


class WholeFits:
    """scikit-learn's time over ours: larger is better."""

    params = (common.pick(ROWS, (300,)), TYPES)
    param_names = ("rows", "covariance_type")
    timeout = 600
    unit = "times faster"

    def track_ratio_of_fits(self, n, covariance_type):
        """Fit with both in turn."""
        return compare(covariance_type, n)["ratio"]


class Predictions:
    """scikit-learn's time over ours: larger is better."""

    params = (common.pick(SCORED, (100,)), METHODS)
    param_names = ("rows", "method")
    timeout = 600
    unit = "times faster"

    def track_ratio_of_predictions(self, n, method):
        """Score with both in turn."""
        return compare(method, n)["ratio"]


def main(keep):
    """Print the ratios; store them if asked."""
    entries = []
    for what in (*TYPES, *METHODS):
        for n in ROWS if what in TYPES else SCORED:
            entries.append(compare(what, n))
            print(
                "{what:14}{rows:>10,}{ours:12.6f}{theirs:12.6f}{ratio:8.2f}".format(**entries[-1])
            )
    if keep:
        store.save("whole_fits", entries)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", action="store_true", help="keep the ratios for the report")
    main(parser.parse_args().store)
