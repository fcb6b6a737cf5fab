"""Cholesky factors of precisions: of covariances and back, of all types at once.

Matrices and factors are ``(K or 1, D, D)``, or numbers ``(K, D or 1)``: the shapes of a `Mixture`.
"""

import functools
import math

import numpy as np
from scipy.linalg.lapack import dtrtri

# The largest sum of squares of entries of a factor: the precision, which is one, is still finite.
LARGEST_PRECISION = 1e308


@functools.lru_cache(16)
def upper_triangle(d, above=0):
    """Return the indices of a matrix (d, d) from its diagonal on, or from so many `above` it."""
    return np.triu_indices(d, above)


@functools.lru_cache(16)
def symmetric(d):
    """Return the symmetric matrix (d, d) of places in what `upper_triangle` indexes."""
    places = np.empty((d, d), np.int64)
    rows, columns = upper_triangle(d)
    places[rows, columns] = places[columns, rows] = np.arange(len(rows))
    return places


def diagonals(factors):
    """Return the diagonals of factors of any type: (K or 1, D), spherical (K, 1)."""
    return factors.diagonal(0, 1, 2) if factors.ndim == 3 else factors


def log_dets(factors, d):
    """Return the logarithms of the determinants of factors in D dimensions, (K or 1,)."""
    diagonal = diagonals(factors)
    return np.log(diagonal).sum(axis=1) * (d / diagonal.shape[1])


def is_upper(factors):
    """Whether all factors are upper triangular (or numbers), with positive diagonals."""
    if factors.ndim == 3:
        rows, columns = upper_triangle(factors.shape[1], 1)
        if factors[:, columns, rows].any():
            return False
    return bool((diagonals(factors) > 0).all())


def in_own_units(matrices):
    """Return matrices (K, D, D) in units of each feature's deviation, and those units (K, D).

    The unit is 1 where a variance is not positive. Eigenvalues are known to a rounding of the
    largest one: in these units small features have theirs, too.
    """
    units = np.sqrt(np.maximum(diagonals(matrices), 0.0))
    units = np.where(units > 0.0, units, 1.0)
    return matrices / units[:, :, np.newaxis] / units[:, np.newaxis], units


def is_symmetric(matrices):
    """Whether all `matrices` (K, D, D) are symmetric, to the rounding of float32; numbers are."""
    if matrices.ndim == 2:
        return True
    if (matrices == matrices.transpose(0, 2, 1)).all():
        return True
    asymmetry = np.abs(matrices - matrices.transpose(0, 2, 1))
    units = np.sqrt(np.abs(np.diagonal(matrices, axis1=1, axis2=2)))
    return (asymmetry <= 1e-5 * units[:, :, np.newaxis] * units[:, np.newaxis, :]).all()


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
    largest = math.sqrt(LARGEST_PRECISION / factors.shape[-1])
    if not (factors.max() < largest and factors.min() > -largest):  # nor of a NaN
        raise np.linalg.LinAlgError("a covariance is singular to working precision")
    return factors


def pivots(covariances, factors):
    """Return the share of each feature's variance that the features before it do not explain.

    ``(K or 1, D)``: the squares that Cholesky's algorithm takes the roots of, in units of the
    variances; numbers have ones.
    """
    if covariances.ndim == 2:
        return np.ones_like(covariances)
    diagonal = diagonals(factors)
    return 1.0 / (diagonal * diagonals(covariances) * diagonal)


def whitened_sizes(covariances, factors, away=0.0):
    """Return ``sum_i |U_ij| (s_i + away_i)``, (K or 1, D), of the deviations s: what cancels.

    Features j of rows that are whitened by U, which have deviation 1, are sums of so much, and as
    many roundings is their own. So are pivots, whose root is one over it where there are no others.
    `away` (K or 1, D): what else is rounded. Numbers have ones.
    """
    if covariances.ndim == 2:
        return np.ones_like(covariances)
    each = np.sqrt(np.abs(diagonals(covariances))) + away
    return (each[:, np.newaxis] @ np.abs(factors))[:, 0]


def inverses_of(factors):
    """Return the inverses of upper triangular factors (K, D, D)."""
    return np.stack([dtrtri(u, lower=0)[0] for u in factors])


def covariances_of(factors):
    """Return the covariances ``inv(U @ U.T)`` of Cholesky factors of precisions."""
    if factors.ndim == 2:
        return 1.0 / factors**2
    inverses = inverses_of(factors)
    return inverses.transpose(0, 2, 1) @ inverses


def upper_factors(factors):
    """Return the upper triangular U, with positive diagonals, of ``U @ U.T = P @ P.T``.

    P are any factors of precisions: lower triangular ones, as of ``np.linalg.cholesky``, square
    roots, or U themselves. LinAlgError where one is singular.
    """
    if is_upper(factors):
        return factors
    if factors.ndim == 2:
        upper = np.abs(factors)
        if not upper.all():
            raise np.linalg.LinAlgError("a factor is zero")
        return upper
    # Of QR's P.T = Q R comes the lower R.T; with its rows in reverse order P has the upper one.
    upper = np.linalg.qr(factors[:, ::-1].transpose(0, 2, 1), mode="r")
    upper = upper.transpose(0, 2, 1)[:, ::-1, ::-1]
    diagonal = diagonals(upper)
    length = np.sqrt((upper * upper).sum(axis=2))
    if not (np.abs(diagonal) > upper.shape[1] * np.finfo(np.float64).eps * length).all():
        raise np.linalg.LinAlgError("a factor is singular")
    return np.triu(upper * np.sign(diagonal)[:, np.newaxis])


def belong_together(covariances, factors, eps):
    """Whether `covariances` are those of their factors U, up to rounding by `eps`.

    ``covariance @ U`` is then ``inv(U).T``, which is lower triangular.
    """
    d = factors.shape[1]
    if covariances.ndim == 2:
        return bool((np.abs(covariances * factors**2 - 1.0) <= 8 * eps).all())
    deviations = np.sqrt(np.maximum(diagonals(covariances), 0.0))[:, :, np.newaxis]
    with np.errstate(all="ignore"):  # of what is no covariance at all
        products = covariances @ factors / deviations
        size = (np.abs(factors) * deviations).sum(axis=1)  # what cancels in them
        each = diagonals(products) * diagonals(factors) * deviations[:, :, 0] - 1.0
        tolerance = 8 * d * eps * size.max(axis=1)[:, np.newaxis]
        rows, columns = upper_triangle(d, 1)
        return bool(
            (np.abs(products[:, rows, columns]) <= tolerance).all()
            and (np.abs(each) <= tolerance * size).all()
            and is_symmetric(covariances)
        )


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
