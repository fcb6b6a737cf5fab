"""Small integers and masks inside expressions of arrays: what Numba computes, not what NumPy does.

Numba makes one loop of an expression, over numbers of 64 bits. The oracle are differences of the
compiled function.
"""

import conformance
import numpy as np
import pytest
from numba import njit

import fastad

X = np.array([0.7, -1.3, 2.1, 0.4])
A = np.array([3, 200, 7, 9], np.uint8)
B = np.array([100, -128, 127, -100], np.int8)


@njit
def everything(x, a, b):
    inside = ((x > 0.0) + (x < 1.0)) * x
    squares = a * a * x * 1e-2
    bright = (a + a) > 300
    ratios = (a * a) // a
    less = (b * b - a) * x * 1e-3 + np.negative(b) * x + (-a) // 3 * x + (a << 2) * x * 1e-2
    z = ((x > 0.0) + (a > 5)) * (x + 1j * x * x)
    s = np.sum(inside * inside) + np.sum(squares * squares) + np.sum(bright * x * x)
    return s + np.sum(ratios * x) + np.sum(less * less) + np.sum(z * z).real


@njit
def alone(x, a, b):
    """Alone, an operation is NumPy's: bytes wrap."""
    squares = a * a
    both = (x > 0.0) + (x < 1.0)
    return np.sum(squares * x) + np.sum(both * x * x) + np.sum(b * b) * x[0]


@njit
def branches(x, a, b):
    return np.sum((a * a + (a if x[0] > 0.0 else a[::-1])) * x)


@pytest.mark.parametrize("f", [everything, alone])
def test_small_integers_are_computed_as_numba_does(f):
    value, slope = fastad.value_and_grad(f, mode="source")(X, A, B)
    assert value == pytest.approx(f(X, A, B), rel=1e-12)
    np.testing.assert_allclose(slope, conformance.differences(f, (X, A, B), 0), rtol=1e-8)


def test_small_integers_beside_a_branch_are_refused():
    with pytest.raises(TypeError, match="computes with small integers or truth values"):
        fastad.grad(branches, mode="source")(X, A, B)
