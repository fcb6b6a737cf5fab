"""The density in other Numba code: right, without allocation, from Python, njit and prange."""

import os
import subprocess
import sys

import numba
import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs, random_mixture
from naive import exact_scores, full_covariances
from naive import log_joint as naive_log_joint
from numba.core.runtime import _nrt_python, rtsys
from scipy.special import logsumexp

from fastgmm import (
    GaussianMixture,
    log_density,
    log_joint,
    make_mixture,
    responsibilities,
    sample,
    sample_into,
)
from fastgmm.mixture import as_dtype

K, D = 3, 2


def in_python(X, mixture, scores, joint, resp, again):
    """Fill scores (N,), joint (N, K), resp (N, K) and again (N,), the scores once more."""
    for i in range(len(X)):
        scores[i] = log_density(X[i], mixture)
        for k in range(joint.shape[1]):
            joint[i, k] = log_joint(X[i], k, mixture)
        again[i] = responsibilities(X[i], mixture, resp[i])


@numba.njit
def in_njit(X, mixture, scores, joint, resp, again):
    for i in range(len(X)):
        scores[i] = log_density(X[i], mixture)
        for k in range(joint.shape[1]):
            joint[i, k] = log_joint(X[i], k, mixture)
        again[i] = responsibilities(X[i], mixture, resp[i])


@numba.njit(parallel=True)
def in_prange(X, mixture, scores, joint, resp, again):
    for i in numba.prange(len(X)):
        scores[i] = log_density(X[i], mixture)
        for k in range(joint.shape[1]):
            joint[i, k] = log_joint(X[i], k, mixture)
        again[i] = responsibilities(X[i], mixture, resp[i])


