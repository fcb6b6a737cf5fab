"""Forms of statements that must be lowered in Python's order, and as Python means them."""

import numpy as np
from numba import njit, prange

from near_misses import X3, X6, case


@case(X3)
@njit
def divm(x):
    k = 11
    s = 0.0
    while k > 0:
        k, r = divmod(k, 2)
        s += x[r] * x[r] * (k + 1)
    return s


@case(X3, True)
@njit
def swap_if(x, c):
    i = 0
    j = 1
    i, j = (j, i) if c else (i, j)
    return x[i] * x[i] + 3 * x[j]


@case(X6)
@njit
def over_tuple(x):
    n = 0
    s = 0.0
    for k in (n, n + 1, n + 2):
        s += x[k] * x[k]
        n = n + 1
    return s


@njit
def helper2(i, j):
    return (j, i)


@case(X3)
@njit
def swap_helper(x):
    i = 0
    j = 1
    i, j = helper2(i, j)
    return x[i] * x[i] + 3 * x[j]


@case(np.array([[1.0, 2.0], [3.0, 4.0]]))
@njit
def forself(a):
    s = 0.0
    for a in a:
        s += a[0] * a[1]
    return s


@case(X6)
@njit
def pr_step(x):
    s = 0.0
    for i in prange(0, 6, 2):
        s += x[i] * x[i]
    return s


@case(X6)
@njit
def closure_scratch(x):
    i = 0
    j = x.size - 1
    s = 0.0
    while i < j:
        s += x[i] * x[j]
        i += 1
        if s > 2.0:
            j -= 1
            continue
        j -= 2
    return s * x[i] + j


@case(X3)
@njit
def swap_arrays(x):
    a = x.copy()
    b = np.zeros(x.size)
    for t in range(4):
        for i in range(x.size):
            b[i] = a[i] * a[i - 1] + 0.3 * b[i]
        a, b = (b, a)
    return a.sum() + (b * b).sum()


@case(X3)
@njit
def swap_arrays_if(x):
    a = x.copy()
    b = np.zeros(x.size)
    for t in range(5):
        for i in range(x.size):
            b[i] = a[i] * a[i - 1] + 0.3 * b[i]
        if a[0] > 0.5 * t:
            a, b = (b, a)
    return a.sum() + (b * b).sum()


@case(X6)
@njit
def view_of_view(x):
    m = x.copy().reshape((2, 3))
    t = m.T
    r = t[1:]
    for k in range(2):
        for i in range(2):
            r[i, k] = r[i, k] * m[k, 0] + x[i]
            m[k, 2] += r[0, 1 - k]
    return (m * m).sum()


@case(X6)
@njit
def rank_change(x):
    m = x.copy().reshape((2, 3))
    a = m * 2.0
    a = a[1]
    a[0] *= a[1]
    return a.sum() * a[0]


@case(X3)
@njit
def shrink(x):
    a = x * 1.0
    while a.size > 1:
        a = a[1:] * a[:-1] + 0.1
    return a[0]


@case(X3)
@njit
def shrink_view(x):
    a = x.copy()
    s = 0.0
    while a.size > 1:
        a[0] = a[0] * a[1]
        s += a[0]
        a = a[1:]
    return s * a[0]


@case(X6)
@njit
def count_bool(x):
    y = x.copy()
    k = 0
    s = 0.0
    for i in range(x.size):
        s += y[k] * x[i]
        k += y[i] > 1.0
        y[i] = 0.5 * y[i] * y[k]
    return s


@case(X3)
@njit
def reuse_after(x):
    for i in range(x.size):
        if x[i] > 2.0:
            break
    s = x[i] * x[i]
    for j in range(i):
        s += x[j] * x[i]
    return s * x[j] + i


@case(X3)
@njit
def nested_reuse(x):
    s = 0.0
    i = 0
    for i in range(3):
        for i in range(i, 3):
            s += x[i] * x[i - 1]
            if s > 3.0:
                break
        s *= x[i]
    return s * x[i]


@case(X6)
@njit
def state_machine(x):
    state = 0
    s = 1.0
    acc = np.zeros(3)
    for i in range(x.size):
        if state == 0:
            acc[state] += x[i] * s
            state = 1 if x[i] > 1.0 else 2
        elif state == 1:
            acc[state] *= x[i]
            acc[state] += s
            state = (state + i) % 3
        else:
            acc[state] -= x[i] ** 2
            s = acc[0] * acc[2]
            state = 0
    return acc.sum() * s


