"""Derivatives of special functions by their parameters: shapes of distributions, orders.

They have no closed form. Here are their series, continued fractions and integrals, differentiated
term by term, in `float64`; a distribution's density, which is the derivative by its variable, too.
All are compiled when a rule of `fastad.special` is, and are ordinary code to source mode, which
takes higher derivatives. NaN outside the domain.

The slopes of incomplete gamma and beta functions are sums of terms of one sign, or nearly so, times
the density, and without it where their inverses need them. Compared with mpmath far into the tails,
those of gamma are right to 1e-13 of themselves, of beta to 1e-12; those of Bessel functions to
1e-11 of the function.
"""

import math

import numba

from .rules.functions import FUNCTIONS

_digamma = FUNCTIONS["digamma"]
_njit = numba.njit(error_model="numpy")
_LAST = 1e-18  # of the sum: where a series ends
_STEPS = 1_000_000


@_njit
def stirling_error(n):
    """Return log(n!) less Stirling's formula, for n > 0.

    Notes
    -----
    DLMF 5.11.1, of which the first dropped term is below 1e-18 from 16 on.
    """
    if n < 16.0:
        return math.lgamma(n + 1.0) - (n + 0.5) * math.log(n) + n - 0.5 * math.log(2.0 * math.pi)
    z = 1.0 / (n * n)
    series = 1.0 / 1188.0 - z * (691.0 / 360360.0 - z / 156.0)
    series = 1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z * series)))
    return series / n


@_njit
def deviance(x, m):
    """Return x log(x / m) + m - x for x, m > 0, exactly where they are near each other.

    Notes
    -----
    Loader, C. (2000), Fast and accurate computation of binomial probabilities.
    """
    if abs(x - m) >= 0.1 * (x + m):
        return x * math.log(x / m) + m - x
    v = (x - m) / (x + m)
    total, term = (x - m) * v, 2.0 * x * v
    for j in range(1, 40):
        term *= v * v
        total += term / (2.0 * j + 1.0)
        if abs(term) < _LAST * abs(total):
            break
    return total


@_njit
def _gamma_front(a, x):
    """Return x^a e^-x / Gamma(a), for a, x > 0."""
    return math.sqrt(a / (2.0 * math.pi)) * math.exp(-stirling_error(a) - deviance(a, x))


@_njit
def gamma_density(a, x):
    """Return the density of the gamma distribution, x^(a - 1) e^-x / Gamma(a) (DLMF 8.8.13)."""
    if not (a > 0.0 and x >= 0.0):
        return math.nan
    if x == 0.0:
        return math.inf if a < 1.0 else (1.0 if a == 1.0 else 0.0)
    if x == math.inf:
        return 0.0
    return _gamma_front(a, x) / x


@_njit
def gamma_shape_ratio(a, x):
    """Return dP(a, x) / da over x times the density, for a, x > 0: the series, or the fraction.

    Notes
    -----
    P is the series DLMF 8.7.1 where x < a + 1; 1 - P the continued fraction 8.9.2, by the method
    of Lentz: each factor's logarithm is differentiated with it.
    """
    if x <= a + 1.0:
        term, psi, total = 1.0 / a, _digamma(a + 1.0), 0.0
        for n in range(1, _STEPS):
            more = term * (math.log(x) - psi)
            total += more
            if x < a + n and abs(more) < _LAST * abs(total):
                break
            term *= x / (a + n)
            psi += 1.0 / (a + n)
        return total
    b = x + 1.0 - a
    c, c_dot, d, d_dot = math.inf, 0.0, 1.0 / b, 1.0 / (b * b)
    h, log_dot = d, 1.0 / b
    for n in range(1, _STEPS):
        b += 2.0
        e = n * (a - n)
        c_dot = -1.0 + (n - e * c_dot / c) / c
        c = b + e / c
        d_dot = -1.0 + n * d + e * d_dot
        d = 1.0 / (b + e * d)
        d_dot *= -d * d
        more = c_dot / c + d_dot / d
        h *= c * d
        log_dot += more
        if abs(c * d - 1.0) < 1e-16 and abs(more) < 1e-16 * abs(log_dot):
            break
    return -h * (math.log(x) - _digamma(a) + log_dot)


