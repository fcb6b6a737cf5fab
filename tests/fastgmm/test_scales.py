"""Covariances of features of unlike scales: eigenvalues are known to a rounding of the largest."""

import numpy as np
import pytest

from fastgmm import BayesianGaussianMixture, GaussianMixture
from fastgmm.model.parameters import sampled_parameters

SCALES = np.array([1e-12, 1e12, 1.0])


def correlated(d, seed=0):
    a = np.random.default_rng(seed).normal(size=(d, d))
    return a @ a.T + 0.5 * np.eye(d)


def singular_covariance(seed):
    """Return a covariance of rank 3 of 5 features, and their scales."""
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(5, 3)) * 10.0 ** rng.permutation([-7, -6, -4, 5, 5])[:, np.newaxis]
    covariance = roots @ roots.T
    return 0.5 * (covariance + covariance.T), np.sqrt(np.square(roots).sum(axis=1))


@pytest.mark.parametrize("seed", range(20))
def test_roots_of_singular_covariances_are_right_in_every_feature(seed):
    covariance, scales = singular_covariance(seed)
    model = GaussianMixture(1)
    model.weights_, model.means_ = np.ones(1), np.zeros((1, 5))
    model.covariances_ = covariance[np.newaxis]
    model.precisions_cholesky_ = np.diag(1.0 / scales)[np.newaxis]
    (root,) = sampled_parameters(model)[2]
    error = (root @ root.T - covariance) / scales / scales[:, np.newaxis]
    assert np.abs(error).max() < 1e-7  # of what rounding has made of it
    sampled = model.sample(2000)[0].std(axis=0)
    np.testing.assert_allclose(sampled, scales, rtol=0.1)


@pytest.mark.parametrize("name", ["covariances_init", "precisions_init"])
@pytest.mark.parametrize("covariance_type", ["full", "tied"])
def test_given_starts_are_definite_in_any_units(covariance_type, name):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(100, 3)) @ np.linalg.cholesky(correlated(3)).T
    start = np.array([correlated(3, seed) for seed in (1, 2)])
    start = start[0] if covariance_type == "tied" else start

    def fitted(units):
        of_name = units if name == "covariances_init" else 1.0 / units
        given = {name: start * of_name * of_name[:, np.newaxis]}
        means = X[:2] * units
        model = GaussianMixture(
            2, covariance_type=covariance_type, means_init=means, reg_covar=0.0, tol=0.0,
            max_iter=3, weights_init=[0.5, 0.5], **given,
        )  # fmt: skip
        with pytest.warns(UserWarning, match="did not converge"):
            return model.fit(X * units)

    model, scaled = fitted(np.ones(3)), fitted(SCALES)
    np.testing.assert_allclose(scaled.means_ / SCALES, model.means_, rtol=1e-9)
    found = scaled.covariances_ / SCALES / SCALES[:, np.newaxis]
    np.testing.assert_allclose(found, model.covariances_, rtol=1e-8, atol=1e-10)


def test_priors_are_definite_in_any_units():
    X = np.random.default_rng(0).normal(size=(50, 3))
    prior = correlated(3)
    model = BayesianGaussianMixture(covariance_prior=prior, reg_covar=0.0).fit(X)
    scaled = BayesianGaussianMixture(
        covariance_prior=prior * SCALES * SCALES[:, np.newaxis], reg_covar=0.0
    ).fit(X * SCALES)
    found = scaled.covariances_ / SCALES / SCALES[:, np.newaxis]
    np.testing.assert_allclose(found, model.covariances_, rtol=1e-9)


def test_what_is_not_definite_is_refused_in_any_units():
    for units in (np.ones(3), SCALES):
        for matrix in ([[1.0, 2.0, 0], [2.0, 1.0, 0], [0, 0, 1.0]], np.diag([1.0, -1.0, 1.0])):
            given = matrix * units * units[:, np.newaxis]
            model = GaussianMixture(1, covariance_type="tied", covariances_init=given)
            with pytest.raises(ValueError, match="should be symmetric, positive-definite"):
                model.fit(np.random.default_rng(0).normal(size=(20, 3)) * units)
