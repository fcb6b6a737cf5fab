"""prange loops: race-free sums, arrays per turn, conditional, nested, min reduction"""

import numpy as np
from numba import njit, prange


@njit(parallel=True)
def f(x, w):
    out = np.empty_like(x)
    s = 0.0
    for i in prange(x.size):
        t = 0.0
        for j in range(w.size):
            t += w[j] * x[i] ** j
        out[i] = t
        if t > 0:
            s += t * w[0]
    return s + np.sum(out * out)


argnums = (0, 1)
_x = np.array([0.5, -1.0, 2.0])
_w = np.array([1.0, 0.5, -0.25])


def _val(x, w):
    s = 0
    o = 0
    for i in range(3):
        t = sum(w[j] * x[i] ** j for j in range(3))
        o += t * t
        if t.real > 0:
            s += t * w[0]
    return s + o


_gx = np.zeros(3)
_gw = np.zeros(3)
for _i in range(3):
    _z = _x.astype(complex)
    _z[_i] += 1e-30j
    _gx[_i] = _val(_z, _w).imag / 1e-30
    _z = _w.astype(complex)
    _z[_i] += 1e-30j
    _gw[_i] = _val(_x, _z).imag / 1e-30
args = (_x, _w)
want = (_gx, _gw)
