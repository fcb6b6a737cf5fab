"""DifferentiationInterface: two closures of one function give two gradients"""

from numba import njit

from fastad import grad


def _made(scale):
    @njit
    def f(x):
        return scale * x * x

    return f


def custom(mode):
    g, h = grad(_made(2.0), mode=mode), grad(_made(5.0), mode=mode)
    yield "first", g(3.0) == 12.0, g(3.0)
    yield "second", h(3.0) == 30.0, h(3.0)
