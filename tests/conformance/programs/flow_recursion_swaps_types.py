"""control flow: recursion that swaps what is differentiated with what is not"""

from numba import njit


@njit
def swapped(a, b, n):
    if n == 0:
        return 1.0
    return swapped(b, a, n - 1) * a + b


@njit
def f(x):
    return swapped(x, 0.5, 4)


args = (0.7,)
