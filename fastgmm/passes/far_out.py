"""Rows so far out that squares of their distances overflow, or lose what tells them apart.

The kernels clamp the former. Where the result is one number for each row, all are scored here once
more: in float64, each divided by a power of two of its own size, and by differences of components.
"""

import math

import numpy as np

from .plan import FAR, frame, variances_of

# The least share of rows whose clamping is found.
LEAST_SHARE = 1e-12


def score_far_out(rows, mixture):
    """Score some rows under a mixture.

    Parameters
    ----------
    rows : ndarray of shape (n, D), float64
    mixture : Mixture

    Returns
    -------
    dict
        ``"scores"`` (n,), minus infinity where float64 ends; ``"resp"`` (n, K); ``"labels"`` (n,),
        which are right there too.
    """
    _, means, _, factors, log_norms = (np.asarray(a, np.float64) for a in mixture)
    least = max(np.abs(means).max(), np.finfo(np.float64).tiny)
    size = np.maximum(np.abs(rows).max(axis=1, keepdims=True), least)
    unit = np.exp2(-np.ceil(np.log2(size)))
    lengths = np.empty((len(rows), len(means)))  # of whitened rows, in their units
    for k, mean in enumerate(means):
        y = _whiten(rows * unit - mean * unit, factors[k % len(factors)])
        lengths[:, k] = np.sqrt((y * y).sum(axis=1))
    impossible = np.where(log_norms > -np.inf, 0.0, np.inf)
    nearest = (lengths + impossible).argmin(axis=1)
    # Of what lengths do not tell apart another may be the nearest: from it none is nearer.
    further = _further(rows, unit, nearest, means, factors)
    nearest = (further + impossible).argmin(axis=1)
    further = _further(rows, unit, nearest, means, factors)
    at_nearest = np.arange(len(rows)), nearest
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        top = log_norms[nearest] - 0.5 * np.square(lengths[at_nearest] / unit[:, 0])
        relative = log_norms - log_norms[nearest, np.newaxis] - 0.5 * (further / unit / unit)
        relative = np.minimum(relative, np.finfo(np.float64).max)
        relative = np.where(impossible > 0.0, -np.inf, relative)  # however near it is
        largest = relative.max(axis=1, keepdims=True)
        resp = np.exp(relative - largest)
        total = resp.sum(axis=1, keepdims=True)
        scores = top + (largest + np.log(total))[:, 0]
    return {"scores": scores, "resp": resp / total, "labels": relative.argmax(axis=1)}


def _whiten(x, factor):
    return x @ factor if factor.ndim == 2 else x * factor


def _further(rows, unit, nearest, means, factors):
    """Return how much longer than that of `nearest` (n,) whitened rows are, squared: (n, K).

    In their units. Of rows w about a mean, U and V the factors of the two components, and d the
    difference of their means, ``|V'(w - d)|^2 - |U'w|^2`` is ``((V - U)'w) ((V + U)'w)``, which is
    zero, not rounding, where the factors are the same, and ``V'd (V'd - 2 V'w)``.
    """
    further = np.empty((len(rows), len(means)))
    for j in np.unique(nearest):
        some = nearest == j
        scale = unit[some]
        w = rows[some] * scale - means[j] * scale
        near = factors[j % len(factors)]
        for k, mean in enumerate(means):
            factor = factors[k % len(factors)]
            apart = _whiten(mean * scale - means[j] * scale, factor)
            across = _whiten(w, factor)
            wider = _whiten(w, factor - near) * _whiten(w, factor + near)
            aside = apart * (apart - 2.0 * across)
            further[some, k] = wider.sum(axis=1) + aside.sum(axis=1)
    return further


def spread_by_clamped(mixture, shift, options, of_pass, centre, dtype):
    """Return the mask (K,) of components that may hold rows which were clamped (see `FAR`).

    Parameters
    ----------
    mixture : Mixture
        That the M-step made of moments.
    shift : ndarray of shape (K, D)
        About which the moments were taken.
    options : MStepOptions or VariationalOptions
    of_pass : Mixture
        That assigned the rows, in its frame.
    centre : ndarray of shape (D,) or None
        Of that frame, where it was given.
    dtype : {float64, float32}
        That the pass computed in.

    Notes
    -----
    Clamped rows stand at `FAR`. If their share of a component is w, its mean or its deviation is at
    least the root of w times `FAR`; so the rows are found if w is more than `LEAST_SHARE`.
    """
    k, d = mixture.means.shape
    moved = mixture.means - shift
    most = math.sqrt(LEAST_SHARE) * FAR[np.dtype(dtype)]
    own = variances_of(of_pass.covariances, k, d)
    # A bound that nearly always suffices: the frame's scales are at least half a deviation.
    widest = math.hypot(np.abs(moved).max(), math.sqrt(max(mixture.covariances.max(), 0.0)))
    if widest <= 0.5 * most * math.sqrt(own.min()):
        return np.zeros(k, bool)
    variances = np.maximum(variances_of(mixture.covariances, k, d) - options.reg_covar, 0.0)
    spread = np.hypot(moved, np.sqrt(variances))
    _, scale = frame(of_pass.weights, of_pass.means, own, None, centre)
    return (spread > most * scale).any(axis=1)
