"""parameters called like things in the generated code"""

from numba import njit


@njit
def f(args, tape, out, n, i, seed):
    return args * tape + out * n * i + seed**2


argnums = (0, 1, 2, 5)
args = (2.0, 3.0, 4.0, 5, 6, 7.0)
want = (3.0, 2.0, 30.0, 14.0)
