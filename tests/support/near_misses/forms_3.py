"""Forms of statements that must be lowered in Python's order, and as Python means them."""

import collections

import numpy as np
from numba import njit, prange

from near_misses import X3, X6, case


@case(np.array([0.3, 1.2, 0.5, 2.1, 0.4, 0.9, 1.1, 1.7, 0.2]))
@njit
def lu(x):
    a = x.copy().reshape((3, 3))
    p = np.arange(3)
    det = 1.0
    for k in range(3):
        m = k
        for i in range(k + 1, 3):
            if abs(a[i, k]) > abs(a[m, k]):
                m = i
        if m != k:
            for j in range(3):
                a[k, j], a[m, j] = (a[m, j], a[k, j])
            p[k], p[m] = (p[m], p[k])
            det = -det
        for i in range(k + 1, 3):
            a[i, k] /= a[k, k]
            for j in range(k + 1, 3):
                a[i, j] -= a[i, k] * a[k, j]
        det *= a[k, k]
    return det * (p[0] + 1) + a[2, 0]


@case(X6)
@njit
def circular(x):
    buf = np.zeros(3)
    at = 0
    s = 0.0
    for i in range(x.size):
        buf[at] = x[i] * s + x[i]
        at += 1
        if at == 3:
            at = 0
        s += buf[at] * buf[at - 1]
    return s


@case(X3, 3)
@njit
def slice_fill(x, n):
    y = np.zeros(4)
    for i in range(n):
        for j in range(1):
            y[i:] = x[i] * x[i]
    return (y * y).sum()


P = collections.namedtuple("P", "size k")


@case(X3, P(-1, 0))
@njit
def nt(x, p):
    k = p.size
    return x[k] * x[p.k]


@case(X3)
@njit
def pr_step_2(x):
    s = 0.0
    for i in prange(0, 3, 2):
        s += x[i] * x[i]
    return s


@njit
def j1(a, t, n):
    if n == 0:
        return t
    r = a[n] * t
    s = r
    s += j1(a, r, n - 1) * a[0]
    return s


@case(X3)
@njit
def u1(x):
    return j1(x, x[1], 2)


@njit
def j2(a, n):
    if n == 0:
        return a[0]
    s = a[n]
    s -= j2(a, n - 1) * 2.0
    if s < 0.0:
        s -= a[1] * a[n]
    return s


@case(X3)
@njit
def u2(x):
    y = 1.0
    for i in range(3):
        y = y * j2(x, i) + x[i]
    return y


@njit
def j3(a, n):
    if n == 0:
        return a[0]
    v = j3(a, n - 1)
    s = 0.0
    if v > 1.0:
        s += v * a[n]
    else:
        s -= a[n]
    return s


@case(X3)
@njit
def u3(x):
    return j3(x, 2)


@njit
def j4(a, n):
    if n == 0:
        return a[0]
    s = 0.0
    f = 1.0
    for i in range(n):
        s += f * j4(a, n - 1 - i)
        f = f * a[i]
    return s


@case(X3)
@njit
def u4(x):
    return j4(x, 2) * x[0]


@njit
def j5(a, k, n):
    if n == 0:
        return a[k[0]]
    s = 0.0
    for i in range(2):
        k[0] = (k[0] + i) % 3
        s += a[k[0]] * a[n]
        s += j5(a, k, n - 1) * a[k[0]]
    return s


@case(X3)
@njit
def u5(x):
    k = np.zeros(1, np.int64)
    return j5(x, k, 2) * x[k[0]]


@njit
def j6(a, lo, hi):
    if hi - lo == 1:
        return a[lo]
    mid = (lo + hi) // 2
    left = j6(a, lo, mid)
    right = j6(a, mid, hi)
    return left * right + left


@case(X6)
@njit
def u6(x):
    return j6(x, 0, x.size)


@njit
def j7(a, w, n):
    if n < 0:
        return w[0]
    w[n] = w[n] * a[n]
    t = w[n]
    r = j7(a, w, n - 1)
    w[n] += r
    return r * t + w[0]


