"""Numba's examples: Black and Scholes's prices with a branch on the sign"""

import math

import numpy as np
from numba import njit


@njit
def cnd(d):
    k = 1.0 / (1.0 + 0.2316419 * abs(d))
    w = 0.3989422804 * math.exp(-0.5 * d * d)
    w *= k * (
        0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429)))
    )
    if d > 0.0:
        return 1.0 - w
    return w


@njit
def f(S, K, r, v, T):
    total = 0.0
    for i in range(S.size):
        d1 = (math.log(S[i] / K) + (r + 0.5 * v * v) * T) / (v * math.sqrt(T))
        total += S[i] * cnd(d1) - K * math.exp(-r * T) * cnd(d1 - v * math.sqrt(T))
    return total


argnums = (0, 2, 3)
args = (np.array([90.0, 100.0, 120.0]), 100.0, 0.02, 0.3, 1.5)
tol = 1e-5
