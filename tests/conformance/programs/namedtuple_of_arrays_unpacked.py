"""NamedTuple: a NamedTuple of arrays unpacked into names"""

from typing import NamedTuple

import numpy as np
from numba import njit


class Data(NamedTuple):
    t: np.ndarray
    y: np.ndarray


@njit
def f(p, data):
    t, y = data
    return np.sum((p[0] * t + p[1] - y) ** 2)


_t, _y = np.array([0.0, 1.0, 2.0]), np.array([2.1, 1.0, 0.8])
_r = 2 * (0.5 * _t + 0.3 - _y)
args = (np.array([0.5, 0.3]), Data(_t, _y))
want = np.array([np.sum(_r * _t), np.sum(_r)])
