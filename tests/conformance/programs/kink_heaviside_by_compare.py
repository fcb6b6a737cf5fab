"""special points: a comparison used as a number"""

from numba import njit


@njit
def f(x):
    return (x > 0.0) * x**2 + (x == 1.0) * 5.0 + (1.0 if x > 2.0 else 0.0) * x


points = [((3.0,), 7.0), ((-1.0,), 0.0), ((1.0,), 2.0)]
smooth = False
