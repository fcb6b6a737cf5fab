"""raises: the Hessian raises what f raises"""

from numba import njit


@njit
def f(x):
    if x < 0.0:
        raise ValueError("negative")
    return x**3


kind = "hessian"
args = (-1.0,)
raises = ValueError
