"""What the frame and the switch between expanded and direct forms must save: digits."""

import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs, options_of, random_mixture
from hypothesis import given, strategies
from naive import exact_scores, full_covariances, log_joint
from naive import m_step as naive_m_step

from fastgmm import make_mixture
from fastgmm.em.loop import estimate
from fastgmm.em.m_step import m_step
from fastgmm.mixture import as_dtype
from fastgmm.passes import plan as _plan
from fastgmm.passes.plan import FAR, KINDS, MAX_EXPANDED_FEATURES, cancelled, frame, make_plan
from fastgmm.passes.sources import ArraySource

K, D = 3, 2


def outputs(X, mixture, covariance_type, dtype=None):
    """Return the log densities (N,), responsibilities (N, K) and labels (N,) of the rows."""
    dtype = X.dtype if dtype is None else dtype
    out = {
        "scores": np.empty(len(X), dtype),
        "resp": np.empty((len(X), len(mixture.weights)), dtype),
        "labels": np.empty(len(X), dtype=np.int64),
    }
    ArraySource(X, dtype=dtype).scores(mixture, covariance_type, out)
    return out["scores"], out["resp"], out["labels"]


def never_local(monkeypatch):
    """Leave the passes the expanded form alone, about the mean of all."""
    for dtype in _plan.EXPANSION_LIMIT:
        monkeypatch.setitem(_plan.EXPANSION_LIMIT, dtype, np.inf)
        monkeypatch.setitem(_plan.MOST_DEVIATIONS, dtype, np.inf)
    monkeypatch.setattr(_plan, "_recent", {})


def rows_of(mixture, n, seed=0):
    """Return n rows near each component, (n K, D), at about its standard deviations."""
    rng = np.random.default_rng(seed)
    k, d = mixture.means.shape
    roots = np.linalg.cholesky(full_covariances(mixture.covariances, k, d))
    z = rng.normal(size=(k, n, d))
    return (mixture.means[:, np.newaxis] + np.einsum("kij,knj->kni", roots, z)).reshape(-1, d)


def tight(covariance_type, ratio, n=1):
    """Return a mixture with `n` components (a tied one: all) that are `ratio` times tighter."""
    m = random_mixture(covariance_type, K, D)
    covariances = m.covariances.copy()
    covariances[:n] /= ratio**2
    return m.with_(covariances=covariances)


def collinear(covariance_type, ratio):
    """Return a mixture whose covariances have the condition ``ratio ** 2``."""
    m = random_mixture("full", K, D)
    v = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    covariance = v @ np.diag([1, ratio**-2]) @ v
    covariances = np.stack([0.5 * (covariance + covariance.T)] * K)
    return make_mixture(
        m.weights, 0.3 * m.means, covariances[: 1 if covariance_type == "tied" else K]
    )


@given(
    strategies.integers(0, 2**32 - 1),
    strategies.sampled_from(COVARIANCE_TYPES),
    strategies.floats(-140, 140),
    strategies.floats(-1, 1),
)
def test_scales_are_powers_of_two_near_the_spread(seed, covariance_type, log_scale, offset):
    rng = np.random.default_rng(seed)
    units = 10.0**log_scale * np.array([1.0, 1e3])
    weights, means = rng.dirichlet(np.ones(K)), (rng.normal(size=(K, D)) + offset) * units
    variances = rng.uniform(0.1, 1.0, size=(K, D)) * units**2
    centre, scale = frame(weights, means, variances, KINDS[covariance_type])
    assert (np.frexp(scale)[0] == 0.5).all()
    np.testing.assert_allclose(centre, weights @ means, rtol=1e-14)
    spread = np.sqrt(weights @ (variances + (means - centre) ** 2))
    if covariance_type == "spherical":
        spread[:] = spread.max()
    assert (np.abs(np.log2(scale / spread)) <= 0.5 + 1e-9).all()


CASES = [
    *((tight, t, r) for t in COVARIANCE_TYPES for r in (1e1, 1e2, 1e4, 1e6, 1e8)),
    *((collinear, t, r) for t in ("full", "tied") for r in (1e1, 1e2, 1e4, 1e6)),
]


@pytest.mark.parametrize(("make", "covariance_type", "ratio"), CASES)
def test_log_densities_keep_their_digits(make, covariance_type, ratio, monkeypatch):
    """A row's error in units of sigma is eps * ratio; the expanded form's eps * ratio**2."""
    m = make(covariance_type, ratio)
    X = rows_of(m, 8)
    exact = exact_scores(X, m)
    tol = 1e-11 + 20 * np.finfo(np.float64).eps * ratio
    scores, _, _ = outputs(X, m, covariance_type)
    np.testing.assert_allclose(scores, exact, rtol=0, atol=tol)
    local = make_plan(m, covariance_type, np.float64).local
    assert (local is not None) == (ratio > 1e3)
    if local is not None and make is tight and covariance_type != "tied":
        assert local.direct.tolist() == [0]  # only those that must take the slower form do
    never_local(monkeypatch)
    expanded, _, _ = outputs(X, m, covariance_type)
    assert (np.abs(expanded - exact).max() > tol) == (ratio > 1e3)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("ratio", [1e1, 1e2, 1e3, 1e4])
