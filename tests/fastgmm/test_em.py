import subprocess
import sys

import naive
import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs, options_of, random_mixture
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fastgmm import EMState, GaussianMixture, make_mixture
from fastgmm.covariances import TYPES
from fastgmm.em.loop import EMRun, estimate, run_em
from fastgmm.passes.plan import EXPANSION_LIMIT
from fastgmm.passes.sources import ArraySource

quick = settings(max_examples=25, deadline=None)


@quick
@given(st.sampled_from(COVARIANCE_TYPES), st.integers(0, 10**6), st.sampled_from(["soft", "hard"]))
def test_one_step_is_the_textbooks(covariance_type, seed, mode):
    X = blobs(200, 3, 3, seed=seed)
    mixture = random_mixture(covariance_type, seed=seed, spread=4.0)
    covariances = naive.full_covariances(mixture.covariances, *mixture.means.shape)
    assume(np.linalg.cond(covariances).max() < 1e4)  # or SciPy's densities have lost the digits
    weights = np.random.default_rng(seed).exponential(size=len(X))
    stats, step = estimate(
        ArraySource(X, weights), mixture, options_of(covariance_type, 1e-3), mode=mode
    )
    assume(not step.empty.any())
    bound, w, means, covariances = naive.em_step(
        X, mixture, covariance_type, 1e-3, weights, mode == "hard"
    )
    assert stats.log_likelihood / stats.weight == pytest.approx(bound, rel=1e-10)
    np.testing.assert_allclose(step.mixture.weights, w, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(step.mixture.means, means, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(step.mixture.covariances, covariances, rtol=1e-8, atol=1e-8)


@quick
@given(st.sampled_from(COVARIANCE_TYPES), st.integers(0, 10**6), st.sampled_from(["soft", "hard"]))
def test_the_lower_bound_never_falls(covariance_type, seed, mode):
    X = blobs(150, 2, 3, seed=seed, spread=2.0)
    run = EMRun(random_mixture(covariance_type, d=2, seed=seed))
    run_em(run, ArraySource(X), options_of(covariance_type), mode=mode, tol=0.0, max_iter=30)
    assume(not run.reseeded and not run.floored)
    rounding = EXPANSION_LIMIT[np.dtype(np.float64)] * np.finfo(np.float64).eps  # of a log density
    assert (np.diff(run.lower_bounds) >= -rounding).all()


@quick
@given(st.sampled_from(COVARIANCE_TYPES), st.integers(0, 10**6))
def test_order_of_rows_and_components_does_not_matter(covariance_type, seed):
    rng = np.random.default_rng(seed)
    X = blobs(200, 3, 3, seed=seed)
    rows, components = rng.permutation(len(X)), rng.permutation(3)
    mixture = random_mixture(covariance_type, seed=seed)
    index = components if len(mixture.covariances) == 3 else [0]
    other = make_mixture(
        mixture.weights[components],
        mixture.means[components],
        mixture.covariances[index],
        covariance_type=covariance_type,
    )
    _, a = estimate(ArraySource(X), mixture, options_of(covariance_type))
    _, b = estimate(ArraySource(X[rows]), other, options_of(covariance_type))
    assume(not a.empty.any() and not a.floored.any())
    np.testing.assert_allclose(b.mixture.weights, a.mixture.weights[components], rtol=1e-8)
    np.testing.assert_allclose(b.mixture.means, a.mixture.means[components], rtol=1e-7)


def lloyd(X, centres, n_iter):
    """Return the centres after each of Lloyd's iterations."""
    path = []
    for _ in range(n_iter):
        distances = ((X[:, np.newaxis] - centres) ** 2).sum(axis=2)
        labels = distances.argmin(axis=1)
        centres = np.stack([X[labels == k].mean(axis=0) for k in range(len(centres))])
        path.append(centres)
    return path


@pytest.mark.parametrize("n_components", [2, 5])
def test_hard_em_with_equal_spheres_makes_lloyds_steps(n_components):
    X = blobs(500, 3, 5, seed=3)
    start = X[:n_components]
    path = []
    gm = GaussianMixture(
        n_components,
        covariance_type="spherical",
        assignment="hard",
        weights_init=np.full(n_components, 1.0 / n_components),
        means_init=start,
        covariances_init=np.full(n_components, 1.0),
        fixed=("weights", "covariances"),
        tol=0.0,
        max_iter=12,
        callback=lambda state: path.append(state.mixture.means) or state.iteration == 12,
    ).fit(X)
    expected = lloyd(X, start, len(path))
    for got, centres in zip(path, expected, strict=True):
        np.testing.assert_allclose(got, centres, rtol=1e-12, atol=1e-12)
    distances = ((X[:, np.newaxis] - gm.means_) ** 2).sum(axis=2)
    np.testing.assert_array_equal(gm.predict(X), distances.argmin(axis=1))
    np.testing.assert_array_equal(gm.covariances_, 1.0)


def test_means_only_with_unit_variances():
    # The textbook case: two unit normals of known equal weight, only the means unknown.
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(-2, 1, 4000), rng.normal(2, 1, 4000)])[:, np.newaxis]
    gm = GaussianMixture(
        2,
        weights_init=[0.5, 0.5],
        means_init=[[-0.5], [0.5]],
        covariances_init=np.ones((2, 1, 1)),
        fixed=("weights", "covariances"),
        tol=1e-10,
    ).fit(X)
    np.testing.assert_allclose(gm.means_.ravel(), [-2, 2], atol=0.06)
    np.testing.assert_array_equal(gm.weights_, [0.5, 0.5])
    np.testing.assert_array_equal(gm.covariances_.ravel(), [1.0, 1.0])
    # A fixed point of the mean's equation, written out.
    low, high = gm.means_.ravel()
    r = 1 / (1 + np.exp(-(X - (low + high) / 2) * (high - low)))
    assert gm.means_[1, 0] == pytest.approx((r * X).sum() / r.sum(), abs=1e-4)


