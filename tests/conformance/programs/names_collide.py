"""local names that generated code might use itself"""

import math

import numpy as np
from numba import njit


@njit
def f(x, top_, stack_):
    s_bar = x[0] * top_
    result = s_bar * s_bar
    result_bar = result + x[1]
    x_bar = result_bar * x[1]
    b = x_bar + stack_
    b_1 = b * b
    v = b_1
    v_1 = v + s_bar
    base_ = v_1
    bars_ = base_ * 1.0
    result_seed = bars_
    result_value = result_seed
    x_dot = result_value
    kept_ = x_dot
    kept_top_ = kept_
    sin_1 = math.sin(kept_top_)
    exp_1 = math.exp(sin_1)
    sums = exp_1
    main = sums
    turns = main
    f_ = turns
    for i in range(2):
        result_bar = f_ * x[i]
        f_ = f_ + result_bar
    return f_


def _val(x, t, k):
    s = x[0] * t
    r = s * s
    rb = r + x[1]
    xb = rb * x[1]
    b = xb + k
    v = b * b + s
    f_ = np.exp(np.sin(v))
    for i in range(2):
        f_ = f_ + f_ * x[i]
    return f_


_x = np.array([0.3, 0.7])
_g = np.zeros(2)
for _i in range(2):
    _z = _x.astype(complex)
    _z[_i] += 1e-30j
    _g[_i] = _val(_z, 0.5, 0.2).imag / 1e-30
args = (_x, 0.5, 0.2)
want = _g