@case(X3)
@njit
def u7(x):
    w = np.ones(3)
    r = j7(x, w, 2)
    return r * w[1] + w[2]


@njit
def j8(a, n):
    total = 0.0
    while n > 0:
        n -= 1
        total += a[n] * j8(a, n)
        if total > 2.5:
            return total * 0.5
    return total + a[0]


@case(X3)
@njit
def u8(x):
    return j8(x, 3)


@njit
def j9(a, t, n):
    if n == 0:
        return t
    t = t * a[n]
    return j9(a, t, n - 1) + t


@case(X3)
@njit
def u9(x):
    t = x[0]
    t = j9(x, t, 2)
    t = j9(x, t, 1) * t
    return t


@njit
def ja(a, n):
    if n == 0:
        return a[0]
    r = a[n]
    if a[n] > 1.0:
        r = ja(a, n - 1)
    return r


@case(X3)
@njit
def ua(x):
    return ja(x, 2) ** 2


@njit
def jb(a, n):
    if n == 0:
        return a[0]
    r = 1.0
    for i in range(2):
        r = r + jb(a, n - 1)
        r = r + a[n]
    q = r
    return q


@case(X3)
@njit
def ub(x):
    return jb(x, 2) ** 2


@njit
def jc(a, n, out):
    out[n] += a[n] * a[n]
    if n == 0:
        return 0.0
    return jc(a, n - 1, out) + out[n]


@case(X3)
@njit
def uc(x):
    out = np.zeros(3)
    s = 0.0
    for i in range(2):
        s += jc(x, 2, out) * out[1]
    return s + out[0]


@case(X6, 1.3, argnums=(0, 1))
@njit
def mer(x, a):
    m = x.copy().reshape((2, 3))
    s = 0.0
    b = m[0] * 1.0
    for i in range(2):
        b = (m[i] - b) * a / (1.0 + b**2) - m * b[0]
        m[i] = b[i] * b[1 - i] + 0.1 * (b[0] - m[0])
        s += (b * m).sum()
        b = b[0]
    return s


@case(X3)
@njit
def mer2(x):
    m = x.copy().reshape((3, 1))
    r = x.copy()
    y = m * r + (r - m) * 2.0 / (m + 4.0)
    m[0, 0] = 9.0
    r *= 2.0
    z = -(y + r) * y - r
    y[:] = 0.5
    return (z * y).sum() + (z * z).sum()


@case(X3)
@njit
def whr(x):
    y = x.copy()
    for i in range(3):
        c = y > 1.0
        y = np.where(c, y * x[i], -y + i)
        c[:] = True
        y[i] = np.where(y > 0, y, 0.5 * y).sum()
    return (y * y).sum()


@case(X6)
@njit
def takes(x):
    o = np.argsort(x)
    y = x[o]
    o[:] = 0
    z = y[y > 1.0]
    y[0] = z.sum() * y[1]
    w = y.copy()
    w[1:] = np.maximum(y[1:], y[:-1])
    y[:] = w[::-1]
    return (y * z[0]).sum() + w[0]


@case(X3, np.array([0.5, 0.3, 1.2]))
@njit
def over(x, c):
    g = np.zeros(4)
    s = 0.0
    for i in range(3):
        for j in range(4):
            g[j] = c[i] * j
        k = np.searchsorted(g, 1.0)
        s += x[k % 3] * x[np.searchsorted(g, 2.0) % 3]
    return s


@case(X3)
@njit
def shape_state(x):
    y = x[:1]
    s = 1.0
    for i in range(3):
        for j in range(y.shape[0]):
            s = s * y[j] + x[j]
        y = x[: i + 1]
    return s * y.size


@case(X3, 1)
@njit
def div_test(x, m):
    k = m
    s = 0.0
    for i in range(3):
        if 6 // k > i:
            s += x[i] * x[k % 3] * (s + 1)
        k += 1
    return s


@case(X3)
@njit
def test_changed_later(x):
    y = x.copy()
    s = 1.0
    for i in range(3):
        if y[i] > y[i - 1]:
            s = s * y[i]
            y[i - 1] = s
        y[i] = s * 0.5
    return s + y.sum()
