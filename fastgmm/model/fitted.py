"""What a fitted mixture does: predict, score and sample."""

from contextlib import nullcontext
from functools import cache, wraps

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from _fastcache.notice import silence

from ..passes.sources import ArraySource
from ..passes.threads import single_threaded_blas
from .checks import check_kind, check_sample_weight, check_whole
from .conversion import ConversionMixin
from .parameters import density_mixture, sampled_parameters

_SCORE_ROWS = 2**18  # whose scores are added up together


def all_or_nothing(fit):
    """Give a fit that fails before its first iteration the attributes back that there were.

    And nothing is printed of what is compiled, if ``verbose`` is False.
    """

    @wraps(fit)
    def wrapper(self, *args, **kwargs):
        before = dict(vars(self))
        try:
            with silence() if self.verbose is False else nullcontext():
                return fit(self, *args, **kwargs)
        except BaseException:
            if vars(self).get("means_") is before.get("means_"):
                vars(self).clear()
                vars(self).update(before)
            raise

    return wrapper


@cache
def _param_names(cls):
    return tuple(super(FittedMixture, cls)._get_param_names())


class FittedMixture(ConversionMixin):
    """The methods of mixtures that need a fit."""

    def _scoring_mixture(self):
        """Return the Mixture by which rows are scored."""
        return density_mixture(self)

    @classmethod
    def _get_param_names(cls):
        """Do what scikit-learn does, but read a signature once: that takes longer than a pass."""
        return list(_param_names(cls))

    def _checked(self, X, sample_weight=None):
        """Check rows to score against the fitted mixture; return an ArraySource and a Mixture."""
        mixture = self._scoring_mixture()
        X = check_kind(X, "X")
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        if X.shape[1] != mixture.means.shape[1]:  # which may be set, where nothing was fitted
            raise ValueError(f"X has {X.shape[1]} features, but means_ {mixture.means.shape[1]}")
        dtype = np.result_type(X.dtype, mixture.means.dtype)
        return ArraySource(X, check_sample_weight(sample_weight, X), dtype=dtype), mixture

    def _predict(self, source, mixture):
        labels = np.empty(source.n_rows, dtype=np.int64)
        source.scores(mixture, self._covariance.moments, {"labels": labels})
        return labels

    def predict(self, X):
        """Return the most likely component of each row of X (N, D): int64 (N,)."""
        return self._predict(*self._checked(X))

    def predict_proba(self, X):
        """Return the posterior probability of each component: (N, K), rows sum to one."""
        source, mixture = self._checked(X)
        resp = np.empty((source.n_rows, len(mixture.means)), dtype=source.dtype)
        source.scores(mixture, self._covariance.moments, {"resp": resp})
        return resp

    def score_samples(self, X):
        """Return the log density of each row of X (N, D), in nats: (N,).

        Of a row so far out that the dtype has no such number, it is the lowest finite one.
        """
        source, mixture = self._checked(X)
        scores = np.empty(source.n_rows, dtype=source.dtype)
        source.scores(mixture, self._covariance.moments, {"scores": scores})
        return scores

    def score(self, X, y=None, sample_weight=None):
        """Return the (weighted) mean log density of the rows of X (N, D), in nats per sample."""
        log_likelihood, n_rows = self._total(X, sample_weight)
        return log_likelihood / n_rows

    def _total(self, X, sample_weight):
        """Return the log-likelihood of the (weighted) rows, and their number (sum of weights)."""
        source, mixture = self._checked(X, sample_weight)
        log_likelihood = 0.0
        for start in range(0, source.n_rows, _SCORE_ROWS):
            part = ArraySource(source.X[start : start + _SCORE_ROWS], dtype=source.dtype)
            scores = np.empty(part.n_rows, dtype=part.dtype)
            part.scores(mixture, self._covariance.moments, {"scores": scores})
            weights = source.sample_weight[start : start + _SCORE_ROWS]
            scores = scores.astype(np.float64, copy=False)
            if weights.size:
                scores = np.where(weights > 0, scores, 0.0) * weights
            with np.errstate(over="ignore"):
                log_likelihood += float(scores.sum())
        return log_likelihood, source.weight

    def sample(self, n_samples=1):
        """Draw rows from the fitted mixture: of ``covariances_``, as scikit-learn does.

        Parameters
        ----------
        n_samples : int, default=1
            At least 1.

        Returns
        -------
        X : ndarray of shape (n_samples, D)
            In the order of their components, as in scikit-learn.
        y : ndarray of shape (n_samples,), int64
            The components.
        """
        weights, means, roots, dtype = sampled_parameters(self)
        n_samples = check_whole(n_samples, "n_samples")
        if n_samples < 1:
            raise ValueError(
                f"Invalid value for 'n_samples': {n_samples} . The sampling requires at least one "
                "sample."
            )
        random_state = check_random_state(self.random_state)
        counts = random_state.multinomial(n_samples, weights / weights.sum())
        generator = np.random.Generator(np.random.PCG64(random_state.randint(2**31)))
        X = np.empty((n_samples, means.shape[1]), dtype=dtype)
        start = 0
        with single_threaded_blas():  # the same rows for any number of threads
            for k in np.flatnonzero(counts):
                normal = generator.standard_normal((counts[k], means.shape[1]))
                root = roots[k % len(roots)]
                normal = normal @ root.T if roots.ndim == 3 else normal * root
                X[start : start + counts[k]] = normal + means[k]
                start += counts[k]
        return X, np.repeat(np.arange(len(counts)), counts)
