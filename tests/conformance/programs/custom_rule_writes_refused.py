"""rules: fwd, bwd or jvp that writes into what it is given is refused; into a copy it may"""

import numpy as np
from numba import njit

import fastad


def squares_of(fwd, bwd):
    @fastad.custom_vjp
    def squares(v):
        return v * v

    squares.defvjp(fwd, bwd)

    @njit
    def f(x):
        v = x * 1.0
        s = np.sum(v * v * v)
        return np.sum(squares(v)) + s

    return f


def fwd(v):
    return v * v, v


def writing_fwd(v):
    r = v * v
    v[0] = 7.0
    return r, v


def bwd(v, bar):
    v = v.copy()
    v *= 2.0
    bar *= v
    return (bar,)


def writing_bwd(v, bar):
    v *= 2.0
    return (v * bar,)


@fastad.custom_jvp
def cubes(v):
    return v**3


@cubes.defjvp
def cubes_jvp(primals, tangents):
    dot = tangents[0]
    dot *= 3.0 * primals[0] ** 2
    return primals[0] ** 3, dot


@njit
def of_cubes(x):
    return np.sum(cubes(x))


def custom(mode):
    x = np.array([2.0, 3.0])
    r = fastad.grad(squares_of(fwd, bwd), mode=mode)(x)
    yield "a copy", np.allclose(r, 2.0 * x + 3.0 * x * x), r
    for f in (squares_of(writing_fwd, bwd), squares_of(fwd, writing_bwd), of_cubes):
        try:
            r = fastad.grad(f, mode=mode)(x)
            yield "a number", False, r
        except TypeError as e:
            yield "own words", "writes into" in str(e), str(e)
