"""SciPy's special functions by their address: slopes against differences and mpmath."""

import ctypes
import importlib.util
import sys

import mpmath
import numba
import numpy as np
import pytest
import scipy.special
from numba.extending import get_cython_function_address as function_address
from scipy.special import cython_special

import fastad
from fastad.special import SLOPES, _addresses, special_function

MODULE = cython_special.__name__

# Points in the domain of all functions of as many arguments.
POINTS = {
    1: [(0.3,), (0.7,)],
    2: [(2.5, 0.4), (1.5, 0.7)],
    3: [(2.5, 1.5, 0.4), (1.2, 3.4, 0.3)],
    4: [(1.2, 0.7, 2.1, 0.4)],
}
OF_A_PROBABILITY = {"chndtrix": (0.4, 3.5, 1.3)}
HEAD = """
import ctypes
from numba import float64, njit
from numba.extending import get_cython_function_address
from numba.types import WrapperAddressProtocol

MODULE = "scipy.special.cython_special"


class Address(WrapperAddressProtocol):
    def __init__(self, name, n):
        self.name, self.n = name, n

    def __wrapper_address__(self):
        return get_cython_function_address(MODULE, self.name)

    def signature(self):
        return float64(*(float64,) * self.n)


def pointer(name, n):
    double = ctypes.c_double
    address = get_cython_function_address(MODULE, name)
    return ctypes.CFUNCTYPE(double, *(double,) * n)(address)
"""


CASES = [
    (n, k)
    for n in POINTS
    for k in range(n)
    if any(r.by[k] for r in SLOPES.values() if len(r.by) == n)
]
STEPS = (-2e-4, -1e-4, 1e-4, 2e-4)
FAR = ("ndtri", "erfcx", "log_ndtr", "gammaln", "expit", "gammainc", "exp1", "xlogy", "jv")


def named(n, k):
    """Return the names of the functions of n arguments that have a slope by argument k."""
    return [f for f, row in SLOPES.items() if len(row.by) == n and row.by[k] is not None]


