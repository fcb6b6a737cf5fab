"""Plain NumPy oracles: the formulas as a textbook writes them, one line each, no speed."""

import mpmath
import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal


def full_covariances(covariances, k, d):
    """Expand covariances in any shape of a Mixture to (K, D, D)."""
    covariances = np.asarray(covariances, dtype=float)
    if covariances.ndim == 3:
        return np.broadcast_to(covariances, (k, d, d))
    return np.stack([np.diag(np.broadcast_to(row, d)) for row in covariances])


def log_joint(X, mixture):
    """Return log weight + log density, (N, K)."""
    k, d = mixture.means.shape
    covariances = full_covariances(mixture.covariances, k, d)
    with np.errstate(divide="ignore"):
        log_weights = np.log(mixture.weights)
    columns = [
        log_weights[j] + multivariate_normal(mixture.means[j], covariances[j]).logpdf(X)
        for j in range(k)
    ]
    return np.stack(columns, axis=-1).reshape(len(X), k)


def em_step(X, mixture, covariance_type, reg_covar=0.0, weights=None, hard=False):
    """Return the lower bound and the next weights, means, covariances (a Mixture's shapes)."""
    w = np.ones(len(X)) if weights is None else weights
    joint = log_joint(X, mixture)
    log_norm = joint.max(axis=1) if hard else logsumexp(joint, axis=1)
    if hard:
        resp = np.eye(joint.shape[1])[joint.argmax(axis=1)]
    else:
        resp = np.exp(joint - log_norm[:, np.newaxis])
    return (w @ log_norm / w.sum(), *m_step(X, resp * w[:, np.newaxis], covariance_type, reg_covar))


def m_step(X, resp, covariance_type, reg_covar=0.0):
    """Return weights, means, covariances of weighted responsibilities (N, K)."""
    k, d = resp.shape[1], X.shape[1]
    nk = resp.sum(axis=0)
    means = resp.T @ X / nk[:, np.newaxis]
    scatter = np.stack(
        [(X - means[j]).T @ (resp[:, j, np.newaxis] * (X - means[j])) for j in range(k)]
    )
    if covariance_type == "tied":
        covariances = scatter.sum(axis=0, keepdims=True) / nk.sum()
    else:
        covariances = scatter / nk[:, np.newaxis, np.newaxis]
    if covariance_type in ("diag", "spherical"):
        covariances = np.einsum("kii->ki", covariances)
        if covariance_type == "spherical":
            covariances = covariances.mean(axis=1, keepdims=True)
        return nk / nk.sum(), means, covariances + reg_covar
    return nk / nk.sum(), means, covariances + reg_covar * np.eye(d)


def exact_scores(X, mixture):
    """Return the log densities (N,) of the very numbers in X and in the mixture's factors.

    By mpmath, to 60 digits, so that nothing cancels.
    """
    k, d = mixture.means.shape
    with mpmath.workdps(60):
        factors = full_covariances(mixture.precisions_cholesky, k, d)
        factors = [mpmath.matrix(u.tolist()) for u in factors]
        norms = [
            mpmath.mpf(float(w)) * mpmath.fprod(u[i, i] for i in range(d))
            for w, u in zip(mixture.weights, factors, strict=True)
        ]
        constant = mpmath.log(2 * mpmath.pi) * d / 2
        scores = []
        for row in X:
            total = mpmath.mpf(0)
            for mean, u, norm in zip(mixture.means, factors, norms, strict=True):
                pairs = zip(row.tolist(), mean.tolist(), strict=True)
                delta = [mpmath.mpf(a) - mpmath.mpf(b) for a, b in pairs]
                y = mpmath.matrix([delta]) * u
                total += norm * mpmath.exp(-sum(a * a for a in y) / 2)
            scores.append(float(mpmath.log(total) - constant))
    return np.array(scores)
