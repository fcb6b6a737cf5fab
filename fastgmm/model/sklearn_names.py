"""The private names of scikit-learn's mixtures that people call, with what scikit-learn gives."""

import math

import numpy as np
from scipy.special import logsumexp
from sklearn.utils import check_array

from ..covariances import TYPES
from ..covariances.factors import (
    is_symmetric,
    log_dets,
    precisions_cholesky_of,
    precisions_of,
)
from .checks import check_kind
from .parameters import type_of

_ROWS = 2**13  # whose densities are computed at once

# What scikit-learn's `fit` and `predict` call, and ours do not.
_STEPS = (
    *("_check_parameters", "_initialize_parameters", "_initialize", "_e_step", "_m_step"),
    *("_compute_lower_bound", "_estimate_weights", "_estimate_means", "_estimate_precisions"),
    *("_estimate_log_prob", "_estimate_weighted_log_prob", "_estimate_log_prob_resp"),
    *("_estimate_log_weights", "_get_parameters", "_set_parameters"),
)


class SklearnNames:
    """The private methods of scikit-learn's mixtures, over the fitted parameters.

    A subclass says what `_PARAMETER_NAMES` are, in scikit-learn's order. The argument `xp` is
    scikit-learn's namespace of arrays, and not used.
    """

    _PARAMETER_NAMES: tuple[str, ...] = (
        "weights_",
        "means_",
        "covariances_",
        "precisions_cholesky_",
    )

    def _estimate_log_prob(self, X, xp=None):
        """Return the log density of each component at each row of X (N, D): (N, K), in nats."""
        mixture = self._scoring_mixture()
        X = check_array(check_kind(X, "X"), dtype=[np.float64, np.float32], input_name="X")
        k, d = mixture.means.shape
        if X.shape[1] != d:
            raise ValueError(f"X has {X.shape[1]} features, but means_ {d}")
        means, factors = (np.asarray(a, np.float64) for a in (mixture.means, mixture[3]))
        log_norms = np.broadcast_to(log_dets(factors, d) - 0.5 * d * math.log(2 * math.pi), k)
        found = np.empty((len(X), k), np.result_type(X.dtype, mixture.means.dtype))
        for start in range(0, len(X), _ROWS):
            rows = X[start : start + _ROWS].astype(np.float64, copy=False)
            for j in range(k):
                factor = factors[j % len(factors)]
                away = rows - means[j]
                y = away @ factor if factor.ndim == 2 else away * factor
                with np.errstate(over="ignore"):
                    found[start : start + _ROWS, j] = log_norms[j] - 0.5 * (y * y).sum(axis=1)
        return found

    def _estimate_log_weights(self, xp=None):
        """Return the logarithms of the weights, (K,)."""
        with np.errstate(divide="ignore"):
            return np.log(self._scoring_mixture().weights)

    def _estimate_weighted_log_prob(self, X, xp=None):
        """Return the log of weight times density of each component at each row, (N, K)."""
        found = self._estimate_log_prob(X)
        with np.errstate(over="ignore"):  # of float32
            found += self._estimate_log_weights()
        return found

    def _estimate_log_prob_resp(self, X, xp=None):
        """Return the rows' log densities (N,), and log responsibilities (N, K)."""
        joint = self._estimate_weighted_log_prob(X)
        log_density = logsumexp(joint, axis=1)
        with np.errstate(under="ignore", invalid="ignore"):
            joint -= log_density[:, np.newaxis]
        return log_density, joint

    def _get_parameters(self):
        """Return the attributes of the fitted parameters as a tuple."""
        self._scoring_mixture()  # checks them
        return tuple(getattr(self, name) for name in self._PARAMETER_NAMES)

    def _set_parameters(self, params, xp=None):
        """Set what `_get_parameters` returns, and ``precisions_`` by it."""
        if len(params) != len(self._PARAMETER_NAMES):
            raise ValueError(f"params must hold {', '.join(self._PARAMETER_NAMES)}")
        for name, value in zip(self._PARAMETER_NAMES, params, strict=True):
            setattr(self, name, value)
        factors = self._covariance.from_sklearn(self.precisions_cholesky_)
        precisions = self._covariance.to_sklearn(precisions_of(factors))
        self.precisions_ = precisions.astype(np.asarray(self.precisions_cholesky_).dtype)
        self._set_as = type_of(self)

    @staticmethod
    def _compute_precision_cholesky(covariances, covariance_type, xp=None):
        """Return the factors of the precisions of covariances in scikit-learn's shape."""
        covariance = TYPES[covariance_type]
        covariances = np.asarray(check_kind(covariances, "covariances"))
        try:
            given = covariance.from_sklearn(covariances)
            if not is_symmetric(given):
                raise np.linalg.LinAlgError
            factors = precisions_cholesky_of(given)
        except np.linalg.LinAlgError:
            raise ValueError("covariances must be symmetric and positive definite") from None
        dtype = np.float32 if covariances.dtype == np.float32 else np.float64
        return covariance.to_sklearn(factors).astype(dtype)

    def _check_overridden(self):
        """Raise TypeError if a subclass has steps of its own, which nothing here would call."""
        for name in _STEPS:
            owner = next((c for c in type(self).__mro__ if name in vars(c)), None)
            own = name in vars(self) or (owner and owner.__module__.split(".")[0] != "fastgmm")
            if own:
                raise TypeError(
                    f"{type(self).__name__} has a {name} of its own, which fit does not call: its "
                    "E- and M-steps are compiled. See fixed, assignment, callback and "
                    "sample_weight; or make the subclass of scikit-learn's class"
                )
