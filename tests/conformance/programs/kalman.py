"""a small Kalman filter with arrays rebound and solved"""

import math

import numpy as np
from numba import njit


@njit
def f(p, z):
    x = np.array([0.0, 1.0])
    P = np.eye(2)
    F = np.array([[1.0, 0.1], [0.0, 1.0]])
    ll = 0.0
    for k in range(z.size):
        x = F @ x
        P = F @ P @ F.T + p[0] * np.eye(2)
        s = P[0, 0] + p[1]
        r = z[k] - x[0]
        K = P[:, 0] / s
        x = x + K * r
        P = P - np.outer(K, P[0])
        ll -= 0.5 * (math.log(s) + r * r / s)
    return ll


args = (np.array([0.1, 0.5]), np.array([0.2, 0.4, 0.1, 0.7]))
