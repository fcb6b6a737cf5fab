"""Loops that just miss the condition of an optimisation: items, covers, counters, order."""

import numpy as np
from numba import njit

from near_misses import X3, X6, case


@case(X3)
@njit
def hoist1(x):
    s = 0.0
    y = x.copy()
    for i in range(3):
        w = np.empty(3)
        for j in range(3):
            w[j] = y[j] * x[i]
        v = w[1:]
        for j in range(2):
            s += v[j] * w[j]
    return s


@case(X3)
@njit
def hoist_ones(x):
    s = 0.0
    for i in range(3):
        w = np.ones(3)
        for j in range(i):
            w[j] *= x[j] * x[i]
        for j in range(3):
            s += w[j] * x[j]
    return s


@case(X3)
@njit
def hoist_kept(x):
    last = np.zeros(3)
    s = 0.0
    for i in range(3):
        w = np.ones(3)
        for j in range(3):
            w[j] = x[j] * x[i] + last[j]
            s += w[j] ** 2
        last = w
    return s


@case(X3)
@njit
def until_nested(x):
    s = 0.0
    for i in range(3):
        for j in range(3):
            if x[j] > 2.0:
                continue
            for k in range(3):
                if k == i:
                    break
                s += x[k] * x[j]
            else_ = s * x[i]
            s = else_ * 0.5
        if s > 10.0:
            return s * x[0]
    return s + x[1]


@case(X6)
@njit
def row_iter(x):
    m = x.copy().reshape((3, 2))
    s = 0.0
    for row in m:
        row[0] *= row[1]
        s += row[0] * m[0, 0]
        row[1] += s
    return s * m[2, 1]


K3 = np.array([3.0, 1.0, 2.0])


@case(X3, K3)
@njit
def again_array(x, k):
    m = k.copy()
    s = 0.0
    for q in range(1):
        pass
    for i in range(3):
        w = m * 2.0
        for j in range(3):
            s += w[j] * x[j] * x[i] * x[i]
    t = s * s
    for j in range(3):
        m[j] = t * 0.0 + 2.0
    return t


@case(X3, K3, True)
@njit
def again_if(x, k, c):
    m = k.copy()
    s = 0.0
    if c:
        for i in range(3):
            w = m * 2.0
            for j in range(3):
                s += w[j] * x[j] * x[i] * x[i]
    m[:] = 2.0
    return s * s


@case(X3, K3)
@njit
def dep_free(x, k):
    m = k.copy()
    s = 0.0
    for i in range(3):
        for j in range(3):
            s += x[j] * x[i] * x[i]
    q = m * s
    m[:] = 2.0
    return q[0] + m[1] * q[2]


@case(X3, K3)
@njit
def dep_free2(x, k):
    m = k.copy()
    s = 0.0
    for i in range(3):
        for j in range(3):
            s += x[j] * x[i] * x[i]
    t = s * m.sum()
    m[:] = 2.0
    return t + m[1]


@case(X3, K3, 3)
@njit
def replay_copy(x, k, n):
    m = k.copy()
    s = 0.0
    for i in range(n):
        w = m.copy()
        s += w[i] * x[i] * x[i]
    m[:] = 2.0
    return s


@case(X3, K3, 3)
@njit
def replay_nested(x, k, n):
    m = k.copy()
    s = 0.0
    p = 1.0
    for r in range(2):
        for i in range(n):
            w = m.copy()
            s += w[i] * x[i] * x[i] * p
        m[:] = 2.0
        p = p * s
    return s


@case(X3, np.array([2, 1, 2]))
@njit
def stored_take(x, idx):
    k = idx.copy()
    s = 0.0
    p = 1.0
    for i in range(3):
        v = x[k]
        p = p * v[i]
        s += p
        k[i] = 0
    return s


@njit
def bump(y):
    y[0] = y[0] * 0.8 + y[1] * 0.2
    return y[0] * 1.1


@case(X3)
@njit
def while_effect(x):
    y = x.copy()
    s = 0.0
    while bump(y) > 0.9 and s < 5.0:
        s += y[0] * y[1] * bump(y)
        y[1] *= 0.5
    return s


