"""Functions that the random programs call."""

import math
from typing import NamedTuple

import numba
import numpy as np

import fastad

C = 0.7
PICKED = np.array([3, 1, 1, 0, 4])
TABLE = np.linspace(-1.0, 1.0, 5)


@numba.njit
def h_scalar(a, b=0.3):
    if a > b:
        return math.sin(a) * b
    c = a * b
    for _ in range(2):
        c = c * 0.5 + a
    return c


@numba.njit
def h_pair(a, b):
    return math.tanh(a - b), a * 0.5 + b


@numba.njit
def h_reads(v, i):
    q = 0.0
    for k in range(v.size):
        if k == i:
            continue
        q += v[k] * v[i]
    return q * 0.1


@numba.njit
def h_writes(v, i, q):
    v[i] = q * v[(i - 1) % v.size] * 0.5
    v[0] += 0.1 * q
    return v[i] + q


@numba.njit
def h_makes(v, q):
    r = np.empty_like(v)
    for k in range(v.size):
        r[k] = math.sin(v[k] + q)
    return r


@numba.njit
def h_both(v, q):
    w = v * q
    return w, np.sum(w) * 0.2


@numba.njit
def h_early(v, q):
    for i in range(v.size):
        for j in range(i):
            if v[i] > v[j] + 0.4:
                return v[i] * q
            if v[j] < -0.9:
                break
        q = q * 0.9 + 0.1 * v[i]
    return q


@numba.njit
def h_flag(q, flag, k=2):
    while True:
        k -= 1
        if k < 0:
            break
        if flag:
            continue
        q = math.sin(q) + 0.1 * k
    return q


@numba.njit
def h_power(q, k):
    if k <= 0:
        return q * 0.5
    s = 0.0
    for _ in range(2):
        s += math.sin(q) * h_power(q * 0.7, k - 1)
    return s


@numba.njit
def h_folded(v, k):
    if k >= v.size:
        return 0.3
    rest = h_folded(v, k + 1)
    return rest * v[k] * 0.5 + v[k]


def _closed(scale):
    @numba.njit
    def h_closed(q):
        return scale * q * q

    return h_closed


h_closed = _closed(0.4)


@fastad.custom_vjp
def h_ruled(v, q):
    return v * v * q, np.sum(v) * q


def _forward(v, q):
    return h_ruled(v, q), (v.copy(), q)


def _backward(residuals, bars):
    (v, q), (r_bar, s_bar) = residuals, bars
    return 2.0 * q * v * r_bar + s_bar * q, np.sum(r_bar * v * v) + s_bar * np.sum(v)


h_ruled.defvjp(_forward, _backward)


@numba.njit
def h_tree(v, q, k):
    if k >= v.size:
        return q
    low = q * 0.5 + v[k]
    if v[k] > 0.2:
        return math.sin(low) * h_tree(v, low, k + 2) - h_tree(v, q * 0.3, k + 3)
    s = low * q
    for j in range(2):
        s += v[j] * h_tree(v, q * v[k], k + 2 + j)
    return s


@numba.njit
def h_times(v, q, k):
    if k <= 0:
        return v[0] * q
    return h_times(v, q * 0.5, k - 1) * h_times(v, q + v[1], k - 2)


@numba.njit
def h_listed(v, following, k):
    n = v.size
    total, sign, before = 0.0, 1.0, n
    at = following[n]
    if k == 0:
        total = v[at]
        at = n
    while at != n:
        following[before] = following[at]
        total += sign * v[at] * h_listed(v, following, k - 1)
        following[before] = at
        sign, before, at = -sign, at, following[at]
    return total


@numba.njit
def h_chosen(v, k):
    return h_listed(v, np.array([1, 2, 3, 4, 5, 0]), k)


@numba.njit
def h_moves(v, k):
    if k >= v.size:
        return 0.1
    v[k] *= 0.5
    return v[k] * h_moves(v, k + 2) + v[0]


@numba.njit
def h_bytes(v, b):
    return np.sum(b * b * v) * 1e-4


# What the wilder programs call: helpers that write, inside expressions.


class Pair(NamedTuple):
    q: float
    r: float


class Work(NamedTuple):
    a: np.ndarray
    b: np.ndarray


@numba.njit
def h_bump(v, i, q):
    v[i] = v[i] * 0.5 + q * 0.3
    return v[(i - 1) % v.size] + q


@numba.njit
def h_step(count):
    count[0] = count[0] + 1
    return count[0]


@numba.njit
def h_pop(v, top):
    top[0] = (top[0] + 4) % 5
    r = v[top[0]]
    v[top[0]] = 0.1 * r
    return r


@numba.njit
def h_swap(v, i, j):
    v[i], v[j] = v[j], v[i]
    return v[i] - 0.5 * v[j]


@numba.njit
def h_fill(v, q):
    v[:] = v * 0.5 + q * 0.2
    return q - v[0]


@numba.njit
def h_relax(v, i):
    v[i] = 0.4 * (v[(i - 1) % v.size] + v[(i + 1) % v.size]) + 0.1
    return v[i]


@numba.njit
def h_same(v, q):
    v[0] *= q * 0.5
    return v


@numba.njit
def h_tail(v):
    return v[1:4]


@numba.njit
def h_longest(v, w):
    best, at = v[0], 0
    for i in range(1, v.size):
        if v[i] * w[i] > best:
            best, at = v[i] * w[i], i
    return best, at


@numba.njit
def h_turned(p, q):
    return Pair(p.r * 0.7, p.q + 0.3 * q)


@numba.njit
def h_mixed(v, w, q):
    v[1] += w[0] * q * 0.2
    return w, v


@numba.njit
def h_checked(q, v):
    assert v.size > 0
    if q > 1e8:
        raise ValueError("large")
    return q * v[-1] * 0.5


@numba.njit
def h_deep(v, n, q):
    if n == 0:
        return v[0] * 0.3
    v[n % 5] *= 0.8
    return v[n % 5] * q * 0.4 + h_deep(v, n - 1, q * 0.5) - v[0] * 0.1


INDEX = np.array([0, 3, 1, 3, 4])


@numba.njit
def soft(u, v):
    """A helper with branches and a local that is bound twice."""
    t = u * 0.5
    if u > v:
        t = t + math.sin(v)
    else:
        t = t * v
    return t / (1.0 + t * t)


@numba.njit
def fills(y, x, w):
    """A helper that writes into its argument and returns nothing."""
    for i in range(y.size):
        y[i] = y[i] * 0.5 + x[i] * w


@numba.njit
def energy(v, b):
    """A helper with loops of its own."""
    total = 0.0
    for i in range(b.shape[0]):
        for j in range(min(4, v.size)):
            total += v[j] * v[j] * math.cos(b[i, j])
    return total * 0.1
