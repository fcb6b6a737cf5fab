"""names: a local called math_, one called np_, a global called m for math"""

import math as m

import numpy as nq
from numba import njit


@njit
def f(x):
    np_ = nq.sin(x[0])
    math_ = m.exp(x[1]) * np_
    return math_ * np_


args = (nq.array([0.5, 1.2]),)
