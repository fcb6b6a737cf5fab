"""Covariances whose volumes vary, with one shape for all, and axes along the features."""

import numpy as np

from .types import Diag

MOST_STEPS = 1000  # of Newton's; rarely more than ten
LAST_STEP = 1e-8  # the error after a smaller one is its square: rounding
BALANCED = 1e-13  # share of a sum by which it may be off: about rounding
FAR_AWAY = 25.0  # beyond what the numbers differ by there is no maximum: see `_balanced`


class VEI(Diag):
    """``volume_k * shape``: diagonal, the shape (of determinant 1) common to all components.

    Notes
    -----
    Where the likelihood is largest, ``scatter_kd / (volume_k shape_d)`` has the sums ``D nk`` over
    features and ``sum nk`` over components. To find such factors of rows and columns of a matrix is
    a convex problem in their logarithms. (To alternate between the two converges at a rate as near
    to 1 as can be, where components are long along different features.)

    References
    ----------
    Celeux and Govaert, "Gaussian parsimonious clustering models", Pattern Recognition 28, 1995,
    model [lambda_k B]; mclust (Scrucca and others, The R Journal 8, 2016) names it VEI.
    """

    name = "VEI"

    def n_parameters(self, k, d):
        return k + d - 1

    def estimate(self, scatter, nk, d, reg_covar, factors=None):
        scatter += reg_covar * nk[:, np.newaxis]
        some = scatter.any(axis=1)  # those that have a volume
        with np.errstate(divide="ignore"):
            logs = np.log(scatter[some])
        shape = self._log_shape(logs, nk[some]) if scatter.any(axis=0).all() else None
        if shape is None:  # constant features have none: they are raised to a floor
            return scatter / nk[:, np.newaxis]
        covariances = np.zeros_like(scatter)
        volumes = _log_sums(logs - shape) - np.log(d * nk[some])
        covariances[some] = np.exp(volumes[:, np.newaxis] + shape)
        return covariances

    def _log_shape(self, logs, nk):
        """Return the logarithms of the shape (D,), up to a constant, or None if there is none."""
        k, d = logs.shape
        shares, features = nk / nk.sum(), np.full(d, 1.0 / d)
        if k >= d:
            return _balanced(logs, shares, features)
        volumes = _balanced(logs.T, features, shares)
        return None if volumes is None else _log_sums(logs.T - volumes)

    def with_variances(self, variances, k):
        # Of one variance: the features' ratios are those of the other components, not of all rows.
        return super().with_variances(np.full_like(variances, variances.mean()), k)


def _log_sums(logs):
    """Return ``log(exp(logs).sum(axis=1))``; no row is of minus infinities alone."""
    most = logs.max(axis=1)
    return most + np.log(np.exp(logs - most[:, np.newaxis]).sum(axis=1))


def _balanced(logs, rows, columns):
    """Return u (m,) with which the rows of ``exp(logs - u)``, each scaled to its sum, add up.

    Scaled to the sums `rows` (n,) they have the sums `columns` (m,); both sum to one. u minimises
    ``rows @ log(exp(logs - u).sum(axis=1)) + columns @ u``, by Newton's method. A step that is
    `size` longer in one entry than in another changes curvatures up to ``exp(size)``-fold, so
    ``log(1 + size)`` is what is taken of it: with that it always descends (Sun and Tran-Dinh,
    "Generalized self-concordant functions", Mathematical Programming 178, 2019). None if there is
    no minimum, which there may not be where `logs` has minus infinities: then u has no end.
    """
    finite = logs > -np.inf
    start = np.mean(logs, axis=0, where=finite)
    logs = logs - start
    highest = logs.max(axis=1)
    lowest = np.min(logs, axis=1, where=finite, initial=np.inf)
    most = np.inf if finite.all() else (highest - lowest).max() + FAR_AWAY
    u = np.zeros_like(columns)
    for _ in range(MOST_STEPS):
        shares = logs - u
        shares = np.exp(shares - shares.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        excess = rows @ shares - columns
        # Of shares near 1 what they lack is rounding, so the diagonal is made of the others. A
        # trace more of it keeps it definite where features have next to nothing to do with others.
        curvature = -(shares.T * rows) @ shares
        np.fill_diagonal(curvature, 0.0)
        diagonal = -curvature.sum(axis=1) * (1.0 + 16 * np.finfo(np.float64).eps)
        np.fill_diagonal(curvature, np.maximum(diagonal, np.finfo(np.float64).tiny))
        step = np.append(0.0, np.linalg.solve(curvature[1:, 1:], excess[1:]))  # the first stays
        size = np.ptp(step)
        u += step * (np.log1p(size) / size if size > 0.0 else 1.0)
        if np.ptp(u) > most:
            return None
        if size <= LAST_STEP or (np.abs(excess) <= BALANCED * columns).all():
            break
    return start + u
