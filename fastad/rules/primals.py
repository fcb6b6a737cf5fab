"""The functions of the rule table on plain numbers, in the interpreter and in @njit.

What ``math`` has is taken from it; the rest (the sigmoid, digamma, ...) is written here,
as Python that Numba compiles too (``fastad.numbers.overloads`` tells it so).
"""

import math

import numpy as np
from numba.extending import register_jitable

# Names that a rule's expressions may use, as Numba-compiled and as plain Python functions.
_MATH = (
    *("sqrt", "exp", "expm1", "log", "log1p", "log2", "log10", "degrees", "radians"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "hypot"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
    *("erf", "erfc", "gamma", "lgamma", "copysign"),
)
_NUMPY = (
    *("fmod", "cbrt", "exp2", "sign", "floor", "ceil", "trunc", "logaddexp"),
    *("minimum", "maximum", "fmin", "fmax", "sinc", "rint"),
)


def sigmoid(x):
    """Return the logistic function ``1 / (1 + exp(-x))`` without overflow."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def softplus(x):
    """Return ``log(1 + exp(x))`` without overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def exp_neg_square(x):
    """Return ``exp(-x * x)`` to the last bit or two.

    The exponential would multiply the relative rounding error of ``x * x`` by ``x * x``: so square
    the leading 26 bits of x, which is exact, and correct for the rest (Dekker's splitting).
    """
    if abs(x) > 27.3:  # the result is below the smallest subnormal
        return 0.0 if x == x else x
    t = 134217729.0 * x  # 2**27 + 1
    high = t - (t - x)
    return math.exp(-high * high) * math.exp((high - x) * (high + x))


def sinc_slope(x):
    """Return the derivative of ``sin(pi x) / (pi x)``, by its series near 0.

    Notes
    -----
    With t = pi x: ``pi (cos t - sin(t) / t) / t``, of which the series is
    ``-pi (t / 3 - t**3 / 30 + t**5 / 840 - ...)``, in general (-1)**k 2k t**(2k-1) / (2k+1)!.
    """
    t = math.pi * x
    if abs(t) > 1.5:
        return math.pi * (math.cos(t) - math.sin(t) / t) / t
    square = t * t
    total = 0.0
    for k in range(12, 1, -1):  # term k is term k - 1 times -square / ((2k + 1) (2k - 2))
        total = -square / ((2 * k + 1) * (2 * k - 2)) * (1.0 + total)
    return -math.pi * (t / 3.0) * (1.0 + total)


# B_2k, k = 1..12, the Bernoulli numbers.
_BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
    -174611 / 330,
    854513 / 138,
    -236364091 / 2730,
)


def digamma(x):
    """Return psi(x), the derivative of ``lgamma`` (DLMF 5.2.2); NaN at its poles.

    Notes
    -----
    Reflection (DLMF 5.5.4) for negative x, the recurrence 5.5.2 up to 10, then the
    asymptotic series 5.11.2, whose first dropped term is below 1e-18 there.
    """
    if x <= 0.0:
        if x == math.floor(x):
            return math.nan
        return digamma_positive(1.0 - x) - math.pi / math.tan(math.pi * (x - round(x)))
    return digamma_positive(x)


@register_jitable
def digamma_positive(x):
    """Return psi(x) for x > 0."""
    shift = 0.0
    while x < 10.0:
        shift += 1.0 / x
        x += 1.0
    z = 1.0 / (x * x)
    tail = 0.0
    for k in range(11, -1, -1):
        tail = (tail + _BERNOULLI[k] / (2.0 * (k + 1))) * z
    return math.log(x) - 0.5 / x - tail - shift


def polygamma(x, y):
    """Return the x-th derivative of `digamma` at y, for x >= 1 and y > 0 (DLMF 5.15).

    Notes
    -----
    The recurrence 5.15.5 up to ``n + 20``, then the asymptotic series 5.15.8.
    NaN for ``y <= 0``, which is not implemented.
    """
    n, x = x, y * 1.0
    if not x > 0.0 or n < 1:
        return math.nan
    factorial = math.gamma(float(n))  # (n - 1)!
    shift = 0.0
    while x < n + 20.0:
        shift += x ** (-n - 1.0)
        x += 1.0
    z = 1.0 / (x * x)
    series = factorial + 0.5 * n * factorial / x
    ratio = factorial  # (2k + n - 1)! / (2k)! / x**(2k)
    for k in range(1, 13):
        ratio *= (2 * k + n - 2.0) * (2 * k + n - 1.0) / ((2 * k - 1.0) * (2.0 * k)) * z
        series += _BERNOULLI[k - 1] * ratio
    total = series * x ** (-float(n)) + n * factorial * shift
    return total if n % 2 == 1 else -total


OWN = {f.__name__: f for f in (sigmoid, softplus, exp_neg_square, sinc_slope, digamma, polygamma)}


def interpreter_namespace():
    """Return name -> plain Python function of floats, for every name that rules use."""
    names = {name: getattr(math, name) for name in _MATH}
    names |= {name: getattr(np, name) for name in _NUMPY}
    return names | OWN | {"min": min, "max": max, "abs": abs}
