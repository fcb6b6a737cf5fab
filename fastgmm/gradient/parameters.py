"""Mixtures as vectors without constraints, and back.

A vector theta of a mixture with K components in D dimensions holds, one after the other:

* K - 1 logarithms of the weights over the last one's;
* K means, D numbers each, less a centre;
* the Cholesky factors of the precisions. Of a matrix the upper triangle U, with
  ``inv(covariance) = U U^T``, column by column, ``D (D + 1) / 2`` numbers; of variances one over
  the standard deviations. What must be positive, the diagonal, is there by its logarithm.

`Layout` says where, `to_vector` and `to_mixture` convert, `Units` are the units of a fit.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.linalg import solve_triangular

from ..covariances.factors import covariances_of, inverses_of
from ..mixture import assemble

# Of the weights, that count for units: a component that holds nothing has no information.
LEAST_SHARE = 1e-8


class Layout(NamedTuple):
    """Where the parameters of a mixture are in a vector.

    Attributes
    ----------
    n_components, n_features : int
        K and D.
    n_factors : int
        K, or 1 where components share one covariance.
    n_columns : int
        0 where factors are matrices; else how many numbers each is: D, spherical 1.
    """

    n_components: int
    n_features: int
    n_factors: int
    n_columns: int

    @classmethod
    def of(cls, mixture):
        """Return that of a `Mixture`, by its shapes."""
        factors = mixture.precisions_cholesky
        columns = 0 if factors.ndim == 3 else factors.shape[1]
        return cls(*mixture.means.shape, len(factors), columns)

    @property
    def factor_size(self):
        """The number of entries of a factor."""
        return self.n_columns or self.n_features * (self.n_features + 1) // 2

    @property
    def parts(self):
        """The slices of weights, means and covariances, by name."""
        means = self.n_components - 1
        factors = means + self.n_components * self.n_features
        stop = factors + self.n_factors * self.factor_size
        return {
            "weights": slice(0, means),
            "means": slice(means, factors),
            "covariances": slice(factors, stop),
        }

    @property
    def size(self):
        """The length of a vector."""
        return self.parts["covariances"].stop

    @property
    def shape(self):
        """The shape of covariances and factors in a `Mixture`."""
        return self.n_factors, self.n_columns or self.n_features, *self._square

    @property
    def _square(self):
        return () if self.n_columns else (self.n_features,)

    @property
    def triangle(self):
        """Rows and columns of a factor's entries, in their order: (size,) each."""
        columns, rows = np.tril_indices(self.n_features)
        return rows, columns

    def free(self, fixed):
        """Return the indices of what is not `fixed`, a collection of names of the parts."""
        indices = [np.arange(s.start, s.stop) for n, s in self.parts.items() if n not in fixed]
        return np.concatenate([np.empty(0, int), *indices])


def to_vector(mixture, centre):
    """Return the vector of a `Mixture` of positive weights, its means less `centre` (D,)."""
    layout = Layout.of(mixture)
    logs = np.log(mixture.weights)
    factors = mixture.precisions_cholesky
    if layout.n_columns:
        factors = np.log(factors)
    else:
        rows, columns = layout.triangle
        factors = factors[:, rows, columns].copy()
        factors[:, rows == columns] = np.log(factors[:, rows == columns])
    parts = logs[:-1] - logs[-1], (mixture.means - centre).ravel(), factors.ravel()
    return np.concatenate(parts).astype(np.float64)


def to_mixture(theta, layout, centre):
    """Return the `Mixture`, of float64, of a vector whose means are less `centre` (D,)."""
    weights, means, factors = (theta[part] for part in layout.parts.values())
    logs = np.append(weights, 0.0)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    means = means.reshape(layout.n_components, layout.n_features) + centre
    factors = factors.reshape(layout.n_factors, -1)
    if layout.n_columns:
        factors = np.exp(factors)
    else:
        rows, columns = layout.triangle
        triangles = np.zeros(layout.shape)
        triangles[:, rows, columns] = factors
        diagonal = np.einsum("kii->ki", triangles)
        diagonal[:] = np.exp(diagonal)
        factors = triangles
    return assemble(weights, means, covariances_of(factors), factors)


@njit
def log_weights(theta, n_components, out):
    """Fill out (K,) with the logarithms of the weights of a vector."""
    top = 0.0
    for k in range(n_components - 1):
        top = max(top, theta[k])
    total = math.exp(-top)
    for k in range(n_components - 1):
        total += math.exp(theta[k] - top)
    log_total = top + math.log(total)
    for k in range(n_components - 1):
        out[k] = theta[k] - log_total
    out[n_components - 1] = -log_total


