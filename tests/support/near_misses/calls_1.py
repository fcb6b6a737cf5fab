"""Recursion, checkpoints, running extremes and the size of stacks, just beside what is assumed."""

import math

import numpy as np
from numba import njit

import fastad
from near_misses import X3, X6, case


@case(X3, -1)
@njit
def stack_mult(x, k):
    s = 0.0
    n = 4
    for r in range(n):
        for j in range(3 + k * r):
            t = math.exp(x[j % 3] * 0.1 * r)
            for q in range(2):
                t = t * x[q] * 0.5
            s += t
    return s


@case(X3)
@njit
def stack_sq(x):
    s = 0.0
    n = 4
    for r in range(n):
        for j in range((r - 3) * (r - 3) * 3000):
            t = math.exp(x[j % 3] * 0.1 * r)
            for q in range(2):
                t = t * x[q] * 0.5
            s += t
    return s


@njit
def rec(y, n):
    if n == 0:
        return y[0] * y[1]
    y[0] = y[0] * 1.5 - 3.0
    return rec(y, n - 1) * y[1] + y[0] * y[0]


@case(X3)
@njit
def if_call(x):
    y = x.copy()
    t = 0.0
    if y[0] > 0:
        t = rec(y, 2)
    return t + y[0]


@njit
def rec1(a, s, n):
    if n == 0:
        return s * a[0]
    t = s * a[n % 3]
    u = rec1(a, t, n - 1)
    t = u * t
    return t + rec1(a, s + t, n - 1)


@case(X3)
@njit
def use_rec1(x):
    r = 0.0
    for i in range(2):
        r = r * x[i] + rec1(x, x[i] * 0.3, 2)
    return r


@njit
def rec2(a, used, n):
    if n == 3:
        return 1.0
    total = 0.0
    sign = 1.0
    for c in range(3):
        if used[c] == 0:
            used[c] = 1
            total += sign * a[n, c] * rec2(a, used, n + 1)
            used[c] = 0
            sign = -sign
    return total


@case(np.array([[1.0, 2.0, 0.5], [0.3, 1.5, 2.0], [0.7, 0.2, 1.1]]))
@njit
def use_rec2(x):
    used = np.zeros(3, np.int64)
    return rec2(x, used, 0) * x[0, 0]


@njit
def rec3(a, w, n):
    if n == 0:
        return w[0] * a[0]
    total = 0.0
    for c in range(2):
        w[0] = w[0] * 0.5 + c
        total += w[0] * a[n] * rec3(a, w, n - 1)
    return total


@case(X3)
@njit
def use_rec3(x):
    w = np.ones(2)
    return rec3(x, w, 2)


@njit
def rec4(a, n):
    if n == 0:
        return a[0]
    s = 0.0
    k = n
    while k > 0:
        s += a[k] * rec4(a, n - 1)
        k -= 1
        if s > 2.0:
            break
    return s


@case(X3)
@njit
def use_rec4(x):
    return rec4(x, 2) ** 2


@njit
def rec5(a, w, n):
    if n == 0:
        return a[0]
    f = a[n] * a[n]
    w[0] = w[0] * 2.0
    s = f * w[0] * rec5(a, w, n - 1)
    f = 3.0
    return s


@case(X3)
@njit
def use_rec5(x):
    w = np.ones(1)
    t = rec5(x, w, 2)
    return t * w[0]


@case(X3)
@njit
def ck1(x):
    y = x.copy()
    k = 0
    t = 1.0
    for i in fastad.checkpoint(7):
        if y[k] > 1.0:
            t = t * y[k] * 0.5
        y[k] = y[k] * t + 0.1
        k = (k + i) % 3
    return y.sum() * t


@case(X3)
@njit
def ck2(x):
    y = x.copy()
    w = np.zeros(3)
    s = 1.0
    for i in fastad.checkpoint(6):
        for j in range(i % 2):
            w[0] = y[1] * s
        s = s * 0.7 + w[0] * y[0]
        y[i % 3] = math.sin(s)
    return s


@case(X3)
@njit
def ck3(x):
    w = np.zeros(3)
    s = 1.0
    for i in fastad.checkpoint(6):
        w[i % 3] = x[i % 3] * s
        s = s * 0.7 + w.sum()
    return s


