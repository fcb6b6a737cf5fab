"""power by squaring, and mutual recursion by an int"""

from numba import njit


@njit
def power(x, n):
    if n == 0:
        return 1.0
    if n % 2 == 0:
        h = power(x, n // 2)
        return h * h
    return x * power(x, n - 1)


@njit
def f(x, n):
    return power(x, n)


points = [((1.5, 10), 10 * 1.5**9), ((2.0, 0), 0.0), ((2.0, 1), 1.0)]