def test_float32_keeps_its_digits(covariance_type, ratio, monkeypatch):
    m = tight(covariance_type, ratio)
    X = rows_of(m, 8).astype(np.float32)
    exact = exact_scores(X, m)
    tol = 3e-4 + 50 * np.finfo(np.float32).eps * ratio
    scores, resp, _ = outputs(X, m, covariance_type)
    assert scores.dtype == resp.dtype == np.float32
    np.testing.assert_allclose(scores, exact, rtol=0, atol=tol)
    never_local(monkeypatch)
    expanded, _, _ = outputs(X, m, covariance_type)
    if ratio >= 1e3:
        assert np.abs(expanded - exact).max() > tol


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("offset", [2.0**27, 1e8, -1e12])
def test_an_offset_costs_no_digits(covariance_type, offset):
    m = random_mixture(covariance_type, K, D)
    moved = make_mixture(m.weights, m.means + offset, m.covariances)
    X = rows_of(moved, 8)
    scores, _, _ = outputs(X, moved, covariance_type)
    np.testing.assert_allclose(scores, exact_scores(X, moved), rtol=0, atol=1e-12)


def test_many_features_take_the_direct_form():
    d = MAX_EXPANDED_FEATURES + 1
    m = random_mixture("full", 2, d)
    plan = make_plan(m, "full", np.float64)
    assert (plan.local.direct.tolist(), plan.expand, plan.n_quadratic) == ([0, 1], False, 0)
    X = rows_of(m, 10)
    joint = log_joint(X, m)
    scores, resp, labels = outputs(X, m, "full")
    np.testing.assert_allclose(scores, np.logaddexp(*joint.T), rtol=1e-11)
    np.testing.assert_allclose(resp, np.exp(joint - scores[:, np.newaxis]), atol=1e-11)
    assert np.array_equal(labels, joint.argmax(axis=1))
    step = estimate(ArraySource(X), m, options_of("full", 1.0))[1]
    expected = naive_m_step(X, resp, "full", 1.0)
    np.testing.assert_allclose(step.mixture.covariances, expected[2], rtol=1e-9, atol=1e-9)


