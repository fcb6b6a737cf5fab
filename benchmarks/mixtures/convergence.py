"""A fit from start to convergence, with defaults, against scikit-learn's."""

import statistics
import warnings

import sklearn.mixture

from fastgmm import GaussianMixture

from ..harness import common

SHAPES = common.pick(
    ["100000,2,8,full", "100000,8,16,full", "200000,16,32,full", "100000,16,32,diag"],
    ["50000,4,8,full"],
)


def fit(cls, X, shape, seed=0):
    """Fit with defaults; on slow data EM ends at max_iter, with a warning that is no news."""
    _, _, k, covariance_type, _ = common.shape_of(shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cls(k, covariance_type=covariance_type, random_state=seed).fit(X)


class Fit(common.Suite):
    """Seconds of a fit with defaults, start included, and what it is worth."""

    params = (SHAPES,)
    param_names = ("n,d,k,covariance",)
    timeout = 1200

    def setup_cache(self):
        """Write the rows once."""
        common.save_rows(SHAPES)

    def setup(self, shape):
        """Compile."""
        self.X = common.load_rows(shape)
        fit(GaussianMixture, self.X[:5000], shape)

    def time_fit(self, shape):
        """Fit."""
        fit(GaussianMixture, self.X, shape)

    def track_ratio_to_sklearn(self, shape):
        """Return scikit-learn's time over ours, both with their own starts and iterations."""
        return common.ratio(
            lambda: fit(sklearn.mixture.GaussianMixture, self.X, shape),
            lambda: fit(GaussianMixture, self.X, shape),
            least=1,
        )

    track_ratio_to_sklearn.unit = "times faster"

    def track_bound_gained(self, shape):
        """Return our mean lower bound less scikit-learn's: zero and above is as good or better.

        Over seeds: which local maximum one start leads to is luck, for either.
        """
        ours, theirs = (
            statistics.fmean(fit(cls, self.X, shape, seed).lower_bound_ for seed in range(5))
            for cls in (GaussianMixture, sklearn.mixture.GaussianMixture)
        )
        return ours - theirs

    track_bound_gained.unit = "nats per sample"
