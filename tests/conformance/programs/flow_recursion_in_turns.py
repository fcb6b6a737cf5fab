"""control flow: two functions that call each other, with arguments swapped"""

from numba import njit


@njit
def even(a, b, n):
    if n <= 0:
        return 1.0
    return odd(b, a, n - 1) * a


@njit
def odd(a, b, n):
    if n <= 0:
        return 2.0
    return even(a, b, n - 1) + b


@njit
def f(x):
    return even(x, 0.5, 5) + odd(0.5, x, 3)


args = (0.7,)
