"""rules: fwd and jvp give back an argument, or a row of it, where the function gives a copy"""

import numpy as np
from numba import njit

import fastad


@fastad.custom_vjp
def row(a):
    return a[1].copy()


def row_fwd(a):
    return a[1], a.shape


def row_bwd(shape, bar):
    out = np.zeros(shape)
    out[1] = bar
    return (out,)


row.defvjp(row_fwd, row_bwd)


@fastad.custom_vjp
def twice(s):
    return np.array([s, 2.0 * s]), np.array([s, 2.0 * s])


def twice_fwd(s):
    r = np.array([s, 2.0 * s])
    return (r, r), None


def twice_bwd(nothing, bars):
    both = bars[0] + bars[1]
    return (both[0] + 2.0 * both[1],)


twice.defvjp(twice_fwd, twice_bwd)


@fastad.custom_jvp
def same(v):
    return v.copy()


@same.defjvp
def same_jvp(primals, tangents):
    return primals[0], tangents[0]


@njit
def of_row(x):
    a = np.outer(x, x)
    y = row(a)
    y[0] = 5.0 * x[1]
    return np.sum(a) + y[0] * y[1]


@njit
def of_both(x):
    y, z = twice(x[0] * x[1])
    y[0] = 5.0
    return y[0] * z[0] + y[1] * z[1]


@njit
def of_same(x):
    v = x * 1.0
    y = same(v)
    y[0] = 5.0 * x[1]
    return np.sum(y * v)


def custom(mode):
    x, d = np.array([2.0, 3.0]), np.array([1.0, -2.0])
    # (x0 + x1)^2 + 5 x1^3; 5 p + 4 p^2 of p = x0 x1; 5 x0 x1 + x1^2
    rows = [
        (of_row, 25.0 + 135.0, np.array([10.0, 10.0 + 135.0])),
        (of_both, 30.0 + 144.0, 53.0 * np.array([3.0, 2.0])),
        (of_same, 30.0 + 9.0, np.array([15.0, 16.0])),
    ]
    for f, value, gradient in rows:
        r = fastad.value_and_grad(f, mode=mode)(x)
        yield f.__name__, r[0] == value and np.allclose(r[1], gradient), r
    if mode != "tape":
        r = fastad.jvp(of_same, mode=mode)(x, d)
        yield "along", np.allclose(r, (39.0, np.array([15.0, 16.0]) @ d)), r
