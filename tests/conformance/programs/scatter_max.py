"""Enzyme#2708: dest[c] = max(dest[c], f) with an intermediate f"""

import numpy as np
from numba import njit


@njit
def f(faces):
    dest = np.full_like(faces[0], -np.inf)
    for i in range(faces.shape[0]):
        for c in range(faces.shape[1]):
            v = faces[i, c] * faces[i, c]
            dest[c] = max(dest[c], v)
    return np.sum(dest)


args = (np.array([[1.0, -5.0], [3.0, 2.0], [-2.0, 4.0]]),)
want = np.array([[0.0, -10.0], [6.0, 0.0], [0.0, 0.0]])
