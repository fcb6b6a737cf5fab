"""DifferentiationInterface: the Jacobian of a gradient is the Hessian"""

import numpy as np
from numba import njit

from fastad import grad, jacobian


@njit
def f(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] ** 2 * x[0]
    return s


def make(mode):
    return jacobian(grad(f, mode=mode), mode=mode)


args = (np.array([1.0, 2.0]),)
want = np.array([[6.0, 4.0], [4.0, 2.0]])
