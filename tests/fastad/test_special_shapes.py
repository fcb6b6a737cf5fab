"""Slopes by the parameters of special functions: against mpmath, far into the tails."""

import functools

import mpmath
import numba
import numpy as np
import pytest
from mpmath import mpf

from fastad import special_shapes as shapes

DIGITS = 40


def slope(f, at):
    """Return the derivative of f, by a central difference of many digits."""
    h = abs(at) * mpf(10) ** -12
    return (f(at + h) - f(at - h)) / (2 * h)


def lower_gamma(a, x, below):
    """Return P(a, x), less 1 unless x is below its middle."""
    if below:
        return mpmath.gammainc(a, 0, x, regularized=True)
    return -mpmath.gammainc(a, x, mpmath.inf, regularized=True)


def lower_beta(a, b, x, below):
    if below:
        return mpmath.betainc(a, b, 0, x, regularized=True)
    return -mpmath.betainc(b, a, 0, 1 - x, regularized=True)


def student(df, t):
    """Return the distribution, less 1 or 1/2 where that is more exact."""
    sign, square = mpmath.sign(t), t * t
    if abs(t) < 1:
        inner = mpmath.betainc(mpf(1) / 2, df / 2, 0, square / (df + square), regularized=True)
        return sign * inner / 2
    return -sign * mpmath.betainc(df / 2, mpf(1) / 2, 0, df / (df + square), regularized=True) / 2


@pytest.fixture(autouse=True)
def many_digits():
    with mpmath.workdps(DIGITS):
        yield


def agrees(found, want, rtol):
    """Check a slope; one that underflows may be anything that does."""
    np.testing.assert_allclose(found, float(want), rtol=rtol, atol=1e-300)


@pytest.mark.parametrize("a", [1e-3, 0.5, 1.0, 2.5, 55.5, 2000.0])
@pytest.mark.parametrize("part", [1e-6, 0.3, 0.9, 1.0, 1.1, 2.0])
def test_incomplete_gamma_by_its_shape(a, part):
    for x in (part * a, a + 0.9 + part, a + 40.0 * part):
        x_, below = mpf(x), x < a
        want = slope(lambda v, x=x_, below=below: lower_gamma(v, x, below), mpf(a))
        agrees(shapes.gamma_by_shape(a, x), want, 2e-13)
        density = x_ ** (mpf(a) - 1) * mpmath.exp(-x_) / mpmath.gamma(mpf(a))
        agrees(shapes.gamma_density(a, x), density, 1e-13)
        if density > 1e-200:
            agrees(shapes.gamma_quantile_by_shape(a, x), -want / density, 2e-13)


@pytest.mark.parametrize("a", [0.01, 0.5, 1.0, 2.5, 700.0])
@pytest.mark.parametrize("b", [0.02, 1.0, 3.5, 900.0])
def test_incomplete_beta_by_its_shapes(a, b):
    for x in (1e-8, 0.2, 0.5, 0.99, 1 - 1e-8, a / (a + b), 0.9 * a / (a + b)):
        x_, below = mpf(x), x < a / (a + b)
        by_a = slope(lambda v, x=x_, s=below: lower_beta(v, mpf(b), x, s), mpf(a))
        by_b = slope(lambda v, x=x_, s=below: lower_beta(mpf(a), v, x, s), mpf(b))
        density = x_ ** (mpf(a) - 1) * (1 - x_) ** (mpf(b) - 1) / mpmath.beta(mpf(a), mpf(b))
        agrees(shapes.beta_density(a, b, x), density, 1e-12)
        for by, want in enumerate((by_a, by_b)):
            agrees(shapes.beta_by_shape(a, b, x, by), want, 1e-12)
            if density > 1e-200:
                agrees(shapes.beta_quantile_by_shape(a, b, x, by), -want / density, 1e-12)


