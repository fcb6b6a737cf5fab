"""Derivatives of SciPy's special functions, which compiled code calls by their address.

Numba has no special functions. What stands in for them is the address of one of
``scipy.special.cython_special``, as a `numba.types.WrapperAddressProtocol` or a pointer of
`ctypes`. By the address it is known here which function that is. Source mode then takes the call
like one with a rule of one's own (`fastad.custom_jvp`). Forward mode and the tape take it where
they run a function as source mode reads it; else Numba passes floats alone to an address.
"""

import ctypes
import functools
import math
import re
import sys
from typing import NamedTuple

import numba
from numba import types
from numba.extending import get_cython_function_address, is_jitted
from numba.types import WrapperAddressProtocol

from . import special_shapes
from .custom import custom_jvp
from .numbers.jet import scale
from .rules.codegen import compile_source, indented
from .rules.functions import FUNCTIONS

_MODULE = "scipy.special.cython_special"


class _Slopes(NamedTuple):
    """The derivatives of a function by its arguments, ``x, y, z, u``, with its value ``r``.

    In closed form, or by the functions of `fastad.special_shapes`. None where there is neither:
    source mode refuses a variable there, and a tangent other than 0 raises.
    """

    by: tuple
    source: str  # of the formula


def _row(source, *by):
    return _Slopes(by, source)


