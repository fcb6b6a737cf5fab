"""root: the derivative of a solution by its parameter"""

from numba import njit

import fastad


@njit
def equation(x, a):
    return x * x - a


@njit
def f(a):
    return fastad.root(equation, 1.0, a) * 3.0


args = (4.0,)
want = 0.75
