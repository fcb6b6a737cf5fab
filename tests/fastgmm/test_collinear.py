"""Features that others explain: the result is the rows', not their order's or rounding's."""

import warnings

import mpmath
import numpy as np
import pytest

from fastgmm import DegenerateComponentWarning, GaussianMixture


def amounts_and_total(scale, n=200):
    """Return two amounts and their total: of rank two, but for rounding."""
    a, b = np.random.default_rng(1).lognormal(0.0, 0.3, (2, n)) * scale
    return np.c_[a, b, a + b]


def exact(X, reg_covar, share=0.0):
    """Return the mean log-likelihood under their own Gaussian, with `share` of the variances added.

    By 60 digits: it is that of the covariance plus `reg_covar` and the share, on its diagonal.
    """
    with mpmath.workdps(60):
        rows = mpmath.matrix(X.tolist())
        n, d = X.shape
        means = [mpmath.fsum(rows[:, j]) / n for j in range(d)]
        for j in range(d):
            rows[:, j] = rows[:, j] - means[j] * mpmath.ones(n, 1)
        scatter = rows.T * rows / n
        covariance = scatter + mpmath.diag([reg_covar + share * scatter[j, j] for j in range(d)])
        inverse = covariance**-1
        trace = mpmath.fsum((inverse * scatter)[j, j] for j in range(d))
        return float(
            -(d * mpmath.log(2 * mpmath.pi) + mpmath.log(mpmath.det(covariance)) + trace) / 2
        )


def orders(X, n=4, **params):
    """Fit the rows in some orders; return the lower bounds, the scores, and how often it warned."""
    bounds, scores, warned = [], [], 0
    for seed in range(n):
        shuffled = X[np.random.default_rng(seed).permutation(len(X))]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            gm = GaussianMixture(1, **params).fit(shuffled)
        warned += any(w.category is DegenerateComponentWarning for w in caught)
        bounds.append(gm.lower_bound_)
        scores.append(gm.score(shuffled))
    return np.array(bounds), np.array(scores), warned


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [1.0, 30.0, 1e3])
def test_what_reg_covar_adds_to_collinear_features_is_kept(covariance_type, dtype, scale):
    X = amounts_and_total(scale).astype(dtype)
    bounds, scores, warned = orders(X, covariance_type=covariance_type)
    expected = exact(X, 1e-6)
    np.testing.assert_allclose(bounds, expected, rtol=0, atol=1e-3)
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-3)
    assert warned == 0


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize(
    ("dtype", "scale", "reg_covar", "smallest"),
    [
        (np.float64, 1e6, 1e-6, 16 * 2.0**-52),
        (np.float64, 1.0, 0.0, 16 * 2.0**-52),
        (np.float32, 1e5, 1e-6, 16 * 2.0**-46),
    ],
)
def test_the_floor_of_collinear_features_does_not_depend_on_the_order_of_rows(
    covariance_type, dtype, scale, reg_covar, smallest
):
    X = amounts_and_total(scale).astype(dtype)
    bounds, scores, warned = orders(X, covariance_type=covariance_type, reg_covar=reg_covar)
    expected = exact(X, reg_covar, 4 * smallest * 3)
    np.testing.assert_allclose(bounds, expected, rtol=0, atol=0.02)
    np.testing.assert_allclose(scores, expected, rtol=0, atol=0.02)
    assert warned == 4


@pytest.mark.parametrize("ratio", [1e-5, 1e-6, 1e-7])
def test_nearly_collinear_features_are_no_collinear_ones(ratio):
    a, b = np.random.default_rng(1).normal(size=(2, 200))
    X = np.c_[a, a + ratio * b]
    bounds, _, warned = orders(X, reg_covar=0.0)
    np.testing.assert_allclose(
        bounds, exact(X, 0.0), rtol=0, atol=0.05 * (1e-7 / ratio) ** 2 + 1e-9
    )
    assert warned == 0


@pytest.mark.parametrize(
    "features",
    [
        lambda x: np.c_[x, 2.54 * x],
        lambda x: np.c_[x, 1.8 * x + 32],
        lambda x: np.c_[x > 20, x <= 20].astype(float),
        lambda x: np.exp(np.c_[x, x[::-1]]) / np.exp(np.c_[x, x[::-1]]).sum(axis=1, keepdims=True),
    ],
    ids=["units", "scales", "one-hot", "shares"],
)
def test_usual_collinear_features(features):
    X = features(np.random.default_rng(0).normal(20.0, 3.0, 300))
    bounds, _, warned = orders(X, reg_covar=0.0)
    assert np.ptp(bounds) < 0.02
    assert warned == 4


def test_clusters_of_collinear_features_are_the_same_in_any_order():
    rng = np.random.default_rng(0)
    X = np.concatenate([amounts_and_total(1e6), amounts_and_total(1e6) + [4e6, 0, 4e6]])
    models = []
    for _ in range(3):
        with pytest.warns(DegenerateComponentWarning):
            models.append(GaussianMixture(2, random_state=0).fit(X[rng.permutation(len(X))]))
    np.testing.assert_allclose([m.lower_bound_ for m in models], models[0].lower_bound_, atol=0.03)
    assert all(m.score(X) < 0 for m in models)