def two_clusters(sigma, n=200):
    """Return rows of a cluster of the given sigma and a wide one, 2000 apart."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, n, D))
    return np.concatenate([1000.0 + sigma * a, -1000.0 + 10.0 * b])


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("sigma", [1e-1, 1e-3])
def test_the_covariance_of_a_tight_cluster_is_right(covariance_type, sigma):
    """At the first pass too, when its component is still wide and its moments cancelled."""
    X = two_clusters(sigma)
    if covariance_type == "tied":  # all components share the tight covariance
        X[200:] = -1000.0 + (X[200:] + 1000.0) * (sigma / 10.0)
    shape = {"full": (2, D, D), "tied": (1, D, D), "diag": (2, D), "spherical": (2, 1)}
    shape = shape[covariance_type]
    wide = 1e4 * np.broadcast_to(np.eye(D) if len(shape) == 3 else 1.0, shape)
    start = make_mixture(
        [0.5, 0.5],
        [[900.0, 900.0], [-900.0, -900.0]],
        wide,
        covariance_type=covariance_type,
    )
    m = start
    expected = naive_m_step(X, np.repeat(np.eye(2), 200, axis=0), covariance_type)
    source = ArraySource(X)
    for _ in range(2):  # wide, then tight
        step = estimate(source, m, options_of(covariance_type))[1]
        size = np.abs(expected[2]).max(axis=tuple(range(1, len(shape))), keepdims=True)
        np.testing.assert_allclose(step.mixture.covariances / size, expected[2] / size, atol=1e-10)
        np.testing.assert_allclose(step.mixture.means, expected[1], rtol=1e-14)
        m = step.mixture
    # Had the moments stayed about the first pass's common centre, the digits were gone.
    stats = source.statistics(start, covariance_type)
    careless = m_step(stats, start, options_of(covariance_type)).mixture
    if sigma == 1e-3:
        assert cancelled(careless, stats.shift)[0]
        error = np.abs(careless.covariances[0] - expected[2][0]) / size[0]
        assert error.max() > 1e-7


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_moments_are_taken_about_the_asked_shift(covariance_type):
    X, m = blobs(100, D), random_mixture(covariance_type, K, D)
    asked = np.array([True, False, False])
    shift = np.arange(6.0).reshape(K, D)
    stats = ArraySource(X).statistics(m, covariance_type, shift=shift, shifted=asked)
    np.testing.assert_allclose(stats.shift[0], shift[0], rtol=1e-14)
    resp = outputs(X, m, covariance_type)[1]
    delta = X - stats.shift[:, np.newaxis]
    np.testing.assert_allclose(stats.first, np.einsum("nk,knd->kd", resp, delta), rtol=1e-10)
    second = np.einsum("nk,kni,knj->kij", resp, delta, delta)
    if covariance_type == "tied":
        second = second.sum(axis=0, keepdims=True)
    elif covariance_type != "full":
        second = np.einsum("kii->ki", second)
        if covariance_type == "spherical":
            second = second.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(stats.second, second, rtol=1e-10)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("ratio", [1.0, 1e4])
def test_a_weight_of_zero_takes_no_row(covariance_type, dtype, ratio):
    m = tight(covariance_type, ratio)
    with_none = m.with_(weights=[0.0, 0.4, 0.6])
    keep = slice(None) if covariance_type == "tied" else slice(1, None)
    covariances = m.covariances[keep]
    without = make_mixture([0.4, 0.6], m.means[1:], covariances, covariance_type=covariance_type)
    X = rows_of(m, 8).astype(dtype)
    X = np.concatenate([X, X[:1] + dtype(1e6)])
    scores, resp, labels = outputs(X, with_none, covariance_type)
    expected = outputs(X, without, covariance_type)
    assert (resp[:, 0] == 0).all()
    tol = {"rtol": 1e-9} if dtype == np.float64 else {"rtol": 2e-4, "atol": 2e-2}
    np.testing.assert_allclose(scores, expected[0], **tol)
    np.testing.assert_allclose(resp[:, 1:], expected[1], **tol)
    assert np.array_equal(labels[:24], expected[2][:24] + 1)
    stats = ArraySource(X).statistics(with_none, covariance_type)
    assert stats.nk[0] == 0.0
    assert np.isfinite(stats.log_likelihood)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize(
    ("dtype", "ratio"),
    [(np.float64, r) for r in (1.0, 1e4, 1e100)] + [(np.float32, r) for r in (1.0, 1e4, 1e15)],
)
@pytest.mark.parametrize("n_tight", [1, K])
def test_rows_astronomically_far_away(covariance_type, dtype, ratio, n_tight):
    m = tight(covariance_type, ratio, n_tight)
    far = np.finfo(dtype).max * np.array([[1, 0], [-1, 1], [0.1, -0.1], [1e-10, 1e-10]])
    X = np.concatenate([far, np.sqrt(np.abs(far)), m.means]).astype(dtype)
    scores, resp, labels = outputs(X, m, covariance_type)
    assert np.isfinite(scores).all()
    assert (scores[:4] < -1e10).all()
    np.testing.assert_allclose(resp.sum(axis=1), 1.0, rtol=1e-6)
    assert (resp >= 0).all()
    assert np.array_equal(labels, resp.argmax(axis=1))
    # What is far away does not spoil its neighbours in the block.
    near = outputs(X[8:], m, covariance_type)
    np.testing.assert_allclose(scores[8:], near[0], rtol=1e-6)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_rows_are_clamped_only_where_it_makes_no_difference(covariance_type):
    m = random_mixture(covariance_type, K, D)
    X = np.array([[1e100, -1e100], [1e119, 0.0], [1e130, 0.0], [1e150, 0.0], [0.0, 1e153]])
    scores, _, _ = outputs(X, m, covariance_type)
    np.testing.assert_allclose(scores, exact_scores(X, m), rtol=1e-12)
    assert outputs(1e50 * X, m, covariance_type)[0].min() == -np.finfo(np.float64).max
    assert max(FAR.values()) ** 2 < np.finfo(np.float64).max


def test_a_float32_mixture_is_planned_in_either_dtype():
    m = as_dtype(random_mixture("full", K, D), np.float32)
    X = blobs(20, D)
    exact = exact_scores(X, m)
    np.testing.assert_allclose(outputs(X, m, "full")[0], exact, rtol=1e-6)
    single = outputs(X.astype(np.float32), m, "full")[0]
    np.testing.assert_allclose(single, exact, rtol=1e-5)
    for dtype in (np.float32, np.float64):
        plan = make_plan(m, "full", dtype, general=True)
        arrays = plan.natural, plan.triangles, plan.shift, plan.local.scales, plan.local.log_norms
        assert {a.dtype for a in arrays} == {np.dtype(dtype)}
