"""raises: 1 / x at zero"""

from numba import njit

from fastad import grad


@njit
def f(x):
    return 1.0 / x


args = (0.0,)
raises = ZeroDivisionError


def custom(mode):
    g = grad(f, mode=mode)
    try:
        yield "at 0", False, f"got {g(0.0)}"
    except ZeroDivisionError:
        yield "at 0", True, ""
    yield "at 2", g(2.0) == -0.25, g(2.0)
