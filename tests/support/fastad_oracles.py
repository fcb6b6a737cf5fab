"""What the fastad tests compare with: mpmath's functions and derivatives."""

import mpmath
import numpy as np

from fastad.rules.partials import CONSTANTS


def _sign(x):
    return mpmath.mpf((x > 0) - (x < 0))


MP = {
    name: getattr(mpmath, name)
    for name in [
        "sqrt",
        "cbrt",
        "exp",
        "expm1",
        "log",
        "log1p",
        "log10",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "atan2",
        "hypot",
        "sinh",
        "cosh",
        "tanh",
        "asinh",
        "acosh",
        "atanh",
        "degrees",
        "radians",
        "erf",
        "erfc",
        "gamma",
        "digamma",
        "floor",
        "ceil",
    ]
}
MP |= {
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "exp2": lambda x: mpmath.mpf(2) ** x,
    "lgamma": mpmath.loggamma,
    "polygamma": lambda n, x: mpmath.polygamma(int(n), x),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "logaddexp": lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)),
    "exp_neg_square": lambda x: mpmath.exp(-x * x),
    "sign": _sign,
    "copysign": lambda x, y: abs(x) * _sign(y),
    "trunc": lambda x: mpmath.floor(x) if x > 0 else mpmath.ceil(x),
    "fmod": lambda x, y: x - y * MP["trunc"](x / y),
    "rint": mpmath.nint,
    "sinc": mpmath.sincpi,
    "sinc_slope": lambda x: (mpmath.cospi(x) - mpmath.sincpi(x)) / x,
    "minimum": min,
    "maximum": max,
    "fmin": min,
    "fmax": max,
    "min": min,
    "max": max,
    "abs": abs,
}


def mp_primal(rule):
    """Return a rule's primal as an mpmath function."""
    arguments = ", ".join("xy"[: rule.arity])
    expression = rule.primal.replace("x // y", "floor(x / y)").replace(
        "x % y", "x - y*floor(x / y)"
    )
    return eval(f"lambda {arguments}: {expression}", MP | CONSTANTS)


def ulps(got, exact):
    """Return the error of a float in units in the last place of the exact value."""
    if exact == 0:
        return 0.0 if got == 0 else np.inf
    return float(abs(mpmath.mpf(got) - exact) / np.spacing(abs(float(exact))))


def samples(rule, n, rng):
    """Return n points (as tuples) of a rule's domain, spread and away from its ends."""
    columns = []
    for lo, hi in rule.domain:
        if isinstance(lo, int):
            columns.append(rng.integers(lo, hi + 1, n))
        elif lo > 0 and hi / lo > 100:
            columns.append(np.exp(rng.uniform(np.log(lo), np.log(hi), n)))
        else:
            columns.append(rng.uniform(lo, hi, n))
    return list(zip(*(c.tolist() for c in columns), strict=True))
