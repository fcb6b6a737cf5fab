"""raises: x % 0.0"""

from numba import njit


@njit
def f(x, m):
    return x * x + x % m


args = (1.5, 0.0)
raises = ZeroDivisionError