@_njit
def gamma_by_shape(a, x):
    """Return the derivative of P(a, x), the incomplete gamma function, by a."""
    if not (a > 0.0 and x >= 0.0):
        return math.nan
    if x == 0.0 or x == math.inf:
        return 0.0
    return _gamma_front(a, x) * gamma_shape_ratio(a, x)


@_njit
def gamma_quantile_by_shape(a, x):
    """Return the derivative by a of the x where P(a, x) has its value."""
    if not (a > 0.0 and x >= 0.0) or x == math.inf:
        return math.nan
    return 0.0 if x == 0.0 else -x * gamma_shape_ratio(a, x)


@_njit
def _beta_front(a, b, x, y):
    """Return x^a y^b / B(a, b) for a, b, x, y > 0, where y = 1 - x."""
    n = a + b
    exponent = stirling_error(n) - stirling_error(a) - stirling_error(b)
    exponent -= deviance(a, n * x) + deviance(b, n * y)
    return math.sqrt(a * b / (2.0 * math.pi * n)) * math.exp(exponent)


@_njit
def beta_density(a, b, x):
    """Return the density of the beta distribution, x^(a - 1) (1 - x)^(b - 1) / B(a, b)."""
    if not (a > 0.0 and b > 0.0 and 0.0 <= x <= 1.0):
        return math.nan
    if x == 0.0:
        return math.inf if a < 1.0 else (b if a == 1.0 else 0.0)
    if x == 1.0:
        return math.inf if b < 1.0 else (a if b == 1.0 else 0.0)
    return _beta_front(a, b, x, 1.0 - x) / (x * (1.0 - x))


@_njit
def digamma_rise(a, b):
    """Return psi(a + b) - psi(a) for a, b > 0, exactly for small b, too.

    Notes
    -----
    The recurrence DLMF 5.5.2 up to 15, then the asymptotic series 5.11.2, term by term.
    """
    total = 0.0
    while a < 15.0:
        total += b / (a * (a + b))
        a += 1.0
    n = a + b
    total += math.log1p(b / a) + 0.5 * b / (a * n)
    for sign, x in ((1.0, 1.0 / (a * a)), (-1.0, 1.0 / (n * n))):
        tail = 1.0 / 132.0 - x * (691.0 / 32760.0 - x / 12.0)
        tail = 1.0 / 12.0 - x * (1.0 / 120.0 - x * (1.0 / 252.0 - x * (1.0 / 240.0 - x * tail)))
        total += sign * x * tail
    return total


@_njit
def beta_shape_ratio(a, b, x, y, by):
    """Return dI / da, or by b for ``by = 1``, over x^a y^b / B(a, b); y = 1 - x.

    I is the incomplete beta function I_x(a, b), with 0 < x < 1.

    Notes
    -----
    The continued fraction DLMF 8.17.22, by the method of Lentz, differentiated with it (Boik and
    Robison-Cox (1998), Derivatives of the incomplete beta function); of 1 - I_y(b, a) where it
    converges faster.
    """
    log_x = math.log(x) if x < 0.5 else math.log1p(-y)
    log_y = math.log(y) if y < 0.5 else math.log1p(-x)
    turned = x > (a + 1.0) / (a + b + 2.0)
    if turned:
        a, b, x, log_x, log_y, by = b, a, y, log_y, log_x, 1 - by
    a_dot, b_dot = (1.0, 0.0) if by == 0 else (0.0, 1.0)
    n = a + b
    e = -n * x / (a + 1.0)
    e_dot = -x / (a + 1.0) - e * a_dot / (a + 1.0)
    c, c_dot, d = 1.0, 0.0, 1.0 / (1.0 + e)
    d_dot = -e_dot * d * d
    h, log_dot = d, -e_dot * d
    for k in range(1, _STEPS):
        p, q, r = a + 2.0 * k - 1.0, a + 2.0 * k, a + 2.0 * k + 1.0
        size, size_dot = 1.0, 0.0
        for odd in range(2):
            if odd:
                e = -(a + k) * (n + k) * x / (q * r)
                e_dot = -(a + k) * x / (q * r)  # of a + b
                e_dot += e * a_dot * (1.0 / (a + k) - 1.0 / q - 1.0 / r)
            else:
                e = k * (b - k) * x / (p * q)
                e_dot = k * x / (p * q) * b_dot - e * a_dot * (1.0 / p + 1.0 / q)
            c_dot = (e_dot - e * c_dot / c) / c
            c = 1.0 + e / c
            d_dot = e_dot * d + e * d_dot
            d = 1.0 / (1.0 + e * d)
            d_dot *= -d * d
            size *= c * d
            size_dot += c_dot / c + d_dot / d
        h *= size
        log_dot += size_dot
        if abs(size - 1.0) < 1e-16 and abs(size_dot) <= 1e-16 * abs(log_dot):
            break
    log_dot += a_dot * (log_x + digamma_rise(a, b) - 1.0 / a)
    log_dot += b_dot * (log_y + digamma_rise(b, a))
    ratio = h / a * log_dot
    return -ratio if turned else ratio


