"""DifferentiationInterface: pullback of a number"""

from numba import njit


@njit
def f(x):
    return x**3


kind = "vjp"
args = (2.0, 0.5)
want = (8.0, 6.0)
