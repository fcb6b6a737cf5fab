"""special points: x**0, x**1, x**2 at 0, by an int and by a float"""

from numba import njit


@njit
def f(x, n, p):
    return x**n + 10.0 * x**p


points = [((0.0, 0, 0.0), 0.0), ((0.0, 1, 1.0), 11.0), ((0.0, 2, 2.0), 0.0), ((0.0, 3, 1.5), 0.0)]
smooth = False