@pytest.mark.parametrize("fixed", [("means",), ("weights",), ("means", "weights"), "covariances"])
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_what_is_fixed_stays_and_the_rest_is_the_best(covariance_type, fixed):
    X = blobs(400, 2, 2, seed=4)
    m = random_mixture(covariance_type, k=2, d=2)
    gm = GaussianMixture(
        2,
        covariance_type=covariance_type,
        weights_init=m.weights,
        means_init=m.means,
        covariances_init=TYPES[covariance_type].to_sklearn(m.covariances),
        fixed=fixed,
        tol=1e-9,
        max_iter=2000,
        reg_covar=0,
    ).fit(X)
    names = {fixed} if isinstance(fixed, str) else set(fixed)
    for name in ("weights", "means", "covariances"):
        given_value = getattr(m, name)
        if name == "covariances":
            given_value = TYPES[covariance_type].to_sklearn(given_value)
        same = np.array_equal(getattr(gm, f"{name}_"), given_value)
        assert same == (name in names)
    assert (np.diff(gm.lower_bounds_) >= -1e-12).all()
    if "means" in names:  # the covariance is about the given means, not the rows' own
        resp = gm.predict_proba(X)
        expected = naive.m_step(X, resp, covariance_type)[2]
        assert not np.allclose(TYPES[covariance_type].to_sklearn(expected), gm.covariances_)


def test_callback_sees_each_iteration_and_stops():
    seen = []

    def callback(state):
        seen.append(state)
        return state.iteration == 3

    X = blobs(300)
    gm = GaussianMixture(3, tol=0.0, random_state=0, callback=callback, n_init=4).fit(X)
    assert [s.iteration for s in seen] == [1, 2, 3]
    assert all(isinstance(s, EMState) for s in seen)
    assert [s.lower_bound for s in seen] == gm.lower_bounds_
    assert gm.n_iter_ == 3
    assert not gm.converged_
    np.testing.assert_array_equal(seen[-1].mixture.means, gm.means_)


def test_hard_em_that_moves_no_row_has_converged():
    gm = GaussianMixture(3, assignment="hard", tol=0.0, random_state=0).fit(blobs(300))
    assert gm.converged_
    assert gm.lower_bounds_[-1] == pytest.approx(gm.lower_bounds_[-2], rel=1e-13)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupt_leaves_the_last_finished_iteration(error):
    states = []

    def callback(state):
        states.append(state)
        if state.iteration == 4:
            raise error("stop")

    X = blobs(300)
    gm = GaussianMixture(3, tol=0.0, random_state=0, callback=callback)
    with pytest.raises(error, match="stop"):
        gm.fit(X)
    assert gm.n_iter_ == 4
    np.testing.assert_array_equal(gm.means_, states[-1].mixture.means)
    assert np.isfinite(gm.score(X))
    # And a warm start goes on from there.
    gm.set_params(callback=None, warm_start=True, tol=1e-6).fit(X)
    assert gm.lower_bound_ >= states[-1].lower_bound


