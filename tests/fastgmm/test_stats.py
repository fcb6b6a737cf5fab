"""The statistics are a sum, and the M-step is the textbook's function of them."""

import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs, options_of, random_mixture
from hypothesis import given, strategies
from naive import full_covariances, log_joint
from naive import m_step as naive_m_step

from fastgmm.covariances.definite import FLOOR_SHARE
from fastgmm.covariances.factors import precisions_of
from fastgmm.em.m_step import m_step, scatter_about, total_variances
from fastgmm.passes.sources import ArraySource
from fastgmm.passes.statistics import SufficientStats, merge, recentre

K, D = 3, 2
SEEDS = strategies.integers(0, 2**32 - 1)
TYPES = strategies.sampled_from(COVARIANCE_TYPES)


def stats_of(X, resp, covariance_type, shift):
    """Return the statistics of rows (N, D) and responsibilities (N, K), by definition."""
    delta = X[:, np.newaxis, :] - shift
    second = np.einsum("nk,nki,nkj->kij", resp, delta, delta)
    if covariance_type == "tied":
        second = second.sum(axis=0, keepdims=True)
    elif covariance_type != "full":
        second = np.einsum("kii->ki", second)
        if covariance_type == "spherical":
            second = second.sum(axis=1, keepdims=True)
    first = np.einsum("nk,nkd->kd", resp, delta)
    log_likelihood = float(np.log(resp.sum(axis=1)).sum())  # any additive number will do
    return SufficientStats(resp.sum(axis=0), first, second, shift, log_likelihood, resp.sum())


def random_stats(rng, covariance_type, shift=None, n=20):
    """Return random statistics of n rows, about `shift` or a random one."""
    X, resp = rng.normal(size=(n, D)), rng.uniform(0.1, 1.0, size=(n, K))
    return stats_of(X, resp, covariance_type, rng.normal(size=(K, D)) if shift is None else shift)


def assert_same(a, b, tol=1e-12):
    """Assert that statistics agree, to `tol` of their own size (seconds: of the rows')."""
    b = recentre(b, a.shift)
    for x, y in zip(a, b, strict=True):
        if x is None:
            assert y is None
        else:
            np.testing.assert_allclose(x, y, rtol=tol, atol=tol * (1 + np.abs(y).max()))


@given(SEEDS, TYPES, strategies.booleans())
def test_merge_is_associative_and_commutative(seed, covariance_type, same_shift):
    rng = np.random.default_rng(seed)
    shift = np.ones((K, D)) if same_shift else None
    a, b, c = (random_stats(rng, covariance_type, shift) for _ in range(3))
    assert_same(merge(merge(a, b), c), merge(a, merge(b, c)))
    assert_same(merge(a, b), merge(b, a))


@given(SEEDS, TYPES)
def test_recentre_is_the_statistics_about_the_other_shift(seed, covariance_type):
    rng = np.random.default_rng(seed)
    X, resp = rng.normal(size=(20, D)), rng.uniform(0.1, 1.0, size=(20, K))
    here, there = rng.normal(size=(2, K, D))
    moved = recentre(stats_of(X, resp, covariance_type, here), there)
    expected = stats_of(X, resp, covariance_type, there)
    assert np.array_equal(moved.shift, there)
    for x, y in zip(moved[:6], expected[:6], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-11)


@given(SEEDS, TYPES, strategies.integers(1, 199), strategies.booleans())
def test_two_halves_are_the_whole(seed, covariance_type, cut, second):
    rng = np.random.default_rng(seed)
    X, w = blobs(200, D, seed=seed), rng.uniform(size=200)
    mixture = random_mixture(covariance_type, K, D)
    parts = [
        ArraySource(X[rows], w[rows]).statistics(mixture, covariance_type, second=second)
        for rows in (slice(None), slice(cut), slice(cut, None))
    ]
    assert_same(parts[0], merge(*parts[1:]))
    assert parts[0].weight == pytest.approx(w.sum(), rel=1e-13)


@given(SEEDS, strategies.integers(1, 199))
def test_halves_of_whitened_rows_are_the_whole(seed, cut):
    X, mixture = blobs(200, D, seed=seed), random_mixture("full", K, D)
    how = {"whiten": mixture.precisions_cholesky, "centre": np.zeros(D)}
    whole, a, b = (
        ArraySource(rows).statistics(mixture, "full", **how) for rows in (X, X[:cut], X[cut:])
    )
    both = merge(a, b)
    assert_same(whole, both)
    assert both.factors is a.factors
    options = options_of()
    found, expected = (m_step(stats, mixture, options).mixture for stats in (both, whole))
    np.testing.assert_allclose(found.covariances, expected.covariances, rtol=1e-9, atol=1e-9)
    other = b._replace(factors=2.0 * b.factors)
    for wrong in (other, b._replace(shift=b.shift + 1.0), b._replace(factors=None)):
        with pytest.raises(ValueError, match="of the same factors and shift"):
            merge(a, wrong)
        with pytest.raises(ValueError, match="of the same factors and shift"):
            merge(wrong, a)


