"""names: a state called TREND, one called END, under checkpoint"""

import math

import numpy as np
from numba import njit

import fastad


@njit
def f(x):
    TREND = x[0]
    END = x[1]
    for i in fastad.checkpoint(6):
        TREND = TREND + 0.1 * math.sin(END)
        END = END * 0.9 + TREND * 0.2
    return TREND * END


args = (np.array([0.5, 1.0]),)


def _d(k):
    t, e = complex(0.5, 1e-30 * (k == 0)), complex(1.0, 1e-30 * (k == 1))
    for _ in range(6):
        t = t + 0.1 * np.sin(e)
        e = e * 0.9 + t * 0.2
    return (t * e).imag / 1e-30


want = np.array([_d(0), _d(1)])
