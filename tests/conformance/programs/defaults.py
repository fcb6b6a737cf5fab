"""default arguments, in Python and compiled calls, by keyword"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def f(x, a=2.0, b=3):
    return a * x**b


def custom(mode):
    g = grad(f, mode=mode)

    @njit
    def c(x):
        return g(x) + g(x, 1.0) + g(x, b=2) + g(x, a=1.0, b=2)

    yield mode + " py", np.isclose(g(2.0), 24.0), g(2.0)
    try:
        yield mode + " kw", np.isclose(g(2.0, b=2), 8.0), g(2.0, b=2)
    except Exception as e:
        yield mode + " kw", False, f"{type(e).__name__}: {e}"
    try:
        yield mode + " x=", np.isclose(g(x=2.0), 24.0), g(x=2.0)
    except Exception as e:
        yield mode + " x=", False, f"{type(e).__name__}: {e}"
    try:
        yield mode + " njit", np.isclose(c(2.0), 24.0 + 12.0 + 8.0 + 4.0), c(2.0)
    except Exception as e:
        yield mode + " njit", False, f"{type(e).__name__}: {e}"
