"""Forms of statements that must be lowered in Python's order, and as Python means them."""

import numpy as np
from numba import njit

from near_misses import X3, X6, case


@njit
def bump(y):
    y[0] = y[0] * 0.8 + y[1] * 0.2
    return y[0] * 1.1


@case(X3)
@njit
def andor(x):
    y = x.copy()
    s = 0.0
    for i in range(4):
        if bump(y) > 1.5 and bump(y) > 2.0 or bump(y) < 1.2:
            s += y[0] * x[1]
        elif not bump(y) > 1.0:
            s -= y[0] * y[1]
        y[1] = y[0] * 0.3
    return s * y[0]


@case(X3)
@njit
def two_names(x):
    y = x.copy()
    a = y
    b = y[1:]
    s = 0.0
    for i in range(2):
        a[i] = b[i] * y[i]
        b[0] += a[0] * 0.1
        s += y[1] * a[2]
    return s


@case(X3, 1.2, argnums=(0, 1))
@njit
def scalar_reassign(x, p):
    s = 0.0
    for i in range(3):
        p = p * x[i]
        q = p
        p = q + 1.0
        if p > 3.0:
            p = 0.5
            continue
        s += p * q
    return s * p


@case(X3)
@njit
def tup(x):
    t = (x[0], x[1])
    for i in range(3):
        u = t
        t = (u[1] * x[2], u[0] + t[1])
    a, b = t
    return a * b


@case(X3)
@njit
def tup_arr(x):
    a = x * 1.0
    t = (a, x[0])
    for i in range(2):
        v, c = t
        v[i] *= c
        t = (v, c * v[i])
    return t[0].sum() * t[1]


@case(X6)
@njit
def reshaped(x):
    y = x.copy()
    m = y.reshape((2, 3))
    t = m.T
    f = m.ravel()
    for i in range(3):
        t[i, 0] = t[i, 1] * f[i]
        f[5 - i] += m[0, i] * y[0]
    return (y * x).sum()


@case(X6)
@njit
def copy_t(x):
    m = x.copy().reshape((2, 3))
    c = m.T.copy()
    f = m.T.ravel()
    c[0, 0] = 5.0 * c[1, 1]
    f[1] *= f[2]
    m[0, 0] *= 2.0
    return c.sum() + (f * f).sum() * m[0, 0]


@case(X6)
@njit
def rev_self(x):
    y = x.copy()
    y[:] = y[::-1]
    y[1:] = y[:-1]
    y[0] *= y[1]
    return (y * x).sum()


@case(np.array([1.3, 0.7, 2.1, 0.4]))
@njit
def sum_of_bools(x):
    y = x.copy()
    n = 0
    s = 0.0
    for i in range(3):
        n = n + (1 if y[i] > 1.0 else 0)
        s += y[n] * x[i]
        y[i] -= 0.5 * y[n]
    return s * n


@case(X3)
@njit
def unroll_tuple(x):
    s = 1.0
    t = (x * 1.0, x * 2.0)
    for a in t:
        s += a[0] * s
        t = (t[1], t[0])
    return s * t[0][1]


@case(X3)
@njit
def chain_assign(x):
    a = b = x * 1.0
    a[0] = c = b[1] * 2.0
    b[1] *= a[0] + c
    return a.sum() * b[0]


@case(X6)
@njit
def int_acc(x):
    h = np.zeros(3, np.int64)
    for i in range(x.size):
        h[int(x[i])] += 1
    s = 0.0
    for i in range(3):
        s += h[i] * x[i] * x[h[i]]
        h[i] -= int(s)
    return s


@case(X3, 4)
@njit
def int_div(x, n):
    s = 0
    t = 1
    for i in range(n):
        t = t * 2
        s += x[i % 3] / t
        t //= 1
    return s * t


@case(X3)
@njit
def bitops(x):
    m = 5
    s = 0.0
    i = 0
    while m:
        if m & 1:
            s += x[i] * x[m % 3]
        m >>= 1
        i += 1
        m ^= 0
    return s * x[i % 3]


@case(X6)
@njit
def flags(x):
    done = False
    f = True
    s = 1.0
    for i in range(6):
        f = not f
        done |= x[i] > 2.0
        if done and f or s > 4.0:
            s *= x[i]
        elif not done:
            s += x[i]
            done = s > 3.0
    return s


