"""Forms of statements that must be lowered in Python's order, and as Python means them."""

import math

import numpy as np
from numba import njit

from near_misses import X3, X6, case


@njit
def inner_helper(v, k):
    k[0] += 1
    t = v[k[0] % 3]
    v[k[0] % 3] = t * 0.5
    return t


@case(X3)
@njit
def effects(x):
    y = x.copy()
    k = np.zeros(1, np.int64)
    s = 0.0
    for i in range(int(inner_helper(y, k)) + 2):
        y[k[0] % 3] += inner_helper(y, k) * (inner_helper(y, k) if y[0] > 0.5 else y[1])
        s += max(inner_helper(y, k), y[k[0] % 3], inner_helper(y, k))
        y[(k[0] + i) % 3] -= s * inner_helper(y, k)
    return s


@njit
def nxt(k):
    k[0] = (k[0] + 1) % 3
    return k[0]


@case(X3)
@njit
def aug_idx(x):
    y = x.copy()
    k = np.zeros(1, np.int64)
    y[nxt(k)] *= y[nxt(k)] + x[k[0]]
    y[nxt(k)] -= y[k[0]] * y[nxt(k)]
    y[nxt(k)], y[nxt(k)] = (y[k[0]], y[k[0] - 1] * 2.0)
    return (y * x).sum()


@njit
def step(a, b, i):
    b[i] = a[i] * b[0]
    if b[i] > 1.0:
        return (b, a, b[i])
    a = a * b[i]
    return (a, b * 0.5, a[0])


@case(X3)
@njit
def multi_ret(x):
    a = x * 1.0
    b = x * 2.0
    for i in range(3):
        a, b, c = step(a, b, i)
        if c > 3.0:
            a, b = (b, a)
    return (a * a).sum() + b[0] * b[1]


@case(X3, 3)
@njit
def early_arr(x, n):
    a = x * 1.0
    for i in range(n):
        a[i] *= a[i - 1]
        if a[i] > 1.2:
            return (a * x).sum()
        for j in range(i, 3):
            if a[j] > 2.0:
                break
            a[j] += 0.1 * a[i]
            if a[j] < 0.2:
                return a[j] * x[j]
    return a[0] * j


@case(X3)
@njit
def tuple_var(x):
    t = (0, 1, 2)
    s = 1.0
    for k in t:
        s += x[k] * x[k] * s
        t = (2, 2, 0)
    return s


@case(X3, 0, 1, True)
@njit
def tuple_cond(x, i, j, c):
    s = 1.0
    for k in (i, j) if c else (j, i):
        s += x[k] * x[k] * s
        i = 2
        j = 2
    return s


@case(X3, 0, 1)
@njit
def tuple_enum(x, i, j):
    s = 1.0
    for q, k in enumerate((i, j, i)):
        s += x[k] * x[k] * s * (q + 1)
        i = 2
    return s


@case(X3, 0, 1)
@njit
def tuple_zip(x, i, j):
    s = 1.0
    for q, k in zip((i, j, i), (j, i, i)):
        s += x[k] * x[q] * s
        i = 2
    return s


@case(np.array([1.3, 0.7, 2.1]))
@njit
def chain_exp(x):
    if 0.0 < x[0] < math.exp(x[1]):
        return x[0] * x[1]
    return x[2] * x[1]


@case(X3, (2.0, 5.0))
@njit
def tuple_parameter_bound_again(x, p):
    s = 0.0
    for i in range(3):
        s += p[0] * x[i]
        p = (p[1], p[0])
    return s


@case(X3, (2.0, 5.0))
@njit
def tuple_parameter_bound_in_a_branch(x, p):
    if x[0] > 5.0:
        p = (p[1], p[0])
    return p[0] * x[0]


@case(X3, (X3 + 1.0, X3 * 2.0))
@njit
def tuple_parameter_of_arrays(x, p):
    for i in range(3):
        p = (p[1], p[0])
    a, b = p
    return (a * x).sum() * x[0] + b[0] * x[1]


@case(X6, 2)
@njit
def pairs_held(x, n):
    s = 0.0
    for a, b in ((n, n + 1), (n + 1, 0)):
        s += x[a] * x[b]
        n = 0
    return s


@case(X6)
@njit
def chain_of_four(x):
    s = 0.0
    for i in range(3):
        if 0.0 < x[i] < math.exp(x[0]) < 50.0:
            s += x[i] ** 2
    return s
