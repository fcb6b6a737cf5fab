"""tuples: a pair carried through a loop"""

import math

from numba import njit


@njit
def step(state, dt):
    q, p = state
    return q + dt * p, p - dt * math.sin(q)


@njit
def f(q0, p0):
    state = (q0, p0)
    for _ in range(5):
        state = step(state, 0.1)
    return state[0] * state[1]


argnums = (0, 1)
args = (0.5, 1.0)
