"""order of evaluation: stack[top[0] - 1] - 0.5 * pop(stack, top)"""

import numpy as np
from numba import njit


@njit
def pop(stack, top):
    top[0] -= 1
    v = stack[top[0]]
    stack[top[0]] = 0.0
    return v


@njit
def f(x):
    stack = x.copy()
    top = np.array([x.size])
    s = 0.0
    while top[0] > 0:
        s += (stack[top[0] - 1] - 0.5 * pop(stack, top)) ** 2
    return s


args = (np.array([1.0, 2.0, 3.0]),)
want = np.array([0.5, 1.0, 1.5])
