"""Branches whose test is known when code is made, and what they keep for the way back."""

import numpy as np
import pytest
from interpreted import value_and_grad
from numba import njit

import fastad

ORDER, DEBUG = 1, False
X = np.array([0.7, 1.3, -0.4])


@njit
def by_a_flag(x):
    p = x * x[0]
    for _ in range(2):
        if not DEBUG:
            p = p * x
        else:
            x = x * p
    return np.sum(p * p) + np.sum(x)


@njit
def by_a_global(x):
    p = x * x[0]
    if ORDER > 1 or ORDER == -1:
        p = np.exp(p) * x
        if p[0] > 0.2:
            return p[1]
    return np.sum(p * p)


@njit
def by_a_constant(x):
    k, p = 1, x * x[0]
    for i in range(2):
        if k > 1 and x[i] > 0.0:
            p, x = x * p, p
        p = x * p[i] + p
    return np.sum(p * p) + np.sum(x)


@njit
def by_a_counter(x):
    k, s = 3, 0.0
    while k > 0:
        k -= 1
        if k > 1:
            s += x[k] ** 3
    return s + x[0] ** 2


@njit
def by_a_later_flag(x):
    s, seen = x[0], False
    for i in range(3):
        if seen:
            s = s * x[i]
        seen = True
    return s


PROGRAMS = [by_a_flag, by_a_global, by_a_constant, by_a_counter, by_a_later_flag]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_derivatives_with_branches_that_are_never_taken(f):
    steps = 1e-6 * np.eye(3)
    want = [(f.py_func(X + h) - f.py_func(X - h)) / 2e-6 for h in steps]
    (_, (bar,)), _ = value_and_grad(f, [X.copy()], (0,))
    np.testing.assert_allclose(bar, want, rtol=1e-6)


@pytest.mark.parametrize("f", [by_a_flag, by_a_constant], ids=lambda f: f.__name__)
def test_a_branch_never_taken_goes_and_the_code_compiles(f):
    g = fastad.grad(f, mode="source")
    (_, (bar,)), source = value_and_grad(f, [X.copy()], (0,))
    np.testing.assert_allclose(g(X), bar, rtol=1e-12)
    assert "DEBUG" not in source
    assert "k > 1" not in source


@njit
def by_two_tests(x):
    k, j = 1, 0
    s = x * 2.0
    q = np.sum(s * s)
    if k % 2 == 0 and j > 1:
        s *= x
    return np.sum(s * s) + q


def test_what_only_such_a_branch_fills_has_a_type():
    """Typed, its tests have names and stay; printed, Numba would drop the branch."""
    for passes in ("none", "all"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FASTAD_PASSES", passes)
            patch.setenv("FASTAD_RAISE", "1")
            g = fastad.value_and_grad(by_two_tests, mode="source")
            value, bar = g(X.copy())
        assert value == by_two_tests(X)
        np.testing.assert_allclose(bar, 16.0 * X, rtol=1e-15)


@njit
def after_an_endless_loop(x):
    i, s = 0, 0.0
    while True:
        for j in range(3):
            if j > 1:
                break
            s += x[i] * j
        i += 1
        if i >= x.size:
            return s * s
    return s


def test_what_stands_after_an_endless_loop_is_no_part_of_it():
    g = fastad.value_and_grad(after_an_endless_loop, mode="source")
    value, bar = g(X)
    assert value == after_an_endless_loop(X)
    np.testing.assert_allclose(bar, np.full(3, 2.0 * np.sum(X)), rtol=1e-15)


@njit
def of_its_own_weights(x, w=None):
    if w is None:
        w = x * 2.0
    w = w * x
    for _ in range(2):
        w += x
    return np.sum(w)


@njit
def of_complex_weights(x, w=None):
    if w is None:
        w = np.exp(1j * x)
    z = w * (1 + 2j)
    return z.real + abs(w * x)


@njit
def of_a_function_of_weights(x, w=None):
    def twice(w):
        return 2.0 * w

    w = twice(x[0])
    return w * x[1]


def test_what_is_none_until_it_is_bound():
    bar = fastad.grad(of_its_own_weights, mode="source")(X)
    np.testing.assert_allclose(bar, 4.0 * X + 2.0, rtol=1e-15)
    bars = fastad.grad(of_its_own_weights, (0, 1), mode="source")(X, 3.0 * X)
    np.testing.assert_allclose(bars, [3.0 * X + 2.0, X], rtol=1e-15)
    slope = fastad.grad(of_complex_weights, mode="source")(0.3)
    np.testing.assert_allclose(slope, -np.sin(0.3) - 2 * np.cos(0.3) + 1.0, rtol=1e-14)
    bar = fastad.grad(of_a_function_of_weights)(X)
    np.testing.assert_array_equal(bar, [2.0 * X[1], 2.0 * X[0], 0.0])
