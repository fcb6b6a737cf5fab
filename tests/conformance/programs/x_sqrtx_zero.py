"""HIPS/autograd#581: x * x**0.5 at 0 (slope 0; AD tools give nan)"""

from numba import njit


@njit
def f(x):
    return x * x**0.5


points = [((0.0,), 0.0), ((4.0,), 3.0)]
smooth = False
