"""a global number / array changed between two grad() calls of a new driver"""

import numpy as np

from fastad import grad

SCALE = 2.0
W = np.array([1.0, 2.0])


def f(x):
    return SCALE * np.sum(W * x * x)


def custom(mode):
    global SCALE, W
    SCALE = 2.0
    W = np.array([1.0, 2.0])
    x = np.ones(2)
    try:
        r1 = grad(f, mode=mode)(x)
        SCALE = 3.0
        r2 = grad(f, mode=mode)(x)
        W = np.array([5.0, 7.0])
        r3 = grad(f, mode=mode)(x)
        W[0] = 100.0
        r4 = grad(f, mode=mode)(x)
        yield (
            mode,
            np.allclose([r1, r2, r3, r4], [[4, 8], [6, 12], [30, 42], [600, 42]]),
            (r1, r2, r3, r4),
        )
    except Exception as e:
        yield mode, False, f"{type(e).__name__}: {str(e)[:300]}"