@_njit
def beta_by_shape(a, b, x, by):
    """Return the derivative of I_x(a, b) by a, or by b for ``by = 1``."""
    if not (a > 0.0 and b > 0.0 and 0.0 <= x <= 1.0):
        return math.nan
    if x == 0.0 or x == 1.0:
        return 0.0
    return _beta_front(a, b, x, 1.0 - x) * beta_shape_ratio(a, b, x, 1.0 - x, by)


@_njit
def beta_quantile_by_shape(a, b, x, by):
    """Return the derivative, by a or b, of the x where I_x(a, b) has its value."""
    if not (a > 0.0 and b > 0.0 and 0.0 <= x <= 1.0):
        return math.nan
    if x == 0.0 or x == 1.0:
        return 0.0
    return -x * (1.0 - x) * beta_shape_ratio(a, b, x, 1.0 - x, by)


@_njit
def student_density(df, t):
    """Return the density of Student's t distribution with df degrees of freedom."""
    if not df > 0.0:
        return math.nan
    if t == 0.0:
        half = stirling_error(0.5 * df + 0.5) - stirling_error(0.5 * df)
        half += 0.5 * df * math.log1p(1.0 / df) - 0.5
        return math.exp(half) / math.sqrt(2.0 * math.pi)
    both = df + t * t
    return _beta_front(0.5 * df, 0.5, df / both, t * t / both) / abs(t)


@_njit
def student_by_freedom(df, t):
    """Return the derivative of Student's distribution by df; its error is 1e-13 of 1 / df."""
    if not df > 0.0:
        return math.nan
    both = df + t * t
    front = 0.0 if t == 0.0 else _beta_front(0.5 * df, 0.5, df / both, t * t / both)
    return 0.0 if front == 0.0 else -front / abs(t) * student_quantile_by_freedom(df, t)


@_njit
def student_quantile_by_freedom(df, t):
    """Return the derivative by df of the t where Student's distribution has its value.

    Notes
    -----
    The distribution is 1 - I_z(df / 2, 1 / 2) / 2 with z = df / (df + t^2) for positive t
    (Abramowitz and Stegun 26.7.1).
    """
    if not df > 0.0:
        return math.nan
    if t == 0.0:
        return 0.0
    both = df + t * t
    ratio = beta_shape_ratio(0.5 * df, 0.5, df / both, t * t / both, 0)
    return 0.5 * t * (0.5 * ratio + 1.0 / df)


@_njit
def kve_integral(v, z, power):
    """Return the scaled Bessel function e^z K_v(z), z > 0, or, for ``power = 1``, its slope in v.

    Notes
    -----
    The integral DLMF 10.32.9 by the trapezoidal rule: its error falls exponentially, as the
    integrand does (Trefethen and Weideman (2014), The exponentially convergent trapezoidal rule).
    """
    if not z > 0.0:
        return math.nan
    step = min(0.1, 0.5 / math.sqrt(math.sqrt(v * v + z * z)))
    total = 0.5 if power == 0 else 0.0
    for k in range(1, _STEPS):
        t = k * step
        half = math.sinh(0.5 * t)
        fall = 2.0 * z * half * half
        up, down = math.exp(v * t - fall), math.exp(-v * t - fall)
        more = 0.5 * (up + down) if power == 0 else 0.5 * t * (up - down)
        total += more
        if z * math.sinh(t) > abs(v) and abs(more) <= _LAST * abs(total):
            break
    return total * step


