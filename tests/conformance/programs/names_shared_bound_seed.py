"""names: shared, bound, seed, array, t, b, r, done, found, chosen as locals of loops"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    shared = 0.0
    bound = x.size
    found = False
    for seed in range(bound):
        array = x[seed] * x[seed]
        t = array + shared
        b = math.sin(t)
        r = b * t
        done = r > 5.0
        if done:
            break
        if r < 0.0:
            found = True
            continue
        chosen = r if found else r * 2.0
        shared += chosen
    return shared


args = (np.array([0.5, 1.9, 0.3, 1.0]),)
