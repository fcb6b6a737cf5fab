"""Covariance types beside scikit-learn's four, against their definition and published values."""

import numpy as np
import pytest
from common import blobs, options_of, saved
from scipy.optimize import brentq, minimize
from sklearn.datasets import load_iris

from fastgmm import GaussianMixture, make_mixture, select
from fastgmm.covariances import TYPES
from fastgmm.em.m_step import m_step
from fastgmm.passes.statistics import SufficientStats

# BIC of mclust's VEI on iris (twice the log likelihood less the penalty): Scrucca, Fop, Murphy and
# Raftery, "mclust 5: clustering, classification and density estimation using Gaussian finite
# mixture models", The R Journal 8, 2016; the table that `mclustBIC(iris[, 1:4])` prints.
IRIS_VEI = {1: -1522.1202, 2: -956.2823, 3: -779.1566}


@pytest.mark.parametrize("k", IRIS_VEI)
def test_vei_finds_what_mclust_finds(k):
    X = load_iris().data
    gm = GaussianMixture(
        k, covariance_type="VEI", reg_covar=0.0, tol=1e-10, max_iter=2000, n_init=10, random_state=0
    ).fit(X)
    # Its EM ends when the log likelihood changes by 1e-5 of itself: at a value just below.
    assert IRIS_VEI[k] - 1e-4 <= -gm.bic(X) <= IRIS_VEI[k] + 1e-2
    shapes = gm.covariances_ / gm.covariances_.prod(axis=1, keepdims=True) ** 0.25
    np.testing.assert_allclose(shapes, np.broadcast_to(shapes[0], shapes.shape), rtol=1e-9)


def test_the_estimate_of_vei_is_the_most_likely():
    rng = np.random.default_rng(0)
    scatter, nk = rng.exponential(size=(3, 4)) * [1.0, 5.0, 0.2, 1.0], np.array([3.0, 10.0, 40.0])

    def loss(parameters):
        logs = parameters[:3, np.newaxis] + np.append(parameters[3:], -parameters[3:].sum())
        return 0.5 * (nk @ logs.sum(axis=1) + (scatter * np.exp(-logs)).sum())

    best = minimize(loss, np.zeros(6), method="BFGS", options={"gtol": 1e-9})
    found = np.log(TYPES["VEI"].estimate(scatter.copy(), nk, 4, 0.0))
    ours = np.append(found.mean(axis=1), (found - found.mean(axis=1, keepdims=True))[0, :3])
    assert loss(ours) <= best.fun + 1e-12
    np.testing.assert_allclose(ours, best.x, atol=1e-6)


@pytest.mark.parametrize("span", [1, 6])
def test_the_estimate_of_vei_is_stationary_however_unlike_the_components(span):
    """What it is divided by, the scatter has the sums of the gradient's two conditions."""
    rng = np.random.default_rng(span)
    for _ in range(100):
        k, d = rng.integers(2, 6, size=2)
        scatter, nk = 10.0 ** rng.uniform(-span, span, (k, d)), 10.0 ** rng.uniform(0, 3, k)
        found = TYPES["VEI"].estimate(scatter.copy(), nk, d, 0.0)
        ratios = scatter / found
        np.testing.assert_allclose(ratios.sum(axis=1), d * nk, rtol=1e-9)
        np.testing.assert_allclose(ratios.sum(axis=0), nk.sum(), rtol=1e-9)
        logs = np.log(found)
        np.testing.assert_allclose(
            np.diff(logs, axis=1), np.diff(logs, axis=1)[:1] + 0 * logs[:, 1:]
        )


@pytest.mark.parametrize(
    "deviations",
    [[[0.012, 0.94], [0.43, 0.018]], [[0.03, 1.0], [1.0, 0.02]], [[0.01, 1.0], [1.0, 0.005]]],
)
def test_vei_of_components_long_along_different_features(deviations):
    """As products of volumes and (t, 1/t) it is the minimum of one number, log t."""
    normal, variances = np.random.default_rng(0).normal(size=(100, 2)), np.square(deviations)
    normal = np.linalg.qr(normal - normal.mean(axis=0))[0] * 10.0  # of covariance 1
    X = np.concatenate(
        [normal * sd + offset for sd, offset in zip(deviations, (0, 5), strict=True)]
    )
    gm = GaussianMixture(2, covariance_type="VEI", reg_covar=0)
    gm.fit_labeled(X, np.repeat([0, 1], 100))

    def volumes(log_t):
        return variances @ np.exp([-log_t, log_t]) / 2

    def slope(log_t):  # of the sum of the volumes' logarithms, convex in log t
        return (variances @ (np.exp([-log_t, log_t]) * [-1, 1]) / volumes(log_t)).sum()

    log_t = brentq(slope, -15, 15, xtol=1e-14)
    expected = volumes(log_t)[:, np.newaxis] * np.exp([log_t, -log_t])
    np.testing.assert_allclose(gm.covariances_, expected, rtol=1e-9)