@case(X3, K3)
@njit
def argmax_index(x, k):
    w = k.copy()
    s = 0.0
    for i in range(3):
        s += x[np.argmax(w)] * x[i]
        w[i] = 0.0
    return s


@case(X3, K3)
@njit
def argmax_index2(x, k):
    w = k.copy()
    t = x[w.argmin()]
    s = t * t * x[np.argmax(w)]
    w[:] = x
    return s * x[0]


@case(X3)
@njit
def chosen_private(x):
    y = x.copy()
    s = 0.0
    for i in range(3):
        w = np.ones(3)
        v = y if i < 2 else w
        v[0] = v[0] * x[i]
        for j in range(2):
            s += v[j] * v[0]
    return s


@case(X3, K3, True, argnums=(0, 1))
@njit
def chosen_write(x, y, c):
    z = x if c else y
    z[0] = z[0] * y[1] * x[0]
    return z[0] * x[0] * y[0]


@case(X3, K3, False, argnums=(0, 1))
@njit
def chosen_write_2(x, y, c):
    z = x if c else y
    z[0] = z[0] * y[1] * x[0]
    return z[0] * x[0] * y[0]


@case(X3)
@njit
def alias_out(x):
    y = np.zeros(4)
    v = y[1:]
    for i in range(3):
        y[i] = x[i] * x[i]
    for i in range(3):
        v[i] = x[i] * 3.0 * x[0]
    s = 0.0
    for i in range(4):
        s += y[i] * (i + 1)
    return s


@case(np.array([1.3, 0.7, 2.1, 0.4, 1.9, 1.1]))
@njit
def counter_step_2(x):
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
def chosen_private_2(x):
    y = x + 0.0
    s = 0.0
    for i in range(3):
        w = np.ones(3)
        v = y if i < 2 else w
        v[0] = v[0] * x[i]
        for j in range(2):
            s += v[j] * v[0]
    return s


@case(X3)
@njit
def if_private(x):
    y = x + 0.0
    s = 0.0
    for i in range(3):
        w = np.ones(3)
        v = y
        if i == 2:
            v = w
        v[0] = v[0] * x[i]
        for j in range(2):
            s += v[j] * v[0]
    return s


@case(np.array([1.3, 0.7, 2.1, 0.4, 1.9]))
@njit
def compact(x):
    n = x.size
    out = np.zeros(n)
    k = 0
    for i in range(n):
        if x[i] > 1.0:
            out[k] = x[i] * x[i]
            k += 1
    s = 0.0
    for j in range(k):
        s += out[j] * out[k - 1 - j]
    return s


@case(np.array([1.3, 0.7, 2.1, 0.4, 1.9]))
@njit
def compact2(x):
    n = x.size
    out = np.zeros(n)
    s = 0.0
    for r in range(3):
        k = 0
        for i in range(n):
            if x[i] > 0.5 * (r + 1):
                out[k] = x[i] * x[r]
                k += 1
        for j in range(k):
            s += out[j] * out[k - 1 - j]
    return s


@case(X3)
@njit
def cover_lower(x):
    n = 3
    w = np.zeros((n, n))
    s = 0.0
    for r in range(3):
        for i in range(n):
            for j in range(i + 1):
                w[i, j] = x[i] * x[j] * x[r]
        for i in range(n):
            for j in range(n):
                s += w[j, i] * x[i]
        w[0, 1] = x[r]
    return s


@case(X3)
@njit
def cover_neg(x):
    w = np.zeros(4)
    s = 0.0
    for r in range(3):
        for i in range(3):
            w[i] = x[i] * x[r]
        for i in range(3):
            s += w[i - 1] * x[r]
        w[3] = x[r]
    return s


@case(X3, 1)
@njit
def cover_shape(x, k):
    a = x
    if k > 0:
        a = x[1:]
    w = np.zeros_like(x)
    s = 0.0
    for r in range(3):
        for j in range(a.size):
            w[j] = a[j] * x[r]
        for j in range(3):
            s += w[j] * x[r]
        w[2] = x[r]
    return s
