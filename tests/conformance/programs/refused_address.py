"""Like numba-stats: SciPy's functions, called by their address, have no rule; a clear refusal."""

from numba import float64, njit
from numba.extending import get_cython_function_address
from numba.types import WrapperAddressProtocol
from scipy.special import cython_special

import fastad


class _Quantile(WrapperAddressProtocol):
    """The quantile of the normal distribution."""

    def __wrapper_address__(self):
        return get_cython_function_address(cython_special.__name__, "ndtri")

    def signature(self):
        return float64(float64)


ndtri = _Quantile()


@njit
def f(x):
    return 2.0 * ndtri(x)


def custom(mode):
    try:
        found = fastad.grad(f, mode=mode)(0.3)
    except TypeError as error:
        said = str(error)
        ours = "fastad: cannot take" in said and "internal error" not in said
        yield "refused in words", ours, "not in fastad's words"
    else:
        yield "refused", False, f"got {found}"
