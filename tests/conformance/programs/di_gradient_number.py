"""DifferentiationInterface: gradient by two numbers"""

from numba import njit


@njit
def f(x, y):
    return x * y**2


argnums = (0, 1)
args = (3.0, 2.0)
want = (4.0, 12.0)
