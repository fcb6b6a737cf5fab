"""Variables whose types are declared: ``@njit(locals={...})``."""

import numba
import numpy as np
import pytest
from numba import njit, types

import fastad

X, Y = np.linspace(0.1, 1.0, 5), np.linspace(2.0, 0.3, 5)
MODES = ("auto", "source", "forward", "tape")


@njit(
    locals={
        "total": types.float32,
        "gap": types.float32,
        "n": types.intp,
        "i": types.uint16,
        "unused": types.float32,
    }
)
def distance(x, y):
    total = 0.0
    n = x.shape[0]
    for i in range(n):
        gap = x[i] - y[i]
        total += gap * gap
    return total


@njit(locals={"y": types.float32})
def narrowed(x):
    y = x * 1.1
    return y * x


@njit
def calls(x):
    return narrowed(x[0]) * 2.0 + distance(x, x * 0.5)


@njit(locals={"total": types.float64, "k": types.uint8})
def from_zero(x):
    total = 0
    for k in range(1, len(x)):
        total += x[k] ** 2
    return total


@pytest.mark.parametrize("mode", ["auto", "source"])
def test_conversions_are_part_of_the_value_and_pass_the_slope(mode):
    value, (x_bar, y_bar) = fastad.value_and_grad(distance, (0, 1), mode=mode)(X, Y)
    assert value == distance(X, Y) != distance.py_func(X, Y)
    np.testing.assert_allclose(x_bar, 2.0 * (X - Y), rtol=1e-6)
    np.testing.assert_array_equal(x_bar, -y_bar)
    gaps = (X - Y).astype(np.float32).astype(float)
    np.testing.assert_array_equal(x_bar, 2.0 * gaps)  # of what f computed
    value, bar = fastad.value_and_grad(calls, mode=mode)(X)
    assert value == calls(X)
    want = 0.5 * X
    want[0] += 2.0 * 2.2 * X[0]
    np.testing.assert_allclose(bar, want, rtol=1e-6)
    along = fastad.jvp(calls, mode=mode)(X, Y)[1]
    np.testing.assert_allclose(along, want @ Y, rtol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_floats_that_start_as_integers_and_small_counters(mode):
    value, bar = fastad.value_and_grad(from_zero, mode=mode)(X)
    assert value == from_zero(X)
    np.testing.assert_allclose(bar, np.where(np.arange(5) > 0, 2.0 * X, 0.0), rtol=1e-15)
    many = np.ones(300)
    if mode == "source":
        with pytest.raises(ValueError, match="k is declared to be uint8, and counts further"):
            fastad.grad(from_zero, mode=mode)(many)


@pytest.mark.parametrize("mode", ["forward", "tape"])
def test_modes_that_cannot_convert_refuse(mode):
    with pytest.raises(TypeError, match=r"to float32 for 'y'"):
        fastad.grad(calls, mode=mode)(X)


@njit(locals={"k": types.int8, "top": types.uint16, "j": types.int32})
def merged(x):
    k = int(x[0] * 3e3)  # wraps around
    top = 0
    j = 0
    s = 0.0
    while top < x.size:
        s += x[j] * x[top] * k
        j += 1
        top += 1
    return s


@pytest.mark.parametrize("mode", MODES)
def test_integers_are_converted(mode):
    value, bar = fastad.value_and_grad(merged, mode=mode)(X)
    assert value == merged(X) != merged.py_func(X)
    np.testing.assert_allclose(bar, 2.0 * X * np.int8(44), rtol=1e-15)


@njit(locals={"i": types.uint16, "j": types.uint16})
def of_places(m):
    flat, at = np.empty(m.size), np.empty(m.size, np.int64)
    for i in range(m.shape[0]):
        for j in range(m.shape[1]):
            flat[i * m.shape[1] + j] = m[i, j] * (i + j)
            at[i * m.shape[1] + j] = j
    return np.sum(flat * flat) + m[0, at[5]]


def test_counters_in_sums_and_products():
    m = np.arange(1.0, 7.0).reshape(2, 3)
    value, bar = fastad.value_and_grad(of_places, mode="source")(m)
    assert value == of_places(m)
    want = 2.0 * m * np.add.outer(np.arange(2), np.arange(3)) ** 2
    want[0, 2] += 1.0
    np.testing.assert_array_equal(bar, want)


@njit(locals={"k": types.uint8})
def by_a_difference(x):
    s = 0.0
    for k in range(x.size):
        s += x[k] * (k - 2)
    return s


@njit(locals={"k": types.uint16, "j": types.uint16})
def by_a_difference_of_sums(x):
    """Which wraps around in Numba: of 64 bits without a sign."""
    s = 0.0
    for k in range(x.size):
        for j in range(2):
            s += x[k] * ((k * k) - (j + j))
    return s


@njit(locals={"k": types.float32})
def by_its_argument(k):
    return k * k


@njit(locals={"k": types.int32})
def by_a_target(x):
    s = 0.0
    for k, v in enumerate(x):
        s += v * k
    return s


@njit(locals={"k": types.float32})
def with_another(x):
    k = s = x[0] * 1.1
    return k * s


@njit(locals={"k": types.float32})
def none_at_first(x, k=None):
    k = x * 1.1
    return k * x


def test_one_of_several_variables():
    with pytest.raises(TypeError, match="of several variables one has a declared type"):
        fastad.grad(with_another, mode="source")(X)


def test_none_has_no_declared_type():
    with pytest.raises(TypeError, match="Numba does not compile the function itself"):
        fastad.grad(none_at_first, mode="source")(0.3)


@pytest.mark.parametrize(
    ("f", "x"),
    [(by_a_difference, X), (by_a_difference_of_sums, X), (by_its_argument, 0.3), (by_a_target, X)],
)
def test_what_is_not_converted_is_refused_by_source(f, x):
    with pytest.raises(TypeError, match=r"k is declared to be (u?int|float)\d+ \(locals=\)"):
        fastad.grad(f, mode="source")(x)


def test_second_derivatives():
    product = fastad.hvp(calls)(X, Y)
    want = 0.5 * Y
    want[0] += 4.4 * Y[0]
    np.testing.assert_allclose(product, want, rtol=1e-6)
    with pytest.raises(TypeError, match="converted to float32; use hvp"):
        fastad.hessian(calls)(X)


def test_rules_by_hand_are_compiled_without_and_say_so():
    with pytest.raises(TypeError, match="have types of their own"):
        fastad.custom_jvp(narrowed)

    @fastad.custom_jvp
    def square(x):
        return x * x

    @numba.njit(locals={"slope": types.float32})
    def rule(primals, tangents):
        slope = 2.0 * primals[0]
        return primals[0] ** 2, slope * tangents[0]

    with pytest.raises(TypeError, match="have types of their own"):
        square.defjvp(rule)
