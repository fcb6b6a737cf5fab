"""The start of a fit: k-means++ and k-means, against scikit-learn's KMeans and an EM iteration."""

import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from fastgmm import GaussianMixture

from ..harness import common
from ..peers import mixtures

SHAPES = common.pick(
    ["100000,8,16,full", "1000000,16,32,full", "100000,64,16,full", "20000,8,500,full"],
    ["50000,8,16,full"],
)


def begin(X, k, method):
    """Make a start: no EM iteration follows."""
    return GaussianMixture(k, init_params=method, max_iter=0, random_state=0).fit(X)


class Start(common.Suite):
    """Seconds of a start, and ratios."""

    params = (SHAPES, common.pick(("kmeans", "k-means++", "random_from_data"), ("kmeans",)))
    param_names = ("n,d,k", "init_params")
    timeout = 600

    def setup_cache(self):
        """Write the rows once."""
        common.save_rows(SHAPES)

    def setup(self, shape, method):
        """Compile."""
        self.X, self.k = common.load_rows(shape), common.shape_of(shape)[2]
        begin(self.X[:5000], self.k, method)

    def time_start(self, shape, method):
        """Make a start."""
        begin(self.X, self.k, method)

    def track_iterations(self, shape, method):
        """Return the time in EM iterations."""
        start = common.start(self.X, self.k, "full")
        run = mixtures.fastgmm(self.X, start, "full")
        return common.ratio(lambda: begin(self.X, self.k, method), lambda: run(1, common.N_THREADS))

    track_iterations.unit = "EM iterations"


class KMeansRatio:
    """scikit-learn's KMeans over our k-means start: larger is better."""

    params = (SHAPES,)
    param_names = ("n,d,k",)
    timeout = 900
    unit = "times faster"

    def setup_cache(self):
        """Write the rows once."""
        common.save_rows(SHAPES)

    def setup(self, shape):
        """Compile."""
        self.X, self.k = common.load_rows(shape), common.shape_of(shape)[2]
        begin(self.X[:5000], self.k, "kmeans")

    def track_ratio_to_sklearn(self, shape):
        """Measure both in turn; ours does more: it ends with an M-step."""
        theirs = KMeans(self.k, n_init=1, random_state=0)
        return common.ratio(lambda: theirs.fit(self.X), lambda: begin(self.X, self.k, "kmeans"))


class Bound:
    """The lower bound that a fit from our start reaches, less that from scikit-learn's."""

    params = (SHAPES,)
    param_names = ("n,d,k",)
    timeout = 900
    unit = "nats per sample"

    def setup_cache(self):
        """Write the rows once."""
        common.save_rows(SHAPES)

    def track_bound_gained(self, shape):
        """Fit some iterations from both."""
        X, k = common.load_rows(shape), common.shape_of(shape)[2]
        labels = KMeans(k, n_init=1, random_state=0).fit_predict(X)
        means = np.array([X[labels == j].mean(0) for j in range(k)])
        weights = np.bincount(labels, minlength=k) / len(X)
        covariances = np.array(
            [np.cov(X[labels == j].T) + 1e-6 * np.eye(X.shape[1]) for j in range(k)]
        )
        given = {"weights_init": weights, "means_init": means, "covariances_init": covariances}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            ours = GaussianMixture(k, random_state=0, max_iter=10, tol=0.0).fit(X)
            theirs = GaussianMixture(k, max_iter=10, tol=0.0, **given).fit(X)
        return ours.lower_bound_ - theirs.lower_bound_
