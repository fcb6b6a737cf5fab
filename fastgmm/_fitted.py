"""What a fitted mixture does: predict, score, sample, and tell how good it is."""

import math

import numpy as np
from scipy.special import xlogy
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from ._checks import check_kind, check_sample_weight, check_whole
from ._conversion import ConversionMixin
from .density import draw_components
from .mixture import n_parameters
from .sources import ArraySource

_ENTROPY_ROWS = 2**16


class FittedMixture(ConversionMixin):
    """The methods of `GaussianMixture` that need a fit."""

    def _source(self, X, sample_weight=None):
        """Check rows to score against the fitted mixture."""
        check_is_fitted(self)
        X = check_kind(X, "X")
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        dtype = np.result_type(X.dtype, self.means_.dtype)
        return ArraySource(X, check_sample_weight(sample_weight, X), dtype=dtype)

    def _predict(self, source):
        labels = np.empty(source.n_rows, dtype=np.int64)
        source.scores(self.mixture_, self.covariance_type, {"labels": labels})
        return labels

    def predict(self, X):
        """Return the most likely component of each row of X (N, D): int64 (N,)."""
        return self._predict(self._source(X))

    def predict_proba(self, X):
        """Return the posterior probability of each component: (N, K), rows sum to one."""
        source = self._source(X)
        resp = np.empty((source.n_rows, len(self.means_)), dtype=source.dtype)
        source.scores(self.mixture_, self.covariance_type, {"resp": resp})
        return resp

    def score_samples(self, X):
        """Return the log density of each row of X (N, D), in nats: (N,)."""
        source = self._source(X)
        scores = np.empty(source.n_rows, dtype=source.dtype)
        source.scores(self.mixture_, self.covariance_type, {"scores": scores})
        return scores

    def score(self, X, y=None, sample_weight=None):
        """Return the (weighted) mean log density of the rows of X (N, D), in nats per sample."""
        log_likelihood, n_rows = self._total(X, sample_weight)
        return log_likelihood / n_rows

    def _total(self, X, sample_weight):
        """Return the log-likelihood of the (weighted) rows, and their number (sum of weights)."""
        source = self._source(X, sample_weight)
        stats = source.statistics(self.mixture_, self.covariance_type, second=False)
        return stats.log_likelihood, stats.weight

    def sample(self, n_samples=1):
        """Draw rows from the fitted mixture.

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
        check_is_fitted(self)
        n_samples = check_whole(n_samples, "n_samples")
        if n_samples < 1:
            raise ValueError(
                f"Invalid value for 'n_samples': {n_samples} . The sampling requires at least one "
                "sample."
            )
        random_state = check_random_state(self.random_state)
        weights = self.weights_.astype(np.float64)
        counts = random_state.multinomial(n_samples, weights / weights.sum())
        generator = np.random.Generator(np.random.PCG64(random_state.randint(2**31)))
        X = np.empty((n_samples, self.means_.shape[1]), dtype=self.means_.dtype)
        labels = np.repeat(np.arange(len(counts)), counts)
        draw_components(self.mixture_, generator, labels, X)
        return X, labels

    def _n_parameters(self):
        """Return the number of free parameters: those that are `fixed` are not."""
        return n_parameters(self.mixture_, self.covariance_type, fixed=self.fixed)

    def aic(self, X, sample_weight=None):
        """Return Akaike's information criterion on (weighted) X (N, D); smaller is better."""
        return -2 * self._total(X, sample_weight)[0] + 2 * self._n_parameters()

    def bic(self, X, sample_weight=None):
        """Return the Bayesian information criterion on (weighted) X (N, D); smaller is better.

        The weights count rows: their sum is the number of rows.
        """
        log_likelihood, n_rows = self._total(X, sample_weight)
        return -2 * log_likelihood + self._n_parameters() * math.log(n_rows)

    def icl(self, X, sample_weight=None):
        """Return the integrated completed likelihood criterion on X; smaller is better.

        Parameters
        ----------
        X : array-like of shape (N, D), float
        sample_weight : array-like of shape (N,), default=None

        Returns
        -------
        float
            BIC plus twice the entropy of the responsibilities: it asks for components that
            are clusters apart.

        References
        ----------
        Biernacki, Celeux and Govaert, "Assessing a mixture model for clustering with the
        integrated completed likelihood", IEEE PAMI 22 (2000), with responsibilities.
        """
        source = self._source(X, sample_weight)
        entropy = 0.0
        for start in range(0, source.n_rows, _ENTROPY_ROWS):
            part = ArraySource(source.X[start : start + _ENTROPY_ROWS], dtype=np.float64)
            resp = np.empty((part.n_rows, len(self.means_)))
            part.scores(self.mixture_, self.covariance_type, {"resp": resp})
            terms = xlogy(resp, resp).sum(axis=1)
            weights = source.sample_weight[start : start + _ENTROPY_ROWS]
            entropy -= float(terms @ weights if weights.size else terms.sum())
        return self.bic(X, sample_weight) + 2 * entropy
