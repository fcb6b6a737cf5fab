"""tuples: a pair of arrays carried through a loop"""

import numpy as np
from numba import njit


@njit
def step(state, dt):
    q, p = state
    return q + dt * p, p - dt * np.sin(q)


@njit
def f(x):
    state = (x * 1.0, x * x)
    for _ in range(3):
        state = step(state, 0.1)
    return np.sum(state[0] * state[1])


args = (np.array([0.5, 1.0]),)
