"""unicode and odd parameter names"""

from numba import njit


@njit
def f(θ, lambda_, _x, __y, self, f_):
    ß = θ * lambda_
    return ß**2 + _x * __y * self * f_ + θ


argnums = (0, 1, 2, 3, 4, 5)
args = (2.0, 3.0, 1.0, 4.0, 5.0, 6.0)
want = (2 * 6 * 3 + 1.0, 2 * 6 * 2.0, 120.0, 30.0, 24.0, 20.0)
