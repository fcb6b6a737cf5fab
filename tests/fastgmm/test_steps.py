"""E- and M-steps of people's own loops: the estimator's, bit for bit."""

import sys
import threading
import warnings

import numba
import numpy as np
import pytest
from numba import njit, prange
from numba.core.runtime import _nrt_python, rtsys

import fastgmm
from fastgmm import (
    GaussianMixture,
    Mixture,
    add_statistics,
    e_step,
    em_step,
    m_step,
    make_mixture,
    make_workspace,
    score_rows,
)
from fastgmm.passes import partition

N, D, K = 3000, 3, 4
# Kernels are compiled for each dtype and layout of rows.
DTYPES = [np.float64, pytest.param(np.float32, marks=pytest.mark.slow)]
TYPES = ("full", "tied", "diag", "spherical")
OPTIONS = (
    {"assignment": "hard"},
    {"fixed": ("weights",)},
    {"fixed": ("means",)},
    {"fixed": ("covariances",)},
    {"fixed": ("means", "covariances")},
)


@njit
def own_em(X, mixture, workspace, sample_weight, tol, max_iter):
    bound = -np.inf
    n_iter = 0
    while n_iter < max_iter:
        previous = bound
        mixture, bound = em_step(X, mixture, workspace, sample_weight)
        n_iter += 1
        if abs(bound - previous) < tol:
            break
    return mixture, bound, n_iter


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(N, D)) + 5.0 * rng.integers(0, K, N)[:, np.newaxis]
    return X, rng.integers(0, 3, N).astype(float)


@pytest.fixture
def small_chunks(monkeypatch):
    """Have a few thousand rows be many chunks."""
    monkeypatch.setattr(partition, "CHUNK_WORK", 1e4)
    monkeypatch.setattr(partition, "MIN_CHUNK", 64)


@pytest.fixture(params=[1, 2])
def threads(request):
    if request.param > numba.config.NUMBA_NUM_THREADS:
        pytest.skip("there is one processor")
    before = numba.get_num_threads()
    numba.set_num_threads(request.param)
    yield request.param
    numba.set_num_threads(before)


