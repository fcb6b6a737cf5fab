"""special points: max(x, 0) at 0 is a half"""

from numba import njit


@njit
def f(x):
    return max(x, 0.0) + 4.0 * min(x, 0.0)


args = (0.0,)
want = 2.5
smooth = False
