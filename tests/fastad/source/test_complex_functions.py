"""Functions of complex numbers: their values against Numba's, their derivatives in closed form."""

import cmath
import itertools
import math

import mpmath
import numba
import numpy as np
import pytest
from interpreted import executable, hessian_product
from interpreted import value_and_grad as interpreted

from fastad.rules import complex_formulas
from fastad.source.emit.adjoint_function import Generated

PARTS = (0.0, -0.0, 0.3, -0.3, 1.0, -1.0, 2.5, -2.5)


def _plus(z, sign):
    """1 + sign z with the sign of a zero in the imaginary part kept."""
    return complex(1.0 + sign * z.real, sign * z.imag)


def _turned(z):
    return complex(-z.imag, z.real)


# Derivatives that have the values of the function's own side on its branch cuts.
SLOPES = {
    "exp": cmath.exp,
    "log": lambda z: 1 / z,
    "log10": lambda z: 1 / (z * math.log(10.0)),
    "sqrt": lambda z: 0.5 / cmath.sqrt(z),
    "sin": cmath.cos,
    "cos": lambda z: -cmath.sin(z),
    "tan": lambda z: 1 / cmath.cos(z) ** 2,
    "sinh": cmath.cosh,
    "cosh": cmath.sinh,
    "tanh": lambda z: 1 / cmath.cosh(z) ** 2,
    "acos": lambda z: -1 / (cmath.sqrt(_plus(z, -1)) * cmath.sqrt(_plus(z, 1))),
    "asin": lambda z: 1 / (cmath.sqrt(_plus(z, -1)) * cmath.sqrt(_plus(z, 1))),
    "atan": lambda z: 1 / (1 + z * z),
    "acosh": lambda z: (
        1 / (cmath.sqrt(complex(z.real - 1.0, z.imag)) * cmath.sqrt(complex(z.real + 1.0, z.imag)))
    ),
    "asinh": lambda z: 1 / (cmath.sqrt(_plus(_turned(z), 1)) * cmath.sqrt(_plus(_turned(z), -1))),
    "atanh": lambda z: 1 / (1 - z * z),
}
SINGULAR = {
    **dict.fromkeys(("log", "log10", "sqrt"), (0,)),
    **dict.fromkeys(("acos", "asin", "acosh", "atanh"), (1, -1)),
    **dict.fromkeys(("atan", "asinh"), (1j, -1j)),
}


def points(name):
    found = itertools.product(PARTS, PARTS)
    return [(x, y) for x, y in found if complex(x, y) not in SINGULAR.get(name, ())]


def weighed(function):
    def f(x):
        z = function(complex(x[0], x[1]))
        return 0.7 * z.real - 1.3 * z.imag

    return f


def compiled(function):
    @numba.njit
    def f(x, y):
        z = function(complex(x, y))
        return z.real, z.imag

    return f


def agree(a, b, scale):
    """Tell whether two parts are equal to rounding, zeros with their signs."""
    if a == 0.0 or b == 0.0:
        return a == b and math.copysign(1.0, a) == math.copysign(1.0, b)
    return (math.isnan(a) and math.isnan(b)) or abs(a - b) <= 4e-15 * scale


@pytest.mark.parametrize("name", SLOPES)
def test_values_are_numbas(name):
    """The sign of each zero, too: on a cut it says which side is meant."""
    function, theirs = getattr(complex_formulas, f"c{name}"), compiled(getattr(cmath, name))
    for x, y in points(name):
        got, want = function(x, y), theirs(x, y)
        assert all(agree(a, b, abs(complex(*want))) for a, b in zip(got, want, strict=True)), (x, y)


@pytest.mark.parametrize("name", SLOPES)
def test_slopes(name):
    function = weighed(getattr(cmath, name))
    pullback = executable(Generated(function, [numba.typeof(np.zeros(2))], (0,)))
    for x, y in points(name):
        slope = complex(0.7, 1.3) * SLOPES[name](complex(x, y))
        _, (bar,) = pullback(np.array([x, y]), 1.0)
        want = [slope.real, -slope.imag]
        assert np.allclose(bar, want, rtol=1e-12, atol=1e-12 * abs(slope)), (x, y, bar, want)


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_are_mpmaths(name):
    """Away from the cuts, the second derivative as well."""
    function, exact = weighed(getattr(cmath, name)), getattr(mpmath, name)
    x, v = np.array([0.3, -0.8]), np.array([0.6, 1.1])
    first, second = (complex(mpmath.diff(exact, complex(*x), k)) for k in (1, 2))
    (_, (bar,)), _ = interpreted(function, [x], (0,))
    slope = complex(0.7, 1.3) * first
    assert np.allclose(bar, [slope.real, -slope.imag], rtol=1e-12)
    (bar,), _ = hessian_product(function, [x], (0,), [v])
    slope = complex(0.7, 1.3) * second * complex(*v)
    assert np.allclose(bar, [slope.real, -slope.imag], rtol=1e-10)


EXPONENTS = [(2.0, 0.0), (3.0, 0.0), (0.5, 0.0), (-1.0, 0.0), (1.0, 0.0), (0.0, 0.0), (1.5, -0.4)]


