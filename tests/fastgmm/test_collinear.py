"""Features that others explain: the result is the rows', not their order's or rounding's."""

import warnings

import mpmath
import numpy as np
import pytest
from common import blobs, options_of, random_mixture

from fastgmm import (
    DegenerateComponentWarning,
    GaussianMixture,
    get_num_threads,
    make_mixture,
    set_num_threads,
)
from fastgmm.covariances.definite import EPS, FLOOR_SHARE
from fastgmm.em.m_step import m_step
from fastgmm.passes.sources import ArraySource
from fastgmm.passes.statistics import merge


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


def orders(X, n=4, n_components=1, **params):
    """Fit the rows in some orders; return the lower bounds, the scores, and how often it warned."""
    bounds, scores, warned = [], [], 0
    for seed in range(n):
        shuffled = X[np.random.default_rng(seed).permutation(len(X))]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            gm = GaussianMixture(n_components, **params).fit(shuffled)
        warned += any(w.category is DegenerateComponentWarning for w in caught)
        bounds.append(gm.lower_bound_)
        scores.append(gm.score(shuffled))
    return np.array(bounds), np.array(scores), warned


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize(
    ("dtype", "scale", "error"),
    [(np.float64, scale, 1e-10) for scale in (1.0, 1e3, 1e5, 1e7)]
    + [(np.float64, 1e9, 1e-6), (np.float64, 1e11, 1e-3)]
    + [(np.float32, scale, 1e-3) for scale in (1.0, 30.0, 1e3)],
)
def test_what_reg_covar_adds_to_collinear_features_is_kept(covariance_type, dtype, scale, error):
    X = amounts_and_total(scale).astype(dtype)
    bounds, scores, warned = orders(X, covariance_type=covariance_type)
    expected = exact(X, 1e-6)
    np.testing.assert_allclose(bounds, expected, rtol=0, atol=error)
    np.testing.assert_allclose(scores, expected, rtol=0, atol=error)
    assert warned == 0


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize(
    ("scale", "reg_covar"),
    [(1.0, 0.0), (1e13, 1e-6)],
)
def test_the_floor_of_collinear_features_does_not_depend_on_the_order_of_rows(
    covariance_type, scale, reg_covar
):
    X = amounts_and_total(scale)
    bounds, scores, warned = orders(X, covariance_type=covariance_type, reg_covar=reg_covar)
    expected = exact(X, reg_covar, FLOOR_SHARE)
    np.testing.assert_allclose(bounds, expected, rtol=0, atol=1e-4)
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-4)
    assert np.ptp(bounds) < 1e-6
    assert warned == 4


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize("ratio", [1.0, 1e2, 1e4, 1e6])
def test_collinear_features_whose_coefficients_cancel(covariance_type, ratio):
    a, b = np.random.default_rng(0).normal(size=(2, 200)) * 2**30
    start, lasts = np.round(a), np.round(b / ratio)
    X = np.c_[start, start + lasts, lasts] / 2.0**20
    bounds, scores, warned = orders(X, covariance_type=covariance_type, reg_covar=0.0, max_iter=3)
    np.testing.assert_allclose(bounds, exact(X, 0.0, FLOOR_SHARE), rtol=0, atol=1e-6)
    np.testing.assert_allclose(scores, bounds, rtol=0, atol=1e-6)
    assert warned == 4


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize("apart", [10.0, 1e3, 1e4, 1e6])
def test_clusters_far_apart_of_collinear_features(covariance_type, apart):
    rng = np.random.default_rng(0)
    a = np.round(rng.normal(size=600) * 2**20 + np.round(apart * 2**20) * (rng.random(600) < 0.5))
    X = np.c_[a, 3 * a, np.round(rng.normal(size=600) * 2**20)] / 2.0**20
    options = {"covariance_type": covariance_type, "reg_covar": 0.0, "random_state": 0}
    bounds, scores, warned = orders(X, 2, n_components=2, max_iter=10, **options)
    assert np.ptp(bounds) < 1e-6
    np.testing.assert_allclose(scores, bounds, rtol=0, atol=1e-6)
    assert warned == 2


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize("n_components", [1, 2])
@pytest.mark.parametrize("offset", [0.0, 30.0, 300.0, 1e4])
def test_two_units_with_an_offset(covariance_type, n_components, offset):
    x = np.random.default_rng(0).normal(offset, 1.0, 300)
    X = np.c_[x, 1.8 * x - 459.67]
    options = {"covariance_type": covariance_type, "reg_covar": 0.0, "random_state": 0}
    bounds, scores, warned = orders(X, 2, n_components=n_components, **options)
    assert np.ptp(bounds) < 1e-6
    np.testing.assert_allclose(scores, bounds, rtol=0, atol=1e-2)
    if n_components == 1:
        np.testing.assert_allclose(bounds, exact(X, 0.0, FLOOR_SHARE), rtol=0, atol=1e-6)
    assert warned == 2


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
def test_the_floor_of_collinear_features_is_the_same_in_every_iteration(covariance_type):
    a = np.random.default_rng(0).normal(size=(500, 2))
    gm = GaussianMixture(2, covariance_type=covariance_type, reg_covar=0.0, random_state=0)
    with pytest.warns(DegenerateComponentWarning):
        gm.fit(np.c_[a, a[:, 0]])
    assert gm.converged_
    assert np.diff(gm.lower_bounds_).min() > -1e-9


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6])
def test_where_rounding_ends(offset):
    a, b = np.random.default_rng(1).normal(size=(2, 200))
    limit = 4 * EPS * np.sqrt(2) * 2 * (1.0 + offset)
    for ratio, singular in ((0.2, 2), (5.0, 0)):
        X = np.c_[a + offset, a + offset + ratio * limit * b]
        bounds, scores, warned = orders(X, 2, reg_covar=0.0)
        assert warned == singular
        expected = exact(X, 0.0, FLOOR_SHARE if singular else 0.0)
        np.testing.assert_allclose(bounds, expected, rtol=0, atol=1e-6 if singular else 1e-2)
        np.testing.assert_allclose(scores, bounds, rtol=0, atol=1e-6 if singular else 1e-2)


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize("offset", [0.0, 30.0, 300.0])
def test_what_float32_does_not_tell_apart(covariance_type, offset):
    a = (np.random.default_rng(1).normal(offset, 1.0, 1000) * 1e5).astype(np.float32)
    X = np.c_[a, a * np.float32(1.08)]
    options = {"covariance_type": covariance_type, "random_state": 0}
    for n_components in (1, 2):
        bounds, scores, warned = orders(X, 2, n_components=n_components, **options)
        assert np.ptp(bounds) < (1e-6 if n_components == 1 else 1e-2)  # by the start, too
        np.testing.assert_allclose(scores, bounds, rtol=0, atol=2e-2)
        assert warned == 2


