"""l[0] + l.pop(): order of evaluation with lists; a list of active values handed to a helper"""

import numpy as np
from numba import njit


@njit
def f(x):
    l = [x[0], x[1], x[2]]
    s = l[-1] * l.pop() + l[-1]
    l.append(s * l[0])
    l.insert(0, x[2])
    return s + l[0] * l[-1]


def _val(x):
    l = [x[0], x[1], x[2]]
    s = l[-1] * l.pop() + l[-1]
    l.append(s * l[0])
    l.insert(0, x[2])
    return s + l[0] * l[-1]


_x = np.array([2.0, 3.0, 0.5])
_g = np.zeros(3)
for _i in range(3):
    _z = _x.astype(complex)
    _z[_i] += 1e-30j
    _g[_i] = np.imag(_val(_z)) / 1e-30
args = (_x,)
want = _g
