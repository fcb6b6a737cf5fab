"""Functions of three arguments that are bridged to other tools; each tool has its own version."""

import math

import numba
import numpy as np

__all__ = ["POINT", "bent", "chain", "energy", "overwriting"]

POINT = np.array([0.3, -0.7, 1.1, 0.6])


@numba.njit
def energy(x, a, n):
    """Return a float: ``a sum (x[i+1] - x[i])**n + sum sin(a x)``."""
    s = 0.0
    for i in range(len(x)):
        s += math.sin(a * x[i])
        if i + 1 < len(x):
            s += a * (x[i + 1] - x[i]) ** n
    return s


@numba.njit
def bent(x, a, n):
    """Return an array: ``a x**n + x[0] cos x``."""
    out = np.empty_like(x)
    for i in range(len(x)):
        out[i] = a * x[i] ** n + x[0] * math.cos(x[i])
    return out


@numba.njit
def overwriting(x, a):
    """Return ``a sum x**2``, and leave something else in x."""
    s = 0.0
    for i in range(len(x)):
        x[i] *= x[i]
        s += a * x[i]
    return s


@numba.njit
def chain(x, a):
    """Return a tuple of two floats."""
    return a * x[0] * x[1], math.exp(x[0])
