"""Whole components: taken together, left out, compared, and under a linear map."""

from __future__ import annotations

import math
import operator
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
from numba.core import types
from numba.core.errors import TypingError
from numba.extending import overload
from scipy.linalg import solve_triangular

from ..callbacks import call_of, check_array, check_mixture, mixture_like
from ..covariances.factors import diagonals, precisions_cholesky_of
from ..mixture import (
    Mixture,
    as_dtype,
    as_made,
    assemble,
    check_held,
    frozen,
    real_array,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


# Of the rows of a matrix that are independent, the least part which others do not explain.
LEAST_OWN = 16 * np.finfo(np.float64).eps

# Of variances, in units of the mean of two, the most by which they differ from it that leaves
# digits to the product of both, ``1 - E**2``. Beyond, the distance is no small difference of logs.
MOST_UNLIKE = 0.5


def checked(mixture, name="mixture"):
    """Return a Mixture in float64 and its dtype, or raise TypeError."""
    if not isinstance(mixture, Mixture):
        hint = "; pass its mixture_" if hasattr(type(mixture), "mixture_") else ""
        raise TypeError(f"{name} must be a Mixture, got a {type(mixture).__name__}{hint}")
    return as_dtype(as_made(mixture), np.float64), mixture.means.dtype


def _checked_component(k, name, mixture):
    n = len(mixture.weights)
    try:
        found = operator.index(k)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {k!r}") from None
    if not 0 <= found < n:
        raise ValueError(f"{name} must be a component from 0 to {n - 1}, got {k}")
    return found


def _matrices(mixture):
    """Return the covariances as matrices (K, D, D), whatever their type."""
    k, d = mixture.means.shape
    covariances = mixture.covariances
    if covariances.ndim == 3:
        return np.broadcast_to(covariances, (k, d, d))
    matrices = np.zeros((k, d, d))
    np.einsum("kii->ki", matrices)[:] = covariances
    return matrices


_overflow_checked_later = np.errstate(over="ignore", invalid="ignore")


def made(weights, means, covariances, factors, dtype):
    """Return the Mixture that an operation has made, if `dtype` can hold it."""
    result = assemble(weights, means, covariances, factors)
    check_held(result, dtype, "the result has values")
    return frozen(as_dtype(result, dtype))


def _factors_of(covariances):
    if not np.isfinite(covariances).all():
        raise ValueError("a covariance of the result overflows: scale the mixture, with affine")
    try:
        return precisions_cholesky_of(covariances)
    except np.linalg.LinAlgError:
        raise ValueError("a covariance of the result is singular to working precision") from None


@_overflow_checked_later
def _merge(mixture, i, j):
    mixture, dtype = checked(mixture)
    i, j = _checked_component(i, "i", mixture), _checked_component(j, "j", mixture)
    if i == j:
        raise ValueError(f"i and j must be two components, got {i} twice")
    weights, means, covariances, factors, _ = map(np.array, mixture)
    if len(covariances) < len(weights):
        raise ValueError(
            "mixture has tied covariances, of which one cannot become another: make full ones of "
            "them, by np.repeat(mixture.covariances, K, axis=0)"
        )
    total = weights[i] + weights[j]
    if total == 0.0:
        raise ValueError(f"components {i} and {j} both have weight zero: prune them")
    a, b = weights[i] / total, weights[j] / total
    delta = means[j] - means[i]
    spread = math.sqrt(a * b) * delta
    between = np.outer(spread, spread) if covariances.ndim == 3 else spread * spread
    if covariances.ndim == 2 and covariances.shape[1] == 1:
        between = between.mean(keepdims=True)
    # From the heavier one, which is all that is left of the two if the other weighs nothing.
    means[i] = means[i] + b * delta if a >= b else means[j] - a * delta
    weights[i] = total
    covariances[i] = a * covariances[i] + b * covariances[j] + between
    factors[i] = _factors_of(covariances[i : i + 1])[0]
    parts = [np.delete(array, j, axis=0) for array in (weights, means, covariances, factors)]
    return made(*parts, dtype)


def _prune(mixture, least):
    mixture, dtype = checked(mixture)
    weights, means, covariances, factors, _ = mixture
    if not isinstance(least, Real):
        raise TypeError(f"least must be a number, got {least!r}")
    keep = weights >= least
    if not keep.any() or not weights[keep].sum() > 0.0:
        raise ValueError(
            f"least must leave a component: the largest weight is {weights.max():.6g}, got {least}"
        )
    if len(covariances) == len(weights):
        covariances, factors = covariances[keep], factors[keep]
    kept = weights[keep]
    return frozen(as_dtype(assemble(kept / kept.sum(), means[keep], covariances, factors), dtype))


@_overflow_checked_later
def _moment_match(mixture):
    mixture, dtype = checked(mixture)
    weights, means = mixture.weights / mixture.weights.sum(), mixture.means
    mean = weights @ means
    delta = means - mean
    covariance = np.einsum("k,kij->ij", weights, _matrices(mixture))
    covariance = (covariance + (weights[:, np.newaxis] * delta).T @ delta)[np.newaxis]
    covariance = 0.5 * (covariance + covariance.transpose(0, 2, 1))
    return made(np.ones(1), mean[np.newaxis], covariance, _factors_of(covariance), dtype)


@_overflow_checked_later
def _affine(mixture, matrix, offset):
    mixture, dtype = checked(mixture)
    d = mixture.means.shape[1]
    matrix, offset = real_array(matrix, "matrix"), real_array(offset, "offset")
    if matrix.ndim != 2 or matrix.shape[1] != d or not 1 <= len(matrix) <= d:
        raise ValueError(f"matrix must be of shape (E, {d}), E from 1 to {d}; got {matrix.shape}")
    if offset.shape != matrix.shape[:1]:
        raise ValueError(f"offset must be of shape {matrix.shape[:1]}, got {offset.shape}")
    if not (np.isfinite(matrix).all() and np.isfinite(offset).all()):
        raise ValueError("matrix and offset must be finite")
    factors = mixture.precisions_cholesky
    if factors.ndim == 3:  # of covariance R R', with R the transposed inverse
        mapped = np.stack([solve_triangular(u, matrix.T, check_finite=False).T for u in factors])
    else:
        mapped = matrix / factors[:, np.newaxis, :]
    # Of the matrix times R, whose square would have half the digits, comes the new root by QR.
    lower = np.linalg.qr(mapped.transpose(0, 2, 1), mode="r").transpose(0, 2, 1)
    lower = lower * np.sign(np.where(diagonals(lower) < 0.0, -1.0, 1.0))[:, np.newaxis]
    largest = np.abs(lower).max(axis=2, keepdims=True)  # without it squares may overflow
    lengths = (largest * np.sqrt(np.square(lower / largest).sum(axis=2, keepdims=True)))[:, :, 0]
    if not (diagonals(lower) > len(matrix) * LEAST_OWN * lengths).all():
        raise ValueError("matrix must have independent rows: a covariance would be singular")
    eye = np.eye(len(matrix))
    new = [np.triu(solve_triangular(a, eye, lower=True, check_finite=False).T) for a in lower]
    covariances = lower @ lower.transpose(0, 2, 1)
    means = mixture.means @ matrix.T + offset
    return made(mixture.weights, means, covariances, np.stack(new), dtype)


@_overflow_checked_later
def _bhattacharyya(a, i, b, j):
    a, b = checked(a, "a")[0], checked(b, "b")[0]
    i, j = _checked_component(i, "i", a), _checked_component(j, "j", b)
    if a.means.shape[1] != b.means.shape[1]:
        raise ValueError(
            f"a and b must have as many features, got {a.means.shape[1]} and {b.means.shape[1]}"
        )
    first, second = _matrices(a)[i], _matrices(b)[j]
    middle = _factors_of((0.5 * (first + second))[np.newaxis])[0]
    apart = (a.means[i] - b.means[j]) @ middle
    # The determinants' ratio by what both become where their mean is the unit, 1 + E and 1 - E.
    eigenvalues = np.linalg.eigvalsh(middle.T @ (0.5 * (first - second)) @ middle)
    if np.abs(eigenvalues).max() < MOST_UNLIKE:
        ratio = -0.25 * np.log1p(-(eigenvalues**2)).sum()
    else:
        ratio = 0.5 * (_log_shrunk(a, i, middle) + _log_shrunk(b, j, middle))
    return float(0.125 * apart @ apart + ratio)


def _log_shrunk(mixture, k, middle):
    """Return half the log of det(middle's covariance) / det(component k's), by their factors."""
    own = diagonals(mixture.precisions_cholesky)[k % len(mixture.precisions_cholesky)]
    return np.log(own / np.diagonal(middle)).sum()


def merge(mixture: Mixture, i: int, j: int) -> Mixture:
    """Merge two components into one of the same mean and covariance: of the same moments.

    Parameters
    ----------
    mixture : Mixture
        With full, diag or spherical covariances.
    i, j : int
        Two components. The new one is in the place of `i`, and `j` is left out.

    Returns
    -------
    Mixture
        With K - 1 components, of the type and dtype of `mixture`. Of diag covariances the variance
        of each feature is kept, of spherical ones their mean.

    Raises
    ------
    TypeError
        If `mixture` is no Mixture, or `i` or `j` no whole number.
    ValueError
        If `i` and `j` are not two components, both have weight zero, covariances are tied, or the
        dtype cannot hold the result.

    References
    ----------
    Runnalls, "Kullback-Leibler approach to Gaussian mixture reduction", IEEE Transactions on
    Aerospace and Electronic Systems 43, 2007, equations 2 to 4.

    Examples
    --------
    >>> from fastgmm import make_mixture, merge
    >>> m = make_mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> merge(m, 0, 1).means, merge(m, 0, 1).covariances
    (array([[0.]]), array([[[2.]]]))
    """
    return _merge(mixture, i, j)


def prune(mixture: Mixture, least: float) -> Mixture:
    """Leave out the components of less than a weight; the others' weights then sum to one.

    Parameters
    ----------
    mixture : Mixture
    least : float
        The smallest weight that stays.

    Returns
    -------
    Mixture
        Of the type and dtype of `mixture`.

    Raises
    ------
    TypeError
        If `mixture` is no Mixture, or `least` no number.
    ValueError
        If no component is left.

    Examples
    --------
    >>> from fastgmm import make_mixture, prune
    >>> m = make_mixture([0.98, 0.01, 0.01], [[0.0], [1.0], [2.0]], [[[1.0]]] * 3)
    >>> prune(m, 0.05).weights
    array([1.])
    """
    return _prune(mixture, least)


def moment_match(mixture: Mixture) -> Mixture:
    """Return the Gaussian that has the mean and the covariance of a mixture.

    Parameters
    ----------
    mixture : Mixture

    Returns
    -------
    Mixture
        With one component and a full covariance, in the dtype of `mixture`. Of all Gaussians its
        Kullback-Leibler divergence from the mixture is the smallest.

    Raises
    ------
    TypeError
        If `mixture` is no Mixture.
    ValueError
        If the dtype cannot hold the result.

    References
    ----------
    Bishop, *Pattern Recognition and Machine Learning*, 2006, equations 9.49 and 9.50, and section
    10.7 for the divergence.

    Examples
    --------
    >>> from fastgmm import make_mixture, moment_match
    >>> m = make_mixture([0.5, 0.5], [[-1.0], [1.0]], [[1.0], [1.0]])
    >>> moment_match(m).covariances
    array([[[2.]]])
    """
    return _moment_match(mixture)


def affine(mixture: Mixture, matrix: ArrayLike, offset: ArrayLike) -> Mixture:
    """Return the distribution of ``matrix @ x + offset``, with x of a mixture in D dimensions.

    Parameters
    ----------
    mixture : Mixture
    matrix : array-like of shape (E, D), in compiled code an ndarray of float
        Of independent rows.
    offset : array-like of shape (E,), in compiled code an ndarray of float

    Returns
    -------
    Mixture
        In E dimensions, in the dtype of `mixture`: with tied covariances if those of `mixture` are,
        else with full ones.

    Raises
    ------
    TypeError
        If `mixture` is no Mixture.
    ValueError
        If shapes do not go together, numbers are not finite, rows of the matrix are not
        independent, or the dtype cannot hold the result.

    References
    ----------
    Petersen and Pedersen, *The Matrix Cookbook*, 2012, equation 355.

    Examples
    --------
    >>> from fastgmm import affine, make_mixture
    >>> m = make_mixture([1.0], [[1.0, 2.0]], [[1.0, 3.0]], covariance_type="diag")
    >>> total = affine(m, [[1.0, 1.0]], [10.0])
    >>> total.means, total.covariances.round(6)
    (array([[13.]]), array([[[4.]]]))
    """
    return _affine(mixture, matrix, offset)


def bhattacharyya(a: Mixture, i: int, b: Mixture, j: int) -> float:
    """Return the Bhattacharyya distance of two components, whatever their weights.

    Parameters
    ----------
    a : Mixture
    i : int
        A component of `a`.
    b : Mixture
        The same one, or another of as many features.
    j : int
        A component of `b`.

    Returns
    -------
    float
        ``-log(integral sqrt(p q))``, in nats: 0 where they are the same.

    Raises
    ------
    TypeError, ValueError
        If `a` or `b` is no Mixture, `i` or `j` no component of it, or features are not as many.

    References
    ----------
    Kailath, "The divergence and Bhattacharyya distance measures in signal selection", IEEE
    Transactions on Communication Technology 15, 1967, equation 26.

    Examples
    --------
    >>> from fastgmm import bhattacharyya, make_mixture
    >>> m = make_mixture([0.5, 0.5], [[0.0], [2.0]], [[1.0], [1.0]])
    >>> bhattacharyya(m, 0, m, 1)
    0.5
    """
    return _bhattacharyya(a, i, b, j)


def _check_number(kind, name, known=types.Integer):
    if not isinstance(kind, known):
        wanted = "a whole number" if known is types.Integer else "a number"
        raise TypingError(f"{name} must be {wanted}, got {kind}")


def _type_of_merge(mixture, i, j):
    _check_number(i, "i")
    _check_number(j, "j")
    return mixture_like(mixture)


def _type_of_prune(mixture, least):
    _check_number(least, "least", (types.Float, types.Integer))
    return mixture_like(mixture)


def _type_of_moment_match(mixture):
    return mixture_like(mixture, matrices=True)


def _type_of_affine(mixture, matrix, offset):
    check_array(matrix, "matrix", 2)
    check_array(offset, "offset", 1)
    return mixture_like(mixture, matrices=True)


def _type_of_bhattacharyya(a, i, b, j):
    check_mixture(a)
    check_mixture(b)
    _check_number(i, "i")
    _check_number(j, "j")
    return types.float64


_call_merge = call_of(_merge, _type_of_merge)
_call_prune = call_of(_prune, _type_of_prune)
_call_moment_match = call_of(_moment_match, _type_of_moment_match)
_call_affine = call_of(_affine, _type_of_affine)
_call_bhattacharyya = call_of(_bhattacharyya, _type_of_bhattacharyya)


@overload(merge)
def _compiled_merge(mixture, i, j):
    return lambda mixture, i, j: _call_merge((mixture, i, j))


@overload(prune)
def _compiled_prune(mixture, least):
    return lambda mixture, least: _call_prune((mixture, least))


@overload(moment_match)
def _compiled_moment_match(mixture):
    return lambda mixture: _call_moment_match((mixture,))


@overload(affine)
def _compiled_affine(mixture, matrix, offset):
    return lambda mixture, matrix, offset: _call_affine((mixture, matrix, offset))


@overload(bhattacharyya)
def _compiled_bhattacharyya(a, i, b, j):
    return lambda a, i, b, j: _call_bhattacharyya((a, i, b, j))