# By r where the function is an inverse. DLMF is https://dlmf.nist.gov.
SLOPES = {
    "erf": _row("DLMF 7.2.1", "2.0 / sqrt(pi) * exp(-x * x)"),
    "erfc": _row("DLMF 7.2.2", "-2.0 / sqrt(pi) * exp(-x * x)"),
    "erfcx": _row("DLMF 7.2.3", "2.0 * x * r - 2.0 / sqrt(pi)"),
    "erfinv": _row("inverse of erf", "0.5 * sqrt(pi) * exp(r * r)"),
    "erfcinv": _row("inverse of erfc", "-0.5 * sqrt(pi) * exp(r * r)"),
    "ndtr": _row("density of the normal distribution", "exp(-0.5 * x * x) / sqrt(2.0 * pi)"),
    "log_ndtr": _row("of the logarithm", "exp(-0.5 * x * x - r) / sqrt(2.0 * pi)"),
    "ndtri": _row("inverse of ndtr", "sqrt(2.0 * pi) * exp(0.5 * r * r)"),
    "expit": _row("r (1 - r)", "expit(x) * expit(-x)"),
    "log_expit": _row("1 - expit(x)", "expit(-x)"),
    "logit": _row("inverse of expit", "1.0 / (x * (1.0 - x))"),
    "gamma": _row("DLMF 5.2.2", "r * digamma(x)"),
    "gammaln": _row("DLMF 5.2.2", "digamma(x)"),
    "exp1": _row("DLMF 6.2.1", "-exp(-x) / x"),
    "expi": _row("DLMF 6.2.5", "exp(x) / x"),
    "dawsn": _row("DLMF 7.10.4", "1.0 - 2.0 * x * r"),
    "j0": _row("DLMF 10.6.3", "-j1(x)"),
    "j1": _row("DLMF 10.6.2", "0.5 * (j0(x) - jv(2.0, x))"),
    "i0": _row("DLMF 10.29.3", "i1(x)"),
    "i1": _row("DLMF 10.29.1", "0.5 * (i0(x) + iv(2.0, x))"),
    "k0": _row("DLMF 10.29.3", "-k1(x)"),
    "k1": _row("DLMF 10.29.1", "-0.5 * (k0(x) + kv(2.0, x))"),
    "xlogy": _row("x log y", "log(y)", "x / y"),
    "xlog1py": _row("x log(1 + y)", "log1p(y)", "x / (1.0 + y)"),
    "beta": _row(
        "DLMF 5.12.1", "r * (digamma(x) - digamma(x + y))", "r * (digamma(y) - digamma(x + y))"
    ),
    "betaln": _row("DLMF 5.12.1", "digamma(x) - digamma(x + y)", "digamma(y) - digamma(x + y)"),
    "gammainc": _row("DLMF 8.8.13", "gamma_by_shape(x, y)", "gamma_density(x, y)"),
    "gammaincc": _row("DLMF 8.8.14", "-gamma_by_shape(x, y)", "-gamma_density(x, y)"),
    "gammaincinv": _row(
        "inverse of gammainc", "gamma_quantile_by_shape(x, r)", "1.0 / gamma_density(x, r)"
    ),
    "gammainccinv": _row(
        "inverse of gammaincc", "gamma_quantile_by_shape(x, r)", "-1.0 / gamma_density(x, r)"
    ),
    "chdtr": _row(
        "DLMF 8.8.13",
        "0.5 * gamma_by_shape(0.5 * x, 0.5 * y)",
        "0.5 * gamma_density(0.5 * x, 0.5 * y)",
    ),
    "chdtrc": _row(
        "DLMF 8.8.14",
        "-0.5 * gamma_by_shape(0.5 * x, 0.5 * y)",
        "-0.5 * gamma_density(0.5 * x, 0.5 * y)",
    ),
    "gdtr": _row(
        "DLMF 8.8.13",
        "z * gamma_density(y, x * z)",
        "gamma_by_shape(y, x * z)",
        "x * gamma_density(y, x * z)",
    ),
    "betainc": _row(
        "DLMF 8.17.1",
        "beta_by_shape(x, y, z, 0)",
        "beta_by_shape(x, y, z, 1)",
        "beta_density(x, y, z)",
    ),
    "betaincinv": _row(
        "inverse of betainc",
        "beta_quantile_by_shape(x, y, r, 0)",
        "beta_quantile_by_shape(x, y, r, 1)",
        "1.0 / beta_density(x, y, r)",
    ),
    "stdtr": _row("Student's t", "student_by_freedom(x, y)", "student_density(x, y)"),
    "stdtrit": _row(
        "inverse of stdtr", "student_quantile_by_freedom(x, r)", "1.0 / student_density(x, r)"
    ),
    "chndtr": _row(
        "noncentral chi-squared",
        "noncentral_density(x, y, z)",
        "noncentral_by_freedom(x, y, z)",
        "-noncentral_density(x, y + 2.0, z)",
    ),
    "chndtrix": _row(
        "inverse of chndtr",
        "1.0 / noncentral_density(r, y, z)",
        "-noncentral_by_freedom(r, y, z) / noncentral_density(r, y, z)",
        "noncentral_density(r, y + 2.0, z) / noncentral_density(r, y, z)",
    ),
    "owens_t": _row(
        "Owen, D. B. (1956), Tables for computing bivariate normal probabilities",
        "-exp(-0.5 * x * x) * erf(x * y / sqrt(2.0)) / (2.0 * sqrt(2.0 * pi))",
        "exp(-0.5 * x * x * (1.0 + y * y)) / (2.0 * pi * (1.0 + y * y))",
    ),
    "jv": _row("DLMF 10.6.1", None, "0.5 * (jv(x - 1.0, y) - jv(x + 1.0, y))"),
    "yv": _row("DLMF 10.6.1", None, "0.5 * (yv(x - 1.0, y) - yv(x + 1.0, y))"),
    "iv": _row(
        "DLMF 10.29.1",
        "ive_by_order(x, y) * exp(y)",
        "0.5 * (iv(x - 1.0, y) + iv(x + 1.0, y))",
    ),
    "kv": _row(
        "DLMF 10.29.1",
        "kve_integral(x, y, 1) * exp(-y)",
        "-0.5 * (kv(x - 1.0, y) + kv(x + 1.0, y))",
    ),
    "ive": _row(
        "DLMF 10.29.1",
        "ive_by_order(x, y)",
        "0.5 * (ive(x - 1.0, y) + ive(x + 1.0, y)) - copysign(r, y)",
    ),
    "kve": _row(
        "DLMF 10.29.1",
        "kve_integral(x, y, 1)",
        "r - 0.5 * (kve(x - 1.0, y) + kve(x + 1.0, y))",
    ),
    "hyp1f1": _row("DLMF 13.3.15", None, None, "x / y * hyp1f1(x + 1.0, y + 1.0, z)"),
    "hyp2f1": _row(
        "DLMF 15.5.1", None, None, None, "x * y / z * hyp2f1(x + 1.0, y + 1.0, z + 1.0, u)"
    ),
}


