"""What a fitted mixture says of single components, and of some features given others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils.validation import check_array

from ..mixture import as_dtype, assemble
from ..operations import conditional, make_regression, marginal
from ..passes.sources import ArraySource
from ..passes.threads import single_threaded_blas
from .checks import check_kind
from .fitted import FittedMixture
from .parameters import density_mixture

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._typing import Features, Floats
    from ..mixture import Mixture
    from ..rows import Data


_ROWS = 2**14  # for which means or densities are found together


class FeaturesMixin(FittedMixture):
    """The methods of `GaussianMixture` for components and for some of the features."""

    def log_joint(self, X: Data) -> Floats:
        """Return the log of weight times density of each component at each row.

        Parameters
        ----------
        X : array-like of shape (N, D), float

        Returns
        -------
        ndarray of shape (N, K)
            ``log(weight_k) + log N(x | mean_k, covariance_k)``, in nats; minus infinity where the
            dtype (float32 where X and the model are) has no such number.

        Examples
        --------
        >>> import numpy as np
        >>> from fastgmm import GaussianMixture
        >>> X = np.array([[0.0], [2.0], [10.0], [14.0]])
        >>> gm = GaussianMixture(2, random_state=0).fit(X)
        >>> bool(np.allclose(np.logaddexp(*gm.log_joint(X).T), gm.score_samples(X)))
        True
        """
        source, mixture = self._checked(X)
        joint = np.empty((source.n_rows, len(mixture.means)), source.result_dtype)
        _, means, _, factors, log_norms = as_dtype(mixture, np.float64)
        if not source.complete:
            return self._log_joint_of_known(source, as_dtype(mixture, np.float64), joint)
        with single_threaded_blas(), np.errstate(over="ignore", invalid="ignore", under="ignore"):
            for i, part in enumerate(source.parts(_ROWS)):
                rows, start = part.X.astype(np.float64), i * _ROWS
                for k, mean in enumerate(means):
                    factor = factors[k % len(factors)]
                    y = (rows - mean) @ factor if factor.ndim == 2 else (rows - mean) * factor
                    found = log_norms[k] - 0.5 * (y * y).sum(axis=1)
                    # Of infinities that cancel nothing is left but that they are far out.
                    joint[start : start + _ROWS, k] = np.where(np.isnan(found), -np.inf, found)
        return joint

    def _log_joint_of_known(self, source, mixture, joint):
        """Fill joint (N, K) for rows that miss values: the densities are of what is known."""
        weights, means, covariances, factors, _ = mixture
        for k in range(len(means)):
            own = k % len(covariances)
            spread = covariances[own : own + 1], factors[own : own + 1]
            one = assemble(np.ones(1), means[k : k + 1], *spread)
            scores = np.empty(source.n_rows)
            source.scores(one, self._covariance.moments, {"scores": scores})
            with np.errstate(divide="ignore", over="ignore"):
                joint[:, k] = scores + np.log(weights[k])
        return joint

    def marginal(self, keep: Features) -> Mixture:
        """Return the marginal `Mixture` of the features `keep`: see `fastgmm.marginal`."""
        return marginal(density_mixture(self), keep)

    def conditional(self, given: Features, x: ArrayLike) -> Mixture:
        """Return the `Mixture` of the others where the features `given` are `x` (n,).

        See `fastgmm.conditional`.
        """
        return conditional(density_mixture(self), given, x)

    def predict_mean(self, X_known: ArrayLike, given: Features) -> Floats:
        """Return the mean of the other features, given some: Gaussian mixture regression.

        Parameters
        ----------
        X_known : array-like of shape (N, n), float
            Values of the known features.
        given : sequence of int
            Which features they are: at most D - 1 different ones.

        Returns
        -------
        ndarray of shape (N, D - n)
            Of the features not in `given`, in their order.

        Raises
        ------
        ValueError
            If `given` has other numbers than different features, or X_known not as many columns.

        References
        ----------
        Sung, "Gaussian mixture regression and classification", PhD thesis, Rice University, 2004.

        Examples
        --------
        >>> from fastgmm import GaussianMixture
        >>> from fastgmm.datasets import load_faithful
        >>> gm = GaussianMixture(2, random_state=0).fit(load_faithful())
        >>> gm.predict_mean([[2.0], [4.5]], given=[0]).round(1).ravel()
        array([54.2, 81.1])
        """
        mixture = density_mixture(self)
        known, means, gains = make_regression(as_dtype(mixture, np.float64), given)
        X = check_array(
            check_kind(X_known, "X_known"), dtype=[np.float64, np.float32], input_name="X_known"
        )
        n = known.means.shape[1]
        if X.shape[1] != n:
            raise ValueError(f"X_known has {X.shape[1]} columns, but given names {n} features")
        result = np.empty((len(X), means.shape[1]), np.result_type(X.dtype, mixture.means.dtype))
        with single_threaded_blas():
            for start in range(0, len(X), _ROWS):
                rows = ArraySource(X[start : start + _ROWS], dtype=np.float64)
                resp = np.empty((rows.n_rows, len(means)))
                rows.scores(known, self._covariance.moments, {"resp": resp})
                total = np.zeros((rows.n_rows, means.shape[1]))
                for k, mean in enumerate(means):
                    moved = (rows.X - known.means[k]) @ gains[k % len(gains)].T
                    total += resp[:, k : k + 1] * (mean + moved)
                result[start : start + _ROWS] = total
        return result
