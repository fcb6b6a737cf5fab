"""Functions that the blocks call: they take functions, any number of arguments, or are drivers.

Their variables are called as those of the programs are, s, t, w, y: one must not be the other.
"""

import math
from typing import NamedTuple

import numba
import numpy as np

import fastad


class Given(NamedTuple):
    """The arrays of a program, as one argument."""

    x: np.ndarray
    m: np.ndarray


# Functions that are passed on, and what takes them.


@numba.njit
def f_sine(q):
    return math.sin(q) * 0.7


@numba.njit
def f_bent(q):
    return q * 0.5 if q > 0.2 else q * q * 0.3


@numba.njit
def f_blend(q, r):
    return q * 0.6 + math.tanh(r) * 0.4


@numba.njit
def f_ratio(q, r):
    return q / (1.5 + r * r)


@numba.njit
def f_damp(v, q):
    for i in range(v.size):
        v[i] = v[i] * 0.5 + q * 0.1


@numba.njit
def f_shift(v, q):
    v[1:] = v[:-1] * 0.7
    v[0] = q


@numba.njit
def h_apply(fun, q):
    return fun(q) + 0.3 * fun(fun(q))


@numba.njit
def h_each(fun, v):
    y = np.empty_like(v)
    for i in range(v.size):
        y[i] = fun(v[i])
    return y


@numba.njit
def h_fold(fun, v, q=0.2):
    for s in v:
        q = fun(q, s)
    return q


@numba.njit
def h_area(fun, low, high, k):
    s, t = 0.0, (high - low) / k
    for i in range(k):
        s += fun(low + (i + 0.5) * t) * t
    return s


@numba.njit
def h_both_of(one, two, q):
    return one(two(q, 0.5)) - two(one(q), q)


@numba.njit
def h_changes(fun, v, q):
    w = v[0]
    fun(v, q)
    return w * v[-1]


@numba.njit
def h_by(fun, v, q, k):
    for _ in range(k):
        fun(v, q)


# Any number of arguments, defaults, nothing returned.


@numba.njit
def h_star(q, *rest):
    s = q * 0.5
    for v in rest:
        s = s * 0.7 + v * 0.4
    return s


@numba.njit
def h_starred(*values):
    return values[0] * 0.5 - values[-1] + len(values) * 0.1


@numba.njit
def h_handed(v, *rest):
    return h_star(v[0], *rest) + h_starred(*rest) * 0.3


@numba.njit
def h_default(q, scale=0.5, shift=0.25, k=2):
    for _ in range(k):
        q = q * scale + shift
    return q


@numba.njit
def h_negates(v, i):
    v[i] = -v[i]


@numba.njit
def h_large(v, i):
    v[i] *= 0.9
    return v[i] > 0.3


@numba.njit
def h_searches(v, q):
    for i in range(v.size):
        if v[i] > q:
            break
    else:
        return -1
    return i


# Drivers.


@numba.njit
def curve(q, r):
    return math.sin(q) * r + 0.3 * q * q


@numba.njit
def bowl(v, q):
    s = 0.0
    for i in range(v.size):
        s += math.cos(v[i]) * q + v[i] * v[(i + 1) % v.size] * 0.2
    return s


@numba.njit
def spread(v, q):
    return np.sum(v * v * 0.3) * q


d_curve = fastad.derivative(curve)
d_by_r = fastad.derivative(curve, 1)
g_bowl = fastad.grad(bowl)
g_spread = fastad.grad(spread)
vg_bowl = fastad.value_and_grad(bowl)
both_bowl = fastad.grad(bowl, (0, 1))
j_curve = fastad.jvp(curve)
j_bowl = fastad.jvp(bowl)


@numba.njit
def h_newton(q, r, k):
    for _ in range(k):
        q -= 0.2 * curve(q, r) / (1.5 + d_curve(q, r) ** 2)
    return q


@numba.njit
def h_descends(v, q, k):
    w = v.copy()
    for _ in range(k):
        w -= 0.2 * g_bowl(w, q)
    return w