_ARGUMENTS = "xyzu"


class _Address(WrapperAddressProtocol):
    """A function of SciPy's of floats, for compiled code."""

    def __init__(self, name):
        self.name = name

    def __wrapper_address__(self):
        return _addresses()[self.name]

    def signature(self):
        return types.float64(*(types.float64,) * len(SLOPES[self.name].by))


@functools.cache
def _addresses():
    """Return the address of the version for floats of each function, by name."""
    found = {}
    for exported, capsule in sys.modules[_MODULE].__pyx_capi__.items():
        name = re.sub("^__pyx_fuse_[0-9]+", "", exported)
        given = re.search(r'"double \(((?:double, )+)int __pyx_skip_dispatch\)"', str(capsule))
        if given and name in SLOPES:
            found[name] = get_cython_function_address(_MODULE, exported)
    return found


def _address_of(function):
    """Return where a function is that is given by its address, else None."""
    if isinstance(function, WrapperAddressProtocol):
        return function.__wrapper_address__()
    if isinstance(function, ctypes._CFuncPtr):
        return ctypes.cast(function, ctypes.c_void_p).value
    return None


def special_function(function):
    """Return a function of SciPy's, given by its address, with its rule; None for all others.

    Parameters
    ----------
    function : object
        What is called.

    Returns
    -------
    Custom or None
    """
    if _MODULE not in sys.modules:  # nobody has an address of it
        return None
    address = _address_of(function)
    if address is None:
        return None
    name = next((n for n, a in _addresses().items() if a == address), None)
    return None if name is None else _with_rules()[name]


@functools.cache
def _with_rules():
    """Return the functions with their rules, by name: rules call each other's functions."""
    made = {name: custom_jvp(_primal(name)) for name in _addresses()}
    for name, function in made.items():
        function.defjvp(_rule(name, made))
        without = tuple(k for k, slope in enumerate(SLOPES[name].by) if slope is None)
        function.rule = function.rule._replace(without=without)
    return made


def _primal(name):
    """Return the function of floats that calls the address."""
    names = ", ".join(_ARGUMENTS[: len(SLOPES[name].by)])
    source = f"def {name}({names}):\n    return address({names})\n"
    return compile_source(source, name, {"address": _Address(name), "__name__": __name__})


def _rule(name, made):
    """Return ``jvp(primals, tangents)``; as in SciPy, dividing by zero does not raise."""
    names = _ARGUMENTS[: len(SLOPES[name].by)]
    lines = [f"{n} = primals[{k}]" for k, n in enumerate(names)]
    lines.append(f"r = {name}({', '.join(names)})")
    terms = []
    for k, slope in enumerate(SLOPES[name].by):
        if slope is not None:
            terms.append(f"scale({slope}, tangents[{k}])")  # a tangent of 0 is a strong zero
            continue
        told = f"fastad: {name} has no derivative by argument {k + 1}"
        lines += [f"if tangents[{k}] != 0.0:", f'    raise ValueError("{told}")']
    lines = [f"def {name}_jvp(primals, tangents):", *indented(lines)]
    lines.append(f"    return r, {' + '.join(terms)}")
    numbers = {n: FUNCTIONS[n] for n in ("digamma", "exp", "log", "log1p", "sqrt", "copysign")}
    shapes = {n: f for n, f in vars(special_shapes).items() if is_jitted(f)}
    scope = shapes | numbers | made | {"pi": math.pi, "scale": scale, "__name__": __name__}
    rule = compile_source("\n".join(lines) + "\n", f"{name}_jvp", scope)
    return numba.njit(error_model="numpy")(rule)
