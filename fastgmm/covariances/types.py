"""Covariance types: shapes, sums over rows, the estimate made of them, the number of parameters.

A type is a class, and a line in `fastgmm.covariances`.  Of second moments, and of densities, there
are the four kinds that the kernels are written for, which have the names of four types.
"""

import math

import numpy as np

from ..simd.compiled import EXACT_OPTIONS, cached_njit

# Of the rows of matrices that are changed at once: no copy of large ones is made beside them.
ROWS_BYTES = 2**17


def _rows_at_once(matrices):
    """Return slices of the rows of `matrices` (K, D, D), of `ROWS_BYTES` each or one row."""
    k, d, _ = matrices.shape
    n = max(1, ROWS_BYTES // (8 * k * d))
    return [slice(i, min(i + n, d)) for i in range(0, d, n)]


@cached_njit(**EXACT_OPTIONS)
def _subtract_products(second, a, b):
    """Do `Covariance.subtract` of matrices (K, D, D), without any beside them."""
    for k in range(second.shape[0]):
        for i in range(second.shape[1]):
            for j in range(second.shape[2]):
                second[k, i, j] -= a[k, i] * b[k, j]


class Covariance:
    """What a covariance type is; K components in D dimensions.

    Attributes
    ----------
    name : str
        What users call it.
    moments : str
        The kind of its second moments and of its densities: "full", "tied", "diag", "spherical".
    matrices : bool
        Whether covariances and factors are matrices, ``(K or 1, D, D)``, or numbers.
    shared : bool
        Whether all components have one covariance.
    """

    name = moments = ""
    matrices = shared = False

    def shape(self, k, d):
        """Return the shape of covariances and factors in a `Mixture`."""
        raise NotImplementedError

    def sklearn_shape(self, k, d):
        """Return the shape that scikit-learn gives them."""
        return self.shape(k, d)

    def to_sklearn(self, array):
        """Give covariances, precisions or factors scikit-learn's shape."""
        return array

    def from_sklearn(self, array):
        """Give covariances, precisions or factors the shape that a `Mixture` has; float64."""
        return np.asarray(array, dtype=np.float64)

    def n_parameters(self, k, d):
        """Return the number of distinct entries."""
        raise NotImplementedError

    def products(self, a, b):
        """Return the sums ``a b^T`` of vectors (K, D), in the shape of the second moments."""
        raise NotImplementedError

    def subtract(self, second, a, b):
        """Subtract the products of vectors (K, D) from second moments, in place."""
        second -= self.products(a, b)

    def estimate(self, scatter, nk, d, reg_covar, factors=None):
        """Return the covariances that maximise the likelihood, of second moments about the means.

        Parameters
        ----------
        scatter : ndarray
            In the shape of the second moments; may become the covariances.
        nk : ndarray of shape (K,)
            Effective counts; positive, but of those that share one covariance.
        d : int
            Number of features.
        reg_covar : float
            To be added to all variances.
        factors : ndarray of shape (K or 1, D, D), optional
            Where the rows were whitened by these, of matrices alone.
        """
        raise NotImplementedError

    def with_variances(self, variances, k):
        """Return K covariances, and their factors, of features (D,) that have these variances."""
        raise NotImplementedError

    def isotropic(self, variance, k, d):
        """Return K covariances, and their factors, of one variance in all directions."""
        parts = np.zeros((2, *self.shape(k, d)))
        of_variances = parts if not self.matrices else np.einsum("nkii->nki", parts)
        of_variances[0], of_variances[1] = variance, 1.0 / math.sqrt(variance)
        return parts[0], parts[1]


class Full(Covariance):
    """Each component has a matrix of its own."""

    name = moments = "full"
    matrices = True

    def shape(self, k, d):
        return k, d, d

    def n_parameters(self, k, d):
        return k * d * (d + 1) // 2

    def products(self, a, b):
        return a[:, :, np.newaxis] * b[:, np.newaxis, :]

    def subtract(self, second, a, b):
        _subtract_products(second, a, b)

    def estimate(self, scatter, nk, d, reg_covar, factors=None):
        covariances = self._divided(scatter, nk)
        for some in _rows_at_once(covariances):
            rows, columns = covariances[:, some, some.start :], covariances[:, some.start :, some]
            half = 0.5 * (rows + columns.transpose(0, 2, 1))
            rows[:] = half
            columns[:] = half.transpose(0, 2, 1)
        if factors is None:
            diagonal = np.einsum("kii->ki", covariances)
            diagonal += reg_covar
        else:
            covariances += reg_covar * (factors.transpose(0, 2, 1) @ factors)
        return covariances

    def _divided(self, scatter, nk):
        return np.divide(scatter, nk[:, np.newaxis, np.newaxis], out=scatter)

    def with_variances(self, variances, k):
        shape = self.shape(k, len(variances))
        covariances = np.broadcast_to(np.diag(variances), shape)
        return covariances, np.broadcast_to(np.diag(1.0 / np.sqrt(variances)), shape)


class Tied(Full):
    """All components have one matrix."""

    name = moments = "tied"
    shared = True

    def shape(self, k, d):
        return 1, d, d

    def sklearn_shape(self, k, d):
        return d, d

    def to_sklearn(self, array):
        return array[0]

    def from_sklearn(self, array):
        return np.asarray(array, dtype=np.float64)[np.newaxis]

    def n_parameters(self, k, d):
        return d * (d + 1) // 2

    def products(self, a, b):
        return np.einsum("ki,kj->ij", a, b)[np.newaxis]

    subtract = Covariance.subtract  # of one matrix there is no need to go row by row

    def _divided(self, scatter, nk):
        return scatter / nk.sum()


class Diag(Covariance):
    """Each component has variances of its own; features are independent."""

    name = moments = "diag"

    def shape(self, k, d):
        return k, d

    def n_parameters(self, k, d):
        return k * d

    def products(self, a, b):
        return a * b

    def estimate(self, scatter, nk, d, reg_covar, factors=None):
        covariances = np.divide(scatter, nk[:, np.newaxis], out=scatter)
        covariances += reg_covar
        return covariances

    def with_variances(self, variances, k):
        covariances = np.broadcast_to(variances, self.shape(k, len(variances)))
        return covariances, 1.0 / np.sqrt(covariances)


class Spherical(Diag):
    """Each component has one variance, of all features."""

    name = moments = "spherical"

    def shape(self, k, d):
        return k, 1

    def sklearn_shape(self, k, d):
        return (k,)

    def to_sklearn(self, array):
        return array[:, 0]

    def from_sklearn(self, array):
        return np.asarray(array, dtype=np.float64)[:, np.newaxis]

    def n_parameters(self, k, d):
        return k

    def products(self, a, b):
        return (a * b).sum(axis=1, keepdims=True)

    def estimate(self, scatter, nk, d, reg_covar, factors=None):
        covariances = np.divide(scatter, nk[:, np.newaxis], out=scatter)
        covariances /= d  # of which it is the sum
        covariances += reg_covar
        return covariances

    def with_variances(self, variances, k):
        covariances = np.full((k, 1), variances.mean())
        return covariances, 1.0 / np.sqrt(covariances)
