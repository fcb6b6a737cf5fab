"""redefinition: a module's function is replaced and differentiated anew"""

import math

import numpy as np
from numba import njit

from fastad import grad


def custom(mode):
    space = {"np": np, "njit": njit, "math": math}
    for body, right in (("x * x", 6.0), ("x * x * x", 27.0), ("math.exp(x)", math.exp(3.0))):
        exec(f"@njit\ndef f(x):\n    return {body}\n", space)
        r = grad(space["f"], mode=mode)(3.0)
        yield body, np.isclose(r, right), r
