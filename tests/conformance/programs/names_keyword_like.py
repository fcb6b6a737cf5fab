"""names: with underscores: def_, in_, is_, not_, None_, self, cls, _"""

from numba import njit


@njit
def f(self, cls, _, __):
    def_ = self * cls
    in_ = def_ * _
    for _ in range(3):
        in_ = in_ * 0.9 + __ * def_
    return in_


argnums = (0, 1, 3)
args = (0.5, 0.7, 2.0, 1.5)
