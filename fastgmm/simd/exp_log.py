"""Exponentials and logarithms that vectorise inside Numba loops.

Numba calls the C library for ``math.exp`` once per element (about 4 ns).  The
branch-free forms below are plain arithmetic, so LLVM turns a loop over them into SIMD
code at well under a nanosecond an element.  They cover the arguments that a softmax
produces and say so; they are no replacement for ``math.exp`` elsewhere.

The argument reduction is Cody and Waite's (*Software Manual for the Elementary
Functions*, 1980); the polynomials are the Taylor series, whose truncation error over the
reduced range is below half a unit in the last place.
"""

import math

from numba import types
from numba.extending import overload

from .panels import RowType, add_to_exponent, binary_exponent, where_larger


def exp_nonpositive(x):
    """Exponential of ``x <= 0`` (or ``-inf``); exactly zero where it would be subnormal.

    `x` is a float, or a row of them (see `panels`).
    """
    return math.exp(x)


def log_positive(x):
    """Natural logarithm of finite, normal ``x > 0``: a float, or a row of them."""
    return math.log(x)


# 1.5 * 2**52: adding it rounds to an integer and leaves that integer in the low bits.
_MAGIC = 6755399441055744.0
_LOG2E = 1.4426950408889634
_LN2_HI = 6.93147180369123816490e-01  # the leading 33 bits of ln 2: n * _LN2_HI is exact
_LN2_LO = 1.90821492927058770002e-10
_EXP_MIN = -708.0


def _exp64(x):
    t = x * _LOG2E + _MAGIC
    n = t - _MAGIC
    r = (x - n * _LN2_HI) - n * _LN2_LO
    p = r * (1.0 / 6227020800.0) + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return where_larger(x, _EXP_MIN, add_to_exponent(p, t), 0.0)


def _exp32(x):
    f = types.float32
    t = x * f(1.44269504) + f(12582912.0)  # 1.5 * 2**23
    n = t - f(12582912.0)
    r = (x - n * f(0.693359375)) - n * f(-2.12194440e-4)  # ln 2 in two parts, as above
    p = r * f(1.0 / 5040.0) + f(1.0 / 720.0)
    p = p * r + f(1.0 / 120.0)
    p = p * r + f(1.0 / 24.0)
    p = p * r + f(1.0 / 6.0)
    p = p * r + f(0.5)
    p = p * r + f(1.0)
    p = p * r + f(1.0)
    return where_larger(x, f(-87.0), add_to_exponent(p, t), f(0.0))


def _log64(x):
    n = binary_exponent(x)
    f = add_to_exponent(x, _MAGIC - n) - 1.0  # the significand in [sqrt(1/2), sqrt(2)), minus one
    s = f / (f + 2.0)  # log(1 + f) = 2 atanh(s)
    z = s * s
    p = z * (1.0 / 21.0) + 1.0 / 19.0
    p = p * z + 1.0 / 17.0
    p = p * z + 1.0 / 15.0
    p = p * z + 1.0 / 13.0
    p = p * z + 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z + 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z + 1.0 / 3.0
    # 2 s (1 + z p) = f - s (f - 2 z p): the leading term is then exact (fdlibm's trick).
    return n * _LN2_HI - ((s * (f - z * p * 2.0) - n * _LN2_LO) - f)


def _log32(x):
    t = types.float32
    n = binary_exponent(x)
    f = add_to_exponent(x, t(12582912.0) - n) - t(1.0)
    s = f / (f + t(2.0))
    z = s * s
    p = z * t(1.0 / 11.0) + t(1.0 / 9.0)
    p = p * z + t(1.0 / 7.0)
    p = p * z + t(1.0 / 5.0)
    p = p * z + t(1.0 / 3.0)
    return n * t(0.693359375) - ((s * (f - z * p * t(2.0)) - n * t(-2.12194440e-4)) - f)


@overload(exp_nonpositive)
def _overload_exp(x):
    dtype = x.dtype if isinstance(x, RowType) else x
    if dtype == types.float64:
        return _exp64
    if dtype == types.float32:
        return _exp32
    return None


@overload(log_positive)
def _overload_log(x):
    dtype = x.dtype if isinstance(x, RowType) else x
    if dtype == types.float64:
        return _log64
    if dtype == types.float32:
        return _log32
    return None