@njit
def natural_parameters(theta, n_components, n_features, n_factors, n_columns):
    """Return weights, means and covariances of a vector, one after the other, (Q,).

    Covariances are there with all their entries, in the shape of a Mixture's; means are less the
    centre. Of matrices the inverse R of a factor U is found column by column: the covariance is
    ``R^T R``.
    """
    k, d, c = n_components, n_features, n_columns
    size = d * (d + 1) // 2
    out = np.zeros(k + k * d + n_factors * (c if c > 0 else d * d))
    log_weights(theta, k, out)
    for i in range(k):
        out[i] = math.exp(out[i])
    for i in range(k * d):
        out[k + i] = theta[k - 1 + i]
    start, place = k - 1 + k * d, k + k * d
    if c > 0:
        for i in range(n_factors * c):
            out[place + i] = math.exp(-2.0 * theta[start + i])
        return out
    inverse = np.zeros((d, d))
    for f in range(n_factors):
        o = start + f * size
        for j in range(d):
            own = math.exp(-theta[o + j * (j + 1) // 2 + j])
            for i in range(j):
                s = 0.0
                for m in range(i, j):
                    s += inverse[i, m] * theta[o + j * (j + 1) // 2 + m]
                inverse[i, j] = -s * own
            inverse[j, j] = own
        for a in range(d):
            for b in range(d):
                s = 0.0
                for i in range(min(a, b) + 1):
                    s += inverse[i, a] * inverse[i, b]
                out[place + (f * d + a) * d + b] = s
    return out


class Units:
    """Units in which the information of rows and their components together is the identity.

    A linear map of vectors, ``theta = reference + A z``, with ``A A^T`` the inverse of the Fisher
    information of the complete data, for one row, at a mixture. In z a step along the gradient is
    EM's step to first order, so that methods by gradients begin where EM is, whatever the units of
    the features (`fastgmm.em.acceleration.Coordinates` has the same).

    Parameters
    ----------
    mixture : Mixture
        The reference, of positive weights.
    prior : CheckedPrior, optional
        Counts for rows, as they do.
    weight : float
        The number of rows, beside the prior's.
    """

    def __init__(self, mixture, prior=None, weight=1.0):
        self.layout = Layout.of(mixture)
        k, d = mixture.means.shape
        factors = mixture.precisions_cholesky
        shares = np.maximum(mixture.weights, LEAST_SHARE)
        excess, of_mean, of_factor = np.zeros(k), 0.0, 0.0
        if prior is not None:
            excess, of_mean, of_factor = prior.excess, prior.mean_precision, prior.log_det
        # Of log ratios the information is diag(w) - w w^T without the last component.
        w = shares + excess / weight
        total, w = w.sum(), w / w.sum()
        information = total * (np.diag(w) - np.outer(w, w))[:-1, :-1]
        self.of_weights = np.linalg.cholesky(information) if k > 1 else None
        unit = np.sqrt((shares if len(factors) == k else 1.0) + of_factor / weight)
        unit = np.broadcast_to(unit, len(factors))
        self.unit_of_means = np.sqrt(shares + of_mean / weight)[:, np.newaxis]
        if self.layout.n_columns:
            self.of_means = 1.0 / factors
            self.of_factors = 1.0 / (unit[:, np.newaxis] * np.sqrt(2.0 * d / factors.shape[1]))
        else:
            self.of_means = inverses_of(factors)
            rows, columns = self.layout.triangle
            unit = unit[:, np.newaxis] * np.where(rows == columns, math.sqrt(2.0), 1.0)
            self.of_factors = 1.0 / unit
            self.factors = factors

    def apply(self, z):
        """Return ``A z``."""
        parts = self.layout.parts
        out = np.empty_like(z)
        if self.of_weights is not None:
            out[parts["weights"]] = solve_triangular(
                self.of_weights, z[parts["weights"]], lower=True, trans="T", check_finite=False
            )
        means = self._means(z) / self.unit_of_means
        if self.of_means.ndim == 3:
            means = (means[:, np.newaxis] @ self.of_means)[:, 0]
        else:
            means = means * self.of_means
        out[parts["means"]] = means.ravel()
        out[parts["covariances"]] = self._factors(z, transposed=False).ravel()
        return out

    def transposed(self, gradient):
        """Return ``A^T gradient``, the gradient by z."""
        parts = self.layout.parts
        out = np.empty_like(gradient)
        if self.of_weights is not None:
            out[parts["weights"]] = solve_triangular(
                self.of_weights, gradient[parts["weights"]], lower=True, check_finite=False
            )
        means = self._means(gradient)
        if self.of_means.ndim == 3:
            means = (self.of_means @ means[:, :, np.newaxis])[:, :, 0]
        else:
            means = means * self.of_means
        out[parts["means"]] = (means / self.unit_of_means).ravel()
        out[parts["covariances"]] = self._factors(gradient, transposed=True).ravel()
        return out

    def _means(self, vector):
        return vector[self.layout.parts["means"]].reshape(self.layout.n_components, -1)

    def _factors(self, vector, transposed):
        """Do `apply`, or `transposed`, of the factors' part: (n_factors, size).

        Of matrices z is a change E of the factor ``U (1 + E)``, of the diagonal's logarithm.
        """
        entries = vector[self.layout.parts["covariances"]].reshape(self.layout.n_factors, -1)
        if self.layout.n_columns:
            return entries * self.of_factors
        rows, columns = self.layout.triangle
        diagonal = rows == columns
        full = np.zeros(self.layout.shape)
        own = np.einsum("kii->ki", self.factors)
        if not transposed:
            full[:, rows, columns] = entries * self.of_factors
            changed = (self.factors @ full)[:, rows, columns]
            changed[:, diagonal] /= own
            return changed
        entries = entries.copy()
        entries[:, diagonal] /= own
        full[:, rows, columns] = entries
        changed = (self.factors.transpose(0, 2, 1) @ full)[:, rows, columns]
        return changed * self.of_factors
