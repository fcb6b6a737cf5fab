"""a function passed as an argument, as optimisers and root finders do"""

from numba import njit


@njit
def square(x):
    return x * x


@njit
def f(x, g):
    return g(x) * 2.0 + x


kind = "derivative"
args = (3.0, square)
want = 13.0