def test_vei_does_not_depend_on_the_units_of_features():
    X, units = blobs(300, 3), 2.0 ** np.array([-330, 0, 330])
    start = {"weights_init": np.full(3, 1 / 3), "covariance_type": "VEI", "reg_covar": 0}
    one = GaussianMixture(3, means_init=X[:3], covariances_init=np.ones((3, 3)), **start).fit(X)
    start |= {"means_init": X[:3] * units, "covariances_init": np.ones((3, 3)) * units**2}
    other = GaussianMixture(3, **start).fit(X * units)
    np.testing.assert_allclose(other.covariances_ / units**2, one.covariances_, rtol=1e-9)
    assert other.lower_bound_ == pytest.approx(one.lower_bound_, abs=1e-9)


@pytest.mark.parametrize(("counts", "largest"), [([101.0, 100.0], True), ([100.0, 101.0], False)])
def test_vei_where_a_feature_is_constant_in_a_component(counts, largest):
    """With as many rows in the other there is no largest likelihood: it has a floor, then."""
    scatter, nk = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array(counts)
    found = TYPES["VEI"].estimate(scatter.copy(), nk, 2, 0.0)
    if largest:
        np.testing.assert_allclose((scatter / found).sum(axis=1), 2 * nk, rtol=1e-12)
        np.testing.assert_allclose((scatter / found).sum(axis=0), nk.sum(), rtol=1e-12)
    else:
        np.testing.assert_array_equal(found, scatter / nk[:, np.newaxis])


def test_a_component_without_rows_has_no_part_in_the_shape_of_vei():
    rng = np.random.default_rng(0)
    second, nk = rng.exponential(size=(3, 2)) * [1.0, 5.0], np.array([30.0, 1e-20, 10.0])
    second[1] *= 1e-20
    previous = make_mixture(
        np.full(3, 1 / 3), np.zeros((3, 2)), [[1.0, 1.0], [7.0, 9.0], [1.0, 1.0]]
    )
    stats = SufficientStats(nk, np.zeros((3, 2)), second, np.zeros((3, 2)), 0.0, 40.0)
    step = m_step(stats, previous, options_of("VEI", 1e-3))
    some = [0, 2]
    alone = TYPES["VEI"].estimate(second[some], nk[some], 2, 1e-3)
    np.testing.assert_allclose(step.mixture.covariances[some], alone, rtol=1e-12)
    np.testing.assert_array_equal(step.mixture.covariances[1], [7.0, 9.0])
    assert step.empty.tolist() == [False, True, False]


def test_vei_is_an_estimator_as_others_are(tmp_path):
    X = blobs(300, 3)
    gm = GaussianMixture(3, covariance_type="VEI", random_state=0).fit(X)
    assert gm.covariances_.shape == (3, 3)
    assert (np.diff(gm.lower_bounds_) > -1e-10).all()
    assert np.array_equal(saved(gm, tmp_path / "m.npz").predict(X), gm.predict(X))
    np.testing.assert_allclose(gm.to_sklearn().score_samples(X), gm.score_samples(X), rtol=1e-10)
    assert gm._n_parameters() == 2 + 9 + 3 + 2
    found = select(X, (2, 3), ("diag", "VEI"), random_state=0)
    assert {row.covariance_type for row in found.rows} == {"diag", "VEI"}


@pytest.mark.parametrize("acceleration", ["squarem", "anderson"])
def test_extrapolated_vei_has_one_shape(acceleration):
    X = blobs(300, 3, spread=2.0)
    gm = GaussianMixture(3, covariance_type="VEI", acceleration=acceleration, random_state=0)
    covariances = gm.fit(X).covariances_
    shapes = covariances / covariances.prod(axis=1, keepdims=True) ** (1 / 3)
    np.testing.assert_allclose(shapes, np.broadcast_to(shapes[0], shapes.shape), rtol=1e-6)
