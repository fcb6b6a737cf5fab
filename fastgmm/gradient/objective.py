"""Log-likelihood and log prior of a vector of parameters, as plain loops, and their derivatives.

What is differentiated is written once, below; gradients and Hessian products are fastad's.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

import fastad

from .parameters import Layout, log_weights

# Rows that are centred, and converted to float64, at a time.
BLOCK_ROWS = 2**14


@njit
def negative_by_matrices(theta, X, sample_weight, n_components, n_factors, n_columns):
    """Return the (weighted) sum of minus the log densities of X (n, D), in nats.

    Of a mixture whose factors are matrices (see `parameters`), less ``D/2 log(2 pi)`` a row.
    """
    n, d = X.shape
    size, first = d * (d + 1) // 2, n_components - 1
    start = first + n_components * d
    norms = np.zeros(n_components)
    log_weights(theta, n_components, norms)
    diagonal = np.zeros((n_factors, d))
    for f in range(n_factors):
        for j in range(d):
            diagonal[f, j] = math.exp(theta[start + f * size + j * (j + 1) // 2 + j])
    for k in range(n_components):
        o = start + (k * size if n_factors > 1 else 0)
        for j in range(d):
            norms[k] += theta[o + j * (j + 1) // 2 + j]
    joint = np.zeros(n_components)
    result = 0.0
    for r in range(n):
        top = -math.inf
        for k in range(n_components):
            f = k if n_factors > 1 else 0
            o = start + f * size
            square = 0.0
            for j in range(d):
                y = (X[r, j] - theta[first + k * d + j]) * diagonal[f, j]
                for i in range(j):
                    y += (X[r, i] - theta[first + k * d + i]) * theta[o + j * (j + 1) // 2 + i]
                square += y * y
            joint[k] = norms[k] - 0.5 * square
            top = max(top, joint[k])
        total = 0.0
        for k in range(n_components):
            total += math.exp(joint[k] - top)
        result -= sample_weight[r] * (top + math.log(total))
    return result


@njit
def negative_by_variances(theta, X, sample_weight, n_components, n_factors, n_columns):
    """Return what `negative_by_matrices` does, of factors that are numbers."""
    n, d = X.shape
    first = n_components - 1
    start = first + n_components * d
    norms = np.zeros(n_components)
    log_weights(theta, n_components, norms)
    scales = np.zeros((n_components, n_columns))
    for k in range(n_components):
        for c in range(n_columns):
            scales[k, c] = math.exp(theta[start + k * n_columns + c])
            norms[k] += (d // n_columns) * theta[start + k * n_columns + c]
    joint = np.zeros(n_components)
    result = 0.0
    for r in range(n):
        top = -math.inf
        for k in range(n_components):
            square = 0.0
            for j in range(d):
                y = (X[r, j] - theta[first + k * d + j]) * scales[k, min(j, n_columns - 1)]
                square += y * y
            joint[k] = norms[k] - 0.5 * square
            top = max(top, joint[k])
        total = 0.0
        for k in range(n_components):
            total += math.exp(joint[k] - top)
        result -= sample_weight[r] * (top + math.log(total))
    return result


@njit
def negative_log_prior(theta, excess, precision, mean, log_det, own, n_factors, n_columns):
    """Return minus the log density of a prior, up to a constant: that of `fastgmm.Prior`.

    Parameters
    ----------
    theta : ndarray
    excess : ndarray of shape (K,)
    precision : float
    mean : ndarray of shape (K, D)
        Less the centre.
    log_det : float
    own : ndarray of shape (n_factors, size)
        The prior's covariances: of matrices ``(n_factors, D * D)``.
    n_factors, n_columns : int
    """
    n_components, d = mean.shape
    size = n_columns if n_columns > 0 else d * (d + 1) // 2
    first = n_components - 1
    start = first + n_components * d
    logs = np.zeros(n_components)
    log_weights(theta, n_components, logs)
    result = 0.0
    for k in range(n_components):
        result -= excess[k] * logs[k]
    factor = np.zeros((d, d))
    for k in range(n_components):
        f = k if n_factors > 1 else 0
        for j in range(d):
            if n_columns > 0:
                factor[j, j] = math.exp(theta[start + f * size + min(j, n_columns - 1)])
            else:
                for i in range(j):
                    factor[i, j] = theta[start + f * size + j * (j + 1) // 2 + i]
                factor[j, j] = math.exp(theta[start + f * size + j * (j + 1) // 2 + j])
        for j in range(d):
            y = 0.0
            for i in range(j + 1):
                y += (theta[first + k * d + i] - mean[k, i]) * factor[i, j]
            result += 0.5 * precision * y * y
        if k < n_factors:
            for j in range(d):
                result -= log_det * math.log(factor[j, j])
                if n_columns > 0:
                    s = own[f, min(j, n_columns - 1)]
                    result += 0.5 * s * factor[j, j] * factor[j, j]
                else:
                    for a in range(j + 1):
                        for b in range(j + 1):
                            result += 0.5 * factor[a, j] * own[f, a * d + b] * factor[b, j]
    return result


class _Drivers(NamedTuple):
    value_and_grad: object
    hvp: object


def _drivers(function):
    return _Drivers(fastad.value_and_grad(function), fastad.hvp(function))


_BY_MATRICES = _drivers(negative_by_matrices)
_BY_VARIANCES = _drivers(negative_by_variances)
_OF_PRIOR = _drivers(negative_log_prior)


class Objective:
    """Minus the mean log posterior of rows by a vector of parameters, in nats per sample.

    Parameters
    ----------
    X : ndarray of shape (N, D), float64 or float32
    sample_weight : ndarray of shape (N,) or None
    layout : Layout
    centre : ndarray of shape (D,)
        Subtracted from the rows: the vector's means are less this.
    prior : CheckedPrior, optional
    """

    def __init__(self, X, sample_weight, layout, centre, prior=None):
        self.X, self.sample_weight, self.layout, self.centre = X, sample_weight, layout, centre
        self.drivers = _BY_VARIANCES if layout.n_columns else _BY_MATRICES
        self.shape = (layout.n_components, layout.n_factors, layout.n_columns)
        self.weight = float(len(X) if sample_weight is None else sample_weight.sum())
        self.of_prior = None
        if prior is not None:
            own = np.ascontiguousarray(prior.covariance.reshape(layout.n_factors, -1))
            self.of_prior = (
                *(np.array(prior.excess), prior.mean_precision, prior.mean - centre),
                *(prior.log_det, own, layout.n_factors, layout.n_columns),
            )

    def value_and_gradient(self, theta):
        """Return the value and the gradient (P,) at theta."""
        total, gradient = 0.0, np.zeros(len(theta))
        for rows, weights in self.blocks():
            value, part = self.drivers.value_and_grad(theta, rows, weights, *self.shape)
            total += value
            gradient += part
        if self.of_prior is not None:
            value, part = _OF_PRIOR.value_and_grad(theta, *self.of_prior)
            total += value
            gradient += part
        constant = 0.5 * self.layout.n_features * math.log(2.0 * math.pi)
        return total / self.weight + constant, gradient / self.weight

    def hessian_product(self, theta, vector):
        """Return the Hessian at theta times a vector, (P,)."""
        product = np.zeros(len(theta))
        for rows, weights in self.blocks():
            product += self.drivers.hvp(theta, rows, weights, *self.shape, vector)
        if self.of_prior is not None:
            product += _OF_PRIOR.hvp(theta, *self.of_prior, vector)
        return product / self.weight

    def log_prior(self, theta):
        """Return the log density of the prior, up to a constant."""
        if self.of_prior is None:
            return 0.0
        return -float(_OF_PRIOR.value_and_grad(theta, *self.of_prior)[0])

    def scores(self, theta):
        """Yield the gradients of the log densities of rows, (n, P), and the rows' weights (n,).

        The rows' alone, without the prior.
        """
        one = np.ones(1)
        for rows, weights in self.blocks():
            found = np.empty((len(rows), len(theta)))
            for i in range(len(rows)):
                args = theta, rows[i : i + 1], one, *self.shape
                found[i] = self.drivers.value_and_grad(*args)[1]
            yield -found, weights

    def blocks(self):
        """Yield centred rows (n, D) and their weights (n,), float64; rows of weight zero are 0."""
        for start in range(0, len(self.X), BLOCK_ROWS):
            rows = self.X[start : start + BLOCK_ROWS] - self.centre
            if self.sample_weight is None:
                yield np.ascontiguousarray(rows), np.ones(len(rows))
                continue
            weights = self.sample_weight[start : start + BLOCK_ROWS]
            rows = np.where(weights[:, np.newaxis] > 0.0, rows, 0.0)
            yield np.ascontiguousarray(rows), np.ascontiguousarray(weights)


__all__ = ["Layout", "Objective"]