@pytest.mark.parametrize("df", [0.3, 1.0, 5.5, 40.0, 1e5])
@pytest.mark.parametrize("t", [1e-5, 0.1, 3.0, -2.0, 40.0])
def test_students_distribution_by_its_freedom(df, t):
    want = slope(lambda v: student(v, mpf(t)), mpf(df))
    np.testing.assert_allclose(
        shapes.student_by_freedom(df, t), float(want), rtol=1e-12, atol=1e-13 / df
    )
    d, power = mpf(df), (1 + mpf(t) ** 2 / mpf(df)) ** (-(mpf(df) + 1) / 2)
    peak = mpmath.gamma((d + 1) / 2) / mpmath.gamma(d / 2) / mpmath.sqrt(d * mpmath.pi)
    agrees(shapes.student_density(df, t), peak * power, 2e-13)
    agrees(shapes.student_density(df, 0.0), peak, 2e-13)
    assert shapes.student_by_freedom(df, 0.0) == 0.0


@pytest.mark.parametrize("v", [0.0, 0.3, 2.5, 30.0])
@pytest.mark.parametrize("z", [1e-6, 0.5, 20.0, 3000.0])
def test_bessel_functions_by_their_order(v, z):
    v_, z_, h = mpf(v), mpf(z), mpf(10) ** -12
    k = (mpmath.besselk(v_ + h, z_) - mpmath.besselk(v_ - h, z_)) / (2 * h)
    np.testing.assert_allclose(shapes.kve_integral(v, z, 1), float(k * mpmath.exp(z_)), rtol=5e-14)
    for signed in (v_, -v_):
        i = (mpmath.besseli(signed + h, z_) - mpmath.besseli(signed - h, z_)) / (2 * h)
        scaled = float(mpmath.besseli(signed, z_) * mpmath.exp(-z_))
        np.testing.assert_allclose(
            shapes.ive_by_order(float(signed), z),
            float(i * mpmath.exp(-z_)),
            rtol=1e-11,
            atol=1e-15 * abs(scaled),  # at order 0 it is a billionth of the function
        )


def mixture(f, x, df, nc):
    """Return the sum over Poisson's weights of f(df / 2 + j, x / 2)."""
    last = 1 if nc == 0 else int(nc / 2 + 14 * mpmath.sqrt(nc / 2 + 1) + 60)
    weights = [
        mpmath.exp(-nc / 2) * (nc / 2) ** j / mpmath.factorial(j) if nc else 1 for j in range(last)
    ]
    return mpmath.fsum(w * f(df / 2 + j, x / 2) for j, w in enumerate(weights))


@pytest.mark.parametrize("df", [0.5, 2.0, 50.0])
@pytest.mark.parametrize("nc", [0.0, 0.1, 60.0])
def test_noncentral_chi_squared(df, nc):
    for x in (0.01, 5.0, 200.0):
        x_, df_, nc_ = mpf(x), mpf(df), mpf(nc)
        density = mixture(
            lambda a, y: y ** (a - 1) * mpmath.exp(-y) / mpmath.gamma(a) / 2, x_, df_, nc_
        )
        agrees(shapes.noncentral_density(x, df, nc), density, 1e-13)
        cumulative = functools.partial(lower_gamma, below=x < df + nc)
        want = slope(lambda v, x=x_, c=cumulative: mixture(c, x, v, mpf(nc)), df_)
        agrees(shapes.noncentral_by_freedom(x, df, nc), want, 1e-13)


def test_outside_of_the_domain_they_are_nan():
    @numba.njit
    def all_of(a, x):
        return (
            shapes.gamma_by_shape(a, x),
            shapes.gamma_density(a, x),
            shapes.gamma_quantile_by_shape(a, x),
            shapes.beta_by_shape(a, 1.0, x, 0),
            shapes.noncentral_by_freedom(x, a, 1.0),
        )

    for a, x in ((-1.0, 0.5), (1.5, -0.5), (np.nan, 0.5), (1.5, np.nan), (0.0, 0.5)):
        assert np.isnan(all_of(a, x)).all()
    assert np.isnan(shapes.kve_integral(1.0, -1.0, 0))
    assert np.isnan(shapes.ive_by_order(1.5, -1.0))
    assert np.isnan(shapes.student_by_freedom(-1.0, 0.3))
