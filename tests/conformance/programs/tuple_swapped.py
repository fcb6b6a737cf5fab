"""tuples: three names rotated in a loop"""

from numba import njit


@njit
def f(a, b, c):
    for _ in range(4):
        a, b, c = b * c, c + a, a * 0.5
    return a * b + c


argnums = (0, 1, 2)
args = (0.5, 1.2, 0.7)
