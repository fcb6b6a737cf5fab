"""Loops that just miss the condition of an optimisation: items, covers, counters, order."""

import numpy as np
from numba import njit

from near_misses import X3, X6, case


@case(X6)
@njit
def counter_step(x):
    n = np.zeros(3, np.int64)
    n[0] = 1
    n[1] = 2
    n[2] = 1
    s = 0.0
    at = 0
    for i in range(3):
        s += x[at] * x[at] * x[i]
        at += n[i]
        n[i] = 7
    return s


@case(X3)
@njit
def cover_changed_bound(x):
    w = np.zeros(3)
    s = 0.0
    for r in range(2):
        n = 1
        if r == 0:
            n = 2
        for j in range(n):
            w[j] = x[j] * (r + 1)
        if r == 1:
            n = 2
        for j in range(n):
            s += w[j] * w[j]
    return s


@case(X3)
@njit
def cover_exact(x):
    w = np.zeros(4)
    s = 0.0
    for r in range(3):
        k = r
        w[k] = x[r] * x[r]
        if r > 0:
            k = r - 1
        s += w[k] * x[r]
    return s


@case(X3, np.array([1, 0, 2]))
@njit
def cover_zero_trip(x, cnt):
    w = np.zeros(2)
    s = 0.0
    for r in range(3):
        for j in range(cnt[r]):
            w[0] = x[r] * x[j]
        s += w[0] * w[0]
    return s


@case(X3)
@njit
def cover_method(x):
    w = np.zeros(3)
    s = 0.0
    for r in range(3):
        w[r] = x[r] * x[r]
        s += w.sum() * x[r]
    return s


@case(X3)
@njit
def cover_binop(x):
    w = np.zeros(3)
    s = 0.0
    for r in range(3):
        w[r] = x[r] * x[r]
        v = w * w
        for j in range(3):
            s += v[j] * x[r]
    return s


@case(X3)
@njit
def sym(x):
    n = x.size
    y = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            y[i, j] = x[i] * (j + 1)
            y[j, i] = x[i] * x[i] * (j + 2)
    s = 0.0
    for i in range(n):
        for j in range(n):
            s += y[i, j] * (1 + i + 2 * j)
    return s


@case(X3)
@njit
def neg_wrap(x):
    n = x.size
    y = np.zeros(n)
    for i in range(-n, n):
        y[i] = x[i] * x[i] * (i + 10)
    s = 0.0
    for i in range(n):
        s += y[i] * y[i]
    return s


@case(X3)
@njit
def mixed_add(x):
    n = x.size
    y = np.zeros(n)
    for i in range(1, n):
        y[i] = x[i] * x[i]
        y[i - 1] += x[i] * 3.0
    s = 0.0
    for i in range(n):
        s += y[i] * y[i]
    return s


@case(X3)
@njit
def mixed_add2(x):
    n = x.size
    y = np.zeros(n)
    for i in range(n - 1):
        y[i + 1] += x[i] * 3.0
        y[i] = x[i] * x[i]
    s = 0.0
    for i in range(n):
        s += y[i] * y[i]
    return s


@case(X3, np.array([2, 1, 1]))
@njit
def index_contents(x, idx):
    k = idx.copy()
    s = 0.0
    for i in range(3):
        w = np.zeros(3)
        w[k[i]] = 2.0
        for j in range(3):
            s += w[j] * x[j] * x[j] * (i + 1)
    k[:] = 0
    return s


@case(X3, np.array([-1, 2]))
@njit
def neg_index(x, idx):
    k = idx.min()
    return x[k] * x[k] * x[0]


@case(X3, np.array([-1, -2]))
@njit
def neg_index2(x, idx):
    k = np.sum(idx)
    s = 0.0
    for i in range(3):
        s += x[k + i] * x[i]
    return s


@case(X6, 2)
@njit
def step_var(x, k):
    s = 0.0
    for r in range(0, 6, k):
        t = 1.0
        for q in range(3):
            t = t * x[q] + x[r]
        s += t
    return s


@case(X3, 0, 2)
@njit
def hoist_zero_trip(x, m, n):
    s = 1.0 * x[0]
    for r in range(m):
        w = np.zeros(n - 5)
        for j in range(n - 5):
            w[j] = x[j] * x[r]
            s += w[j] * w[j]
    return s


