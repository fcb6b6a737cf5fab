"""a constant made with the type of the argument, as libraries that serve float32 and float64 do"""

from numba import njit


@njit
def f(x):
    T = type(x)
    return T(0.5) * x * x


kind = "derivative"
args = (3.0,)
want = 3.0
