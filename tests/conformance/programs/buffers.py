"""Enzyme.jl#362: time stepping through a state buffer and an output buffer"""

import numpy as np
from numba import njit


@njit
def f(p):
    T = 6
    out = np.zeros((2, T))
    st = np.zeros(2)
    for i in range(2):
        out[i, 0] = p[i, 4]
    for t in range(1, T):
        for i in range(2):
            out[i, t] = p[i, 0] * out[i, t - 1] + p[i, 1] * st[i]
            st[i] = p[i, 2] * st[i] + p[i, 3] * out[i, t - 1] + 0.3
    return np.sum(out * out)


def _val(p):
    T = 6
    out = np.zeros((2, T), complex)
    st = np.zeros(2, complex)
    out[:, 0] = p[:, 4]
    for t in range(1, T):
        out[:, t] = p[:, 0] * out[:, t - 1] + p[:, 1] * st
        st = p[:, 2] * st + p[:, 3] * out[:, t - 1] + 0.3
    return np.sum(out * out)


_p = np.sin(np.arange(10.0)).reshape(2, 5)
_g = np.zeros((2, 5))
for _k in np.ndindex(2, 5):
    _z = _p.astype(complex)
    _z[_k] += 1e-30j
    _g[_k] = _val(_z).imag / 1e-30
args = (_p,)
want = _g
