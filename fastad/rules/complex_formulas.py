"""Functions of complex numbers, in terms of their real and imaginary parts.

Source transformation computes with a complex number as two real ones, and calls these in place of
``cmath`` and NumPy's functions. Each takes the parts of its arguments and returns the parts of what
Numba's function returns, to rounding, for finite arguments whose results do not overflow; signs of
zeros are Numba's, too, as on a branch cut they decide the side. The derivative is that of the
formulas: where the function is analytic, it satisfies the Cauchy-Riemann equations.

On a branch cut the derivative is that of the side on which Numba's value lies. At 0 ``sqrt``,
``log`` and powers below 1 have the infinite slope of the real functions.
"""

import math

import numpy as np
from numba.extending import register_jitable


@register_jitable
def multiply(a, b, c, d):
    """(a + bi) (c + di); also for arrays."""
    return a * c - b * d, a * d + b * c


@register_jitable
def _divide(a, b, c, d):
    """(a + bi) / (c + di), not zero, by Smith's method: no product of two parts overflows."""
    if abs(c) >= abs(d):
        ratio = d / c
        denominator = c + d * ratio
        return (a + b * ratio) / denominator, (b - a * ratio) / denominator
    ratio = c / d
    denominator = c * ratio + d
    return (a * ratio + b) / denominator, (b * ratio - a) / denominator


@register_jitable
def divide(a, b, c, d):
    """(a + bi) / (c + di), as NumPy's function: by zero the parts are inf or nan."""
    if c == 0.0 and d == 0.0:
        return a / abs(c), b / abs(d)
    return _divide(a, b, c, d)


@register_jitable
def divide_or_raise(a, b, c, d):
    """`divide` for Numba's operator, which raises for zero, whatever the error model."""
    if c == 0.0 and d == 0.0:
        raise ZeroDivisionError("complex division by zero")
    return _divide(a, b, c, d)


@register_jitable
def divide_by_number(a, b, c):
    """(a + bi) / c for a real number c: `divide` for d = 0, with its signs of zeros."""
    ratio = 0.0 / c
    return (a + b * ratio) / c, (b - a * ratio) / c


@register_jitable
def divide_by_number_or_raise(a, b, c):
    """`divide_by_number` for Numba's operator, which raises for zero."""
    if c == 0.0:
        raise ZeroDivisionError("complex division by zero")
    ratio = 0.0 / c
    return (a + b * ratio) / c, (b - a * ratio) / c


@register_jitable
def power_by_number(a, b, c):
    """(a + bi) ** c for a real number c, by the absolute value and the angle, as in C."""
    if a == 0.0 and b == 0.0:
        return power_of_zero(a, b, c)
    size, angle = math.hypot(a, b) ** c, math.atan2(b, a) * c
    return size * math.cos(angle), size * math.sin(angle)


@register_jitable
def power_of_zero(a, b, c):
    """(a + bi) ** c at a = b = 0, with the derivatives of the product of c factors."""
    if c < 0.0:
        return math.nan, math.nan
    if c != math.floor(c):
        return (a + 0.0) ** c, (b + 0.0) ** c
    x, y = 1.0, 0.0
    for _ in range(min(int(c), 16)):  # of 16 zeros no derivative below the 16th differs
        x, y = x * a - y * b, x * b + y * a
    return x + 0.0, y + 0.0


@register_jitable
def cpow(a, b, c, d):
    """(a + bi) ** (c + di), by the absolute value and the angle, as in C.

    If the exponent is 2 the value is the product, as Numba's, times a 1 that carries the derivative
    by the exponent.
    """
    if a == 0.0 and b == 0.0:
        if d != 0.0:
            return math.nan, math.nan
        return power_of_zero(a, b, c)
    size, angle = math.hypot(a, b), math.atan2(b, a)
    squared = c == 2.0 and d == 0.0
    rest = c - 2.0 if squared else c
    length = size**rest * math.exp(-angle * d)
    turn = angle * rest + d * math.log(size)
    x, y = length * math.cos(turn), length * math.sin(turn)
    if squared:
        u, v = a * a - b * b, a * b + b * a
        return u * x - v * y, u * y + v * x
    return x, y


@register_jitable
def cexp(x, y):
    """e ** (x + yi); also for arrays."""
    size = np.exp(x)
    return size * np.cos(y), size * np.sin(y)


