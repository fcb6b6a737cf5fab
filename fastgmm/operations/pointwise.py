"""What hot loops ask of a mixture at one point: functions like those of `fastgmm.density`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..density import check_out, log_density, log_joint, sample_into
from ..simd.compiled import cached_njit

if TYPE_CHECKING:
    from .._typing import Floats
    from ..mixture import Mixture
    from .features import Regression


_OPTIONS = {"nogil": True, "error_model": "numpy"}
_jit = cached_njit(**_OPTIONS)
_inlined_jit = cached_njit(**_OPTIONS, forceinline=True)

_SCORE_SHAPES = "x and out must be of shape (D,), with D = mixture.means.shape[1]"
_MEAN_SHAPES = "x must be of shape (G,) and out of shape (R,), as regression.gains is (., R, G)"
_FEWEST = "n_samples must be at least 2"
_OTHER_FEATURES = "a and b must be mixtures of as many features"


@_inlined_jit
def _add_gradient(x, k, means, factors, share, out):
    """Add `share` of the gradient of component k's log density at x to out (D,)."""
    if factors.ndim == 3:
        which = k if factors.shape[0] > 1 else 0
        for j in range(x.size):
            y = 0.0
            for i in range(j + 1):
                y += (1.0 * x[i] - means[k, i]) * factors[which, i, j]
            for i in range(j + 1):
                out[i] -= share * (y * factors[which, i, j])
    else:
        last = factors.shape[1] - 1
        for j in range(x.size):
            factor = factors[k, min(j, last)]
            out[j] -= share * ((1.0 * x[j] - means[k, j]) * factor * factor)


@_jit
def score(x: Floats, mixture: Mixture, out: Floats) -> float:
    """Fill `out` with the gradient of the log density at a point: the score, in x.

    Parameters
    ----------
    x : ndarray of shape (D,), float
        The point.
    mixture : Mixture
    out : ndarray of shape (D,), float64
        Written: ``sum_k resp_k(x) precision_k (mean_k - x)``, in nats per unit of each feature.
        It must not share memory with `x`.

    Returns
    -------
    float
        The log density at `x`, in nats.

    Raises
    ------
    ValueError
        If `x` or `out` is of another length, or `out` is `x`.
    TypeError
        If `out` is of integers.

    Notes
    -----
    Costs about twice what `log_density` does; allocates nothing. Where the density is zero in
    float64, beyond 1e154 deviations, `out` is NaN; and beyond 1e7 it may be of other shares of the
    components than are right (see `responsibilities`).

    References
    ----------
    Petersen and Pedersen, *The Matrix Cookbook*, 2012, equation 86, for one component; a mixture's
    is their mean by the responsibilities.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import make_mixture, score
    >>> m = make_mixture([1.0], [[1.0, 2.0]], [[1.0, 4.0]], covariance_type="diag")
    >>> out = np.empty(2)
    >>> _ = score(np.zeros(2), m, out)
    >>> out
    array([1. , 0.5])
    """
    if x.size != mixture.means.shape[1] or out.size != x.size:
        raise ValueError(_SCORE_SHAPES)
    check_out(x, out)
    means, factors = mixture.means, mixture.precisions_cholesky
    top, total = -math.inf, 0.0
    for i in range(out.size):
        out[i] = 0.0
    for k in range(mixture.means.shape[0]):
        value = log_joint(x, k, mixture)
        if value > top:  # keep sums relative to the largest term so far
            scale = math.exp(top - value)
            total = total * scale + 1.0
            for i in range(out.size):
                out[i] = out[i] * scale if scale > 0.0 else 0.0
            top = value
            _add_gradient(x, k, means, factors, 1.0, out)
        elif value != -math.inf:  # of a NaN too, so that it comes out
            share = math.exp(value - top)
            total += share
            if share != 0.0:
                _add_gradient(x, k, means, factors, share, out)
    for i in range(out.size):
        out[i] = out[i] / total if total != 0.0 else math.nan
    return top + math.log(total) if total != 0.0 else -math.inf


