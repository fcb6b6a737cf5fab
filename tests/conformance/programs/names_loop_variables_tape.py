"""names: loop variables tape, i_top, n_1, k_last, counts, iterations"""

import numpy as np
from numba import njit


@njit
def f(x):
    tape = 0.0
    n_1 = x.size
    iterations = 0
    for k_last in range(n_1):
        for i_top in range(k_last, n_1):
            if x[i_top] > 1.0:
                break
            tape += x[i_top] * x[k_last]
            iterations += 1
    counts = iterations * 1.0
    return tape * counts


args = (np.array([0.5, 0.8, 1.3, 0.2]),)
