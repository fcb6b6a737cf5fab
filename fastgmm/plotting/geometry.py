"""What is drawn of a mixture, in numbers: ellipses, a plane, densities, the width of bars."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from ..model.checks import check_mixture, check_whole

if TYPE_CHECKING:
    from .._typing import Float64s
    from ..mixture import Mixture

# Of the largest eigenvalue: what is below is taken for rounding.
_ROUNDING = 1e-10


def mixture_ellipses(
    mixture: Mixture, features: tuple[int, int] = (0, 1), n_std: float = 1.0
) -> tuple[Float64s, Float64s, Float64s]:
    """Return the ellipses of the components' marginal distributions of two features.

    Parameters
    ----------
    mixture : Mixture
        A mixture of any covariance type in at least two dimensions.
    features : pair of int, default=(0, 1)
        The features along the horizontal and the vertical axis.
    n_std : float, default=1.0
        Mahalanobis distance from the mean: 1.0 encloses 39% of a component, 2.0 86%.

    Returns
    -------
    centers : ndarray of shape (K, 2)
        The means.
    semi_axes : ndarray of shape (K, 2)
        Half the length of the major and of the minor axis.
    angles : ndarray of shape (K,)
        Direction of the major axis, in degrees from the horizontal axis, within [0, 180).

    Raises
    ------
    TypeError
        If `mixture` is no `Mixture`, or one of `features` no whole number.
    ValueError
        If `features` are not two features of the mixture.

    Examples
    --------
    >>> from fastgmm import make_mixture
    >>> from fastgmm.plotting import mixture_ellipses
    >>> mixture = make_mixture([1.0], [[5.0, 6.0]], [[[2.5, 1.5], [1.5, 2.5]]])
    >>> centers, semi_axes, angles = mixture_ellipses(mixture)
    >>> semi_axes.round(6).tolist(), angles.round(6).tolist()
    ([[2.0, 1.0]], [45.0])
    """
    features = checked_features(features, check_mixture(mixture).means.shape[1], (2,))
    return ellipses_of(*marginals(mixture, features), n_std)  # type: ignore[call-arg]


def mixture_plane(mixture: Mixture) -> tuple[Float64s, Float64s, Float64s]:
    """Return the two directions along which the components are furthest apart.

    They are the linear discriminants of the mixture: of all directions, the first has the largest
    variance of the means relative to the variance within components, and the second the
    largest of those that are uncorrelated with it within components.

    Parameters
    ----------
    mixture : Mixture
        A mixture of any covariance type in at least two dimensions.

    Returns
    -------
    center : ndarray of shape (D,)
        The mean of the mixture.
    directions : ndarray of shape (D, 2)
        ``(x - center) @ directions`` are the coordinates of x, in standard deviations within
        components. The coefficient that counts most in a direction is positive.
    shares : ndarray of shape (2,)
        Of the separation in all directions, which is ``trace(inv(W) @ B)``, the parts of the two;
        zero where there is none.

    Raises
    ------
    TypeError
        If `mixture` is no `Mixture`, or one of `features` no whole number.
    ValueError
        If it has a single dimension.

    Notes
    -----
    With the weights w, means m and covariances C, and the mean of all, c, the scatters are::

        W = sum_k w_k C_k        B = sum_k w_k (m_k - c) (m_k - c)^T

    and the directions solve ``B a = s W a`` for the largest s, with ``a^T W a = 1``. Two
    components, or means on a line, have one such direction, and a single component none: what is
    lacking then are the principal components of W, of features in units of their standard
    deviations, that are uncorrelated with the first direction.

    References
    ----------
    Rao, C. R. (1948). The utilization of multiple measurements in problems of biological
    classification. Journal of the Royal Statistical Society B 10, 159-203.

    Examples
    --------
    >>> from fastgmm import make_mixture
    >>> from fastgmm.plotting import mixture_plane
    >>> means = [[0.0, 0.0, 0.0], [0.0, 8.0, 0.0], [3.0, 4.0, 0.0]]
    >>> mixture = make_mixture([0.25, 0.25, 0.5], means, [[[1, 0, 0], [0, 4, 0], [0, 0, 9]]])
    >>> center, directions, shares = mixture_plane(mixture)
    >>> directions.round(6).tolist(), shares.round(3).tolist()
    ([[1.0, 0.0], [0.0, 0.5], [0.0, 0.0]], [0.529, 0.471])
    """
    k, d = check_mixture(mixture).means.shape
    if d < 2:
        raise ValueError("a plane needs a mixture in at least two dimensions, got one")
    weights, means, covariances, _, _ = (np.asarray(a, dtype=np.float64) for a in mixture)
    weights = weights / weights.sum()
    center = weights @ means
    offsets = means - center
    between = (weights[:, np.newaxis] * offsets).T @ offsets
    if covariances.ndim == 3:
        own = weights if len(covariances) == k else np.ones(1)
        within = np.tensordot(own, covariances, axes=1)
    else:
        within = np.diag(weights @ np.broadcast_to(covariances, (k, d)))
    scale = np.sqrt(np.diagonal(within) + np.diagonal(between))
    units = np.outer(scale, scale)
    directions, shares = _discriminants(within / units, between / units)
    largest = directions[np.abs(directions).argmax(axis=0), [0, 1]]
    return center, np.copysign(1.0, largest) * directions / scale[:, np.newaxis], shares


def _discriminants(within, between):
    """Return directions (D, 2) and shares (2,) of scatters (D, D) of features of one scale."""
    variances, axes = np.linalg.eigh(within)
    variances = np.maximum(variances, np.finfo(float).eps * len(within) * variances[-1])
    whiten = axes / np.sqrt(variances)  # in these coordinates `within` is the identity
    separations, vectors = np.linalg.eigh(whiten.T @ between @ whiten)
    separations, vectors = separations[::-1], vectors[:, ::-1]
    floor = _ROUNDING * max(separations[0], 1e-6)
    found = vectors[:, :2][:, separations[:2] > floor]
    shares = np.zeros(2)
    if found.size:
        shares[: found.shape[1]] = separations[: found.shape[1]] / separations.sum()
    while found.shape[1] < 2:  # the largest principal component in what is left
        left = np.eye(len(within)) - found @ found.T
        next_one = np.linalg.eigh(left @ np.diag(variances) @ left)[1][:, -1:]
        found = np.concatenate([found, next_one], axis=1)
    return whiten @ found, shares


def marginals(mixture, features):
    """Return means (K, n) and covariances (K, n, n) of n features, in float64."""
    k, d = mixture.means.shape
    covariances = np.asarray(mixture.covariances, dtype=np.float64)
    if covariances.ndim == 3:
        found = covariances[:, features][:, :, features]
    else:
        variances = np.broadcast_to(covariances, (k, d))[:, features]
        found = variances[:, :, np.newaxis] * np.eye(len(features))
    means = np.asarray(mixture.means, dtype=np.float64)[:, features]
    return means, np.broadcast_to(found, (k, *found.shape[1:]))


def projected(mixture, center, directions):
    """Return means (K, n) and covariances (K, n, n) along directions (D, n) from a center."""
    k, d = mixture.means.shape
    covariances = np.asarray(mixture.covariances, dtype=np.float64)
    if covariances.ndim == 3:
        found = directions.T @ covariances @ directions
    else:
        variances = np.broadcast_to(covariances, (k, d))
        found = np.einsum("kd,da,db->kab", variances, directions, directions)
    return (mixture.means - center) @ directions, np.broadcast_to(found, (k, *found.shape[1:]))


def ellipses_of(means, covariances, n_std=1.0):
    """Return centers, semi-axes and angles of means (K, 2) and covariances (K, 2, 2)."""
    eigenvalues, eigenvectors = np.linalg.eigh(covariances)
    major = eigenvectors[:, :, 1]
    semi_axes = n_std * np.sqrt(np.maximum(eigenvalues[:, ::-1], 0.0))
    return means, semi_axes, np.degrees(np.arctan2(major[:, 1], major[:, 0])) % 180.0


def weighted_densities(points, weights, means, covariances):
    """Yield the weighted density (N,) of each component at points (N, n)."""
    variances, axes = np.linalg.eigh(covariances)
    std = np.sqrt(np.maximum(variances, np.finfo(float).tiny))
    for weight, mean, scale, turn in zip(weights, means, std, axes, strict=True):
        z = (points - mean) @ turn / scale
        yield weight * np.exp(-0.5 * (z * z).sum(axis=1)) / np.prod(np.sqrt(2 * np.pi) * scale)


def histogram_edges(x, weights, means, variances):
    """Return the edges of a histogram of values x (N,) of a mixture in one dimension.

    Bars are as wide as is best for the mixture's density f, in mean squared error:
    ``(6 / (N int f'(x)^2 dx))^(1/3)`` (D. W. Scott, 1979, On optimal and data-based histograms,
    Biometrika 66, 605-610). Where the values are of a grid, as whole minutes are, they are as many
    of its steps as is nearest: other widths hold now more, now fewer values of the grid.
    """
    low, high = x.min(), x.max()
    spread = variances[:, np.newaxis] + variances  # of the product of two densities
    distance2 = (means[:, np.newaxis] - means) ** 2
    overlap = np.exp(-0.5 * distance2 / spread) / np.sqrt(2 * np.pi * spread)
    roughness = weights @ (overlap * (1 / spread - distance2 / spread**2)) @ weights
    width = np.cbrt(6 / (len(x) * roughness))
    if not high > low:
        return np.array([low - width / 2, low + width / 2])
    width = np.clip(width, (high - low) / 200, (high - low) / 5)
    step = _step_of_grid(x)
    width = width if step == 0.0 else max(1.0, np.round(width / step)) * step
    start = low - step / 2
    n_bars = np.ceil((high + step / 2 - start) / width - 1e-6)
    edges = start + width * np.arange(n_bars + 1)
    edges[-1] = max(edges[-1], high)  # which rounding may leave below it: the row would be lost
    return edges


def _step_of_grid(x):
    """Return the step of the grid that all values of x are on; 0.0 where there is none."""
    values = np.unique(x)
    steps = np.diff(values)
    step = steps.min()
    numbers = (values - values[0]) / step
    on_grid = np.abs(numbers - np.round(numbers)).max() < 1e-3
    return step if on_grid and numbers[-1] < 1e4 else 0.0


def checked_features(features, n_features, how_many, names=()):
    """Return different features as a list of indices, or say what is wrong with them.

    how_many: the numbers of them that are taken. names: by which they may be called.
    """
    chosen = [features] if isinstance(features, (str, Real)) else list(features)
    by_name = {str(name): j for j, name in enumerate(names)}
    chosen = [
        by_name.get(f, -1) if isinstance(f, str) else check_whole(f, "each of features")
        for f in chosen
    ]
    right = len(chosen) in how_many and len(set(chosen)) == len(chosen)
    if not right or not all(0 <= f < n_features for f in chosen):
        wanted = {(2,): "two different indices"}.get(
            tuple(how_many), f"{how_many[0]} to {how_many[-1]} different indices"
        )
        raise ValueError(f"features must be {wanted} within 0..{n_features - 1}, got {features}")
    return chosen
