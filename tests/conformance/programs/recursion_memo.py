"""recursion fibonacci-like with two calls multiplied"""

import numpy as np
from numba import njit


@njit
def fib(x, n):
    if n < 2:
        return x
    return fib(x, n - 1) * fib(x, n - 2) + x


@njit
def f(x):
    return fib(x, 4)


# f0=f1=x; f2=x²+x; f3=f2 x + x = x³+x²+x; f4=f3 f2 + x
_p3 = np.poly1d([1.0, 1, 1, 0])
_p2 = np.poly1d([1.0, 1, 0])
_p = _p3 * _p2 + np.poly1d([1.0, 0])
args = (1.3,)
want = _p.deriv()(1.3)
