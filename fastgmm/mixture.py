"""`Mixture`: the parameters of a Gaussian mixture as a NamedTuple of arrays.

A Mixture passes freely between Python and ``@njit`` code. Its shapes broadcast, so that
they alone tell the covariance type:

===========  ====================================================
full         covariances and precisions_cholesky ``(K, D, D)``
tied         ``(1, D, D)``
diag         ``(K, D)``
spherical    ``(K, 1)``
===========  ====================================================
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dtrtri

# Largest entry of a factor: the precision, a sum of squares of them, is still finite.
LARGEST_FACTOR = 1e153

COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")


class Mixture(NamedTuple):
    """Parameters of a Gaussian mixture with K components in D dimensions.

    Make one with `make_mixture`, or take ``GaussianMixture.mixture_``. All arrays are
    C-contiguous and of one dtype, float64 or float32.

    Attributes
    ----------
    weights : ndarray of shape (K,)
        Mixing proportions; they sum to one.
    means : ndarray of shape (K, D)
        Component means, in the units of the data.
    covariances : ndarray
        Covariances, shaped by the type: full ``(K, D, D)``, tied ``(1, D, D)``,
        diag ``(K, D)``, spherical ``(K, 1)``.
    precisions_cholesky : ndarray
        Of the same shape. For full and tied the upper triangular U with
        ``inv(covariance) = U @ U.T``; for diag and spherical one over the standard deviation.
    log_norms : ndarray of shape (K,)
        ``log(weight) + log|U| - D/2 log(2 pi)``: the weighted log density of each
        component at its mean, in nats.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    precisions_cholesky: np.ndarray
    log_norms: np.ndarray


def make_mixture(weights, means, covariances=None, *, precisions_cholesky=None, dtype=None):
    """Build a `Mixture` from its parameters.

    Parameters
    ----------
    weights : array-like of shape (K,)
        Mixing proportions, which must sum to one.
    means : array-like of shape (K, D)
        Component means.
    covariances : array-like, optional
        Symmetric positive definite covariances in one of the shapes of `Mixture`. Needed
        unless `precisions_cholesky` is given.
    precisions_cholesky : array-like, optional
        Cholesky factors of the precisions, in the same shapes.
    dtype : {float64, float32}, optional
        Type of the arrays; by default that of `means`, float64 if it is not floating.

    Returns
    -------
    Mixture

    Raises
    ------
    ValueError
        If shapes disagree, the weights are not a distribution, or a covariance is not
        positive definite.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import make_mixture
    >>> m = make_mixture([0.5, 0.5], [[0.0, 0.0], [3.0, 3.0]], [np.eye(2), np.eye(2)])
    >>> m.log_norms.round(4)
    array([-2.531, -2.531])
    """
    means = np.asarray(means)
    if dtype is None:
        dtype = means.dtype if means.dtype == np.float32 else np.float64
    weights = np.array(weights, dtype=np.float64)
    means = np.array(means, dtype=np.float64)
    if means.ndim != 2:
        raise ValueError(f"means must be of shape (K, D), got {means.shape}")
    k, d = means.shape
    if weights.shape != (k,) or not (weights >= 0).all() or abs(weights.sum() - 1) > 1e-6:
        raise ValueError(f"weights must be {k} non-negative numbers that sum to 1, got {weights}")
    if covariances is None and precisions_cholesky is None:
        raise ValueError("covariances (or precisions_cholesky) must be given")
    given = covariances if precisions_cholesky is None else precisions_cholesky
    given = np.array(given, dtype=np.float64)
    if given.shape not in {(k, d, d), (1, d, d), (k, d), (k, 1)}:
        raise ValueError(
            f"covariances of {k} components in {d} dimensions must be of shape {(k, d, d)} (full), "
            f"{(1, d, d)} (tied), {(k, d)} (diag) or {(k, 1)} (spherical), got {given.shape}"
        )
    if not (np.isfinite(means).all() and np.isfinite(given).all()):
        raise ValueError("means and covariances must be finite")
    if precisions_cholesky is None:
        covariances = given
        try:
            if given.ndim == 3 and not _is_symmetric(given):
                raise np.linalg.LinAlgError
            factors = precisions_cholesky_of(covariances)
        except np.linalg.LinAlgError:
            raise ValueError("covariances must be symmetric and positive definite") from None
    else:
        factors = given
        upper = factors.ndim == 2 or (factors == np.triu(factors)).all()
        if not upper or not (_diagonal(factors) > 0).all():
            raise ValueError(
                "precisions_cholesky must be upper triangular with a positive diagonal"
            )
        covariances = covariances_of(factors)
    return assemble(weights, means, covariances, factors, dtype)


def assemble(weights, means, covariances, factors, dtype=np.float64):
    """Put checked float64 parameters together and add ``log_norms``: the one door to Mixture."""
    d = means.shape[1]
    diagonal = _diagonal(factors)
    log_det = np.log(diagonal).sum(axis=1) * (d / diagonal.shape[1])
    with np.errstate(divide="ignore"):  # a weight of zero has the log density -inf
        log_norms = np.log(weights) + log_det - 0.5 * d * math.log(2 * math.pi)
    arrays = (weights, means, covariances, factors, log_norms)
    return Mixture(*(np.ascontiguousarray(a, dtype=dtype) for a in arrays))


