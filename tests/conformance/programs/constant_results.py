"""functions that return constants, ints, an argument, nothing"""

import numpy as np
from numba import njit

from fastad import grad


@njit
def c1(x):
    return 3.0


@njit
def c2(x):
    return 3


@njit
def c3(x):
    return x[0]


@njit
def c4(x):
    return x.size * 1.0


@njit
def c5(x):
    pass


@njit
def c6(x):
    return x[0] > 0


@njit
def c7(x):
    return x


def custom(mode):
    x = np.array([1.0, 2.0])
    for fn, w in (
        (c1, [0, 0]),
        (c2, None),
        (c3, [1, 0]),
        (c4, [0, 0]),
        (c5, None),
        (c6, None),
        (c7, None),
    ):
        try:
            r = grad(fn, mode=mode)(x)
            yield f"{mode} {fn.__name__}", w is not None and np.allclose(r, w), r
        except TypeError as e:
            yield (
                f"{mode} {fn.__name__}",
                w is None and "fastad" in str(e),
                f"TypeError {str(e)[:250]}",
            )
        except Exception as e:
            yield f"{mode} {fn.__name__}", False, f"{type(e).__name__}: {str(e)[:250]}"
