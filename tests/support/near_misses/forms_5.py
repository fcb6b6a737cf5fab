"""Bounds, tuples, arguments and recursion as people write them."""

import numpy as np
from numba import njit

from near_misses import X3, X6, case

WEIGHTS = np.array([0.5, -1.0, 2.0])


@case(X6, 2)
@njit
def bound_by_shift(x, n):
    s = 0.1
    for i in range(n << 1):
        s = s * x[i] + x[0]
    return s


@case(X6, 7)
@njit
def bound_by_mask(x, n):
    s = 0.1
    for i in range(n & 3):
        s = s * x[i] + x[0]
    for i in range(n & 1, n ^ 2):
        s = s * x[i] + x[1]
    return s


@case(X6, 2, 4, True)
@njit
def bound_by_condition(x, n, m, c):
    s = 0.1
    for r in range(2):
        for i in range(n if c else m):
            t = x[i] * x[r]
            s = s * t + x[0]
    for i in range(1 if c else 0, m):
        s = s * x[i] + x[1]
    return s


@case(X6, np.array([1, 0, 1, 1]))
@njit
def bound_by_a_function_of_an_array(x, mask):
    m = mask.copy()
    s = 1.0
    for i in range(np.count_nonzero(m)):
        m[i] = 0
        s = x[i] * s + x[i]
    return s


@njit
def doubles(a, n):
    if n == 0:
        return 0
    a[n - 1] *= 2.0 * a[0]
    return doubles(a, n - 1)


@case(X3)
@njit
def recursion_that_fills_and_counts(x):
    y = x * 1.0
    k = doubles(y, 3)
    return y.sum() + k


@njit
def sweep(x, out, n):
    if n == x.size:
        return 1.0
    out[n] = x[n] * x[n - 1] + out[n - 1]
    return sweep(x, out, n + 1)


@case(X6)
@njit
def recursion_whose_result_the_array_does_not_reach(x):
    out = np.zeros_like(x)
    done = sweep(x, out, 1)
    return out.sum() * x[0] * done


@case(X6)
@njit
def tuple_of_integers_first(x):
    best = (0, 0)
    for i in range(3):
        if x[i] > best[0]:
            best = (x[i], 2.0 * x[i])
    return best[0] * best[1]


@case(X3, False)
@njit
def tuple_in_a_branch(x, c):
    t = (0, 1)
    if c:
        t = (x[0], x[1])
    u = (x[0], x[2])
    if not c:
        u = (3, 0)
    return t[1] * x[2] + t[0] + u[0] * x[1] + u[1]


@case(X3)
@njit
def tuple_of_arrays_that_a_loop_binds_again(x):
    t = (x * 1.0, x * 3.0)
    s = 0.0
    for v in t[0]:
        s += v * v
        t = (t[1], t[0])
    return s * t[0][1]


@njit
def powered(x, a=-2.0):
    return a**2 * x


@case(X3)
@njit
def negative_default(x):
    return powered(x[0]) * x[1]


@case(X3, X3 * 0.5, 0)
@njit
def argument_bound_again_in_a_branch(x, y, n):
    if n == 0:
        x = np.ones(3)
    return np.sum(x * y) * y[0]


@case(X3, X3 * 0.5, 1, argnums=(0, 1))
@njit
def arguments_bound_to_each_other(x, y, n):
    if y[0] > 0.0:
        x = y * 2.0
    return np.sum(x * y) + n


@case(X3, np.array([0, 2, 1]))
@njit
def index_that_reads_what_it_writes(x, given):
    n = given.copy()
    s = x[0] * x[n[0]]
    n[n[0]] = 2
    s += s * x[n[0]]
    n[n[1]] += -1
    y = x.copy()
    y[int(y[0])] = y[n[2]] * y[0]
    y[np.argmax(n)] *= x[1]
    return s * np.sum(y)


@case(X3)
@njit
def global_array_first(x):
    w = WEIGHTS
    if x[0] > 5.0:
        w = x * WEIGHTS
    v = WEIGHTS
    for i in range(2):
        v = v * x[i]
    return np.sum(w * x) * v[0]
