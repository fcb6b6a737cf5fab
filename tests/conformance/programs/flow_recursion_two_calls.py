"""control flow: recursion with two calls and a bound by data"""

import math

from numba import njit


@njit
def area(f0, f1, a, b, n):
    if n == 0:
        return 0.5 * (f0 + f1) * (b - a)
    m = 0.5 * (a + b)
    fm = math.sin(m) * m
    return area(f0, fm, a, m, n - 1) + area(fm, f1, m, b, n - 1)


@njit
def f(a, b):
    return area(math.sin(a) * a, math.sin(b) * b, a, b, 3)


argnums = (0, 1)
args = (0.5, 2.0)
