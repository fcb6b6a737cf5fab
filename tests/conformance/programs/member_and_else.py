"""a test of membership and the else of a while"""

from numba import njit


@njit
def f(x, model):
    if model in (0, 1):
        n = 0
        while n < 3:
            x = x * x
            n += 1
            if x > 1e6:
                break
        else:
            x = x + 1.0
        return x
    return x


kind = "derivative"
args = (1.5, 1)
want = 8 * 1.5**7
