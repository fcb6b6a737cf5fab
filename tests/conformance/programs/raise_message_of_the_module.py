"""raises: what an exception says stands in a name of the module, as a helper's does"""

from numba import njit

from fastad import grad

_TOO_LARGE = "x is too large"
_LIMIT = 10


@njit
def checked(x):
    if x < 0.0:
        raise ValueError(_NEGATIVE)
    return x


_NEGATIVE = "x is negative"


@njit
def f(x):
    if x > 10.0:
        raise ValueError(_TOO_LARGE, _LIMIT)
    return checked(x) * x


def custom(mode):
    g = grad(f, mode=mode)
    yield "fine", g(3.0) == 6.0, g(3.0)
    for x, said in ((11.0, ("x is too large", 10)), (-1.0, ("x is negative",))):
        try:
            yield "raises", False, g(x)
        except ValueError as e:
            yield "raises", e.args == said, e.args