def evaluate(X, mixture, how=in_njit):
    """Return the log densities (N,), log joint densities and responsibilities (N, K)."""
    n, k = len(X), len(mixture.weights)
    out = [np.empty(shape, X.dtype) for shape in (n, (n, k), (n, k), n)]
    how(X, mixture, *out)
    np.testing.assert_allclose(out[0], out[3], rtol=1e-5 if X.dtype == np.float32 else 1e-13)
    return out[:3]


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("how", [in_python, in_njit, in_prange])
def test_against_scipy(covariance_type, how):
    X, mixture = blobs(50, D), random_mixture(covariance_type, K, D)
    scores, joint, resp = evaluate(X, mixture, how)
    expected = naive_log_joint(X, mixture)
    norm = logsumexp(expected, axis=1)
    np.testing.assert_allclose(joint, expected, rtol=1e-11)
    np.testing.assert_allclose(scores, norm, rtol=1e-11)
    np.testing.assert_allclose(resp, np.exp(expected - norm[:, np.newaxis]), atol=1e-12)
    np.testing.assert_allclose(resp.sum(axis=1), 1.0, rtol=1e-14)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_float32_mixtures(covariance_type):
    mixture = as_dtype(random_mixture(covariance_type, K, D), np.float32)
    X = blobs(50, D, dtype=np.float32)
    scores, joint, resp = evaluate(X, mixture)
    expected = naive_log_joint(X, mixture)
    norm = logsumexp(expected, axis=1)
    np.testing.assert_allclose(joint, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(scores, norm, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(resp, np.exp(expected - norm[:, np.newaxis]), atol=2e-5)
    # It is computed in float64 all the same: only the parameters are rounded.
    exact = exact_scores(X[:5], mixture)
    found = [log_density(x.astype(np.float64), mixture) for x in X[:5]]
    np.testing.assert_allclose(found, exact, rtol=1e-6)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_a_tight_component_far_from_the_origin_keeps_its_digits(covariance_type):
    m = random_mixture(covariance_type, K, D)
    m = make_mixture(m.weights, m.means + 1e8, m.covariances / 1e6)
    X = m.means + np.array([[1e-3, -1e-3], [0.0, 0.0], [2e-3, 1e-3]])
    np.testing.assert_allclose(evaluate(X, m)[0], exact_scores(X, m), rtol=1e-13)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("zero", [0, 1, 2])
def test_a_weight_of_zero(covariance_type, zero):
    m = random_mixture(covariance_type, K, D)
    weights = np.insert([0.25, 0.75], zero, 0.0)
    m = make_mixture(weights, m.means, m.covariances)
    X = blobs(50, D)
    scores, joint, resp = evaluate(X, m)
    assert (joint[:, zero] == -np.inf).all()
    assert (resp[:, zero] == 0).all()
    np.testing.assert_allclose(resp.sum(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(scores, logsumexp(naive_log_joint(X, m), axis=1), rtol=1e-11)
    assert not (sample(m, 500, np.random.default_rng(0))[1] == zero).any()


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_far_away(covariance_type):
    m = random_mixture(covariance_type, K, D)
    X = np.array([[1e3, -1e3], [1e150, 0.0], [-1e200, 1e200], [0.0, 1e300]])
    scores, _, resp = evaluate(X, m)
    np.testing.assert_allclose(scores[:2], exact_scores(X[:2], m), rtol=1e-12)
    assert (scores[2:] == -np.inf).all()  # their squares are beyond float64
    np.testing.assert_allclose(resp.sum(axis=1), 1.0, rtol=1e-14)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_what_is_not_a_number_stays_so(covariance_type):
    scores, joint, resp = evaluate(
        np.array([[np.nan, 0.0], [0.0, np.nan]]), random_mixture(covariance_type, K, D)
    )
    assert np.isnan(scores).all()
    assert np.isnan(joint).all()
    assert np.isnan(resp).all()


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("size", [1.0, 1e3, 1e5])
def test_float32_is_rounded_at_the_end(covariance_type, size):
    m = random_mixture(covariance_type, K, D)
    wide, narrow = np.empty(K), np.empty(K, np.float32)
    for x in blobs(20, D) * size:
        assert responsibilities(x, m, wide) == responsibilities(x, m, narrow)
        np.testing.assert_allclose(narrow, wide, rtol=3e-7, atol=1e-45)


def test_float32_of_a_row_far_out_in_closed_form():
    m = make_mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 0.0]], [np.eye(2)] * 2)
    out = np.empty(2, np.float32)
    responsibilities(np.array([0.3, 3e3]), m, out)
    assert out[0] == pytest.approx(1 / (1 + np.exp(-0.2)), rel=1e-6)


def test_responsibilities_are_not_cut_off_to_integers():
    with pytest.raises(numba.TypingError, match="out must be of float64 or float32, got int64"):
        responsibilities(np.zeros(D), random_mixture("full", K, D), np.empty(K, np.int64))


def test_no_row_of_a_weight_of_zero_where_weights_do_not_quite_sum_to_one():
    m = make_mixture([0.5, 0.0, 0.5 - 9e-7, 0.0], np.arange(4.0)[:, np.newaxis], np.ones((4, 1)))
    labels = sample(m, 10_000_000, np.random.default_rng(0))[1]
    assert np.bincount(labels, minlength=4)[[1, 3]].tolist() == [0, 0]


@numba.njit
def draw_all(mixture, n, seed_rng, X, labels):
    for i in range(n):
        labels[i] = sample_into(mixture, seed_rng, X[i])


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_moments_of_samples(covariance_type, dtype):
    n = 60_000
    m = as_dtype(random_mixture(covariance_type, K, D), dtype)
    X, labels = sample(m, n, np.random.default_rng(0))
    assert (X.dtype, labels.dtype, X.shape, labels.shape) == (dtype, np.int64, (n, D), (n,))
    counts = np.bincount(labels, minlength=K)
    assert len(counts) == K
    deviation = np.sqrt(n * m.weights * (1 - m.weights))
    assert (np.abs(counts - n * m.weights) < 5 * deviation).all()
    for k, covariance in enumerate(full_covariances(m.covariances, K, D)):
        rows = X[labels == k].astype(np.float64)
        # Whitened they are standard normal: mean and covariance within five deviations.
        z = np.linalg.solve(np.linalg.cholesky(covariance), (rows - m.means[k]).T)
        bound = 5 / np.sqrt(len(rows))
        assert (np.abs(z.mean(axis=1)) < bound).all()
        assert (np.abs(z @ z.T / len(rows) - np.eye(D)) < np.sqrt(2) * bound).all()


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_the_ways_to_sample_are_one(covariance_type):
    m = random_mixture(covariance_type, K, D)
    X, labels = sample(m, 20, np.random.default_rng(7))
    again, same = np.empty_like(X), np.empty_like(labels)
    draw_all(m, 20, np.random.default_rng(7), again, same)
    assert np.array_equal(X, again)
    assert np.array_equal(labels, same)
    rng, x = np.random.default_rng(7), np.empty(D)
    assert sample_into(m, rng, x) == labels[0]
    assert np.array_equal(x, X[0])
    assert not np.array_equal(X, sample(m, 20, np.random.default_rng(8))[0])


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_samples_of_an_estimator_are_of_the_components_that_they_name(covariance_type):
    m = random_mixture(covariance_type, K, D)
    gm = GaussianMixture.from_mixture(m, random_state=0, covariance_type=covariance_type)
    X, labels = gm.sample(12_000)
    covariances = full_covariances(m.covariances, K, D)
    for k in range(K):
        rows = X[labels == k]
        whitened = (rows - m.means[k]) @ np.linalg.inv(np.linalg.cholesky(covariances[k])).T
        error = 5 / np.sqrt(len(rows))
        np.testing.assert_allclose(whitened.mean(axis=0), 0, atol=error)
        np.testing.assert_allclose(whitened.T @ whitened / len(rows), np.eye(D), atol=2 * error)


@numba.njit
def misuse(which, x, k, mixture, rng, out):
    if which == 0:
        return log_density(x, mixture)
    if which == 1:
        return log_joint(x, k, mixture)
    if which == 2:
        return responsibilities(x, mixture, out)
    return float(sample_into(mixture, rng, out))


@pytest.mark.parametrize("call", [misuse, misuse.py_func], ids=["compiled", "interpreted"])
@pytest.mark.parametrize(
    ("which", "d", "k", "n_out", "message"),
    [(which, d, 0, K, "x must be of shape") for which in (0, 1, 2) for d in (D - 1, D + 1)]
    + [(1, D, k, K, "k must be a component") for k in (-1, K, 2**40)]
    + [(2, D, 0, n, r"out must be of shape \(K,\)") for n in (K - 1, K + 1)]
    + [(3, D, 0, n, r"out must be of shape \(D,\)") for n in (D - 1, D + 1)],
)
def test_wrong_lengths_are_refused_and_nothing_is_written(call, which, d, k, n_out, message):
    buffer = np.zeros(K + D + 2)
    mixture = random_mixture("full", K, D)
    with pytest.raises(ValueError, match=message):
        call(which, np.zeros(d), k, mixture, np.random.default_rng(0), buffer[:n_out])
    assert not buffer.any()


def test_an_estimator_is_no_argument_and_numba_says_what_is():
    gm = GaussianMixture.from_mixture(random_mixture("full", K, D))
    with pytest.raises(numba.TypingError, match="pass its mixture_"):
        log_density(np.zeros(D), gm)
    assert numba.jit(forceobj=True)(lambda model: model.n_components)(gm) == K


@numba.njit
def hot_loop(mixture, X, resp, x, rng, n):
    total = 0.0
    for i in range(n):
        row = X[i % len(X)]
        total += log_density(row, mixture) + log_joint(row, 0, mixture)
        total += responsibilities(row, mixture, resp)
        total += sample_into(mixture, rng, x)
    return total


@numba.njit
def cold_loop(mixture, X, resp, x, rng, n):
    total = 0.0
    for _ in range(n):
        total += sample(mixture, 1, rng)[0][0, 0]
    return total


def allocations(loop, covariance_type, n):
    """Return how many times `loop` of n turns allocates memory."""
    args = (random_mixture(covariance_type, K, D), blobs(10, D), np.empty(K), np.empty(D))
    rng = np.random.default_rng(0)
    loop(*args, rng, 1)  # compiled by now
    before = rtsys.get_allocation_stats()
    assert np.isfinite(loop(*args, rng, n))
    return rtsys.get_allocation_stats().alloc - before.alloc


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_the_hot_functions_allocate_nothing(covariance_type):
    enabled = _nrt_python.memsys_stats_enabled()
    _nrt_python.memsys_enable_stats()
    try:
        boxing = allocations(hot_loop, covariance_type, 1)
        assert allocations(hot_loop, covariance_type, 1000) == boxing
        assert allocations(cold_loop, covariance_type, 1000) >= boxing + 1000  # the meter works
    finally:
        if not enabled:
            _nrt_python.memsys_disable_stats()


CACHE_SCRIPT = """
import numpy as np
from fastgmm import log_density, log_joint, make_mixture, responsibilities, sample, sample_into
m = make_mixture([1.0], [[0.0, 0.0]], [[1.0, 1.0]])
x, rng = np.zeros(2), np.random.default_rng(0)
log_density(x, m), log_joint(x, 0, m), responsibilities(x, m, np.empty(1))
sample(m, 3, rng), sample_into(m, rng, x)
for f in (log_density, log_joint, responsibilities, sample, sample_into):
    print(sum(f.stats.cache_hits.values()), sum(f.stats.cache_misses.values()))
"""


def test_a_second_process_loads_from_the_disk_cache(tmp_path):
    runs = [
        subprocess.run(
            [sys.executable, "-c", CACHE_SCRIPT],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\n")[:5]
        for _ in range(2)
    ]
    assert runs[0][0] == "0 1"
    assert runs[1] == ["1 0"] * 5
