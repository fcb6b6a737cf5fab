"""What Numba's unsigned integers and its threads compute: each mode the same, or a refusal.

The oracle is the compiled function, whose numbers are not those of Python.
"""

import conformance
import numpy as np
import pytest
from numba import njit, prange

import fastad

X = np.array([0.7, 1.3, -0.4, 2.1])
MODES = ["source", "forward", "tape"]


@njit
def of_a_range(x, n):
    s = 0.0
    for i in range(n):
        s += x[i] * (-i * 1e-19)
    return s


@njit
def of_two(x, n):
    s = 0.0
    for i, v in zip(range(n, n + n), x):  # noqa: B905
        s += v * (-i * 1e-19)
    return s


@pytest.mark.parametrize("f", [of_a_range, of_two])
def test_the_variable_of_a_range_of_unsigned_integers_is_unsigned(f):
    n = np.uint16(3)
    with pytest.raises(TypeError, match="a range of unsigned integers"):
        fastad.grad(f, mode="source")(X, n)
    slope = fastad.grad(f)(X, n)
    np.testing.assert_allclose(slope, conformance.differences(f, (X, n), 0), atol=1e-7)


@njit
def minus(k):
    return -k


@njit(parallel=True)
def passed_on(x):
    s = 0.0
    for i in prange(x.size):
        s += x[i] * minus(i)
    return s


@njit(parallel=True)
def flipped(x):
    s = 0.0
    for i in prange(x.size):
        k = i
        s += x[i] * ~k
    return s


@njit(parallel=True)
def whole(x):
    s = 0.0
    for i in prange(x.size):
        s += x[i] * -int(i)
    return s


@njit(parallel=True)
def subtracted(x):
    s = 0.0
    for i in prange(x.size):
        k = i * i
        k -= abs(i) + i
        s += x[i] * k + np.negative(i)
    return s


@njit(parallel=True)
def bytes_added(x):
    a = np.full(4, 100, np.int8)
    return np.sum((a + a) * x)


@njit(parallel=True)
def bytes_added_before(x):
    a = np.full(4, 100, np.int8)
    b = a + a
    return np.sum(b * x)


@njit(parallel=True)
def flags_added(x):
    n = (x > 0.0) + (x < 1.0)
    return np.sum(n * x)


@njit(parallel=True)
def floats_cut(x):
    y = np.zeros(4, np.int64)
    for i in prange(4):
        y[i] = 2.7 + i
    return np.sum(y * x)


@njit(parallel=True)
def numbers_cut(x):
    y = np.zeros(4, np.int8)
    for i in prange(4):
        y[i] = 200
    return np.sum(y * x)


REFUSED = {
    **dict.fromkeys([passed_on, flipped, whole, subtracted], "prange is unsigned"),
    **dict.fromkeys([bytes_added, bytes_added_before, flags_added], "small integers"),
    **dict.fromkeys([floats_cut, numbers_cut], "may not cut"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", REFUSED)
def test_what_threads_compute_otherwise_is_refused(f, mode):
    with pytest.raises(TypeError, match=REFUSED[f]):
        fastad.grad(f, mode=mode)(X)


@njit(parallel=True)
def differences_of_loops(x):
    s = 0.0
    for i in prange(4):
        for j in prange(4):
            s += x[i] * x[j] * (i - j) * (-j)
    for i in prange(0, 4):
        s += x[i] * (-i)
    for i in prange(4):
        s += x[i] * (0 - i) + x[0] * (i - 2)
    return s


@njit(parallel=True)
def of_numbers_that_fit(x):
    y, z = np.zeros(4, np.int8), np.zeros(4, np.int32)
    for i in prange(4):
        y[i] = 1
        z[i] = i + 1
    both = (x > 0.0) & ~(x > 1.0)
    return np.sum(y * x) + np.sum(z * x * x) + np.sum(both * x)


@pytest.mark.parametrize("mode", ["source", "forward"])
@pytest.mark.parametrize("f", [differences_of_loops, of_numbers_that_fit])
def test_what_threads_compute_the_same_is_taken(f, mode):
    value, slope = fastad.value_and_grad(f, mode=mode)(X)
    assert value == pytest.approx(f(X), rel=1e-12)
    np.testing.assert_allclose(slope, conformance.differences(f, (X,), 0), rtol=1e-7)
