"""The density itself, for your own Numba code: functions of one point and a `Mixture`.

All are ``@njit`` dispatchers: call them from Python, from ``@njit`` code, or inside
``prange``. None but `sample` allocates, and all are cached on disk.

They check the lengths of what they are given. An error inside ``prange`` is Numba's to
report: it comes out as a SystemError whose cause is the ValueError, or, of another thread
than the first, not at all; that thread's share of the loop then ends there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.extending import overload

from .simd.compiled import cached_njit

if TYPE_CHECKING:
    from ._typing import Floats, Labels
    from .mixture import Mixture


_OPTIONS = {"nogil": True, "error_model": "numpy"}
_jit = cached_njit(**_OPTIONS)
# Small functions of one point: within the caller's loop, which then looks at the mixture once,
# they take a quarter to three quarters of the time, checks included.
_inlined_jit = cached_njit(**_OPTIONS, forceinline=True)

# Compiled code raises constant messages at next to no cost.
_X_LENGTH = "x must be of shape (D,), with D = mixture.means.shape[1]"
_OUT_COMPONENTS = "out must be of shape (K,), with K = mixture.means.shape[0]"
_OUT_FEATURES = "out must be of shape (D,), with D = mixture.means.shape[1]"
_OVERLAP = "out must not be x, which is read while out is written"
_OUT_DIGITS = "out must be of float64 or float32: what is written has more digits than it keeps"
_COMPONENT = "k must be a component, from 0 to mixture.means.shape[0] - 1"


@_inlined_jit
def _log_joint(x, k, means, factors, log_norms):
    """Do `log_joint` with arrays: a row of one, or a field of a tuple in a loop, is counted.

    Of float32 in float64 too, by ``1.0 *``: squares of 1e20 deviations are none of its
    numbers, and ``np.float64`` takes no differentiated number that is passed by value.
    """
    total = 0.0
    if factors.ndim == 3:  # full (K, D, D) or tied (1, D, D)
        which = k if factors.shape[0] > 1 else 0
        for j in range(x.size):
            y = 0.0
            for i in range(j + 1):
                y += (1.0 * x[i] - means[k, i]) * factors[which, i, j]
            total += y * y
    else:  # diag (K, D) or spherical (K, 1)
        last = factors.shape[1] - 1
        for j in range(x.size):
            y = (1.0 * x[j] - means[k, j]) * factors[k, min(j, last)]
            total += y * y
    return log_norms[k] - 0.5 * total


@_inlined_jit
def log_joint(x: Floats, k: int, mixture: Mixture) -> float:
    """Return the log of weight times density of one component at a point.

    Parameters
    ----------
    x : ndarray of shape (D,), float
        The point.
    k : int
        The component, from 0.
    mixture : Mixture

    Returns
    -------
    float
        ``log(weight_k) + log N(x | mean_k, covariance_k)``, in nats.

    Raises
    ------
    ValueError
        If `x` is of another length, or `k` is no component.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import log_joint, make_mixture
    >>> m = make_mixture([1.0], [[0.0, 0.0]], [np.eye(2)])
    >>> round(log_joint(np.array([1.0, 1.0]), 0, m), 6)
    -2.837877
    """
    if x.size != mixture.means.shape[1]:
        raise ValueError(_X_LENGTH)
    if not 0 <= k < mixture.means.shape[0]:
        raise ValueError(_COMPONENT)
    return _log_joint(x, k, mixture.means, mixture.precisions_cholesky, mixture.log_norms)


@_inlined_jit
def log_density(x: Floats, mixture: Mixture) -> float:
    """Return the log density of a mixture at a point.

    Parameters
    ----------
    x : ndarray of shape (D,), float
        The point.
    mixture : Mixture
        For instance ``GaussianMixture.mixture_``.

    Returns
    -------
    float
        ``log sum_k weight_k N(x | mean_k, covariance_k)``, in nats.

    Raises
    ------
    ValueError
        If `x` is of another length.

    Notes
    -----
    Costs K D (D + 1) / 2 multiply-adds and K exponentials; allocates nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from numba import njit
    >>> from fastgmm import log_density, make_mixture
    >>> m = make_mixture([0.5, 0.5], [[0.0], [4.0]], [[1.0], [1.0]])
    >>> @njit
    ... def most_likely(points, mixture):
    ...     best = 0
    ...     for i in range(len(points)):
    ...         if log_density(points[i], mixture) > log_density(points[best], mixture):
    ...             best = i
    ...     return best
    >>> most_likely(np.array([[9.0], [0.1], [2.0]]), m)
    1
    """
    means, factors, log_norms = mixture.means, mixture.precisions_cholesky, mixture.log_norms
    if x.size != means.shape[1]:
        raise ValueError(_X_LENGTH)
    top = -math.inf
    total = 0.0
    for k in range(means.shape[0]):
        value = _log_joint(x, k, means, factors, log_norms)
        if value > top:  # keep the running sum relative to the largest term so far
            total = total * math.exp(top - value) + 1.0
            top = value
        elif value != -math.inf:  # of a NaN too, so that it comes out
            total += math.exp(value - top)
    return top + math.log(total) if total != 0.0 else -math.inf


@_inlined_jit
def check_digits(out):
    """Raise if `out` cannot hold fractions.

    One is written and read back: callers could not be differentiated if the type were looked at.
    """
    if out.size > 0:
        out[0] = 0.5
        if out[0] != 0.5:
            raise TypeError(_OUT_DIGITS)


@_inlined_jit
def check_out(x, out):
    """Raise if `out` is `x`, or cannot hold fractions. Other shared memory is not looked for."""
    if x is out:
        raise ValueError(_OVERLAP)
    check_digits(out)


def _is_narrow(out):
    """Whether `out` has fewer digits than a log density."""
    raise NotImplementedError  # compiled code has a constant: the other case costs it nothing


@overload(_is_narrow, inline="always")
def _is_narrow_constant(out):
    if out.dtype not in (types.float64, types.float32):
        raise TypingError(f"out must be of float64 or float32, got {out.dtype}")
    return (lambda out: True) if out.dtype == types.float32 else (lambda out: False)


@_inlined_jit
def responsibilities(x: Floats, mixture: Mixture, out: Floats) -> float:
    """Fill `out` with the posterior probabilities of the components at a point.

    Parameters
    ----------
    x : ndarray of shape (D,), float
        The point.
    mixture : Mixture
    out : ndarray of shape (K,), float64 or float32
        Written: ``weight_k N(x | k) / sum_j weight_j N(x | j)``; sums to one. It is computed in
        float64 and rounded, so of float32 it takes the log densities twice. It must not share
        memory with `x`.

    Returns
    -------
    float
        The log density at `x`, in nats (it comes for free).

    Raises
    ------
    ValueError
        If `x` or `out` is of another length, or `out` is `x`.
    numba.TypingError
        If `out` is of another type.

    Notes
    -----
    Log densities are compared, and what two components' differ by is known to 1e-16 of them: to
    1e-2 nats 1e7 deviations from all means, and beyond 1e154 `out` is the weights. (The methods
    of `GaussianMixture` are right there.)

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import make_mixture, responsibilities
    >>> m = make_mixture([0.5, 0.5], [[0.0], [4.0]], [[1.0], [1.0]])
    >>> out = np.empty(2)
    >>> _ = responsibilities(np.array([2.0]), m, out)
    >>> out
    array([0.5, 0.5])
    """
    means, factors, log_norms = mixture.means, mixture.precisions_cholesky, mixture.log_norms
    n_components = means.shape[0]
    if x.size != means.shape[1]:
        raise ValueError(_X_LENGTH)
    if out.size != n_components:
        raise ValueError(_OUT_COMPONENTS)
    check_out(x, out)
    top = -math.inf
    for k in range(n_components):
        value = _log_joint(x, k, means, factors, log_norms)
        if not _is_narrow(out):
            out[k] = value
        if not value <= top:  # of a NaN too, so that it comes out
            top = value
    if top == -math.inf:  # so far away that every density is zero: what is left is the prior
        out[:] = mixture.weights
        return top
    total = 0.0
    for k in range(n_components):
        value = _log_joint(x, k, means, factors, log_norms) if _is_narrow(out) else out[k]
        value = math.exp(value - top)
        out[k] = value
        total += value
    for k in range(n_components):
        out[k] /= total
    return top + math.log(total)


@_inlined_jit
def sample_into(mixture: Mixture, rng: np.random.Generator, out: Floats) -> int:
    """Draw one point from a mixture into `out`.

    Parameters
    ----------
    mixture : Mixture
    rng : numpy.random.Generator
        One for each thread: a Generator is not thread-safe.
    out : ndarray of shape (D,), float
        Written: the point.

    Returns
    -------
    int
        The component that it came from.

    Raises
    ------
    ValueError
        If `out` is of another length.
    TypeError
        If `out` is of integers.

    Notes
    -----
    Solves ``U^T (x - mean) = z`` with standard normal z. Allocates nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import make_mixture, sample_into
    >>> m = make_mixture([1.0], [[5.0, 5.0]], [[1e-12, 1e-12]])
    >>> x = np.empty(2)
    >>> sample_into(m, np.random.default_rng(0), x), x.round(3)
    (0, array([5., 5.]))
    """
    if out.size != mixture.means.shape[1]:
        raise ValueError(_OUT_FEATURES)
    check_digits(out)
    u = rng.random()
    k = 0
    last = mixture.weights.size - 1
    while last > 0 and mixture.weights[last] == 0.0:  # what rounding leaves is not its
        last -= 1
    cumulative = float(mixture.weights[0])
    while u >= cumulative and k < last:
        k += 1
        cumulative += mixture.weights[k]
    _draw(mixture.means[k], k, mixture.precisions_cholesky, rng, out)
    return k


@_inlined_jit
def _draw(mean, k, factors, rng, out):
    """Draw one point of component k into out (D,)."""
    if factors.ndim == 3:
        k = k if factors.shape[0] > 1 else 0
        for j in range(out.size):
            z = rng.standard_normal()
            for i in range(j):
                z -= factors[k, i, j] * out[i]
            out[j] = z / factors[k, j, j]
    else:
        last = factors.shape[1] - 1
        for j in range(out.size):
            out[j] = rng.standard_normal() / factors[k, min(j, last)]
    for j in range(out.size):
        out[j] += mean[j]


@_jit
def sample(mixture: Mixture, n_samples: int, rng: np.random.Generator) -> tuple[Floats, Labels]:
    """Draw points from a mixture.

    Parameters
    ----------
    mixture : Mixture
    n_samples : int
    rng : numpy.random.Generator

    Returns
    -------
    X : ndarray of shape (n_samples, D)
        The points, in the dtype of the mixture.
    labels : ndarray of shape (n_samples,), int64
        The components that they came from.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import make_mixture, sample
    >>> m = make_mixture([0.25, 0.75], [[0.0], [9.0]], [[1.0], [1.0]])
    >>> X, labels = sample(m, 1000, np.random.default_rng(0))
    >>> X.shape, bool(abs(labels.mean() - 0.75) < 0.05)
    ((1000, 1), True)
    """
    X = np.empty((n_samples, mixture.means.shape[1]), mixture.means.dtype)
    labels = np.empty(n_samples, np.int64)
    for i in range(n_samples):
        labels[i] = sample_into(mixture, rng, X[i])
    return X, labels