def exported(name):
    """Return the name by which the version for floats is exported."""
    at = _addresses()[name]
    return next(n for n in cython_special.__pyx_capi__ if function_address(MODULE, n) == at)


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """Return a module with ``calls_2_0``, ...: the values of functions of 2 that have slope 0."""
    lines = [HEAD]
    for k, (name, row) in enumerate(SLOPES.items()):
        kind = "pointer" if k % 2 else "Address"
        lines.append(f'{name} = {kind}("{exported(name)}", {len(row.by)})')
    for n, k in CASES:
        x = [f"x{i}" for i in range(n)]
        given = [", ".join(f"{a}[{j}]" for a in x) for j in range(len(named(n, k)))]
        body = [f"    out[{j}] = {f}({given[j]})" for j, f in enumerate(named(n, k))]
        head = ["", "@njit", f"def calls_{n}_{k}({', '.join(x)}):", f"    out = x{k} * 0.0"]
        lines += [*head, *body, "    return out"]
    for name in FAR:
        x = ", ".join(f"x{i}" for i in range(len(SLOPES[name].by)))
        lines += ["", "@njit", f"def alone_{name}({x}):", f"    return {name}({x})"]
    path = tmp_path_factory.mktemp("special") / "special_calls.py"
    path.write_text("\n".join(lines) + "\n")
    spec = importlib.util.spec_from_file_location("special_calls", path)
    module = sys.modules["special_calls"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["special_calls"]


@pytest.mark.parametrize(("n", "k"), CASES)
def test_slopes_are_those_of_differences(calls, n, k):
    slopes_of = fastad.vjp(getattr(calls, f"calls_{n}_{k}"), k)
    names = named(n, k)
    for point in POINTS[n]:
        points = [OF_A_PROBABILITY.get(name, point) for name in names]
        values, slopes = slopes_of(*np.array(points).T.copy(), np.ones(len(names)))
        for j, name in enumerate(names):
            f, at = getattr(scipy.special, name), points[j]
            assert values[j] == f(*at)
            near = [f(*at[:k], at[k] + h, *at[k + 1 :]) for h in STEPS]
            want = (near[0] - 8 * near[1] + 8 * near[2] - near[3]) / (12 * STEPS[2])
            np.testing.assert_allclose(slopes[j], want, rtol=2e-8, err_msg=f"{name} by {k}")


def quantile(p):
    return mpmath.findroot(lambda x: mpmath.ncdf(x) - p, -9.26)


@pytest.mark.parametrize(
    ("name", "x", "want"),
    [
        ("ndtri", 1e-20, lambda x: 1 / mpmath.npdf(quantile(x))),
        ("log_ndtr", -40.0, lambda x: mpmath.npdf(x) / mpmath.ncdf(x)),
        ("gammaln", 1e-8, mpmath.digamma),
        ("expit", -300.0, lambda x: mpmath.exp(x) / (1 + mpmath.exp(x)) ** 2),
        ("erfcx", 3.0, lambda x: mpmath.diff(lambda t: mpmath.exp(t * t) * mpmath.erfc(t), x)),
    ],
)
def test_far_from_the_middle_they_are_exact(calls, name, x, want):
    found = fastad.derivative(getattr(calls, f"alone_{name}"))(x)
    with mpmath.workdps(60):
        right = float(want(mpmath.mpf(x)))
    np.testing.assert_allclose(found, right, rtol=1e-9)


def test_second_derivatives_and_calls_from_compiled_code(calls):
    f = calls.alone_ndtri
    second = fastad.derivative(fastad.derivative(f))
    inside = numba.njit(lambda p: second(p))
    r = scipy.special.ndtri(0.3)
    np.testing.assert_allclose(inside(0.3), 2 * np.pi * r * np.exp(r * r), rtol=1e-12)


def test_second_derivatives_by_a_shape(calls):
    """Each of the Hessian's items, by differences of what is exact to 1e-13."""
    a, x, h = 2.5, 1.7, 1e-4
    second = fastad.hessian(lambda p: calls.alone_gammainc(p[0], p[1]))(np.array([a, x]))
    first = fastad.grad(calls.alone_gammainc, (0, 1))
    by_a = (np.array(first(a + h, x)) - first(a - h, x)) / (2 * h)
    by_x = (np.array(first(a, x + h)) - first(a, x - h)) / (2 * h)
    np.testing.assert_allclose(second, [by_a, by_x], rtol=1e-7)


def test_an_argument_without_a_slope_says_so(calls):
    with pytest.raises(TypeError, match=r"cannot take grad of .* jv has no derivative by"):
        fastad.grad(calls.alone_jv, 0)(2.5, 0.4)


def test_at_the_ends_slopes_are_infinite_and_nothing_raises(calls):
    assert fastad.derivative(calls.alone_ndtri)(0.0) == np.inf
    assert fastad.derivative(calls.alone_exp1)(0.0) == -np.inf
    slopes = fastad.grad(calls.alone_xlogy, (0, 1))
    assert slopes(0.0, 2.0) == (np.log(2.0), 0.0)
    ends = fastad.grad(calls.alone_gammainc, (0, 1))
    assert ends(1.0, 0.0) == (0.0, 1.0)  # a power of 0 by 0: it was NaN
    assert ends(0.5, 0.0) == (0.0, np.inf)
    assert ends(2.0, 0.0) == (0.0, 0.0)
    assert slopes(1.5, 0.0) == (-np.inf, np.inf)
    assert fastad.grad(calls.alone_xlogy, 0)(0.0, 0.0) == -np.inf


def test_other_addresses_are_no_functions_of_scipy():
    libm = ctypes.CDLL(None).cos
    assert special_function(libm) is None
    assert special_function(np.sin) is None
    assert special_function(len) is None
