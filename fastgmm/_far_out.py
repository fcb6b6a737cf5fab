"""Rows so far out that squares of their distances overflow, or lose what tells them apart.

The kernels clamp such rows. Where the result is one number for each row, they are scored here once
more: in float64, each divided by a power of two of its own size.
"""

import numpy as np


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
        y = rows * unit - mean * unit
        factor = factors[k % len(factors)]
        y = y @ factor if factors.ndim == 3 else y * factor
        lengths[:, k] = np.sqrt((y * y).sum(axis=1))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        joint = log_norms - 0.5 * (lengths / unit) ** 2
        top = joint.max(axis=1, keepdims=True)
        # Where all are minus infinity the nearest components are as much the likeliest.
        nearest = np.where(log_norms > -np.inf, lengths, np.inf)
        nearest = np.where(lengths == nearest.min(axis=1, keepdims=True), log_norms, -np.inf)
        beyond = np.isneginf(top)
        relative = np.where(beyond, nearest - nearest.max(axis=1, keepdims=True), joint - top)
        resp = np.exp(relative)
        total = resp.sum(axis=1, keepdims=True)
        scores = np.where(beyond, -np.inf, top + np.log(total))[:, 0]
    return {"scores": scores, "resp": resp / total, "labels": relative.argmax(axis=1)}
