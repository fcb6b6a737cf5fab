"""control flow: two functions that call one another"""

from numba import njit


@njit
def even(x, n):
    if n == 0:
        return x
    return odd(x, n - 1) * x


@njit
def odd(x, n):
    if n == 0:
        return 1.0
    return even(x, n - 1) + x


@njit
def f(x, n):
    return even(x, n)


args = (1.5, 4)