@case(X3)
@njit
def empty_arr(x):
    y = x[:0]
    z = np.zeros(0)
    s = x[0] + y.sum() + (z * z).sum()
    for v in y:
        s += v
    w = x[1:2] + x[:3]
    w[:] *= x[2:3]
    return s * w.sum()


@case(X6)
@njit
def tri3(x):
    u = x.copy().reshape((1, 2, 3))
    for t in range(2):
        for i in range(2):
            for j in range(1, 3):
                u[0, i, j] = 0.5 * (u[0, i, j - 1] + u[0, 1 - i, j] * u[0, i, j])
    return u.sum() * u[0, 0, 2]


@case(X6 + 1)
@njit
def thomas(x):
    n = 3
    c = np.zeros(n)
    d = np.zeros(n)
    c[0] = x[3] / x[0]
    d[0] = x[5] / x[0]
    for i in range(1, n):
        m = 1.0 / (x[i] - x[i + 2] * c[i - 1])
        c[i] = x[i + 3] * m if i < n - 1 else 0.0
        d[i] = (x[5 - i] - x[i + 2] * d[i - 1]) * m
    for i in range(n - 2, -1, -1):
        d[i] -= c[i] * d[i + 1]
    return (d * d).sum()


@case(X3)
@njit
def iter_rebind(x):
    y = x * 1.0
    s = 0.0
    for v in y:
        y = y * 0.5 + v
        s += v * y[0]
    return s


@case(X3)
@njit
def zip_shift(x):
    y = x.copy()
    s = 0.0
    for a, b in zip(y, y[1:]):
        y[2] *= a * b
        s += a * y[1]
    return s * y[2]


@case(X3)
@njit
def shrink_range(x):
    y = x.copy()
    s = 0.0
    for i in range(len(y)):
        y[0] *= 1.1
        s += y[0] * y.size
        if y.size > 1:
            y = y[1:]
    return s


@case(X3, np.array([[0, 1], [2, 0], [1, 1]]))
@njit
def pairs(x, idx):
    s = 1.0
    for i, j in idx:
        s += x[i] * x[j] * s
    return s


@case(X3)
@njit
def const_pairs(x):
    s = 1.0
    for i, j in ((0, 1), (2, 0), (1, 1)):
        i = (i + j) % 3
        s += x[i] * x[j] * s
    return s


@case(X3, 0, 1)
@njit
def tuple_of_vars(x, i, j):
    s = 1.0
    for k in (i, j, i + j):
        i = k
        s += x[k] * x[i] * s
    return s


@case(X3)
@njit
def tuple_floats(x):
    s = 1.0
    a = x[0]
    for v in (a, x[1], a * x[2]):
        a = v * s
        s += a
    return s * a


@case(X6)
@njit
def heap(x):
    h = x.copy()
    n = h.size
    for start in range(n // 2 - 1, -1, -1):
        root = start
        while 2 * root + 1 < n:
            child = 2 * root + 1
            if child + 1 < n and h[child] < h[child + 1]:
                child += 1
            if h[root] >= h[child]:
                break
            h[root], h[child] = (h[child], h[root])
            root = child
    s = 0.0
    for i in range(n):
        s += h[i] * (i + 1) * h[0]
    return s


@case(X6)
@njit
def queue(x):
    q = np.zeros(20, np.int64)
    head = 0
    tail = 1
    s = 1.0
    dist = np.zeros(6)
    while head < tail:
        u = q[head]
        head += 1
        for v in (2 * u + 1, 2 * u + 2):
            if v < 6:
                dist[v] = dist[u] + x[u] * x[v]
                q[tail] = v
                tail += 1
        s += dist[u] * s
    return s


@case(X6)
@njit
def union_find(x):
    p = np.arange(6)
    s = 0.0
    for i in range(5):
        a = i
        while p[a] != a:
            a = p[a]
        b = i + 1
        while p[b] != b:
            b = p[b]
        if x[a] > x[b]:
            p[b] = a
        else:
            p[a] = b
        s += x[p[i]] * x[a] * x[b]
    return s


@case(X6)
@njit
def minmax_idx(x):
    lo = x[0]
    hi = x[0]
    li = 0
    for i in range(1, x.size):
        if x[i] < lo:
            lo, li = (x[i], i)
        hi = max(hi, x[i] * x[li])
    return lo * hi + x[li] * li
