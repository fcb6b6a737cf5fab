"""Partial derivatives of the table that take more than a line, and its constants."""

LN2 = 0.6931471805599453
LN10 = 2.302585092994046
TWO_OVER_SQRT_PI = 1.1283791670955126
DEGREES = 57.29577951308232  # 180 / pi
RADIANS = 0.017453292519943295  # pi / 180
PI_SQUARED = 9.869604401089358


def sinc_curve():
    """Return the second derivative of ``sinc`` as source, by its series near 0.

    With t = pi x: the sum over k of (-1)**k pi**(2k) 2k (2k - 1) x**(2k - 2) / (2k + 1)!. The
    polynomial is written out, so that its own derivatives there are right, too.
    """
    series, term, square = "", 1.0, "(x * x)"
    terms = []
    for k in range(1, 15):
        term *= -PI_SQUARED / (2 * k * (2 * k + 1))
        terms.append(2 * k * (2 * k - 1) * term)
    for coefficient in reversed(terms):
        series = f"({coefficient!r} + {square} * {series})" if series else f"({coefficient!r})"
    return f"{series} if abs(x) < 0.3 else -PI_SQUARED * sinc(x) - 2.0 * sinc_slope(x) / x"


# y x**(y-1). The cases at x = 0 are expressions, not constants, with the value of that function and
# with derivatives that are the limits of its own (mixed ones, too, where y passes through 1).  At
# y = 0 the value is 0, also for x = 0 and NaN; for other x its derivative by y is not.
POW_BY_BASE = (
    "0.0 if y == 0 and not (x < 0 or x > 0) else "
    "(1.0 - (1.0 - x) * sqrt(y - 1.0) if y == 1 else x ** (y - 1)) if x == 0 and 0 < y <= 1 else "
    "y * x ** (y - 1)"
)

# x**y log(x). At x = 0 it is 0 for y > 0, and its derivatives by x are 0 up to the last order below
# y, and infinite from there on: those of a power of x between that order and y.
POW_BY_EXPONENT = (
    "(0.0 if y == 0 else -(x ** (0.75 * y + 0.25 * (ceil(y) - 1.0)))) if x == 0 and y >= 0 else "
    "r * log(x)"
)

CONSTANTS = {
    "INF": float("inf"),
    "LN2": LN2,
    "LN10": LN10,
    "TWO_OVER_SQRT_PI": TWO_OVER_SQRT_PI,
    "DEGREES": DEGREES,
    "RADIANS": RADIANS,
    "PI_SQUARED": PI_SQUARED,
}
