"""raises: asserts that hold change nothing"""

import numpy as np
from numba import njit


@njit
def f(x):
    assert x.size > 0, "good"
    s = 0.0
    for v in x:
        assert v > 0.0
        s += v**3
    return s


args = (np.array([1.0, 2.0]),)
want = np.array([3.0, 12.0])
