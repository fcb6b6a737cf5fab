"""Mixtures of Gaussians with missing values, row by row as textbooks have it: slow, and plain.

Little and Rubin, *Statistical Analysis with Missing Data*, 11.2; Ghahramani and Jordan 1994.
"""

import numpy as np


def conditional(x, mean, covariance):
    """Return log N(x_known), E[x | x_known] (D,) and Cov[x | x_known] (D, D) of one row."""
    missing = np.isnan(x)
    known = ~missing
    among, across = covariance[np.ix_(known, known)], covariance[np.ix_(missing, known)]
    delta = x[known] - mean[known]
    square = delta @ np.linalg.solve(among, delta)
    log_density = -0.5 * (known.sum() * np.log(2 * np.pi) + np.linalg.slogdet(among)[1] + square)
    expected, spread = x.copy(), np.zeros_like(covariance)
    gain = np.linalg.solve(among, across.T).T
    expected[missing] = mean[missing] + gain @ delta
    spread[np.ix_(missing, missing)] = covariance[np.ix_(missing, missing)] - gain @ across.T
    return log_density, expected, spread


def matrices(covariances, k, d):
    """Return covariances in a Mixture's shape of any type as (K, D, D)."""
    if covariances.ndim == 3:
        return np.broadcast_to(covariances, (k, d, d))
    return np.stack([np.diag(np.broadcast_to(v, d)) for v in covariances])


def e_step(X, weights, means, covariances):
    """Return log joint densities (N, K), E[x | x_known, k] (N, K, D) and covariances of these."""
    k, d = means.shape
    joint, expected = np.empty((len(X), k)), np.empty((len(X), k, d))
    spreads = np.empty((len(X), k, d, d))
    for n, x in enumerate(X):
        for j in range(k):
            log_density, expected[n, j], spreads[n, j] = conditional(x, means[j], covariances[j])
            joint[n, j] = np.log(weights[j]) + log_density
    return joint, expected, spreads


def responsibilities(joint):
    """Return the log densities (N,) and the responsibilities (N, K)."""
    top = joint.max(axis=1, keepdims=True)
    scores = top[:, 0] + np.log(np.exp(joint - top).sum(axis=1))
    return scores, np.exp(joint - scores[:, np.newaxis])


def em_step(X, weights, means, covariances, covariance_type, sample_weight=None):
    """Return the mean log density of the rows, and new parameters; covariances as (K, D, D)."""
    joint, expected, spreads = e_step(X, weights, means, covariances)
    scores, resp = responsibilities(joint)
    sample_weight = np.ones(len(X)) if sample_weight is None else sample_weight
    resp = resp * sample_weight[:, np.newaxis]
    nk, (k, d) = resp.sum(axis=0), means.shape
    means = np.einsum("nk,nkd->kd", resp, expected) / nk[:, np.newaxis]
    away = expected - means
    scatter = np.einsum("nk,nki,nkj->kij", resp, away, away)
    scatter += np.einsum("nk,nkij->kij", resp, spreads)
    covariances = scatter / nk[:, np.newaxis, np.newaxis]
    if covariance_type == "tied":
        covariances = np.broadcast_to(scatter.sum(axis=0) / nk.sum(), (k, d, d))
    elif covariance_type == "diag":
        covariances = covariances * np.eye(d)
    elif covariance_type == "spherical":
        covariances = np.trace(covariances, axis1=1, axis2=2)[:, None, None] / d * np.eye(d)
    bound = sample_weight @ scores / sample_weight.sum()
    return bound, nk / nk.sum(), means, covariances
