"""redefinition: a helper of a helper is replaced"""

import numpy as np
from numba import njit

from fastad import grad


def custom(mode):
    space = {"np": np, "njit": njit}
    for body, right in (("x * x", 12.0), ("x * 5.0", 10.0)):
        source = f"@njit\ndef low(x):\n    return {body}\n"
        source += (
            "@njit\ndef mid(x):\n    return low(x) * 2.0\n@njit\ndef f(x):\n    return mid(x)\n"
        )
        exec(source, space)
        r = grad(space["f"], mode=mode)(3.0)
        yield body, np.isclose(r, right), r
