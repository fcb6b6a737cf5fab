"""sigmoid overflow, softplus, tanh, log1p/expm1 extremes"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    return (
        math.tanh(x[0])
        + math.log1p(x[1])
        + math.expm1(x[2])
        + 1.0 / (1.0 + math.exp(-x[3]))
        + math.erf(x[4])
    )


args = (np.array([400.0, 1e-20, 1e-20, 700.0, 30.0]),)
want = np.array([0.0, 1.0, 1.0, math.exp(-700.0), 0.0])
