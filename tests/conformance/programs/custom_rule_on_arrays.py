"""rules: a rule on an array, called by a helper in a loop that writes its argument"""

import numpy as np
from numba import njit

import fastad


@fastad.custom_vjp
def energy(v):
    return np.sum(v * v)


def _forward(v):
    return energy(v), (v.copy(),)


def _backward(kept, bar):
    return (2.0 * bar * kept[0],)


energy.defvjp(_forward, _backward)


@njit
def f(x):
    y = x.copy()
    s = 0.0
    for i in range(3):
        s += energy(y)
        y *= 0.5
    return s


args = (np.array([1.0, 2.0]),)
_c = 1 + 0.25 + 0.0625
want = 2 * _c * np.array([1.0, 2.0])
