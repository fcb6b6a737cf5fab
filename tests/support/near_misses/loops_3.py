"""Loops that just miss the condition of an optimisation: items, covers, counters, order."""

import math

import numpy as np
from numba import njit

from near_misses import X3, X6, case


@case(X3, 1)
@njit
def cover_shape2(x, k):
    a = x
    w = np.zeros_like(a)
    if k > 0:
        a = x[1:]
    s = 0.0
    for r in range(3):
        for j in range(a.size):
            w[j] = a[j] * x[r]
        for j in range(3):
            s += w[j] * x[r]
        w[2] = x[r]
    return s


@case(X3, 3)
@njit
def cover_shape3(x, n):
    w = np.zeros(n)
    m = n
    if m > 2:
        n = n - 1
    s = 0.0
    for r in range(3):
        for j in range(n):
            w[j] = x[j] * x[r]
        for j in range(m):
            s += w[j] * x[r]
        w[2] = x[r]
    return s


@case(X6)
@njit
def neg_step(x):
    s = 0.0
    y = x.copy()
    for i in range(5, -1, -2):
        for j in range(i, -1, -1):
            y[j] = y[j] * y[i] + 0.1
            s += y[j]
        i -= 1
        s *= y[i]
    return s * y[i]


@case(X3)
@njit
def nested_bounds(x):
    n = 1
    s = 1.0
    for i in range(3):
        for j in range(n):
            for k in range(j, n):
                s += x[k] * x[j] * 0.1 * s
                if s > 2.0:
                    n = 2
            n += 1 if n < 3 else 0
        s *= x[n - 1]
    return s * n


@case(X6, 1)
@njit
def again_counter_if(x, c):
    s = 0.0
    k = 0
    if c > 0:
        for r in range(3):
            t = 0.0
            for j in range(2):
                t += x[k] * x[j] * x[r]
            s += t * t
            k += 1
    return s * s


@case(X6, 0)
@njit
def again_counter_if_2(x, c):
    s = 0.0
    k = 0
    if c > 0:
        for r in range(3):
            t = 0.0
            for j in range(2):
                t += x[k] * x[j] * x[r]
            s += t * t
            k += 1
    return s * s


@case(X6)
@njit
def in_while(x):
    s = 0.0
    n = 3
    k = 0
    while n > 0:
        for r in range(n):
            t = 0.0
            for j in range(r, n):
                t += x[k] * x[j]
            s += t * t * x[r]
            k += 1
        n -= 1
        x0 = s * 0.1
        s = x0 + x[n]
    return s


@case(X3)
@njit
def setup_array(x):
    a = x * 1.0
    b = x * 0.5
    s = 0.0
    while (a * b).sum() > 0.2:
        c = a * b
        a = c * 0.4
        b[0] = b[0] * c[1]
        s += (c * a).sum()
    return s * b[0]


@case(X3, np.array([0.5, 1.5, 0.8]), argnums=(0, 1))
@njit
def replay_many(x, y):
    n = 3
    w = np.zeros(n)
    s = 0.0
    u = 1.0
    for q in range(2):
        for i in range(n):
            t = x[i] * y[i]
            k = 0 if t > 1.0 else 2
            w[i] = t * x[k]
            t = t + w[i] * w[i]
            if t > 2.0:
                k = 1
            s += t * x[k] * u
        u = u * s
    return s


@case(X3)
@njit
def out_replay(x):
    y = np.zeros(4)
    s = 1.0
    for q in range(2):
        for i in range(3):
            y[i] = math.exp(x[i] * 0.3) * s
        s = s + y[0] * y[2]
        for i in range(3):
            y[i + 1] = x[i] * s
        s = s * y[3] * 0.2
    return s


@case(X3, 3)
@njit
def one_pass_mix(x, n):
    total = 0.0
    count = 0
    hist = np.zeros(4)
    for i in range(n):
        t = 0.0
        for j in range(n):
            t += x[i] * x[j]
        if t > 2.0:
            count += 1
            hist[i] += t
        total += t * t
    m = total / max(count, 1)
    hist[0] = hist[0] * 2.0
    z = m * hist[0]
    m = z + count
    return m * hist[2] + total


@case(X3, 3)
@njit
def one_pass_over(x, n):
    v = x[0] * x[1]
    g = v * v
    y = np.zeros(3)
    y[0] = g * x[2]
    total = y[0] * y[0]
    for i in range(n):
        for j in range(n):
            total += x[i] * x[j] * g
    v = total + y[0]
    y[0] = 3.0
    g = y[0] * 2.0
    return v * g