@pytest.mark.parametrize("target", [2e-13, 4e-13, 1e-12])
def test_shares_near_the_limit_of_float32(target):
    rng = np.random.default_rng(1)
    a = np.round(rng.normal(size=3000) * 2**20)
    a = np.where(rng.random(3000) < 0.5, a, a * 0.5 + 2**21)
    b = a + np.round(rng.normal(size=3000) * max(np.sqrt(target) * a.std(), 0.3))
    gm = GaussianMixture(2, reg_covar=0.0, random_state=0, tol=1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DegenerateComponentWarning)
        gm.fit(np.c_[a, b].astype(np.float32))
    assert gm.converged_
    assert np.diff(gm.lower_bounds_).min() > -1e-3


@pytest.mark.parametrize("ratio", [1e-5, 1e-7, 1e-9, 1e-11, 1e-12])
def test_nearly_collinear_features_are_no_collinear_ones(ratio):
    a, b = np.random.default_rng(1).normal(size=(2, 200))
    X = np.c_[a, a + ratio * b]
    bounds, _, warned = orders(X, reg_covar=0.0)
    np.testing.assert_allclose(bounds, exact(X, 0.0), rtol=0, atol=1e-10 + 1e-15 / ratio)
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
    assert np.ptp(bounds) < 1e-6
    assert warned == 4


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize("acceleration", ["none", "anderson"])
@pytest.mark.parametrize("assignment", ["soft", "hard"])
def test_clusters_of_collinear_features(covariance_type, acceleration, assignment, tmp_path):
    rng = np.random.default_rng(0)
    X = np.concatenate([amounts_and_total(1e6), amounts_and_total(1e6) + [9e6, 0, 9e6]])
    y = np.repeat([0, 1], 200)
    options = {"covariance_type": covariance_type}
    expected = GaussianMixture(2, **options).fit_labeled(X, y)
    if covariance_type == "full":
        parts = [exact(X[y == k], 1e-6) + np.log(0.5) for k in (0, 1)]
        assert expected.lower_bound_ == pytest.approx(np.mean(parts), abs=1e-9)
    for _ in range(3):
        rows = rng.permutation(400)
        gm = GaussianMixture(
            2, random_state=0, tol=1e-9, acceleration=acceleration, assignment=assignment, **options
        ).fit(X[rows])
        assert gm.lower_bound_ == pytest.approx(expected.lower_bound_, abs=1e-9)
        assert gm.score(X) == pytest.approx(expected.score(X), abs=1e-9)
    gm.save(tmp_path / "model.npz")
    assert GaussianMixture.load(tmp_path / "model.npz").score(X) == gm.score(X)
    again = gm.set_params(warm_start=True).fit(X)
    assert again.lower_bound_ == pytest.approx(expected.lower_bound_, abs=1e-9)


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize("held", [False, True])
def test_moments_of_whitened_rows_are_those_of_the_rows(covariance_type, held):
    X, m = blobs(300, 3), random_mixture(covariance_type, 3, 3)
    source = ArraySource(X, np.random.default_rng(0).exponential(size=300))
    plain = source.statistics(m, covariance_type, held=held)
    stats = source.statistics(m, covariance_type, held=held, whiten=m.precisions_cholesky)
    assert stats.factors is not None
    for given in ({}, {"reg_covar": 0.1}, {"fixed": ("means",)}):
        options = options_of(covariance_type, **given)
        found, expected = (m_step(s, m, options) for s in (stats, plain))
        for name in ("weights", "means", "covariances", "precisions_cholesky"):
            a, b = (getattr(step.mixture, name) for step in (found, expected))
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found.variances, expected.variances, rtol=1e-9)