@case(X3, 0, 2)
@njit
def hoist_view_zero(x, m, k):
    s = 1.0 * x[0]
    for r in range(m):
        v = x.reshape((k, 2))
        for j in range(2):
            s += v[0, j] * v[0, j] * x[r]
    return s


@case(X3)
@njit
def counter_alias(x):
    w = np.zeros(3, np.int64)
    s = 0.0
    n = 3
    for r in range(3):
        m = n
        n = n - 1
        w2 = 0.0
        for j in range(m):
            w2 += x[j] * x[r]
        s += w2 * w2
    return s


@case(X3)
@njit
def canon(x):
    w = np.zeros(4)
    s = 0.0
    n = 3
    for r in range(3):
        m = n
        n = n - 1
        for j in range(n):
            w[j] = x[j] * x[r]
        for j in range(m):
            s += w[j] * w[j] * x[r]
    return s


@njit
def get(y):
    y[1] = y[1] * 3.0
    return y


@case(X3)
@njit
def owner_call(x):
    y = x.copy()
    get(y)[0] = y[1] * x[0]
    return y[0] * y[1]


@case(X3)
@njit
def cover_vec(x):
    w = np.zeros(3)
    s = 0.0
    for r in range(3):
        w[r] = x[r]
        v = w[0:2]
        for j in range(2):
            s += v[j] * v[j] * x[r]
    return s


@case(X3)
@njit
def cover_fill_view(x):
    w = np.zeros((2, 3))
    s = 0.0
    for r in range(3):
        w[0, r] = x[r] * x[r]
        row = w[0]
        for j in range(3):
            s += row[j] * x[r]
    return s


@case(X3)
@njit
def cover_2d(x):
    w = np.zeros((3, 3))
    s = 0.0
    for r in range(3):
        for j in range(3):
            w[r, j] = x[r] * x[j]
        for j in range(3):
            s += w[j, r] * x[r]
    return s


@case(X3)
@njit
def cover_if(x):
    w = np.zeros(3)
    s = 0.0
    for r in range(3):
        for j in range(r):
            w[j] = x[r] * x[j]
        for j in range(3):
            for q in range(j):
                s += w[q] * x[r]
    return s


@case(X3)
@njit
def fused_mixed(x):
    y = np.zeros(4)
    for i in range(3):
        t = 0.0
        for j in range(3):
            t += x[j] * x[i]
        y[i] = t
        y[i + 1] += t * x[i]
    return y[0] + 2 * y[1] + 3 * y[2] + 5 * y[3]


@case(X3)
@njit
def fused_neg(x):
    y = np.zeros(3)
    for i in range(-3, 3):
        t = 0.0
        for j in range(3):
            t += x[j] * x[i]
        y[i] = t * i
    return y[0] + 2 * y[1] + 3 * y[2]


@case(X3, 1)
@njit
def step_contents(x, k):
    m = np.ones(1, np.int64)
    m[0] = k
    s = 0.0
    for i in range(3):
        t = 1.0
        for j in range(0, 3, m[0]):
            t = t * x[j] * x[i]
        s += t
    m[0] = 2
    return s


@case(X3, np.array([3.0, 1.0, 2.0]))
@njit
def fill_contents(x, k):
    m = k.copy()
    s = 0.0
    for i in range(3):
        w = np.zeros(3)
        w[:] = m
        for j in range(3):
            s += w[j] * x[j] * x[i] * x[i]
    m[:] = 2.0
    return s


@case(X3, np.array([1, 0, 1]))
@njit
def viewidx_contents(x, k):
    m = k.copy()
    s = 0.0
    for i in range(3):
        v = x[m[i] :]
        for j in range(v.size):
            s += v[j] * v[j] * x[i]
    m[:] = 2
    return s


@case(X3, np.array([1, 0, 2]))
@njit
def whilecond(x, k):
    m = k.copy()
    s = 0.0
    for i in range(3):
        t = x[i]
        for j in range(3):
            if m[j] > i:
                t = t * x[j]
        s += t
    m[:] = 0
    return s
