"""Functions that the random programs call."""

import math

import numba
import numpy as np

C = 0.7
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
