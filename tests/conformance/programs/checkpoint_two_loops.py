"""checkpoint: two such loops, one after the other, and a counter"""

import math

from numba import njit

import fastad


@njit
def f(x):
    a = x
    for i in fastad.checkpoint(7):
        a = math.sin(a) + 0.1 * i
    for j in fastad.checkpoint(5):
        a = a * x + 0.01 * j
    return a


kind = "grad"
args = (0.7,)