def test_a_component_without_rows_keeps_its_factor():
    X = np.random.default_rng(0).normal(size=(300, 1)) @ np.ones((1, 2))
    m = make_mixture(
        [1.0, 0.0],
        np.zeros((2, 2)),
        precisions_cholesky=np.array([[[1.0, -1e10], [0.0, 1e10]]] * 2),
    )
    stats = ArraySource(X).statistics(m, "full", held=True, whiten=m.precisions_cholesky)
    step = m_step(stats, m, options_of(fixed=("means",)))
    np.testing.assert_array_equal(step.empty, [False, True])
    np.testing.assert_array_equal(step.floored, [True, False])
    np.testing.assert_array_equal(step.mixture.precisions_cholesky[1], m.precisions_cholesky[1])
    with pytest.raises(ValueError, match="whitened"):
        merge(stats, stats._replace(factors=None))


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
def test_threads_change_no_bit(covariance_type):
    X = np.concatenate([amounts_and_total(1e6, 3000), amounts_and_total(1e6, 3000) * 5])
    before, found = get_num_threads(), []
    try:
        for n in (1, 2):
            set_num_threads(n)
            gm = GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(X)
            found.append((gm.precisions_cholesky_, gm.means_, gm.score_samples(X)))
    finally:
        set_num_threads(before)
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("noise", [-0.49, -0.44, -0.42, -0.31])
def test_at_the_limit_a_fit_ends_and_says_what_it_is(noise):
    """Raised in one iteration and not in the next, the bound went up and down by 15 nats."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        z = rng.integers(2, size=200)
        a = rng.normal(size=200) + 5 * z
        limit = 8 * np.finfo(np.float64).eps * np.sqrt(2.0) * 11.0
        X = np.c_[a, a + rng.normal(size=200) * limit * 10**noise]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DegenerateComponentWarning)
            gm = GaussianMixture(2, reg_covar=0, random_state=0).fit(X)
        assert gm.converged_
        assert gm.score(X) == pytest.approx(gm.lower_bound_, abs=0.1)
        assert (np.diff(gm.lower_bounds_) < -1.0).sum() <= 1