def power(x, c, d):
    z = complex(x[0], x[1]) ** complex(c, d)
    return 0.7 * z.real - 1.3 * z.imag


def by_exponent(x, a, b):
    z = complex(a, b) ** complex(x[0], x[1])
    return 0.7 * z.real - 1.3 * z.imag


def test_powers():
    """By the base and by the exponent, against mpmath; a square is a product."""
    theirs = numba.njit(lambda a, b, c, d: complex(a, b) ** complex(c, d))
    for (a, b), (c, d) in itertools.product([(0.6, 0.8), (-0.5, 0.3), (-1.2, -0.0)], EXPONENTS):
        got, want = complex(*complex_formulas.cpow(a, b, c, d)), theirs(a, b, c, d)
        assert abs(got - want) <= 4e-15 * abs(want)
        z, e = mpmath.mpc(a, b), mpmath.mpc(c, d)
        if b == 0.0:  # mpmath has no sign of zero
            z = mpmath.mpc(a, -(mpmath.mpf(2) ** -200))
        slope = complex(0.7, 1.3) * complex(e * z ** (e - 1))
        (_, (bar,)), _ = interpreted(power, [np.array([a, b]), c, d], (0,))
        assert np.allclose(bar, [slope.real, -slope.imag], rtol=1e-12, atol=1e-13)
        slope = complex(0.7, 1.3) * complex(mpmath.log(z) * z**e)
        (_, (bar,)), _ = interpreted(by_exponent, [np.array([c, d]), a, b], (0,))
        assert np.allclose(bar, [slope.real, -slope.imag], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("exponent", "value", "slope", "curvature"),
    [
        *((1.0, 0.0, 1.0, 0.0), (2.0, 0.0, 0.0, 2.0), (3.0, 0.0, 0.0, 0.0)),
        *((0.0, 1.0, 0.0, 0.0), (1.5, 0.0, 0.0, None), (0.5, 0.0, math.inf, None)),
    ],
)
def test_powers_of_zero(exponent, value, slope, curvature):
    """z ** n has the derivatives of the product, of any order."""
    zero, v = np.zeros(2), np.array([0.5, -2.0])
    (found, (bar,)), _ = interpreted(power, [zero, exponent, 0.0], (0,))
    assert found == 0.7 * value
    assert np.allclose(bar, [0.7 * slope, -1.3 * slope])
    if curvature is not None:
        (bar,), _ = hessian_product(power, [zero, exponent, 0.0], (0,), [v])
        want = complex(0.7, 1.3) * curvature * complex(*v)
        assert np.allclose(bar, [want.real, -want.imag])


def quotient(x):
    z = complex(x[0], x[1]) / complex(x[2], x[3])
    return 0.7 * z.real - 1.3 * z.imag


@pytest.mark.parametrize(
    "x", [(1.0, 2.0, 3.0, -0.5), (1.0, 2.0, -0.5, 3.0), (1e200, 2e200, 3e200, 1e200)]
)
def test_quotients(x):
    """Both branches of Smith's method; no overflow within."""
    a, b = mpmath.mpc(*x[:2]), mpmath.mpc(*x[2:])
    (_, (bar,)), _ = interpreted(quotient, [np.array(x)], (0,))
    first, second = (complex(0.7, 1.3) * complex(s) for s in (1 / b, -a / b**2))
    want = [first.real, -first.imag, second.real, -second.imag]
    assert np.allclose(bar, want, rtol=1e-13, atol=0.0)


def numpys_quotient(x):
    z = np.divide(complex(x[0], x[1]), complex(x[2], x[3]))
    return 0.7 * z.real + 1.3 * z.imag


def test_a_quotient_by_zero():
    """The operator raises, whatever the error model; NumPy's function never."""
    x, quiet = np.array([1.0, 2.0, 0.0, -0.0]), numba.njit(error_model="numpy")
    for f in (quotient, quiet(quotient)):
        with pytest.raises(ZeroDivisionError, match="complex division by zero"):
            interpreted(f, [x], (0,))
    assert interpreted(numpys_quotient, [x], (0,))[0][0] == math.inf


def roots_of(x):
    z = complex(x[0], x[1])
    return cmath.sqrt(z).real + 2.0 * cmath.sqrt(z).imag


def logarithm(x):
    return cmath.log(complex(x[0], x[1])).real


def absolute(x):
    return abs(complex(x[0], x[1]))


def angle(x):
    return np.angle(complex(x[0], x[1]))


def test_kinks():
    """As the table of kinks says of sqrt, log, hypot and arctan2."""
    zero = np.zeros(2)

    def slope(f):
        return interpreted(f, [zero], (0,))[0][1][0]

    assert np.array_equal(slope(roots_of), [math.inf, math.inf])
    assert np.array_equal(slope(logarithm), [math.inf, 0.0])
    assert np.array_equal(slope(absolute), [0.0, 0.0])
    assert np.isnan(slope(angle)).all()


def squared_root(x):
    z = cmath.sqrt(complex(-1.0, x))
    return (z * z).imag


def test_on_a_cut_the_slope_is_that_of_one_side():
    """The square of the root is smooth, also where the root jumps."""
    for x in (0.0, -0.0, 1e-300):
        assert interpreted(squared_root, [x], (0,))[0][1][0] == 1.0