@case(X3, 3)
@njit
def one_pass_seed(x, n):
    y = np.zeros(3)
    for i in range(n):
        t = 0.0
        for j in range(n):
            t += x[i] * x[j]
        y[i] = t
    z = y
    z[1] = z[1] * 2.0
    return (z * y).sum() * y[1]


@case(X3, 2)
@njit
def one_pass_view(x, n):
    m = np.zeros((2, 3))
    for i in range(n):
        r = m[i]
        for j in range(3):
            r[j] = x[i] * x[j]
    s = 0.0
    for i in range(n):
        r = m[i]
        for j in range(3):
            s += r[j] * r[j - 1]
    m[0] = 0.0
    return s + m[1, 1]


@case(X3, 3)
@njit
def rows_shift(x, n):
    m = np.zeros((4, 3))
    for i in range(n):
        r = m[i]
        q = m[i + 1]
        for j in range(3):
            r[j] = x[i] * x[j]
            q[j] = x[i] + x[j]
    return (m * m).sum()


@case(X3, 3)
@njit
def rows_shift2(x, n):
    m = np.zeros((4, 3))
    for i in range(n):
        r = m[i]
        for j in range(3):
            r[j] = x[i] * x[j]
            m[i + 1, j] = x[i] + x[j]
    return (m * m).sum()


@case(X3, 3)
@njit
def rows_view(x, n):
    m = np.zeros((4, 3))
    for i in range(n):
        r = m[i:]
        for j in range(3):
            r[0, j] = x[i] * x[j]
            r[1, j] = x[i] + x[j]
    return (m * m).sum()


@case(X3, 3)
@njit
def slice_own(x, n):
    y = np.zeros(4)
    for i in range(n):
        r = y[i : i + 2]
        for j in range(2):
            r[j] = x[i] * x[j] * (j + 1)
    return (y * y).sum()


@case(X3, 3)
@njit
def own_col(x, n):
    m = np.zeros((3, 3))
    for i in range(n):
        r = m[:, i]
        for j in range(3):
            r[j] = x[i] * x[j]
        q = r[i:]
        for j in range(q.size):
            q[j] = x[i] + x[j]
    return (m * m).sum() * m[0, 1]


@case(X3, 3)
@njit
def colrow(x, n):
    m = np.zeros((3, 3))
    for i in range(n):
        r = m[:, i]
        for j in range(3):
            r[j] = x[i] * x[j] * (i + 2)
    for i in range(n):
        v = m.T
        for j in range(3):
            v[j, i] = v[j, i] if j < i else x[i] * x[j] * j
    return (m * m).sum() * m[0, 1]


@case(X3, 3)
@njit
def rowcol2(x, n):
    m = np.zeros((3, 3))
    for i in range(n):
        for k in range(2):
            if k == 0:
                r = m[i]
            else:
                r = m[:, i]
            for j in range(3):
                r[j] = x[i] * x[j] * (j + 2 * i)
    return (m * m).sum() * m[0, 1]


@case(X3, 3)
@njit
def diag(x, n):
    w = np.zeros((n, n))
    s = 0.0
    for r in range(n):
        for i in range(n):
            w[i, i] = x[i] * x[r]
        for i in range(n):
            for j in range(n):
                s += w[i, j] * w[i, j] * x[r]
        w[0, 1] = x[r] * x[r]
    return s


@case(X3, 3)
@njit
def wrap_cover(x, n):
    w = np.zeros(n)
    s = 0.0
    for r in range(n):
        for i in range(n - 1):
            w[i] = x[i] * x[r]
        for i in range(n):
            s += w[i - 1] * x[r]
        w[n - 1] = x[r]
    return s


@case(X3, 3)
@njit
def own_diag(x, n):
    y = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            y[i, j] = x[i] * x[j]
        for j in range(n):
            y[j, j] = x[i] + x[j]
    s = 0.0
    for i in range(n):
        for j in range(n):
            s += y[i, j] * (i + 2 * j + 1)
    return s


@case(X3, 3)
@njit
def own_neg2(x, n):
    y = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            y[i, j] = x[i] * x[j]
        r = y[-i]
        for j in range(n):
            r[j] = x[i] + x[j]
    s = 0.0
    for i in range(n):
        for j in range(n):
            s += y[i, j] * (i + 2 * j + 1)
    return s
