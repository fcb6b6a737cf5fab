"""What the steps say of mistakes, and that they run in every threading layer of Numba's."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numba import njit
from numba.core.errors import TypingError

from fastgmm import (
    add_statistics,
    e_step,
    em_step,
    m_step,
    make_mixture,
    make_workspace,
    score_rows,
)

D, K = 3, 4
X4 = np.zeros((4, D))


def mixture_of(covariance_type="full"):
    covariances = {"full": [4.0 * np.eye(D)] * K, "diag": [[4.0] * D] * K}[covariance_type]
    return make_mixture([1.0 / K] * K, np.arange(K * D).reshape(K, D), covariances)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"X": [[0.0] * D]}, TypeError, "X must be an ndarray of float64 or float32, got a list"),
        ({"X": np.zeros((4, D), int)}, TypeError, "X must be an ndarray of float64"),
        ({"X": np.zeros((4, 2))}, ValueError, r"X must be of shape \(N, 3\)"),
        ({"X": np.zeros((0, D))}, ValueError, "N of at least 1"),
        ({"X": np.zeros(D)}, ValueError, r"X must be of shape"),
        ({"mixture": None}, TypeError, "mixture must be a Mixture"),
        ({"workspace": None}, TypeError, "workspace must be a Workspace, of make_workspace"),
        ({"sample_weight": np.ones(3)}, ValueError, r"sample_weight must be of shape \(4,\)"),
        ({"sample_weight": np.zeros(4)}, ValueError, "at least one non-zero|a positive entry"),
        ({"sample_weight": -np.ones(4)}, ValueError, "Negative values"),
        ({"sample_weight": np.full(4, np.nan)}, ValueError, "NaN"),
        ({"sample_weight": np.ma.array(np.ones(4), mask=[1, 0, 0, 0])}, ValueError,
         "sample_weight has 1 masked"),
        ({"X": np.ma.array(X4, mask=np.ones((4, D)))}, ValueError, "X has .* masked entries"),
    ],
)  # fmt: skip
def test_mistakes(change, error, message):
    mixture = mixture_of()
    em_step(X4, mixture, make_workspace(mixture))  # compiled code takes what it has taken before
    arguments = {"X": X4, "mixture": mixture, "workspace": make_workspace(mixture)} | change
    with pytest.raises(error, match=message):
        em_step(**arguments)
    with pytest.raises(error, match=message):
        e_step(**arguments)


def test_mistakes_with_what_is_made():
    mixture = mixture_of()
    diag = mixture_of("diag")
    workspace = make_workspace(mixture)
    with pytest.raises(ValueError, match="workspace was made for means of shape"):
        em_step(X4, diag, workspace)
    with pytest.raises(ValueError, match=r"scores must be writable and of shape \(4,\)"):
        score_rows(X4, mixture, workspace, np.empty(5))
    with pytest.raises(TypeError, match="resp must be an ndarray of float64 or float32, got int64"):
        e_step(X4, mixture, workspace, resp=np.empty((4, K), int))
    both = np.random.default_rng(0).normal(size=(4, D + K))
    X, resp = both[:, :D], both[:, D:]
    with pytest.raises(ValueError, match="resp must not share memory with X"):
        e_step(X, mixture, workspace, resp=both[:, :K])
    e_step(X, mixture, workspace, resp=resp)
    np.testing.assert_allclose(resp.sum(axis=1), 1.0)
    stats = e_step(X4, mixture, workspace)
    with pytest.raises(ValueError, match="stats must be of a mixture of the same shape"):
        m_step(e_step(X4, diag, make_workspace(diag)), mixture, workspace)
    with pytest.raises(ValueError, match="stats must be of rows of a positive weight"):
        m_step(add_statistics(stats, stats, 0.0, 0.0), mixture, workspace)
    with pytest.raises(ValueError, match="scale_b must be a finite non-negative number"):
        add_statistics(stats, stats, 1.0, -1.0)
    whitened = stats._replace(factors=mixture.precisions_cholesky)
    with pytest.raises(ValueError, match="got statistics of whitened rows"):
        add_statistics(whitened, whitened)
    with pytest.raises(TypeError, match="mixture must be a Mixture, such as make_mixture"):
        m_step(mixture, stats, workspace)
    with pytest.raises(TypeError, match="stats must be a SufficientStats, of e_step"):
        m_step(mixture, mixture, workspace)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"covariance_type": "banded"}, "covariance_type must be one of"),
        ({"covariance_type": "diag"}, "asks for a mixture with covariances of shape"),
        ({"reg_covar": -1.0}, "reg_covar must be a number from 0"),
        ({"reg_covar": "small"}, "reg_covar must be a number from 0"),
        ({"fixed": "mean"}, "fixed must hold names out of"),
        ({"assignment": "medium"}, 'assignment must be "soft" or "hard"'),
    ],
)
def test_mistakes_in_options(options, message):
    with pytest.raises(ValueError, match=message):
        make_workspace(mixture_of(), **options)


def test_mistakes_in_njit_are_told_by_type():
    mixture = mixture_of()
    workspace = make_workspace(mixture)
    with pytest.raises(TypingError, match="mixture must be a Mixture, as make_mixture"):
        njit(lambda X, m, w: em_step(X, w, m))(X4, mixture, workspace)
    with pytest.raises(TypingError, match="X must be an array of 2 dimensions"):
        njit(lambda X, m, w: e_step(X, m, w))(X4[0], mixture, workspace)


PROGRAM = """
import multiprocessing, os, threading
import numba, numpy as np
from numba import njit, prange
from fastgmm import em_step, make_mixture, make_workspace

X = np.arange(24.0).reshape(12, 2) ** 1.5
mixture = make_mixture([0.5, 0.5], X[:2], 100.0 * np.ones((2, 2)), covariance_type="diag")

@njit(parallel=True)
def several(X, mixture, workspace, bounds):
    for i in prange(bounds.size):
        bounds[i] = em_step(X, mixture, workspace)[1]

def run(bounds):
    several(X, mixture, make_workspace(mixture), bounds)
    assert np.ptp(bounds) == 0.0, bounds
    return bounds[0]

def step(found):
    for _ in range(50):
        found.append(em_step(X, mixture, make_workspace(mixture))[1])
"""
CONCURRENT = """
found = []
workers = [threading.Thread(target=step, args=[found]) for _ in range(4)]
[w.start() for w in workers]
[w.join() for w in workers]
assert set(found) == {run(np.zeros(4))} and len(found) == 200, set(found)
print(numba.threading_layer())
"""
FORKED = """
def in_child(queue):
    found = []
    step(found)
    queue.put(found[-1])

expected = run(np.zeros(4))
context = multiprocessing.get_context("fork")
queue = context.Queue()
child = context.Process(target=in_child, args=[queue])
child.start()
assert queue.get(timeout=60) == expected
child.join()
assert child.exitcode == 0
print(numba.threading_layer())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layer", "program"),
    [
        ("workqueue", CONCURRENT),
        ("omp", CONCURRENT),
        pytest.param(
            "omp", FORKED, marks=pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
        ),
    ],
    ids=["workqueue", "omp", "forked"],
)
def test_every_threading_layer(layer, program):
    environment = os.environ | {"NUMBA_THREADING_LAYER": layer, "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PROGRAM + program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if "No threading layer could be loaded" in done.stderr:
        pytest.skip(f"Numba has no {layer} here")
    assert (done.returncode, done.stdout) == (0, f"{layer}\n"), done.stderr
