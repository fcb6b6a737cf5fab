"""the same name redefined with another body in one process (notebook cells)"""

import numpy as np
from numba import njit

from fastad import grad


def custom(mode):
    ns = {"np": np, "njit": njit}
    exec("@njit\ndef helper(x):\n    return x * x\n@njit\ndef f(x):\n    return helper(x)\n", ns)
    try:
        r1 = grad(ns["f"], mode=mode)(3.0)
        exec(
            "@njit\ndef helper(x):\n    return x * x * x\n@njit\ndef f(x):\n    return helper(x)\n",
            ns,
        )
        r2 = grad(ns["f"], mode=mode)(3.0)
        yield mode, np.allclose((r1, r2), (6.0, 27.0)), (r1, r2)
    except Exception as e:
        yield mode, False, f"{type(e).__name__}: {str(e)[:300]}"