def test_an_interrupted_second_start_keeps_the_better():
    def callback(state):
        if state.init == 1:
            raise KeyboardInterrupt

    X = blobs(300)
    gm = GaussianMixture(3, random_state=0, n_init=3, callback=callback)
    with pytest.raises(KeyboardInterrupt):
        gm.fit(X)
    assert gm.converged_
    first = GaussianMixture(3, random_state=0).fit(X)
    np.testing.assert_array_equal(gm.means_, first.means_)


INTERRUPTED = """
import os, signal, sys, threading, time
import numpy as np
from fastgmm import GaussianMixture
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell may have ignored
X = np.random.default_rng(0).normal(size=(100_000, 6))
gm = GaussianMixture(6, covariance_type=sys.argv[1], random_state=0, tol=0, max_iter=10**6)
gm.set_params(callback=lambda state: state.iteration == 2).fit(X)
states, started = [], threading.Event()
gm.set_params(callback=lambda state: states.append(state) or started.set())
def interrupt():
    started.wait()
    time.sleep(float(sys.argv[2]))
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    gm.fit(X)
except KeyboardInterrupt:
    assert np.array_equal(gm.means_, states[gm.n_iter_ - 1].mixture.means)
    assert len(states) - gm.n_iter_ in (0, 1)
    assert np.isfinite(gm.score(X))
    print("interrupted")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
@pytest.mark.parametrize("covariance_type", ["full", "diag"])
@pytest.mark.parametrize("delay", [0.3, 0.317, 0.334])
def test_ctrl_c_is_a_keyboard_interrupt(covariance_type, delay):
    out = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, covariance_type, str(delay)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert out.stdout == "interrupted\n", out.stderr


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("variance", [1e-20, 1.0, 1e14])
def test_hard_em_of_rows_far_apart_settles(dtype, variance):
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(100, 2)) + c for c in (0, 20, 40)]).astype(dtype) * 1e7
    gm = GaussianMixture(
        3,
        covariance_type="spherical",
        weights_init=[1 / 3] * 3,
        means_init=[[1e7] * 2, [3e8] * 2, [3.5e8] * 2],
        covariances_init=[variance] * 3,
        fixed=("weights", "covariances"),
        assignment="hard",
    ).fit(X)
    assert gm.converged_
    assert gm.n_iter_ <= 4
    expected = X.astype(float).reshape(3, 100, 2).mean(axis=1)
    atol = 1e3 * np.finfo(dtype).eps * 1e7
    np.testing.assert_allclose(gm.means_, expected, rtol=0, atol=atol)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize(("dtype", "far"), [(np.float32, 1e13), (np.float32, 1e15), (float, 1e125)])
def test_rows_far_from_fixed_small_covariances_are_counted_where_they_are(
    covariance_type, dtype, far
):
    X = (far + 0.01 * far * np.random.default_rng(0).normal(size=(200, 1))).astype(dtype)
    unit = {"full": [[[1.0]]], "tied": [[1.0]], "diag": [[1.0]], "spherical": [1.0]}
    gm = GaussianMixture(
        1,
        covariance_type=covariance_type,
        means_init=[[0.0]],
        covariances_init=unit[covariance_type],
        fixed="covariances",
        callback=lambda state: True,
    ).fit(X)
    assert gm.means_[0, 0] == pytest.approx(X.mean(dtype=float), rel=1e-6)


def test_hard_em_goes_on_while_rows_change_places_in_equal_numbers():
    Y = (np.random.default_rng(0).normal(size=(10000, 2)) * [1.2, 1.0]).astype(np.float32)
    X = np.concatenate([Y, -Y])
    gm = GaussianMixture(
        2,
        covariance_type="spherical",
        assignment="hard",
        tol=0.0,
        max_iter=100,
        means_init=[[0.3, 1.0], [-0.3, -1.0]],
        weights_init=[0.5, 0.5],
        precisions_init=[1.0, 1.0],
        fixed=("weights", "covariances"),
    )
    gm.fit(X)
    assert gm.converged_
    labels = gm.predict(X)
    for k in (0, 1):
        np.testing.assert_allclose(
            X[labels == k].mean(axis=0, dtype=float), gm.means_[k], atol=1e-5
        )
