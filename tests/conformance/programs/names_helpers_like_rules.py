"""names: the user's own functions called sin_, exp_, pull_exp_x, added"""

import numpy as np
from numba import njit


@njit
def sin_(v):
    return v * v


@njit
def exp_(v):
    return 3.0 * v


@njit
def pull_exp_x(a, b):
    return a + 2.0 * b


@njit
def added(a, b):
    return a * b


@njit
def f(x):
    return np.sum(np.exp(x)) * sin_(x[0]) + exp_(x[1]) * pull_exp_x(x[0], x[1]) + added(x[0], x[1])


args = (np.array([0.5, 1.2]),)
