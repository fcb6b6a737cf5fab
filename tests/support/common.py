"""Data and mixtures that several tests share."""

import numpy as np

from fastgmm import make_mixture
from fastgmm.mixture import COVARIANCE_TYPES, from_sklearn_shape

__all__ = ["COVARIANCE_TYPES", "blobs", "mixture_of", "random_mixture"]


def blobs(n=600, d=3, k=3, seed=0, spread=4.0, dtype=np.float64):
    """Return rows of k overlapping anisotropic blobs, (n, d)."""
    rng = np.random.default_rng(seed)
    centres = spread * rng.normal(size=(k, d))
    shapes = rng.normal(size=(k, d, d)) / np.sqrt(d) + 0.5 * np.eye(d)
    labels = rng.integers(k, size=n)
    rows = centres[labels] + np.einsum("nij,nj->ni", shapes[labels], rng.normal(size=(n, d)))
    return rows.astype(dtype)


def random_mixture(covariance_type, k=3, d=3, seed=0, spread=2.0):
    """Return a well-conditioned random float64 mixture."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(k, d, d)) / np.sqrt(d) + 1.5 * np.eye(d)
    covariances = a @ a.transpose(0, 2, 1)
    variances = np.einsum("kii->ki", covariances)
    covariances = {
        "full": covariances,
        "tied": covariances[:1],
        "diag": variances,
        "spherical": variances.mean(axis=1, keepdims=True),
    }[covariance_type]
    weights = rng.dirichlet(np.full(k, 5.0))
    return make_mixture(weights, spread * rng.normal(size=(k, d)), covariances)


def mixture_of(model):
    """Return the Mixture of a fitted scikit-learn model."""
    return make_mixture(
        model.weights_,
        model.means_,
        precisions_cholesky=from_sklearn_shape(model.precisions_cholesky_, model.covariance_type),
    )
