"""20 float arguments, gradient by all"""

from numba import njit


@njit
def f(a, b, c, d, e, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u):
    return a * b + c * d + e * g + h * i + j * k + l * m + n * o + p * q + r * s + t * u


argnums = tuple(range(20))
args = tuple(float(i + 1) for i in range(20))
want = tuple(float(i + 2) if i % 2 == 0 else float(i) for i in range(20))
