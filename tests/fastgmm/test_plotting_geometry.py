"""The geometry of pictures in numbers: the plane of a mixture, bars, densities."""

import numpy as np
import pytest
from common import random_mixture
from scipy.integrate import quad
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from fastgmm.datasets import load_faithful
from fastgmm.mixture import make_mixture
from fastgmm.model.estimator import GaussianMixture
from fastgmm.plotting import mixture_plane
from fastgmm.plotting.geometry import histogram_edges, weighted_densities

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def iris():
    """Rows of four features, and a mixture of the three species."""
    X, y = load_iris(return_X_y=True)
    return X, y, GaussianMixture(3, reg_covar=0.0).fit_labeled(X, y)


def test_the_plane_is_that_of_linear_discriminants(iris):
    X, y, _ = iris
    tied = GaussianMixture(3, covariance_type="tied", reg_covar=0.0).fit_labeled(X, y)
    center, directions, shares = mixture_plane(tied.mixture_)
    lda = LinearDiscriminantAnalysis(solver="eigen").fit(X, y)
    np.testing.assert_allclose(shares, lda.explained_variance_ratio_[:2], rtol=1e-8)
    np.testing.assert_allclose(center, X.mean(axis=0))
    theirs = lda.scalings_[:, :2]
    theirs = theirs * np.sign((theirs * directions).sum(axis=0))
    np.testing.assert_allclose(directions, theirs, rtol=1e-6, atol=1e-8)


def test_the_plane_does_not_depend_on_units_or_on_how_covariances_are_stored(iris):
    mixture = iris[2].mixture_
    units = np.array([1e3, 1e-3, 1.0, 10.0])
    scaled = make_mixture(
        mixture.weights, mixture.means * units, mixture.covariances * np.outer(units, units)
    )
    for a, b in zip(mixture_plane(mixture), mixture_plane(scaled), strict=True):
        factor = {(4,): units, (4, 2): 1 / units[:, np.newaxis], (2,): 1.0}[a.shape]
        np.testing.assert_allclose(a * factor, b, rtol=1e-6)
    variances = np.random.default_rng(1).uniform(0.5, 2.0, size=(3, 4))
    diag = make_mixture(mixture.weights, mixture.means, variances)
    full = make_mixture(mixture.weights, mixture.means, variances[:, :, np.newaxis] * np.eye(4))
    for a, b in zip(mixture_plane(diag), mixture_plane(full), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_components", [1, 2])
def test_few_components_have_a_plane_of_uncorrelated_directions(n_components):
    mixture = random_mixture("full", n_components, 4)
    _, directions, shares = mixture_plane(mixture)
    within = np.tensordot(mixture.weights, mixture.covariances, axes=1)
    np.testing.assert_allclose(directions.T @ within @ directions, np.eye(2), atol=1e-10)
    np.testing.assert_allclose(shares, [n_components - 1, 0], atol=1e-12)
    if n_components == 1:  # the principal components of the correlations
        std = np.sqrt(np.diagonal(within))
        values, vectors = np.linalg.eigh(within / np.outer(std, std))
        expected = vectors[:, :-3:-1] / np.sqrt(values[:-3:-1])
        found = directions * std[:, np.newaxis]
        np.testing.assert_allclose(np.abs(found), np.abs(expected), rtol=1e-8)


def test_a_plane_needs_two_dimensions():
    with pytest.raises(ValueError, match="at least two dimensions"):
        mixture_plane(make_mixture([1.0], [[0.0]], [[1.0]]))


def test_bars_are_as_wide_as_is_best_for_the_density():
    weights, means, variances = np.array([0.3, 0.7]), np.array([-2.0, 1.5]), np.array([0.5, 2.0])

    def slope(x):
        z = (x - means) / variances
        return weights @ (-z * np.exp(-0.5 * z * (x - means)) / np.sqrt(2 * np.pi * variances))

    x = np.concatenate([RNG.normal(-2, 0.7, 300), RNG.normal(1.5, 1.4, 700)])
    edges = histogram_edges(x, weights, means, variances)
    roughness = quad(lambda t: slope(t) ** 2, -15, 15)[0]
    np.testing.assert_allclose(np.diff(edges), (6 / (1000 * roughness)) ** (1 / 3))
    assert edges[0] <= x.min() < x.max() <= edges[-1]


def test_bars_of_whole_minutes_hold_the_same_number_of_them_each():
    minutes = load_faithful()[:, 1]
    edges = histogram_edges(minutes, np.ones(1), np.array([70.0]), np.array([36.0]))
    widths = np.diff(edges)
    assert widths.min() == widths.max() == round(widths[0]) >= 1
    np.testing.assert_array_equal(edges % 1, 0.5)
    one_value = histogram_edges(np.full(50, 3.0), np.ones(1), np.array([3.0]), np.array([1.0]))
    assert len(one_value) == 2
    assert one_value.mean() == 3.0


def test_densities_are_those_of_the_model(iris):
    X, _, model = iris
    mixture = model.mixture_
    parts = list(weighted_densities(X, *mixture[:3]))
    np.testing.assert_allclose(np.log(np.sum(parts, axis=0)), model.score_samples(X))


@pytest.mark.parametrize("seed", range(40))
def test_no_row_is_left_out_of_a_histogram(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=60) * rng.choice([0.1, 1.0, 100.0])
    variance = np.array([x.var() * (0.2 + seed)])
    edges = histogram_edges(x, np.ones(1), np.array([x.mean()]), variance)
    assert np.histogram(x, edges)[0].sum() == 60
