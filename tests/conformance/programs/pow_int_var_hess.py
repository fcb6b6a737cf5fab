"""Hessian of x**n with n an int argument, at 0 and at negative x"""

from numba import njit


@njit
def f(x, n):
    return x**n


kind = "hessian"
points = [
    ((0.0, 2), 2.0),
    ((-2.0, 3), -12.0),
    ((0.0, 1), 0.0),
    ((0.0, 0), 0.0),
    ((3.0, -1), 2 / 27.0),
]
all_njit = True
