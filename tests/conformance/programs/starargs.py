"""def f(*xs)"""

from numba import njit


@njit
def f(x, *rest):
    s = x * x
    for r in rest:
        s += r * x
    return s


points = [((3.0, 1.0, 2.0), 6.0 + 3.0)]
