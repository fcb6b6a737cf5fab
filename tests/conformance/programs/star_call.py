"""a helper called with a tuple of arguments unpacked"""

from numba import njit


@njit
def line(x, a, b):
    return a * x * x + b


@njit
def f(x, pair):
    return line(x, *pair)


kind = "derivative"
args = (2.0, (3.0, 1.0))
want = 12.0
