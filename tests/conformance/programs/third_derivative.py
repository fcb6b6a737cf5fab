"""derivative of derivative of derivative, in compiled code"""

import math

import numpy as np
from numba import njit

from fastad import derivative


@njit
def f(x):
    return math.exp(x) * math.sin(x)


def custom(mode):
    x = 0.7
    w = [
        math.exp(x) * (math.sin(x) + math.cos(x)),
        2 * math.exp(x) * math.cos(x),
        2 * math.exp(x) * (math.cos(x) - math.sin(x)),
    ]
    d = f
    for k in range(3):
        d = derivative(d, mode=mode)
        try:
            yield f"{mode} D{k + 1}", np.isclose(d(x), w[k]), d(x)
        except Exception as e:
            yield f"{mode} D{k + 1}", False, f"{type(e).__name__}: {str(e)[:300]}"
    d3 = d
    c = njit(lambda z: d3(z))
    try:
        yield f"{mode} njit", np.isclose(c(x), w[2]), c(x)
    except Exception as e:
        yield f"{mode} njit", False, f"{type(e).__name__}: {str(e)[:300]}"
