"""rules: a function with its own jvp, of two numbers"""

import numpy as np
from numba import njit

import fastad


@fastad.custom_jvp
def product(a, b):
    return a * b


@product.defjvp
def product_jvp(primals, tangents):
    a, b = primals
    return a * b, 10.0 * (tangents[0] * b + a * tangents[1])


@njit
def f(x):
    return product(x[0], x[1] * x[0]) + x[1]


# 10 d(x0^2 x1) + x1
args = (np.array([2.0, 3.0]),)
want = np.array([120.0, 41.0])
smooth = False
