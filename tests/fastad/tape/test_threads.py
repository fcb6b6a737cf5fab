"""Parallel functions and the tape: one thread records, whatever the function asks for."""

import math
from types import ModuleType
from typing import NamedTuple

import numba
import numpy as np
import pytest

from fastad import ReplayTape, grad, hvp, replayed, sparse_hessian
from fastad.jit.call_graph import in_threads


def chains(x):
    """A chain of operations for each item: threads would meet on a tape in every turn."""
    y = np.empty_like(x)
    for i in numba.prange(x.size):
        s = x[i]
        for _ in range(20):
            s = math.sin(s) + 0.1 * x[i]
        y[i] = s
    total = 0.0
    for i in range(x.size):
        total += y[i] * y[i]
    return total


serial, parallel = numba.njit(chains), numba.njit(parallel=True)(chains)
X = np.linspace(0.1, 2.0, 1000)
TIMES = 20  # a race shows in most calls, not in each


@pytest.fixture(autouse=True)
def _threads():
    before = numba.get_num_threads()
    numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
    yield
    numba.set_num_threads(before)


@pytest.fixture(scope="module")
def wanted():
    return grad(serial, mode="tape")(X)


def test_gradients_on_the_tape_are_the_serial_functions(wanted):
    assert wanted == pytest.approx(grad(serial, mode="source")(X), rel=1e-12)
    g = grad(parallel, mode="tape")
    for _ in range(10 * TIMES):  # each takes a millisecond
        np.testing.assert_array_equal(g(X), wanted)


@pytest.mark.slow  # half a minute to compile
def test_replays_are_the_serial_functions(wanted):
    g = replayed(parallel)
    for _ in range(TIMES):
        _, slope = g(ReplayTape(), X[:20])
        np.testing.assert_allclose(slope, wanted[:20], rtol=1e-12)


@pytest.mark.slow
def test_products_on_the_tape_are_the_serial_functions():
    products, right = hvp(parallel, mode="tape"), hvp(serial, mode="tape")(X, np.ones(X.size))
    for _ in range(TIMES):
        np.testing.assert_array_equal(products(X, np.ones(X.size)), right)


def test_sparse_hessians_are_the_serial_functions():
    right, g = grad(serial, mode="source"), sparse_hessian(parallel)
    for n in range(10, 10 + TIMES):  # of another size: recorded once more
        x = X[:n]
        slopes = (right(x + 1e-6) - right(x - 1e-6)) / 2e-6  # each by its own item alone
        found = g(x)
        assert found.nnz == n
        np.testing.assert_allclose(found.toarray(), np.diag(slopes), rtol=1e-6, atol=1e-6)


@numba.njit(parallel=True)
def fill(x, y):
    for i in numba.prange(x.size):
        y[i] = math.sin(x[i])


def calls_what_runs_in_threads(x):
    """And sorts a list, which no source transformation takes."""
    y = np.zeros_like(x)
    fill(x, y)
    first = sorted([y[0], y[1]])
    return np.sum(y) + first[0]


def test_a_function_that_calls_a_parallel_one_takes_no_tape():
    x = np.linspace(0.1, 1.0, 40)  # so many variables are recorded, otherwise
    said = r"fill runs in several threads \(parallel=True\), which cannot record on one tape"
    with pytest.raises(TypeError, match=said):
        grad(calls_what_runs_in_threads, mode="tape")(x)
    with pytest.raises(TypeError, match=said):
        sparse_hessian(calls_what_runs_in_threads)
    with pytest.raises(TypeError, match=said):
        replayed(calls_what_runs_in_threads)(ReplayTape(), x)
    g = grad(calls_what_runs_in_threads)
    wanted = np.cos(x)
    wanted[0] *= 2.0
    np.testing.assert_allclose(g(x), wanted, rtol=1e-14)
    assert g.mode == "forward"


class Scaled(NamedTuple):
    fill: float


@numba.njit
def reads_a_field(x, s):
    return s.fill * x[0] * x[0]


def test_an_attribute_with_the_name_of_a_parallel_function():
    slope = grad(reads_a_field, mode="tape")(np.array([2.0]), Scaled(3.0))
    np.testing.assert_allclose(slope, [12.0])


def test_functions_in_modules_of_a_module_are_reached():
    outer, inner = ModuleType("outer"), ModuleType("inner")
    outer.inner, inner.outer, inner.fill = inner, outer, fill

    def calls(x):
        return outer.inner.fill(x)

    assert in_threads(calls) == "fill"
