"""Variables that are an integer first and a float later: Numba's types, not those of the text."""

import numpy as np
import pytest
from interpreted import value_and_grad
from numba import njit

import fastad

X = np.array([0.7, 1.3, -0.4, 2.1, 0.9])


@njit
def counts_first(x):
    s = 0
    for i in range(5):
        s += 1
        s += x[i]
    return s * s


@njit
def horner(x):
    s = 0
    for i in range(5):
        s *= 2
        s += x[i] ** 2
    return s * s


@njit
def from_false(x):
    s = False
    for i in range(5):
        s -= 1
        s += x[i]
    return s * s


@njit
def multiplied(x):
    k = 1
    for i in range(3):
        k += 1
        k = k * x[i]
    return k * k


@njit
def after_a_loop(x):
    k = 1
    for i in range(3):
        for j in range(2):
            k += j
        k -= 1
        k = x[i] * k + x[3]
    return k * k


@njit
def halved(x):
    step, s = 0, 0.0
    for i in range(5):
        step += 1
        s += step * x[i] ** 2
        step = step * 0.5
    return s


@njit
def unpacked(x):
    d = (0, 1)
    for i in range(5):
        a, b = d
        d = (b * x[i], a + x[i])
    return d[0] * d[1]


@njit
def by_items(x):
    d = (0, 1)
    for i in range(5):
        a, e = d[0], d
        d = (e[1] * x[i], a + x[i])
    return d[0] * d[1]


@njit
def given(x, n):
    for i in range(3):
        n += 1
        n *= x[i]
    return n * n


@njit
def passed_on(x):
    return given(x, 2) * x[0]


@njit
def a_number_before_the_loop(x):
    i = x[0]
    for i in range(x.size - 5):  # noqa: B007
        pass
    return i * x[1]


@njit
def a_number_between_loops(x):
    k, s = x[0], 1.0
    for j in range(2):
        for k in range(3):
            s += k * x[k]
        k = x[j] * s
    return s * k


@njit
def copied_before_the_loop(x):
    s = 1
    a = s
    for i in range(a + 2):
        s = s + x[i] * a
    return s * s


@njit
def counted_before_it_is_a_float(x):
    s, n = 1, 2
    y = np.zeros(5)
    y[s] = x[0]
    for i in range(s, n + s):
        y[i] += x[i - 1] * s
        for j in range(3 // n):
            y[j] *= x[2]
    while n < 5:
        n += 1
        y[n - 2] += x[1] * n
    n = n * x[0]
    s = s * 0.5 * x[2]
    return s * y[1] * n + y[3] + y[2] + y[0]


@njit
def a_flag_before_it_is_a_float(x):
    b, k = True, 0
    if b:
        k = 2
    r = x[k] * x[3]
    for i in range(2):
        k = k + x[i]
        b = b * x[1]
    return k * r + b


@njit
def weighed(d):
    return d[0] + 2 * d[1], d[0] * 0.5


@njit
def a_tuple_before_a_call(x):
    d = (1, 3)
    e, s = d, 0.0
    for k in d:
        s += k * x[1]
    if d == (1, 3):
        d = weighed((d[1], x[0]))
    a, b = e
    for i in range(b - len(d)):
        d = (x[i] * a, d[0] + i)
    return d[0] * d[1] + s + e[1] * x[4] ** 2


PROGRAMS = [
    *(counts_first, horner, from_false, multiplied, after_a_loop, halved, unpacked, by_items),
    *(passed_on, a_number_before_the_loop, a_number_between_loops),
    *(copied_before_the_loop, counted_before_it_is_a_float, a_flag_before_it_is_a_float),
    a_tuple_before_a_call,
]


def slopes(f):
    steps = 1e-6 * np.eye(5)
    return [(f.py_func(X + h) - f.py_func(X - h)) / 2e-6 for h in steps]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_a_variable_has_the_type_that_it_has_when_the_loop_comes_back(f):
    (_, bars), _ = value_and_grad(f, [X.copy()], (0,))
    np.testing.assert_allclose(np.ravel(bars), slopes(f), rtol=1e-6, atol=1e-6)


def test_a_variable_may_be_an_integer_first_compiled():
    np.testing.assert_allclose(fastad.grad(horner, mode="source")(X), slopes(horner), rtol=1e-6)
    _, x_dot = fastad.jvp(multiplied, mode="source")(X, np.ones(5))
    assert x_dot == pytest.approx(sum(slopes(multiplied)), rel=1e-6)


@njit
def bump(y):
    y[0] += 1.0
    return y[0]


@njit
def printing(x):
    y = x * x
    print(bump(y))
    return y[0] * y[0]


def test_a_call_that_is_printed_is_not_left_out():
    with pytest.raises(TypeError, match="a call inside print"):
        fastad.grad(printing, mode="source")(X)