@_njit
def ive_by_order(v, z):
    """Return the derivative of e^-z I_v(z) by v, for z > 0.

    Notes
    -----
    The series DLMF 10.38.1, from its largest term on; 10.27.2 for negative v.
    """
    if not z > 0.0:
        return 0.0 if z == 0.0 and v > 0.0 else math.nan
    if v < 0.0:
        mirrored = ive_by_order_positive(-v, z)
        k, k_dot = kve_integral(-v, z, 0), kve_integral(-v, z, 1)
        angle = -v * math.pi
        other = 2.0 * math.cos(angle) * k + 2.0 / math.pi * math.sin(angle) * k_dot
        return -mirrored - other * math.exp(-2.0 * z)
    return ive_by_order_positive(v, z)


@_njit
def ive_by_order_positive(v, z):
    """Return the same for v >= 0."""
    square, top = 0.25 * z * z, math.floor(0.5 * (math.sqrt(z * z + v * v) - v))
    exponent = (2.0 * top + v) * math.log(0.5 * z) - math.lgamma(top + 1.0) - z
    first = math.exp(exponent - math.lgamma(v + top + 1.0))
    fall = math.log(0.5 * z) - _digamma(v + top + 1.0)
    total, value, term, factor, k = first * fall, first, first, fall, top
    while term > _LAST * value:
        k += 1.0
        term *= square / (k * (v + k))
        factor -= 1.0 / (v + k)
        total += term * factor
        value += term
    term, factor, k = first, fall, top
    while k > 0.0 and term > _LAST * value:
        term *= k * (v + k) / square
        factor += 1.0 / (v + k)
        k -= 1.0
        total += term * factor
        value += term
    return total


@_njit
def _poisson(j, m):
    """Return the probability of j where m are expected."""
    if j == 0.0 or m == 0.0:
        return math.exp(-m) if j == 0.0 else 0.0
    return math.exp(-stirling_error(j) - deviance(j, m)) / math.sqrt(2.0 * math.pi * j)


@_njit
def noncentral_density(x, df, nc):
    """Return the density of the noncentral chi-squared distribution.

    Notes
    -----
    A mixture of central ones by Poisson's weights (Johnson, Kotz and Balakrishnan (1995),
    Continuous univariate distributions 2, 29.4), from its largest term on.
    """
    if not (df > 0.0 and nc >= 0.0 and x >= 0.0):
        return math.nan
    if x == 0.0:
        return 0.5 * math.exp(-0.5 * nc) * gamma_density(0.5 * df, 0.0)
    a, top = 0.5 * df, _largest(x, df, nc)
    first = 0.5 * _poisson(top, 0.5 * nc) * gamma_density(a + top, 0.5 * x)
    total, term, j = first, first, top
    while term > _LAST * total:
        term *= 0.25 * nc * x / ((j + 1.0) * (a + j))
        total += term
        j += 1.0
    term, j = first, top
    while j > 0.0 and term > _LAST * total:
        j -= 1.0
        term *= (j + 1.0) * (a + j) / (0.25 * nc * x)
        total += term
    return total


@_njit
def _largest(x, df, nc):
    """Return the number of the largest term of the mixture."""
    return max(0.0, math.floor(0.5 * (math.sqrt(0.25 * df * df + nc * x) - 0.5 * df)))


@_njit
def noncentral_by_freedom(x, df, nc):
    """Return the derivative of the noncentral chi-squared distribution by df: of each term."""
    if not (df > 0.0 and nc >= 0.0 and x >= 0.0):
        return math.nan
    if x == 0.0:
        return 0.0
    a, top, total = 0.5 * df, _largest(x, df, nc), 0.0
    for direction in (1.0, -1.0):
        j = top if direction > 0.0 else top - 1.0
        while j >= 0.0:
            more = 0.5 * _poisson(j, 0.5 * nc) * gamma_by_shape(a + j, 0.5 * x)
            total += more
            if abs(more) <= _LAST * abs(total):
                break
            j += direction
    return total
