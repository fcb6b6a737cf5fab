"""The twenty functions where the time goes, each timed alone by pytest-benchmark.

``python -m pytest tests/benchmarks --benchmark-only`` runs them; see docs/benchmarks.md for
how two commits are compared.
"""

import numba
import numpy as np
import pytest

import fastad
from benchmarks.harness import common
from fastgmm import log_density, make_mixture, set_num_threads
from fastgmm.covariances import TYPES
from fastgmm.em.m_step import MStepOptions, m_step
from fastgmm.em.start import initial_mixture, kmeans_plusplus
from fastgmm.passes.plan import make_plan
from fastgmm.passes.sources import ArraySource
from fastgmm.simd.exp_log import exp_nonpositive


@pytest.fixture(autouse=True)
def _one_thread():
    set_num_threads(1)
    yield
    set_num_threads(None)


def _data(n, d, k, covariance_type, dtype="float64"):
    X = common.rows(n, d, k, dtype)
    start = common.start(X, k, covariance_type)
    covariances = TYPES[covariance_type].from_sklearn(start["covariances"])
    return ArraySource(X), make_mixture(start["weights"], start["means"], covariances)


def _time(benchmark, function, *args):
    function(*args)  # compiles
    return benchmark(function, *args)


PASSES = {
    "full, 8 features": (20_000, 8, 16, "full", "float64"),
    "full, 64 features": (4_000, 64, 8, "full", "float64"),
    "full, 256 components": (4_000, 8, 256, "full", "float64"),
    "full, float32": (20_000, 8, 16, "full", "float32"),
    "tied": (20_000, 16, 32, "tied", "float64"),
    "diag": (20_000, 16, 32, "diag", "float64"),
    "spherical": (20_000, 16, 32, "spherical", "float64"),
}


@pytest.mark.parametrize("name", PASSES)
def test_statistics(benchmark, name):
    source, mixture = _data(*PASSES[name])
    stats = _time(benchmark, source.statistics, mixture, PASSES[name][3])
    assert stats.weight == pytest.approx(PASSES[name][0])


def test_statistics_of_hard_assignments(benchmark):
    source, mixture = _data(20_000, 8, 16, "full")
    stats = _time(benchmark, lambda: source.statistics(mixture, "full", mode="hard"))
    assert stats.nk.sum() == pytest.approx(20_000)


@pytest.mark.parametrize("output", ["scores", "resp", "labels"])
def test_scores(benchmark, output):
    source, mixture = _data(20_000, 8, 16, "full")
    shape = {"scores": 20_000, "resp": (20_000, 16), "labels": 20_000}[output]
    out = np.zeros(shape, np.int64 if output == "labels" else np.float64)
    _time(benchmark, source.scores, mixture, "full", {output: out})
    assert out.any()


def test_make_plan(benchmark):
    _, mixture = _data(2_000, 16, 32, "full")
    _time(benchmark, make_plan, mixture, "full", np.float64)


def test_m_step(benchmark):
    source, mixture = _data(2_000, 16, 32, "full")
    _time(benchmark, m_step, source.statistics(mixture, "full"), mixture, MStepOptions())


def test_kmeans_plusplus(benchmark):
    rows = common.rows(10_000, 8, 16)
    rng = np.random.RandomState(0)
    _time(benchmark, kmeans_plusplus, rows, np.ones(len(rows)), 16, rng)


def test_initial_mixture(benchmark):
    source, _ = _data(10_000, 8, 16, "full")
    _time(
        benchmark,
        lambda: initial_mixture(source, 16, MStepOptions(), "kmeans", np.random.RandomState(0)),
    )


@numba.njit
def _log_densities(X, mixture):
    total = 0.0
    for i in range(X.shape[0]):
        total += log_density(X[i], mixture)
    return total


def test_log_density_in_a_loop(benchmark):
    source, mixture = _data(2_000, 8, 16, "full")
    assert np.isfinite(_time(benchmark, _log_densities, source.X, mixture))


@numba.njit(error_model="numpy", fastmath={"contract"})
def _exponentials(x, out):
    for i in range(x.size):
        out[i] = exp_nonpositive(x[i])


def test_exp_nonpositive(benchmark):
    x = -np.arange(1024.0) / 64.0
    out = np.empty_like(x)
    _time(benchmark, _exponentials, x, out)
    np.testing.assert_allclose(out, np.exp(x), rtol=1e-14)


@numba.njit
def _rosenbrock(x):
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


@numba.njit
def _gradient_by_tape(tape, x):
    tape.reset()
    return tape.gradient(_rosenbrock(tape.variables(x)))


def test_gradient_by_jets(benchmark):
    gradient = fastad.grad(_rosenbrock, mode="forward")
    assert _time(benchmark, gradient, np.zeros(64)).shape == (64,)


def test_hessian(benchmark):
    assert _time(benchmark, fastad.hessian(_rosenbrock), np.zeros(16)).shape == (16, 16)


def test_gradient_by_tape(benchmark):
    gradient = _time(benchmark, _gradient_by_tape, fastad.Tape(), np.zeros(64))
    np.testing.assert_allclose(gradient, fastad.grad(_rosenbrock)(np.zeros(64)))