@given(SEEDS, TYPES)
def test_halves_about_different_shifts_are_the_whole(seed, covariance_type):
    X = blobs(100, D, seed=seed)
    mixture = random_mixture(covariance_type, K, D)
    whole, a, b = (
        ArraySource(rows).statistics(
            mixture, covariance_type, shift=mixture.means + move, shifted=np.ones(K, dtype=bool)
        )
        for rows, move in ((X, 0.0), (X[:40], 1.0), (X[40:], -1.0))
    )
    np.testing.assert_allclose(b.shift, mixture.means - 1.0, atol=1e-14)
    assert_same(whole, merge(a, b))


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("reg_covar", [0.0, 0.5])
def test_m_step_is_the_textbooks(covariance_type, reg_covar):
    rng = np.random.default_rng(1)
    X, resp = blobs(50, D), rng.uniform(size=(50, K))
    step = m_step(
        stats_of(X, resp, covariance_type, rng.normal(size=(K, D))),
        random_mixture(covariance_type, K, D),
        options_of(covariance_type, reg_covar),
    )
    expected = naive_m_step(X, resp, covariance_type, reg_covar)
    for ours, theirs in zip(step.mixture, expected, strict=False):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    assert not step.empty.any()
    assert not step.floored.any()
    inverses = np.linalg.inv(full_covariances(step.mixture.covariances, K, D))
    precisions = full_covariances(precisions_of(step.mixture.precisions_cholesky), K, D)
    np.testing.assert_allclose(precisions, inverses, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize(
    "fixed",
    [
        ("weights",),
        ("means",),
        ("covariances",),
        ("weights", "means"),
        ("means", "covariances"),
        ("weights", "covariances"),
        ("weights", "means", "covariances"),
    ],
)
def test_what_is_fixed_stays_and_the_rest_is_the_textbooks(covariance_type, fixed):
    rng = np.random.default_rng(2)
    X, resp = blobs(50, D), rng.uniform(size=(50, K))
    previous = random_mixture(covariance_type, K, D)
    stats = stats_of(X, resp, covariance_type, np.zeros((K, D)))
    if "covariances" in fixed:
        stats = stats._replace(second=None)  # they are not even collected
    mixture = m_step(stats, previous, options_of(covariance_type, fixed=fixed)).mixture
    weights, means, covariances = naive_m_step(X, resp, covariance_type)
    if "means" in fixed:  # the best covariances about means that are not the rows' own
        about = stats_of(X, resp, covariance_type, previous.means).second
        nk = resp.sum(axis=0)
        if covariance_type == "tied":
            covariances = about / nk.sum()
        else:
            covariances = about / nk.reshape((K,) + (1,) * (about.ndim - 1))
            covariances = covariances / (D if covariance_type == "spherical" else 1)
    best = {"weights": weights, "means": means, "covariances": covariances}
    for name, value in best.items():
        if name in fixed:
            assert np.array_equal(getattr(mixture, name), getattr(previous, name))
        else:
            np.testing.assert_allclose(getattr(mixture, name), value, rtol=1e-11)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_an_empty_component_keeps_its_mean_and_covariance(covariance_type):
    X, resp = blobs(50, D), np.ones((50, K))
    resp[:, 1] = 1e-20
    previous = random_mixture(covariance_type, K, D)
    stats = stats_of(X, resp, covariance_type, np.zeros((K, D)))
    step = m_step(stats, previous, options_of(covariance_type))
    assert step.empty.tolist() == [False, True, False]
    assert np.array_equal(step.mixture.means[1], previous.means[1])
    assert step.mixture.weights[1] < 1e-14
    expected = naive_m_step(X, resp, covariance_type)
    np.testing.assert_allclose(step.mixture.means[0], expected[1][0], rtol=1e-12)
    if covariance_type == "tied":
        np.testing.assert_allclose(step.mixture.covariances, expected[2], rtol=1e-11)
    else:
        assert np.array_equal(step.mixture.covariances[1], previous.covariances[1])
    assert not step.floored.any()


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("scale", [1e-145, 1.0, 1e8, 1e140])
def test_a_singular_covariance_is_raised_to_the_floor(covariance_type, scale):
    """Component 0 holds one point twice; for a shared covariance a feature is constant."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, D))
    if covariance_type == "tied":
        X[:, 1] = 0.0
    X[:2] = X[0]
    X *= scale
    resp = np.zeros((40, K))
    resp[:2, 0] = resp[2:20, 1] = resp[20:, 2] = 1.0
    shift = naive_m_step(X, resp, covariance_type)[1]
    stats = stats_of(X, resp, covariance_type, shift)
    step = m_step(stats, random_mixture(covariance_type, K, D), options_of(covariance_type))
    assert step.floored_components == {0}
    assert all(np.isfinite(a).all() for a in step.mixture)
    raised = full_covariances(step.mixture.covariances, K, D)[0] / scale**2
    smallest = np.linalg.eigvalsh(raised)[0]
    assert 0.1 * FLOOR_SHARE < smallest < 1e4 * FLOOR_SHARE
    if covariance_type != "tied":
        expected = naive_m_step(X, resp, covariance_type)[2]
        np.testing.assert_allclose(step.mixture.covariances[1:], expected[1:], rtol=1e-11)


def test_a_covariance_that_is_not_finite_is_refused():
    stats = random_stats(np.random.default_rng(0), "full")
    stats.second[0, 0, 0] = np.inf
    with pytest.raises(ValueError, match="too large"):
        m_step(stats, random_mixture("full", K, D), options_of())


@pytest.mark.parametrize("covariance_type", ["full", "diag"])
def test_total_variances(covariance_type):
    X, resp = blobs(50, D) * [1.0, 100.0], np.random.default_rng(0).dirichlet([1] * K, size=50)
    stats = stats_of(X, resp, covariance_type, np.ones((K, D)))
    np.testing.assert_allclose(total_variances(stats), X.var(axis=0), rtol=1e-12)
    spherical = stats_of(X, resp, "spherical", np.ones((K, D)))
    np.testing.assert_allclose(total_variances(spherical), X.var(axis=0).mean(), rtol=1e-12)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES[:3])
@pytest.mark.parametrize("value", [0.0, 0.1, 1e8])
def test_a_constant_feature_takes_the_variance_of_the_others(covariance_type, value):
    X, resp = blobs(50, D), np.random.default_rng(0).dirichlet([1] * K, size=50)
    X[:, 1] = value
    stats = stats_of(X, resp, covariance_type, np.tile(X.mean(axis=0), (K, 1)))
    np.testing.assert_allclose(total_variances(stats), [X[:, 0].var()] * 2, rtol=1e-12)
    X[:, 0] = 2 * value
    stats = stats_of(X, resp, covariance_type, np.tile(X.mean(axis=0), (K, 1)))
    assert total_variances(stats).tolist() == [1.0, 1.0]


def expected_log_likelihood(X, resp, mixture):
    """Return ``sum resp log(weight density)``: what the M-step maximises."""
    return float((resp * log_joint(X, mixture)).sum())


@given(SEEDS, TYPES, strategies.sets(strategies.sampled_from(["weights", "means", "covariances"])))
def test_m_step_never_lowers_the_expected_log_likelihood(seed, covariance_type, fixed):
    rng = np.random.default_rng(seed)
    X, resp = blobs(40, D, seed=seed), rng.dirichlet(np.full(K, 0.5), size=40)
    previous = random_mixture(covariance_type, K, D)
    stats = stats_of(X, resp, covariance_type, previous.means)
    best = m_step(stats, previous, options_of(covariance_type, fixed=fixed)).mixture
    highest = expected_log_likelihood(X, resp, best)
    tol = 1e-9 * (1 + abs(highest))
    assert highest >= expected_log_likelihood(X, resp, previous) - tol
    # Nor is there anything better next to it.
    for name in {"weights", "means", "covariances"} - fixed:
        if name == "weights":
            weights = best.weights * rng.uniform(0.98, 1.02, K)
            near = best._replace(weights=weights / weights.sum())
        elif name == "means":
            near = best._replace(means=best.means + 0.02 * rng.normal(size=(K, D)))
        else:
            near = best._replace(covariances=best.covariances * rng.uniform(0.98, 1.02))
        assert highest >= expected_log_likelihood(X, resp, near) - tol


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_scatter_about_the_means_costs_no_digits_far_from_the_origin(covariance_type):
    X, resp = blobs(50, D), np.random.default_rng(0).dirichlet([1] * K, size=50)
    offset = 2.0**30  # rows are rounded to its unit first, so that moving them is exact
    X = (X + offset) - offset
    near = stats_of(X, resp, covariance_type, np.zeros((K, D)))
    far = stats_of(X + offset, resp, covariance_type, np.full((K, D), offset))
    means = near.first / near.nk[:, np.newaxis]
    scatter = scatter_about(near, means)
    np.testing.assert_allclose(scatter_about(far, offset + means), scatter, rtol=1e-5)
    previous = random_mixture(covariance_type, K, D)
    options = options_of(covariance_type)
    at_origin, away = (m_step(s, previous, options).mixture for s in (near, far))
    np.testing.assert_allclose(away.covariances, at_origin.covariances, rtol=1e-10)