@register_jitable
def clog(x, y):
    """The logarithm whose imaginary part is the angle, between -pi and pi."""
    angle = math.atan2(y, x)
    if x == 0.0 and y == 0.0:
        return np.log(x), angle
    return np.log(math.hypot(x, y)), angle


@register_jitable
def clog10(x, y):
    """`clog` divided by the logarithm of 10."""
    ln_10 = 2.302585092994046
    angle = math.atan2(y, x) / ln_10
    if x == 0.0 and y == 0.0:
        return np.log(x), angle
    return np.log(math.hypot(x, y)) / ln_10, angle


@register_jitable
def csqrt(x, y):
    """The root with a real part that is not negative."""
    if x == 0.0 and y == 0.0:
        return math.sqrt(x + 0.0), math.sqrt(y)
    if x >= 0.0:
        t = math.sqrt((x + math.hypot(x, y)) * 0.5)
        return t, y / (2.0 * t)
    t = math.sqrt((-x + math.hypot(x, y)) * 0.5)
    if math.copysign(1.0, y) > 0.0:  # no abs(y): on the cut, too, the slope is that of this side
        return y / (2.0 * t), t
    return -y / (2.0 * t), -t


@register_jitable
def csin(x, y):
    """Of arrays, too."""
    return np.sin(x) * np.cosh(y), np.cos(x) * np.sinh(y)


@register_jitable
def ccos(x, y):
    """Of arrays, too."""
    return np.cos(x) * np.cosh(y), -(np.sin(x) * np.sinh(y))


@register_jitable
def csinh(x, y):
    """Of arrays, too."""
    return np.cos(y) * np.sinh(x), np.sin(y) * np.cosh(x)


@register_jitable
def ccosh(x, y):
    """Of arrays, too."""
    return np.cos(y) * np.cosh(x), np.sin(y) * np.sinh(x)


@register_jitable
def ctanh(x, y):
    """tanh without overflow for any x, as Numba's; also for arrays."""
    tx, ty, cx = np.tanh(x), np.tan(y), 1.0 / np.cosh(x)
    product = tx * ty
    denominator = 1.0 + product * product
    return tx * (1.0 + ty * ty) / denominator, ty / denominator * cx * cx


@register_jitable
def ctan(x, y):
    """-i tanh(iz); also for arrays."""
    tx, ty, cx = np.tanh(-y), np.tan(x), 1.0 / np.cosh(-y)
    product = tx * ty
    denominator = 1.0 + product * product
    return ty / denominator * cx * cx, -(tx * (1.0 + ty * ty) / denominator)


@register_jitable
def cacos(x, y):
    """By two roots, exact near 1 and -1 (Kahan)."""
    a, b = csqrt(1.0 - x, -y)
    c, d = csqrt(1.0 + x, y)
    return 2.0 * math.atan2(a, c), math.asinh(c * b - d * a)


@register_jitable
def cacosh(x, y):
    """By two roots (Kahan)."""
    a, b = csqrt(x - 1.0, y)
    c, d = csqrt(x + 1.0, y)
    return math.asinh(a * c + b * d), 2.0 * math.atan2(b, c)


@register_jitable
def casinh(x, y):
    """By two roots (Kahan)."""
    a, b = csqrt(1.0 + y, -x)
    c, d = csqrt(1.0 - y, x)
    return math.asinh(a * d - b * c), math.atan2(y, a * c - b * d)


@register_jitable
def casin(x, y):
    """-i asinh(iz)."""
    a, b = casinh(-y, x)
    return b, -a


@register_jitable
def catanh(x, y):
    """Half the logarithm of (1 + z) / (1 - z)."""
    sign = -1.0 if x < 0.0 else 1.0
    x, y = sign * x, sign * y
    rest = 1.0 - x
    real = 0.25 * math.log1p(4.0 * x / (rest * rest + y * y))
    imag = -0.5 * math.atan2(-2.0 * y, rest * (1.0 + x) - y * y)
    return sign * real, sign * imag


@register_jitable
def catan(x, y):
    """-i atanh(iz)."""
    a, b = catanh(-y, x)
    return b, -a


@register_jitable
def rect(r, phi):
    """The number of an absolute value and an angle."""
    return r * math.cos(phi), r * math.sin(phi)
