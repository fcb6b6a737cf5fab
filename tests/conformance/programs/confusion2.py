"""ReverseDiff#45, ForwardDiff#443: D(x -> x D(y -> x y))(4) is 8"""

from numba import njit

from fastad import grad


@njit
def inner(y, x):
    return x * y


def make(mode):
    di = grad(inner, mode=mode)

    @njit
    def outer(x):
        return x * di(1.0, x)

    return grad(outer, mode=mode)


points = [((4.0,), 8.0)]
