"""HIPS/autograd#581, coin-or/CppAD#92: x**1.5 at 0 gives nan; slope is 0"""

from numba import njit


@njit
def f(x):
    return x**1.5


kind = "grad"
points = [((0.0,), 0.0), ((4.0,), 3.0)]
smooth = False
