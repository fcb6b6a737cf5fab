"""The likelihood that a default fit reaches, over ten seeds, beside scikit-learn's.

``python -m benchmarks.mixtures.quality [--store]`` prints the means, and stores them for the
report. Both are random: a difference of less than two standard errors is none.
"""

import argparse
import warnings

import numpy as np
import sklearn.datasets
import sklearn.mixture
from sklearn.exceptions import ConvergenceWarning

import fastgmm

from ..harness import common, store

NAMES = ("iris", "wine", "breast_cancer", "diabetes", "digits")
TYPES = ("full", "tied", "diag", "spherical")
COMPONENTS = (3, 10)
N_SEEDS = 10
LEAST = 1e-3  # nats per sample, the default `tol`: less is no difference


def rows(name):
    """Return a data set's rows, without features that (nearly) never vary."""
    X = getattr(sklearn.datasets, f"load_{name}")().data
    return X[:, X.std(axis=0) > (1.0 if name == "digits" else 0.0)]


def scores(package, X, k, covariance_type, n_seeds=N_SEEDS):
    """Return the mean log-likelihoods (n_seeds,) of fits with the defaults, in nats per sample."""
    reg_covar = 0.1 if X.shape[1] > 40 else 1e-6  # of digits full covariances are singular
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", fastgmm.DegenerateComponentWarning)
        for seed in range(n_seeds):
            model = package.GaussianMixture(
                k, covariance_type=covariance_type, reg_covar=reg_covar, random_state=seed
            )
            found.append(model.fit(X).score(X))
    return np.array(found)


def compare(name, k, covariance_type):
    """Return the means of both, the standard error of their difference, and the best of each."""
    X = rows(name)
    both = [scores(p, X, k, covariance_type) for p in (fastgmm, sklearn.mixture)]
    ours, theirs = (float(s.mean()) for s in both)
    error = float(np.sqrt(sum(s.var(ddof=1) for s in both) / N_SEEDS))
    word = "equal"
    if abs(ours - theirs) > max(2.0 * error, LEAST):
        word = "better" if ours > theirs else "worse"
    return {
        "data": name,
        "components": k,
        "covariance_type": covariance_type,
        "ours": ours,
        "theirs": theirs,
        "error": error,
        "best_of_ours": float(both[0].max()),
        "best_of_theirs": float(both[1].max()),
        "word": word,
    }


class Quality:
    """Our mean log-likelihood less scikit-learn's."""

    params = (common.pick(NAMES, ("iris",)), TYPES)
    param_names = ("data", "covariance_type")
    timeout = 600
    unit = "nats per sample"

    def track_nats_gained(self, name, covariance_type):
        """Fit ten components from ten seeds."""
        found = compare(name, 10, covariance_type)
        return found["ours"] - found["theirs"]


def main(keep):
    """Print the means; store them if asked."""
    entries = []
    for name in NAMES:
        for k in COMPONENTS:
            for covariance_type in TYPES:
                entries.append(compare(name, k, covariance_type))
                print(
                    "{data:14}{components:3} {covariance_type:10}{ours:12.4f}{theirs:12.4f} "
                    "+- {error:.4f}  {word}".format(**entries[-1])
                )
    if keep:
        store.save("quality", entries)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", action="store_true", help="keep the means for the report")
    main(parser.parse_args().store)
