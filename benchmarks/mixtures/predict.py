"""predict, predict_proba and score_samples of a fitted mixture, against scikit-learn's."""

import sklearn.mixture

from fastgmm import GaussianMixture

from ..harness import common

SHAPES = common.pick(
    ["100000,8,16,full", "1000000,16,32,full", "100000,64,16,full", "100000,16,32,diag"],
    ["50000,8,16,full"],
)
METHODS = common.pick(("predict", "predict_proba", "score_samples"), ("score_samples",))


def fitted(X, shape):
    """Return the same mixture as ours and as scikit-learn's."""
    _, _, k, covariance_type, _ = common.shape_of(shape)
    start = common.start(X, k, covariance_type)
    given = {f"{name}_init": value for name, value in start.items()}
    ours = GaussianMixture(k, covariance_type=covariance_type, max_iter=0, **given).fit(X[:5000])
    theirs = sklearn.mixture.GaussianMixture(k, covariance_type=covariance_type)
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
        setattr(theirs, name, getattr(ours, name))
    theirs.n_features_in_ = X.shape[1]
    return ours, theirs


class Predict(common.Suite):
    """Seconds, and ratios."""

    params = (SHAPES, METHODS)
    param_names = ("n,d,k,covariance", "method")
    timeout = 600

    def setup_cache(self):
        """Write the rows once."""
        common.save_rows(SHAPES)

    def setup(self, shape, method):
        """Compile."""
        self.X = common.load_rows(shape)
        self.ours, self.theirs = fitted(self.X, shape)
        getattr(self.ours, method)(self.X)

    def time_predict(self, shape, method):
        """Call the method on all rows."""
        getattr(self.ours, method)(self.X)

    def track_ratio_to_sklearn(self, shape, method):
        """Return scikit-learn's time over ours."""
        ours, theirs = (getattr(model, method) for model in (self.ours, self.theirs))
        return common.ratio(lambda: theirs(self.X), lambda: ours(self.X))

    track_ratio_to_sklearn.unit = "times faster"