@case(X6)
@njit
def prefix(x):
    n = x.size
    p = np.zeros(n + 1)
    q = np.ones(n + 1)
    a = 0.0
    b = 1.0
    for i in range(n):
        a += x[i]
        b *= x[i]
        p[i + 1] = a
        q[i + 1] = b
        a, b = (b, a)
    s = 0.0
    for i in range(n, 0, -1):
        s += p[i] * q[i - 1] - q[i] * p[i - 1]
    return s


@case(X6)
@njit
def trisolve(x):
    n = 3
    l = np.zeros((n, n))
    k = 0
    for i in range(n):
        for j in range(i + 1):
            l[i, j] = x[k]
            k += 1
    b = x[:n].copy()
    for i in range(n):
        for j in range(i):
            b[i] -= l[i, j] * b[j]
        b[i] /= l[i, i]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            b[i] -= l[j, i] * b[j]
        b[i] /= l[i, i]
    return (b * b).sum()


@case(X6)
@njit
def int_scratch(x):
    n = x.size
    order = np.arange(n)
    for i in range(n):
        for j in range(n - 1 - i):
            if x[order[j]] > x[order[j + 1]]:
                order[j], order[j + 1] = (order[j + 1], order[j])
    s = 0.0
    for i in range(n):
        s += x[order[i]] * x[i] * (i + 1)
    order[:] = 0
    return s


@case(X6)
@njit
def bool_scratch(x):
    n = x.size
    seen = np.zeros(n, np.bool_)
    k = 0
    s = 0.0
    p = 1.0
    for i in range(n):
        seen[k] = True
        p = p * x[k]
        s += p
        k = (2 * k + 1) % n
        while seen[k] and i < n - 1:
            k = (k + 1) % n
    return s


@case(X3, 3)
@njit
def ruled_contents(x, k):
    m = np.ones(1, np.int64)
    m[0] = k
    s = 0.0
    for i in range(3):
        w = np.zeros(m[0])
        for j in range(w.size):
            w[j] = x[j] * x[i]
            s += w[j] * w[j]
    m[0] = 2
    return s


@case(X3)
@njit
def early(x):
    i = 0
    for i in range(3):
        j = 0
        while True:
            j += 1
            if x[j % 3] * i > 2.0:
                return x[i] * x[j % 3] * j
            if j > 4:
                break
    return x[i] * x[j % 3]


@case(X6)
@njit
def enum_zip(x):
    s = 0.0
    y = x.copy()
    for i, (a, b) in enumerate(zip(x[1:], y[:-1])):
        y[i + 1] = a * b + s
        s += b * y[i]
    for r in range(len(y) - 1, -1, -2):
        s *= y[r]
    return s


@njit
def f32(x):
    w = np.zeros(3, np.float32)
    s = 0.0
    for i in range(3):
        w[i] = x[i] * x[i - 1]
        s += w[i] * w[0]
    return s


v = f32


@case(X6)
@njit
def stencil3(x):
    u = x.copy().reshape((2, 3, 1))
    v = np.zeros_like(u)
    for t in range(2):
        for i in range(2):
            for j in range(3):
                v[i, j, 0] = u[i, j, 0] * u[i - 1, j, 0] + u[i, j - 1, 0]
        u[:] = v
        u, v = (v, u)
    return (u * v).sum()


@case(X3)
@njit
def if_sum(x):
    y = x.copy()
    s = 0.0
    for i in range(3):
        if y.sum() > 4.0:
            y[i] = y[i] * 0.5 - 1.0
            s += y[i] * x[i]
        else:
            y[i] = y[i] * 2.0
            s *= y[i]
    return s + y[0]


@case(X3, False)
@njit
def ifexp_idx(x, c):
    m = np.arange(3)
    s = 1.0
    for i in range(3):
        j = m[i] if c else m[2 - i]
        s *= x[j] + x[i if s > 1.0 else j]
        m[i] = 2 if s > 1.0 else 0
    return s


@njit
def nxt(k):
    k[0] = (k[0] + 1) % 3
    return k[0]


@case(X3, np.array([2, 1, 2]))
@njit
def ruled(x, idx):
    k = idx.copy()
    s = 0.0
    for i in range(3):
        k[nxt(k)] += 1
        s += x[k[i] % 3] * x[nxt(k) % 3] * k[0]
    return s
