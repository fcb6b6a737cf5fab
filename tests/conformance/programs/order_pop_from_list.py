"""order of evaluation: items popped from a list in one expression"""

import numpy as np
from numba import njit


@njit
def f(x):
    v = [x[0], x[1], x[2]]
    return v.pop() - v.pop() * v.pop()


args = (np.array([2.0, 3.0, 5.0]),)
want = np.array([-3.0, -2.0, 1.0])
