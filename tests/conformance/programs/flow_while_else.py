"""control flow: the else of a while, entered and not"""

from numba import njit


@njit
def f(x, n):
    s = x
    k = 0
    while k < n:
        s = s * x
        k += 1
        if s > 50.0:
            break
    else:
        s = s + x * x
    return s


points = [((2.0, 2), 12.0 + 4.0), ((2.0, 9), 6 * 32.0)]