def _diagonal(factors):
    """Return the diagonals of factors of any type: (K or 1, D), spherical (K, 1)."""
    return np.diagonal(factors, axis1=1, axis2=2) if factors.ndim == 3 else factors


def _is_symmetric(matrices):
    """Whether all `matrices` (K, D, D) are symmetric, to the rounding of float32."""
    asymmetry = np.abs(matrices - matrices.transpose(0, 2, 1)).max(axis=(1, 2))
    return (asymmetry <= 1e-5 * np.abs(matrices).max(axis=(1, 2))).all()


def as_dtype(mixture, dtype):
    """Return `mixture` with all arrays of `dtype` (itself when they are)."""
    if mixture.means.dtype == dtype:
        return mixture
    return Mixture(*(a.astype(dtype) for a in mixture))


def precisions_cholesky_of(covariances):
    """Return the factors U of `covariances`; LinAlgError where one is not positive definite."""
    if covariances.ndim == 2:
        if not (covariances > 0).all():
            raise np.linalg.LinAlgError("a variance is not positive")
        factors = 1.0 / np.sqrt(covariances)
    else:
        factors = np.linalg.cholesky(covariances)
        for k, lower in enumerate(factors):
            inverse, info = dtrtri(lower, lower=1)  # above the diagonal it leaves the zeros
            if info != 0:
                raise np.linalg.LinAlgError("a covariance is singular")
            factors[k] = inverse.T
    if not (factors.max() < LARGEST_FACTOR and factors.min() > -LARGEST_FACTOR):  # nor of a NaN
        raise np.linalg.LinAlgError("a covariance is singular to working precision")
    return factors


def covariances_of(factors):
    """Return the covariances ``inv(U @ U.T)`` of Cholesky factors of precisions."""
    if factors.ndim == 2:
        return 1.0 / factors**2
    inverses = np.stack([dtrtri(u, lower=0)[0] for u in factors])
    return inverses.transpose(0, 2, 1) @ inverses


def precisions_of(factors):
    """Return the precisions ``U @ U.T`` of Cholesky factors of precisions."""
    return factors**2 if factors.ndim == 2 else factors @ factors.transpose(0, 2, 1)


def precisions_cholesky_of_precisions(precisions):
    """Return the upper triangular U with ``U @ U.T = precision``.

    NumPy's Cholesky factor is lower triangular. Reversing rows and columns before and
    after turns it into the upper one.
    """
    if precisions.ndim == 2:
        return np.sqrt(precisions)
    return np.linalg.cholesky(precisions[:, ::-1, ::-1])[:, ::-1, ::-1]


def covariance_shape(covariance_type, n_components, n_features):
    """Return the shape of the covariances of a Mixture of a type, and of its factors."""
    k, d = n_components, n_features
    return {"full": (k, d, d), "tied": (1, d, d), "diag": (k, d), "spherical": (k, 1)}[
        covariance_type
    ]


def sklearn_shape(covariance_type, n_components, n_features):
    """Return the shape that scikit-learn gives to covariances of a type."""
    shape = covariance_shape(covariance_type, n_components, n_features)
    return {"tied": shape[1:], "spherical": shape[:1]}.get(covariance_type, shape)


def to_sklearn_shape(array, covariance_type):
    """Give covariances, precisions or factors of a Mixture scikit-learn's shape of the type."""
    if covariance_type == "tied":
        return array[0]
    return array[:, 0] if covariance_type == "spherical" else array


def from_sklearn_shape(array, covariance_type):
    """Give covariances, precisions or factors the broadcasting shape of a Mixture."""
    array = np.asarray(array, dtype=np.float64)
    if covariance_type == "tied":
        return array[np.newaxis]
    return array[:, np.newaxis] if covariance_type == "spherical" else array


def covariance_type_of(mixture):
    """Return the covariance type that the shapes of `mixture` tell.

    Where two types are the same model, the first of "full", "tied", "diag", "spherical" is
    named: one component is full rather than tied, one dimension diag rather than spherical.
    """
    k, d = mixture.means.shape
    c = mixture.covariances
    if c.ndim == 3:
        return "full" if c.shape[0] == k else "tied"
    return "diag" if c.shape[1] == d else "spherical"


def n_parameters(mixture, covariance_type, fixed=()):
    """Return the number of free parameters: weights, means and distinct covariance entries."""
    k, d = mixture.means.shape
    free = {
        "weights": k - 1,
        "means": k * d,
        "covariances": {
            "full": k * d * (d + 1) // 2,
            "tied": d * (d + 1) // 2,
            "diag": k * d,
            "spherical": k,
        }[covariance_type],
    }
    return sum(count for name, count in free.items() if name not in fixed)
