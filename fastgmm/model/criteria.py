"""Information criteria of a fitted mixture: how good it is for its number of parameters."""

import math
import warnings

import numpy as np
from scipy.special import xlogy

from ..mixture import n_parameters
from ..passes.sources import ArraySource
from .checks import WEIGHTS_ROUNDING

_ENTROPY_ROWS = 2**16  # whose responsibilities are looked at together


class CriteriaMixin:
    """The criteria of `GaussianMixture`."""

    def _n_parameters(self):
        """Return the number of free parameters: those that are `fixed` are not."""
        return n_parameters(self._scoring_mixture(), self._covariance, fixed=self.fixed)

    def aic(self, X, sample_weight=None):
        """Return Akaike's information criterion on (weighted) X (N, D); smaller is better."""
        return -2 * self._total(X, sample_weight)[0] + 2 * self._n_parameters()

    def bic(self, X, sample_weight=None):
        """Return the Bayesian information criterion on (weighted) X (N, D); smaller is better.

        The weights count rows: their sum is the number of rows.
        """
        log_likelihood, n_rows = self._total(X, sample_weight)
        if n_rows < 1.0 + WEIGHTS_ROUNDING:
            warnings.warn(
                f"Weights count rows in bic and icl, and these sum to {n_rows:.3g} rows, which "
                "have no penalty: multiply them, for instance by len(X) over their sum",
                UserWarning,
                stacklevel=2,
            )
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
        source, mixture = self._checked(X, sample_weight)
        entropy = 0.0
        for start in range(0, source.n_rows, _ENTROPY_ROWS):
            part = ArraySource(source.X[start : start + _ENTROPY_ROWS], dtype=np.float64)
            resp = np.empty((part.n_rows, len(mixture.means)))
            part.scores(mixture, self._covariance.moments, {"resp": resp})
            terms = xlogy(resp, resp).sum(axis=1)
            weights = source.sample_weight[start : start + _ENTROPY_ROWS]
            entropy -= float(terms @ weights if weights.size else terms.sum())
        return self.bic(X, sample_weight) + 2 * entropy
