"""Data and mixtures that several tests share."""

import numpy as np

from fastgmm import GaussianMixture, make_mixture
from fastgmm.covariances import SKLEARNS as COVARIANCE_TYPES
from fastgmm.covariances import TYPES
from fastgmm.em.m_step import MStepOptions

__all__ = [
    "COVARIANCE_TYPES",
    "assert_same_model",
    "blobs",
    "fitted",
    "mixture_of",
    "options_of",
    "random_mixture",
    "saved",
]

ATTRIBUTES = ("weights_", "means_", "covariances_", "precisions_cholesky_", "precisions_")
RESULTS = ("converged_", "n_iter_", "lower_bound_", "lower_bounds_", "n_features_in_")


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
    means = spread * rng.normal(size=(k, d))
    return make_mixture(weights, means, covariances, covariance_type=covariance_type)


def mixture_of(model):
    """Return the Mixture of a fitted scikit-learn model."""
    return make_mixture(
        model.weights_,
        model.means_,
        precisions_cholesky=model.precisions_cholesky_,
        covariance_type=model.covariance_type,
    )


def options_of(covariance_type="full", reg_covar=0.0, fixed=()):
    """Return the options of an M-step."""
    return MStepOptions(TYPES[covariance_type], reg_covar, fixed)


def fitted(covariance_type="full", dtype=np.float64, **params):
    """Return a model of three components fitted to a few rows in two dimensions."""
    gm = GaussianMixture(3, covariance_type=covariance_type, random_state=0, tol=1e-2, **params)
    return gm.fit(blobs(200, 2, dtype=dtype))


def assert_same_model(a, b):
    """Assert that two models have the same attributes and predictions, bit by bit."""
    for name in ATTRIBUTES:
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype
        assert np.array_equal(x, y)
    for name in RESULTS:
        assert getattr(a, name) == getattr(b, name)
        assert type(getattr(a, name)) is type(getattr(b, name))
    X = blobs(100, a.n_features_in_, seed=1)
    for method in ("predict", "predict_proba", "score_samples"):
        assert np.array_equal(getattr(a, method)(X), getattr(b, method)(X))
    assert np.array_equal(a.sample(5)[0], b.sample(5)[0])


def saved(model, path):
    """Return `model` saved and loaded."""
    model.save(path)
    return GaussianMixture.load(path)
