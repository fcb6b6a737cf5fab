"""Functions that are defined inside of the function that is differentiated."""

import numpy as np
import pytest
from interpreted import value_and_grad
from numba import njit

import fastad
from fastad.source.ir.statements import Unsupported

X = np.array([0.7, 1.3, -0.4])
SCALE = 2.0


@njit
def late_binding(x):
    k = x[0]

    def g(y):
        return y * k * SCALE

    s = g(x[1])
    for i in range(3):
        k += x[i] * i
        s += g(x[2] * x[i])
    return s


@njit
def writes_around(x):
    out = np.zeros(3)

    def add(i, value, weight=2.0):
        out[i] += weight * value * x[i]

    for i in range(3):
        add(i, x[i])
        add(i, x[0], -1.0)
    return np.sum(out * out)


@njit
def runge_kutta(x, n):
    a, b = x[0], x[1]

    def rhs(y):
        out = np.empty(2)
        out[0] = a * y[0] - b * y[0] * y[1]
        out[1] = -y[1] + 0.5 * y[0] * y[1]
        return out

    y, h = np.array([1.0, x[2] ** 2]), 0.1
    for _ in range(n):
        first = rhs(y)
        second = rhs(y + 0.5 * h * first)
        y = y + h * second
    return y[0] * y[1]


@njit
def lambdas_and_others(x, n):
    k = 0.5
    square = lambda t: t * t * k  # noqa: E731

    def both(t, i):
        a = square(t) + x[i]
        for j in range(i):
            a *= square(x[j])
        else:
            a += k
        return a, t * x[i]

    total = 0.0
    for i in range(n):
        p, q = both(x[i], i)
        total += p * q
        k = q
    return total


def around(c):
    @njit
    def f(x):
        def g(t):
            return c * t + x[0]

        return g(x[1]) * g(x[2])

    return f


@njit
def passes_on(x):
    def g(t):
        return t * t

    h = g
    return h(x[0])


@njit
def a_default(x):
    k = 2.0

    def g(t, scale=k):
        return t * scale

    return g(x[0])


@njit
def calls_itself(x):
    def g(t, n):
        return t if n == 0 else t * g(t, n - 1)

    return g(x[0], 2)


@pytest.mark.parametrize(
    ("f", "more"),
    [
        (late_binding, ()),
        (writes_around, ()),
        (runge_kutta, (3,)),
        (lambdas_and_others, (3,)),
        (around(3.0), ()),
        (around(-1.0), ()),
    ],
    ids=lambda a: getattr(a, "__name__", ""),
)
def test_derivatives_of_what_is_defined_inside(f, more):
    (value, (bar,)), _ = value_and_grad(f, [X.copy(), *more], (0,))
    assert value == pytest.approx(f(X, *more))
    steps = 1e-6 * np.eye(3)
    want = [(f.py_func(X + h, *more) - f.py_func(X - h, *more)) / 2e-6 for h in steps]
    np.testing.assert_allclose(bar, want, rtol=1e-6, atol=1e-8)


def test_compiled():
    (_, (bar,)), _ = value_and_grad(runge_kutta, [X.copy(), 3], (0,))
    np.testing.assert_allclose(fastad.grad(runge_kutta, mode="source")(X, 3), bar, rtol=1e-12)
    _, dot = fastad.jvp(lambdas_and_others, mode="source")(X, 3, np.ones(3))
    assert dot == pytest.approx(fastad.grad(lambdas_and_others, mode="forward")(X, 3).sum())


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (passes_on, "g, a function, is passed on"),
        (a_default, "a default that is no literal"),
        (calls_itself, "g calls g; define it outside"),
    ],
)
def test_what_is_refused_says_so(f, words):
    with pytest.raises((Unsupported, TypeError), match=words):
        value_and_grad(f, [X.copy()], (0,))
