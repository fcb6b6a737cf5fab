"""a characteristic function as in finance: exp, log, sqrt and quotients of complex numbers"""

import cmath

import numpy as np
from numba import njit


@njit
def heston(u, p, t):
    kappa, theta, sigma, rho, v0 = p
    a = kappa - rho * sigma * 1j * u
    d = cmath.sqrt(a * a + sigma**2 * (u * u + 1j * u))
    g = (a - d) / (a + d)
    e = cmath.exp(-d * t)
    c = kappa * theta / sigma**2 * ((a - d) * t - 2.0 * cmath.log((1.0 - g * e) / (1.0 - g)))
    return cmath.exp(c + v0 * (a - d) * (1.0 - e) / (sigma**2 * (1.0 - g * e)))


@njit
def f(x):
    p = (x[0], x[1], x[2], x[3], x[4])
    total = 0.0
    for k in range(1, 9):
        u = 0.5 * k
        total += (heston(u - 0.5j, p, 1.0) * cmath.exp(0.1j * u)).real / (u * u + 0.25)
    return total


args = (np.array([1.5, 0.04, 0.3, -0.6, 0.05]),)
tol = 1e-8