@case(X3, np.array([2, 1, 1]))
@njit
def ck4(x, idx):
    k = idx.copy()
    s = 1.0
    for i in fastad.checkpoint(3):
        w = np.zeros(3)
        w[k[i]] = 2.0
        for j in range(3):
            s = s * 0.9 + w[j] * x[j] * s
    k[:] = 0
    return s


@case(X6)
@njit
def ex1(x):
    best = 1000000000.0
    w = np.zeros(3)
    for i in range(6):
        for j in range(i % 2):
            w[0] = x[i] * x[j]
        best = min(best, (w[0] - 1.0) ** 2 + x[i])
    return best


@case(X3, np.array([2, 1, 1]))
@njit
def ex2(x, idx):
    k = idx.copy()
    best = -1000000000.0
    for i in range(3):
        w = np.zeros(3)
        w[k[i]] = 2.0
        t = 0.0
        for j in range(3):
            t += w[j] * x[j] * x[i]
        best = max(t, best)
    k[:] = 0
    return best


@case(X6)
@njit
def argmin_run(x):
    best = 1000000000.0
    at = -1
    for i in range(x.size):
        d = (x[i] - 1.0) ** 2
        if d < best:
            best = d
            at = i
    return best * x[at]


@case(X3)
@njit
def ck3_2(x):
    w = np.zeros(3)
    s = 1.0
    for i in fastad.checkpoint(20, 2):
        w[i % 3] = x[i % 3] * s
        s = s * 0.7 * math.cos(w.sum())
    return s


@case(X3, 1)
@njit
def ck_step(x, k):
    s = 1.0
    n = k + 1
    m = np.ones(1, np.int64)
    m[0] = k
    for i in fastad.checkpoint(5):
        for j in range(0, 3, m[0]):
            s = math.sin(s + x[j])
    m[0] = 2
    return s


K3 = np.array([3.0, 1.0, 2.0])


@case(X3, K3)
@njit
def ck_copy(x, k):
    m = k.copy()
    s = 1.0
    for i in fastad.checkpoint(5):
        w = m * 2.0
        s = s * 0.9 + w[i % 3] * x[i % 3] * s
    m[:] = 2.0
    return s


@case(X3, K3)
@njit
def ex_copy(x, k):
    m = k.copy()
    s = 1000000000.0
    for i in range(3):
        w = m * 2.0
        s = min(s, w[i] * x[i] * x[i])
    m[:] = 2.0
    return s


@njit
def rec8(a, w, n):
    if n == 0:
        return a[0]
    t = a[n] * 2.0
    u = rec8(a, w, n - 1)
    if w[0] > 0.5:
        u = u * t
    w[0] = w[0] * 0.9 * u
    t = t + w[0]
    v = rec8(a, w, n - 1)
    return u * v + t


@case(X3)
@njit
def use_rec8(x):
    w = np.ones(1)
    return rec8(x, w, 2) * w[0]


@njit
def rec7(a, b, n):
    if n == 0:
        return a[0] * b[0]
    u = rec7(a, b, n - 1) * rec7(a, b, n - 1)
    s = 0.0
    for i in range(3):
        s += a[0] * b[0] * 0.3 + a[0] * a[0] * b[i]
    return u * s


@case(X3)
@njit
def twice(x):
    return rec7(x, x, 2)


@njit
def recj(a, m, n):
    if n == 0:
        return a[0]
    k = np.argmax(m)
    t = a[k] * a[n]
    total = 0.0
    for c in range(2):
        total += t * recj(a, m, n - 1)
        m[c] = 0
    return total


@case(X3, np.array([3, 1, 2]))
@njit
def use_recj(x, k):
    m = k.copy()
    return recj(x, m, 2)


@njit
def recj2(a, m, n):
    if n == 0:
        return a[0]
    total = 0.0
    for c in range(2):
        total += a[np.argmax(m)] * recj2(a, m, n - 1)
        m[c] = 0
    return total


@case(X3, np.array([3, 1, 2]))
@njit
def use_recj2(x, k):
    m = k.copy()
    return recj2(x, m, 2)


@njit
def recj3(a, m, n):
    if n == 0:
        return a[0]
    total = 0.0
    for c in range(2):
        t = a[m[c]] * recj3(a, m, n - 1)
        m[c] = 0
        total += t * a[c]
    return total


@case(X3, np.array([2, 1, 2]))
@njit
def use_recj3(x, k):
    m = k.copy()
    return recj3(x, m, 2)
