"""raises: the arguments of an exception are kept"""

from numba import njit

from fastad import grad


@njit
def f(x):
    if x > 10.0:
        raise ValueError("x is too large", 10)
    return x * x


def custom(mode):
    g = grad(f, mode=mode)
    yield "fine", g(3.0) == 6.0, g(3.0)
    try:
        yield "raises", False, g(11.0)
    except ValueError as e:
        yield "raises", e.args == ("x is too large", 10), e.args
