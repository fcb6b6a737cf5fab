"""Functions of another module, for the programs of `meetings`."""

import numba
import numpy as np

import fastad


@numba.njit
def by_a_list(x, w):
    items = [v * w for v in x]
    items[0] = w
    return sum(items) + items[-1] * len(items)


@numba.njit
def by_a_mask(x, w):
    y = x.copy()
    y[x > 0.0] *= w
    y[np.array([0, 0, 1])] += w  # once each
    return y


@numba.njit
def by_a_closure(q, w):
    s = w

    def inner(t):
        return t * s

    r = inner(q)
    s = w * w
    return r + inner(q)


@numba.njit
def cost(v, w):
    s = 0.0
    for i in range(v.size):
        s += v[i] ** 3 * w
    return s


cost_grad = fastad.grad(cost)


@numba.njit
def square(q):
    return q * q


@numba.njit
def cube(q):
    return q * q * q


slope_of_cube = fastad.derivative(cube)


@numba.njit
def total_of(fun, v):
    s = 0.0
    for b in v:
        s += fun(b)
    return s


@numba.njit
def each(fun, v):
    return np.array([fun(b) for b in v])


@numba.njit
def scales(v, q):
    v[:] = v * q


@numba.njit
def calls(fun, v, q):
    fun(v, q)


@numba.njit
def product(q, *rest):
    for r in rest:
        q = q * r
    return q


@numba.njit
def summed(q, *rest):
    s = q * q
    for r in rest:
        s = s + r * q
    return s


@numba.njit
def doubled(pair):
    s = 2.0
    return np.array(pair) * s
