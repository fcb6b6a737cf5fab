"""Information criteria of a fitted mixture: how good it is for its number of parameters."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

from ..mixture import n_parameters
from .checks import WEIGHTS_ROUNDING
from .fitted import FittedMixture
from .totals import entropy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ..rows import Data


class CriteriaMixin(FittedMixture):
    """The criteria of `GaussianMixture`."""

    def _n_parameters(self):
        """Return the number of free parameters: those that are `fixed` are not."""
        return n_parameters(self._scoring_mixture(), self._covariance, fixed=self.fixed)

    def aic(self, X: Data, sample_weight: ArrayLike | None = None) -> float:
        """Return Akaike's information criterion on (weighted) X (N, D); smaller is better."""
        return -2 * self._total(X, sample_weight)[0] + 2 * self._n_parameters()

    def bic(self, X: Data, sample_weight: ArrayLike | None = None) -> float:
        """Return the Bayesian information criterion on (weighted) X (N, D); smaller is better.

        The weights count rows: their sum is the number of rows.
        """
        log_likelihood, n_rows = self._total(X, sample_weight)
        check_counted(n_rows)
        return -2 * log_likelihood + self._n_parameters() * math.log(n_rows)

    def icl(self, X: Data, sample_weight: ArrayLike | None = None) -> float:
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
        return self.bic(X, sample_weight) + 2 * self._entropy(X, sample_weight)

    def _entropy(self, X, sample_weight):
        """Return the entropy of the responsibilities of the (weighted) rows, in nats."""
        return self._summed(entropy, *self._checked(X, sample_weight))


def check_counted(n_rows):
    """Warn if weights, whose sum this is, can hardly count rows."""
    if n_rows < 1.0 + WEIGHTS_ROUNDING:
        warnings.warn(
            f"Weights count rows in bic and icl, and these sum to {n_rows:.3g} rows, which "
            "have no penalty: multiply them, for instance by len(X) over their sum",
            UserWarning,
            stacklevel=3,
        )
