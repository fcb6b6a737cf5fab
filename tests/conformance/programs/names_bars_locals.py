"""names: bars_, bars, result, results, kept_, kept_top_ as locals"""

import math

import numpy as np
from numba import njit


@njit
def f(x):
    bars_ = x[0] * x[1]
    bars = math.sin(bars_)
    kept_ = bars * bars_
    kept_top_ = kept_ + 1.0
    result = kept_top_ * kept_
    for i in range(3):
        kept_ = kept_ * result * 0.5
        result = result + kept_ * bars
        kept_top_ = math.cos(result) * kept_top_
    return result + kept_top_


args = (np.array([0.5, 1.2]),)
