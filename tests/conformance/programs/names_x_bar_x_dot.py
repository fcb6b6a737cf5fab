"""names: a parameter x beside parameters x_bar, x_dot, x_1"""

from numba import njit


@njit
def f(x, x_bar, x_dot, x_1):
    return x * x_bar**2 * x_dot**3 + x_1 * x


argnums = (0, 1, 2, 3)
args = (2.0, 3.0, 0.5, 4.0)
want = (9 * 0.125 + 4.0, 12 * 0.125, 2 * 9 * 3 * 0.25, 2.0)
