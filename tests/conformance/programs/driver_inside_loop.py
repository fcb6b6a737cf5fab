"""drivers inside: gradient descent written with a gradient, by the starting point"""

from numba import njit

from fastad import derivative


@njit
def loss(x, a):
    return (x - a) ** 2 * x


_slope = derivative(loss)


@njit
def f(x, a):
    for _ in range(5):
        x = x - 0.05 * _slope(x, a)
    return x * x


argnums = (0, 1)
args = (1.0, 0.5)


def _of(x, a):
    for _ in range(5):
        x = x - 0.05 * (2 * (x - a) * x + (x - a) ** 2)
    return x * x


want = (_of(1.0 + 1e-30j, 0.5).imag / 1e-30, _of(1.0, 0.5 + 1e-30j).imag / 1e-30)
