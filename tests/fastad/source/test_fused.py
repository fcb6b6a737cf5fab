"""Expressions of arrays: what Numba's loops compute, not what NumPy does.

Numba makes one loop of an expression, over numbers of 64 bits. The oracle are differences of the
compiled function.
"""

import conformance
import numpy as np
import pytest
from numba import njit, prange

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
    z = z + ~((x > -9.0) * (x < 9.0)) * x  # ~1 is true
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


@pytest.mark.parametrize("mode", ["forward", "tape", "auto"])
def test_the_other_modes_run_what_source_reads(mode):
    """Through Jets the user's own expressions would be NumPy's, operation by operation."""
    value, slope = fastad.value_and_grad(everything, mode=mode)(X, A, B)
    assert value == pytest.approx(everything(X, A, B), rel=1e-12)
    np.testing.assert_allclose(slope, conformance.differences(everything, (X, A, B), 0), rtol=1e-8)


@njit
def bump(y):
    y *= 1.3
    y[0] += 1.0
    return y[0]


@njit
def reads_late(x):
    y = x * 1.0
    w = y[1:] * y[0] + np.sum(y) * bump(y)
    return np.sum(w * w)


@njit
def reads_in_order(x):
    y = x * 1.0
    late = np.sum(y) * bump(y)
    w = y[1:] * y[0] + late
    return np.sum(w * w)


@njit
def keyword_of_inner(x):
    def g(a, b=2.0):
        return a * 10 + b

    return g(x[0], b=3.0)


@pytest.mark.parametrize("mode", ["source", "forward", "tape", "auto"])
@pytest.mark.parametrize(
    ("f", "message"),
    [
        (branches, "computes with small integers or truth values"),
        (reads_late, r"after bump\(y\) has run"),
        (keyword_of_inner, "whatever the keywords say"),
    ],
)
def test_what_numba_computes_otherwise_is_refused_by_every_mode(f, message, mode):
    others = (A, B) if f is branches else ()
    with pytest.raises(TypeError, match=message):
        fastad.grad(f, mode=mode)(X, *others)


def test_a_call_before_the_expression():
    value, slope = fastad.value_and_grad(reads_in_order)(X)
    assert value == pytest.approx(reads_in_order(X), rel=1e-12)
    wanted = conformance.differences(reads_in_order, (X,), 0)
    np.testing.assert_allclose(slope, wanted, rtol=1e-8)


@njit
def factorial(n):
    """A recursion, for which neither forward mode nor the tape runs a lowered function."""
    return 1.0 if n < 1 else n * factorial(n - 1)


@njit
def squares(x, a):
    return np.sum(a * a * x)


@njit
def squares_of_a_helper(x, a):
    return squares(x, a) * factorial(2)


@njit
def flags_and_recursion(x, a):
    return np.sum(((x > 0.0) + (x < 1.0)) * x * x) * factorial(2)


@njit
def late_and_recursion(x, a):
    return reads_late(x) * factorial(2)


@njit(parallel=True)
def threads_and_recursion(x, a):
    s = 0.0
    for i in prange(x.size):
        s += x[i] * -i
    return s * factorial(2)


@njit
def the_same_and_recursion(x, a):
    """Operations that stand alone, masks, numbers, and an array combined in place."""
    s, b, y = 0.0, a * a, x * x
    y -= a
    for i in range(a[0]):
        s += x[i] * (-i * 1e-19) + a[i] / x[i] - a[i]
    masks = np.sum((x > 0.0) * (x < 1.0) * x) + np.sum(((x > 0.0) & (a < 8)) * x)
    return (np.sum(b * x) + np.sum(y * y) + masks + s) * factorial(2)


@pytest.mark.parametrize("mode", ["forward", "tape"])
@pytest.mark.parametrize(
    ("f", "message"),
    [
        (squares_of_a_helper, "squares .* wider than uint8"),
        (flags_and_recursion, "wider than bool"),
        (late_and_recursion, "after bump has run"),
    ],
)
def test_jets_are_refused_where_numba_computes_otherwise(f, message, mode):
    """What is not lowered runs through Jets, one operation at a time."""
    with pytest.raises(TypeError, match=message):
        fastad.grad(f, mode=mode)(X, A)


def test_one_thread_is_refused_where_an_unsigned_variable_is_negated():
    with pytest.raises(TypeError, match="variable of prange is unsigned"):
        fastad.grad(threads_and_recursion, mode="tape")(X, A)


@pytest.mark.parametrize("mode", ["forward", "tape"])
def test_jets_are_taken_where_numba_computes_the_same(mode):
    value, slope = fastad.value_and_grad(the_same_and_recursion, mode=mode)(X, A)
    assert value == pytest.approx(the_same_and_recursion(X, A), rel=1e-12)
    wanted = conformance.differences(the_same_and_recursion, (X, A), 0)
    np.testing.assert_allclose(slope, wanted, rtol=1e-7)
    wide = fastad.grad(squares_of_a_helper, mode=mode)(X, A.astype(np.int64))
    np.testing.assert_allclose(wide, 2.0 * A.astype(float) ** 2)
