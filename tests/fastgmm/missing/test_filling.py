"""Missing values filled in by their conditional means, and drawn."""

import numpy as np
import pytest
import scipy.stats

from fastgmm import GaussianMixture, make_mixture

MEANS = np.array([[0.0, 1.0, -1.0], [4.0, -2.0, 3.0]])
ROOTS = np.array([[[1.0, 0.0, 0.0], [0.7, 0.5, 0.0], [-0.3, 0.4, 0.8]], np.diag([0.5, 1.5, 1.0])])
COVARIANCES = {
    "full": ROOTS @ ROOTS.transpose(0, 2, 1),
    "tied": (ROOTS @ ROOTS.transpose(0, 2, 1))[:1],
    "diag": np.array([[1.0, 2.0, 0.5], [0.3, 1.0, 4.0]]),
    "spherical": np.array([[0.6], [2.0]]),
}
WEIGHTS = np.array([0.4, 0.6])


def model(covariance_type):
    """Return a model with these parameters."""
    mixture = make_mixture(
        WEIGHTS, MEANS, COVARIANCES[covariance_type], covariance_type=covariance_type
    )
    return GaussianMixture.from_mixture(mixture, covariance_type=covariance_type)


@pytest.mark.parametrize("covariance_type", COVARIANCES)
def test_means_are_those_of_the_conditional_mixture(covariance_type):
    gm = model(covariance_type)
    X = np.array([[1.0, np.nan, np.nan], [2.0, np.nan, 0.5], [1.0, 2.0, 3.0], [np.nan] * 3])
    filled = gm.impute(X)
    conditional = gm.conditional([0], X[0, :1])
    np.testing.assert_allclose(filled[0, 1:], conditional.weights @ conditional.means, rtol=1e-12)
    expected = gm.predict_mean(X[1:2, [0, 2]], given=[0, 2])
    np.testing.assert_allclose(filled[1, 1], expected[0, 0], rtol=1e-12)
    np.testing.assert_array_equal(filled[2], X[2])
    np.testing.assert_allclose(filled[3], WEIGHTS @ MEANS, rtol=1e-12)
    known = ~np.isnan(X)
    np.testing.assert_array_equal(filled[known], X[known])
    assert np.isnan(X[0, 1])  # X is as it was


def test_one_gaussian_is_regression():
    covariance = COVARIANCES["full"][0]
    gm = GaussianMixture.from_mixture(make_mixture([1.0], MEANS[:1], [covariance]))
    x = np.array([[0.3, np.nan, -2.0]])
    known = np.ix_([0, 2], [0, 2])
    gain = covariance[1, [0, 2]] @ np.linalg.inv(covariance[known])
    expected = MEANS[0, 1] + gain @ (x[0, [0, 2]] - MEANS[0, [0, 2]])
    assert gm.impute(x)[0, 1] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("covariance_type", COVARIANCES)
@pytest.mark.parametrize("known", [[0], [0, 2], [], [1]])
def test_draws_have_the_moments_of_the_conditional_mixture(covariance_type, known):
    gm, n = model(covariance_type), 100_000
    x = np.full(3, np.nan)
    x[known] = np.array([1.5, 0.0, 1.0])[known]
    draws = gm.sample_missing(np.tile(x, (n, 1)), random_state=1)
    np.testing.assert_array_equal(draws[:, known], np.tile(x[known], (n, 1)))
    rest = [j for j in range(3) if j not in known]
    if known:
        weights, means, covariances, *_ = gm.conditional(known, x[known])
    else:
        weights, means, covariances, *_ = gm.mixture_
    d = len(rest)
    if covariances.ndim == 2:
        covariances = np.stack([np.diag(np.broadcast_to(v, d)) for v in covariances])
    covariances = np.broadcast_to(covariances, (2, d, d))
    mean = weights @ means
    away = means - mean
    covariance = np.einsum("k,kij->ij", weights, covariances)
    covariance += np.einsum("k,ki,kj->ij", weights, away, away)
    deviations = np.sqrt(np.diagonal(covariance))
    found = draws[:, rest]
    np.testing.assert_allclose(found.mean(axis=0), mean, atol=5 * deviations.max() / n**0.5)
    errors = (np.cov(found.T).reshape(d, d) - covariance) / np.multiply.outer(
        deviations, deviations
    )
    assert np.abs(errors).max() < 8.0 / n**0.5

    def cdf(value):
        deviation = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2)[:, 0])
        at = (np.asarray(value)[..., np.newaxis] - means[:, 0]) / deviation
        return scipy.stats.norm.cdf(at) @ weights

    assert scipy.stats.kstest(found[:, 0], cdf).pvalue > 1e-4


def test_draws_follow_the_seed():
    gm = model("full")
    X = np.tile([1.0, np.nan, np.nan], (50, 1))
    a, b = gm.sample_missing(X, random_state=1), gm.sample_missing(X, random_state=2)
    assert (a[:, 1:] != b[:, 1:]).all()
    np.testing.assert_array_equal(a, gm.sample_missing(X, random_state=1))
    gm.random_state = 1
    np.testing.assert_array_equal(a, gm.sample_missing(X))


def test_draws_far_from_the_origin_keep_their_spread():
    mixture = make_mixture(WEIGHTS, MEANS.round() + 1e8, COVARIANCES["full"])
    gm = GaussianMixture.from_mixture(mixture)
    X = np.tile([1e8 + 1.5, np.nan, np.nan], (1000, 1))
    near = GaussianMixture.from_mixture(mixture.with_(means=MEANS.round()))
    expected = near.sample_missing(X - 1e8, random_state=0)
    np.testing.assert_allclose(gm.sample_missing(X, random_state=0) - 1e8, expected, atol=1e-6)


def test_a_frame_is_taken():
    import pandas

    gm = model("full")
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": [None, 3.0], "c": [None, None]})
    assert np.isfinite(gm.impute(frame.to_numpy(float))).all()
    fitted = GaussianMixture(1, missing="allow", covariance_type="diag", reg_covar=1e-3)
    frame["c"] = [1.0, None]
    fitted.fit(frame)
    assert fitted.impute(frame).shape == (2, 3)