def start(X, covariance_type="full", k=K):
    """Return a start among the rows, in float64, and the estimator's options for it."""
    means = np.asarray(X[:: len(X) // k][:k], np.float64)
    d = X.shape[1]
    covariances = {
        "full": np.tile(4.0 * np.eye(d), (k, 1, 1)),
        "tied": 4.0 * np.eye(d),
        "diag": np.full((k, d), 4.0),
        "spherical": np.full(k, 4.0),
        "VEI": np.full((k, d), 4.0),
    }[covariance_type]
    given = {"weights_init": np.full(k, 1.0 / k), "means_init": means}
    kind = "diag" if covariance_type == "VEI" else covariance_type
    mixture = make_mixture(given["weights_init"], means, covariances, covariance_type=kind)
    given |= {"covariances_init": covariances, "covariance_type": covariance_type}
    return mixture, given


def fitted(X, given, sample_weight=None, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gm = GaussianMixture(len(given["means_init"]), **given, **options)
        return gm.fit(X, sample_weight=sample_weight)


def assert_same(mixture, gm):
    for name in ("weights", "means", "covariances", "precisions_cholesky"):
        found, expected = getattr(mixture, name), getattr(gm.mixture_, name)
        np.testing.assert_array_equal(found.astype(expected.dtype), expected, err_msg=name)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_loop_in_njit_is_the_estimators_fit(data, covariance_type, dtype, threads):
    X, weight = data[0].astype(dtype), data[1]
    mixture, given = start(X, covariance_type)
    workspace = make_workspace(mixture, covariance_type=covariance_type, reg_covar=1e-3)
    found, bound, n_iter = own_em(X, mixture, workspace, weight, 1e-5, 60)
    gm = fitted(X, given, weight, reg_covar=1e-3, tol=1e-5, max_iter=60)
    assert_same(found, gm)
    assert (bound, n_iter) == (gm.lower_bound_, gm.n_iter_)
    assert n_iter > 3


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_options_are_the_estimators(data, options):
    X, weight = data
    mixture, given = start(X)
    found, _, _ = own_em(X, mixture, make_workspace(mixture, **options), weight, 0.0, 5)
    assert_same(found, fitted(X, given, weight, tol=0.0, max_iter=5, **options))


def test_a_type_that_shapes_do_not_tell(data):
    mixture, given = start(data[0], "VEI")
    workspace = make_workspace(mixture, covariance_type="VEI")
    found, _, _ = own_em(*data[:1], mixture, workspace, data[1], 0.0, 5)
    assert_same(found, fitted(*data[:1], given, data[1], tol=0.0, max_iter=5))


def degenerate():
    rng = np.random.default_rng(0)
    plain = rng.normal(size=(300, 2))
    collinear = np.column_stack([plain[:, 0], plain[:, 0] * 3 + 1e-9 * plain[:, 1]])
    duplicates = np.concatenate([np.zeros((50, 2)), plain + 9.0])
    far = plain * 1e-4 + 1e4 * rng.integers(0, 2, 300)[:, np.newaxis]
    yield "one component", plain, 1, "tied"
    yield "one feature", plain[:, :1].copy(), 2, "spherical"
    yield "one row", plain[:1], 1, "full"
    yield "collinear", collinear, 2, "full"
    yield "collinear in float32", collinear.astype(np.float32), 2, "full"
    yield "duplicates", duplicates, 2, "full"
    yield "duplicates in float32", duplicates.astype(np.float32), 2, "full"
    yield "tight and far apart", far, 2, "full"
    yield "tight and far apart, diagonal", far, 2, "diag"
    yield "at an offset", plain + 1e8, 2, "full"


@pytest.mark.parametrize(
    ("X", "k", "covariance_type"),
    [
        pytest.param(*case, id=name, marks=[pytest.mark.slow] * (case[0].dtype == np.float32))
        for name, *case in degenerate()
    ],
)
def test_degenerate_rows(X, k, covariance_type):
    mixture, given = start(X, covariance_type, k)
    workspace = make_workspace(mixture, covariance_type=covariance_type, reg_covar=0.0)
    rows = X if len(X) > 1 else np.repeat(X, 2, axis=0)  # the estimator asks for two
    weight = np.ones(len(X)) if len(X) > 1 else np.full(1, 2.0)
    found = mixture
    for _ in range(4):
        found, _ = em_step(X, found, workspace, weight)
    gm = fitted(rows, given, np.ones(len(rows)), reg_covar=0.0, tol=0.0, max_iter=4)
    if len(X) > 1:
        assert_same(found, gm)
    else:  # a sum of two is not one of twice
        np.testing.assert_allclose(found.means, gm.means_, rtol=1e-14)


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["F", "strided", "reversed", "read-only"])
def test_layouts_of_rows(data, layout):
    X = data[0]
    own = {
        "F": np.asfortranarray,
        "strided": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
        "reversed": lambda a: a[::-1].copy()[::-1],
        "read-only": np.copy,
    }[layout](X)
    own.flags.writeable = layout != "read-only"
    mixture, _ = start(X)
    found, bound = em_step(own, mixture, make_workspace(mixture))
    expected, expected_bound = em_step(X, mixture, make_workspace(mixture))
    assert bound == expected_bound
    np.testing.assert_array_equal(found.covariances, expected.covariances)


def test_weights_of_zero_are_rows_left_out(data):
    X, weight = data
    mixture, _ = start(X)
    found, bound = em_step(X, mixture, make_workspace(mixture), weight)
    some = weight > 0
    expected, expected_bound = em_step(X[some], mixture, make_workspace(mixture), weight[some])
    assert bound == pytest.approx(expected_bound, rel=1e-12)
    np.testing.assert_allclose(found.covariances, expected.covariances, rtol=1e-10)


def test_a_component_without_rows_keeps_its_place(data):
    X = data[0]
    mixture, _ = start(X)
    means = mixture.means.copy()
    means[2] = 1e6
    mixture = mixture.with_(means=means)
    found, _ = em_step(X, mixture, make_workspace(mixture))
    np.testing.assert_array_equal(found.means[2], means[2])
    assert found.weights[2] == 0.0
    np.testing.assert_array_equal(found.covariances[2], mixture.covariances[2])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("covariance_type", [*TYPES, "VEI"])
def test_the_parts_make_the_whole(data, covariance_type, dtype):
    X, weight = data[0].astype(dtype), data[1]
    mixture, _ = start(X, covariance_type)
    for options in ({}, *OPTIONS):
        kinds = {"covariance_type": covariance_type} | options
        workspaces = [make_workspace(mixture, **kinds) for _ in range(2)]
        expected, bound = em_step(X, mixture, workspaces[0], weight)
        stats = e_step(X, mixture, workspaces[1], weight)
        found = m_step(stats, mixture, workspaces[1])
        for name in mixture._fields:
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert stats.log_likelihood / stats.weight == bound
        assert stats.weight == weight.sum()


@njit
def parts(X, mixture, workspace, resp, scores):
    score_rows(X, mixture, workspace, scores)
    stats = e_step(X, mixture, workspace, resp=resp)
    both = add_statistics(stats, stats, 0.25, scale_b=0.75)
    return m_step(both, mixture, workspace), both.log_likelihood


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_parts_in_njit(data, dtype):
    X = data[0].astype(dtype)
    gm = fitted(X, start(X)[1], max_iter=3, tol=0.0)
    fit = gm.mixture_
    resp, scores = np.empty((N, K), dtype), np.empty(N, dtype)
    found, log_likelihood = parts(X, fit, make_workspace(fit), resp, scores)
    np.testing.assert_array_equal(scores, gm.score_samples(X))
    np.testing.assert_array_equal(resp, gm.predict_proba(X))
    assert log_likelihood == pytest.approx(scores.sum(dtype=float), rel=1e-5)
    assert found.means.dtype == dtype
    expected = em_step(X, fit, make_workspace(fit))[0]
    np.testing.assert_allclose(found.covariances, expected.covariances, rtol=1e-5)


def test_outputs_of_any_layout(data):
    X = data[0]
    mixture, _ = start(X)
    workspace = make_workspace(mixture)
    expected, resp = np.empty(N), np.empty((N, K))
    score_rows(X, mixture, workspace, expected)
    e_step(X, mixture, workspace, resp=resp)
    strided, narrow = np.zeros((N, 2)), np.empty((N, K), np.float32, order="F")
    score_rows(X, mixture, workspace, strided[:, 1])
    e_step(X, mixture, workspace, resp=narrow)
    np.testing.assert_array_equal(strided, np.column_stack([np.zeros(N), expected]))
    np.testing.assert_array_equal(narrow, resp.astype(np.float32))


def _resp(X, mixture, weight):
    resp = np.empty((len(X), K))
    for x, out in zip(X, resp, strict=True):
        fastgmm.responsibilities(x, mixture, out)
    return weight * resp


@pytest.mark.parametrize("covariance_type", TYPES)
def test_statistics_add_up(data, covariance_type):
    X = data[0]
    mixture, _ = start(X, covariance_type)
    workspace = make_workspace(mixture, covariance_type=covariance_type)
    other = mixture.with_(means=mixture.means + 0.5)
    halves = e_step(X[:1000], mixture, workspace), e_step(X[1000:], other, workspace)
    both = add_statistics(*halves, 2.0, 3.0)
    resp = np.concatenate([_resp(X[:1000], mixture, 2.0), _resp(X[1000:], other, 3.0)])
    nk = resp.sum(axis=0)
    means = resp.T @ X / nk[:, np.newaxis]
    found = m_step(both, mixture, workspace)
    np.testing.assert_allclose(both.nk, nk, rtol=1e-10)
    np.testing.assert_allclose(found.means, means, rtol=1e-10)
    total = np.einsum("nk,nki,nkj->ij", resp, *2 * [X[:, np.newaxis] - means])
    if covariance_type == "full":
        got = np.einsum("k,kij->ij", nk, found.covariances)
    elif covariance_type == "tied":
        got = found.covariances[0] * nk.sum()
    else:
        got, total = (nk[:, np.newaxis] * found.covariances).sum(axis=0), np.diag(total)
        total = total if covariance_type == "diag" else total.mean(keepdims=True)
    np.testing.assert_allclose(got, total, rtol=1e-4)


def test_statistics_far_from_their_rows_are_refused(data):
    X = data[0] * 1e-6 + 1e5
    mixture = make_mixture([1.0], [[0.0] * D], [np.eye(D) * 1e10])
    workspace = make_workspace(mixture, reg_covar=0.0)
    stats = e_step(X, mixture, workspace)
    with pytest.raises(ValueError, match="stats have too few digits"):
        m_step(stats, mixture, workspace)
    found, _ = em_step(X, mixture, workspace)
    np.testing.assert_allclose(found.covariances[0], np.cov(X.T, bias=True), rtol=1e-4)


@njit(parallel=True)
def several(X, mixture, workspaces, bounds):
    for i in prange(bounds.size):
        bounds[i] = em_step(X, mixture, workspaces)[1]


@pytest.mark.usefixtures("small_chunks")
def test_within_a_prange_of_the_callers(data):
    X = data[0]
    mixture, _ = start(X)
    bounds = np.zeros(8)
    several(X, mixture, make_workspace(mixture), bounds)
    np.testing.assert_array_equal(bounds, em_step(X, mixture, make_workspace(mixture))[1])


@pytest.mark.usefixtures("small_chunks")
def test_concurrent_callers(data):
    X = data[0]
    mixture, _ = start(X)
    expected = em_step(X, mixture, make_workspace(mixture))[1]
    found = []

    def work():
        workspace = make_workspace(mixture)
        found.extend(em_step(X, mixture, workspace)[1] for _ in range(20))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [expected] * 80


@njit
def put_together(X, mixture, workspace):
    """Have the weights and means be strided."""
    weights, means = np.repeat(mixture.weights, 2), np.repeat(mixture.means, 2).reshape(-1, 2)
    own = Mixture(
        weights[::2],
        means[:, 0].copy().reshape(mixture.means.shape).T.copy().T,
        mixture.covariances,
        mixture.precisions_cholesky,
        mixture.log_norms,
    )
    return em_step(X, own, workspace)[0]


def test_a_mixture_that_compiled_code_put_together(data):
    mixture, _ = start(data[0])
    mixture = mixture.with_(weights=[0.1, 0.2, 0.3, 0.4])
    fixed = ("weights", "covariances")
    expected = em_step(data[0], mixture, make_workspace(mixture, fixed=fixed))[0]
    found = put_together(data[0], mixture, make_workspace(mixture, fixed=fixed))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_mixture_that_is_changed_in_place(data):
    mixture, _ = start(data[0])
    own, X, scores = Mixture(*map(np.array, mixture)), data[0][:100], np.empty(100)
    workspace = make_workspace(own)
    score_rows(X, own, workspace, scores)
    own.means[:] += 1.0
    expected = [fastgmm.log_density(x, own) for x in X]
    np.testing.assert_allclose(score_rows(X, own, workspace, scores), expected, rtol=1e-12)


@njit
def twice(X, mixture, workspace):
    return em_step(X, em_step(X, mixture, workspace)[0], workspace)[0]


def test_nothing_is_kept(data):
    X = data[0].copy()
    mixture, _ = start(X)
    workspace = make_workspace(mixture)
    twice(X, mixture, workspace)
    held = X, mixture.means, workspace.raised
    before = [sys.getrefcount(a) for a in held]
    _nrt_python.memsys_enable_stats()
    stats = rtsys.get_allocation_stats()
    for _ in range(50):
        twice(X, mixture, workspace)
    after = rtsys.get_allocation_stats()
    assert after.mi_alloc - stats.mi_alloc == after.mi_free - stats.mi_free
    counts = [sys.getrefcount(a) for a in held]
    assert all(n <= m for n, m in zip(counts, before, strict=True)), (counts, before)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("layout", ["C", pytest.param("F", marks=pytest.mark.slow)])
def test_rows_that_are_not_finite(data, place, bad, layout):
    X = np.array(data[0], order=layout)
    X[(0, 1, N // 2, N - 1)[place], place % D] = bad
    mixture, _ = start(data[0])
    for call in (em_step, e_step):
        with pytest.raises(ValueError, match="X must be finite"):
            call(X, mixture, make_workspace(mixture))
    with pytest.raises(ValueError, match="X must be finite"):
        score_rows(X, mixture, make_workspace(mixture), np.empty(N))


def test_an_error_ends_the_compiled_caller(data):
    mixture, _ = start(data[0])
    with pytest.raises(ValueError, match="X must be of shape"):
        twice(np.zeros((4, 2)), mixture, make_workspace(mixture))
