"""Like numba-stats: SciPy's functions are called by their address; their slopes are known."""

import math

import numpy as np
from numba import float64, njit
from numba.extending import get_cython_function_address
from numba.types import WrapperAddressProtocol
from scipy.special import cython_special


class _Quantile(WrapperAddressProtocol):
    """The quantile of the normal distribution."""

    def __wrapper_address__(self):
        return get_cython_function_address(cython_special.__name__, "ndtri")

    def signature(self):
        return float64(float64)


ndtri = _Quantile()


@njit
def f(x, p):
    total = 0.0
    for i in range(x.size):
        total += 2.0 * ndtri(x[i]) * ndtri(p)
    return total


args = (np.array([0.5, 0.8]), 0.3)
_far, _q = 0.8416212335729143, -0.5244005127080409  # quantiles of 0.8 and 0.3
_slope = math.sqrt(2 * math.pi)
want = np.array([2 * _slope * _q, 2 * _slope * math.exp(0.5 * _far**2) * _q])
smooth = False