@_jit
def condition_mean(x: Floats, regression: Regression, out: Floats) -> float:
    """Fill `out` with the mean of the other features, given the values of the known ones.

    Parameters
    ----------
    x : ndarray of shape (G,), float
        Values of the known features, in the order in which they were given.
    regression : Regression
        See `make_regression`.
    out : ndarray of shape (R,), float64
        Written: ``sum_k resp_k(x) (mean_k + gain_k (x - known_mean_k))``, in the units of the other
        features. It must not share memory with `x`.

    Returns
    -------
    float
        The log density of the known features at `x`, in nats.

    Raises
    ------
    ValueError
        If `x` or `out` is of another length, or `out` is `x`.
    TypeError
        If `out` is of integers.

    Notes
    -----
    Allocates nothing. Where the density is zero in float64, beyond 1e154 deviations, `out` is NaN;
    and beyond 1e7 it may be of other shares of the components than are right (see
    `responsibilities`). Those of `conditional`, and of ``GaussianMixture.predict_mean``, are right.

    References
    ----------
    Sung, "Gaussian mixture regression and classification", PhD thesis, Rice University, 2004.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import condition_mean, make_mixture, make_regression
    >>> m = make_mixture([1.0], [[0.0, 3.0]], [[[1.0, 0.5], [0.5, 1.0]]])
    >>> out = np.empty(1)
    >>> _ = condition_mean(np.array([2.0]), make_regression(m, [0]), out)
    >>> out.round(6)
    array([4.])
    """
    known, means, gains = regression.known, regression.means, regression.gains
    if x.size != gains.shape[2] or out.size != gains.shape[1]:
        raise ValueError(_MEAN_SHAPES)
    check_out(x, out)
    top, total = -math.inf, 0.0
    for i in range(out.size):
        out[i] = 0.0
    for k in range(means.shape[0]):
        value = log_joint(x, k, known)
        if value == -math.inf:
            continue
        share = 1.0
        if value > top:
            scale = math.exp(top - value)
            total = total * scale
            for i in range(out.size):
                out[i] = out[i] * scale if scale > 0.0 else 0.0
            top = value
        else:  # of a NaN too, so that it comes out
            share = math.exp(value - top)
        total += share
        if share == 0.0:
            continue
        which = k if gains.shape[0] > 1 else 0
        for i in range(out.size):
            mean = float(means[k, i])
            for j in range(x.size):
                mean += gains[which, i, j] * (1.0 * x[j] - known.means[k, j])
            out[i] += share * mean
    for i in range(out.size):
        out[i] = out[i] / total if total != 0.0 else math.nan
    return top + math.log(total) if total != 0.0 else -math.inf


@_jit
def kl_divergence(
    a: Mixture, b: Mixture, n_samples: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Estimate the Kullback-Leibler divergence of mixture `b` from mixture `a` by sampling.

    Parameters
    ----------
    a, b : Mixture
        Of as many features.
    n_samples : int
        Points drawn from `a`: at least 2.
    rng : numpy.random.Generator

    Returns
    -------
    divergence : float
        The mean of ``log a(x) - log b(x)`` over x drawn from `a`, in nats: without bias. It may be
        negative where the divergence is small beside its standard error.
    standard_error : float
        The sample standard deviation over the root of `n_samples`, in nats.

    Raises
    ------
    ValueError
        If there are fewer than two samples, or not as many features.

    Notes
    -----
    Both are infinite if a point has the density zero under `b`, in float64. For one component each
    there is a closed form, which is exact.

    References
    ----------
    Hershey and Olsen, "Approximating the Kullback Leibler divergence between Gaussian mixture
    models", ICASSP 2007, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import kl_divergence, make_mixture
    >>> a, b = (make_mixture([1.0], [[x]], [[[1.0]]]) for x in (0.0, 1.0))
    >>> divergence, error = kl_divergence(a, b, 10_000, np.random.default_rng(0))
    >>> bool(abs(divergence - 0.5) < 4 * error), round(error, 3)
    (True, 0.01)
    """
    if n_samples < 2:
        raise ValueError(_FEWEST)
    if a.means.shape[1] != b.means.shape[1]:
        raise ValueError(_OTHER_FEATURES)
    x = np.empty(a.means.shape[1])
    mean, squares = 0.0, 0.0
    for i in range(n_samples):
        sample_into(a, rng, x)
        value = log_density(x, a) - log_density(x, b)
        if value == math.inf:
            return math.inf, math.inf
        delta = value - mean  # Welford's recurrence
        mean += delta / (i + 1)
        squares += delta * (value - mean)
    return mean, math.sqrt(squares / (n_samples - 1) / n_samples)
