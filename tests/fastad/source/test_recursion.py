"""Recursion: what calls itself with now these, now those of its arguments differentiated."""

import numba
import numpy as np
import pytest
from processes import Workplace

import fastad
from fastad.source.frontend.calls import is_recursive


@numba.njit
def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


@numba.njit
def swapped(a, b, n):
    if n == 0:
        return 1.0
    return swapped(b, a, n - 1) * a + b


@numba.njit
def even(a, b, n):
    if n <= 0:
        return 1.0
    return odd(b, a, n - 1) * a


@numba.njit
def odd(a, b, n):
    if n <= 0:
        return 2.0
    return even(a, b, n - 1) + b


@numba.njit
def branching(a, b, n):
    if n <= 0:
        return b
    return branching(b, a, n - 1) * a + branching(a, a, n - 2)


@numba.njit
def by_power(x):
    return power(x, 3)


@numba.njit
def by_swapped(x):
    return swapped(x, 0.5, 4)


@numba.njit
def by_even_and_odd(x):
    return even(x, 0.5, 5) + odd(0.5, x, 3)


@numba.njit
def by_branching(x):
    return branching(x, 0.5, 4)


X = 0.7


def wanted(f):
    """Return the derivative at X by the complex step, in plain Python."""
    scope = {"__builtins__": __builtins__}
    plain = ("power", "swapped", "even", "odd", "branching", f.py_func.__name__)
    for name in plain:
        function = globals()[name].py_func
        scope[name] = type(function)(function.__code__, scope)
    return scope[f.py_func.__name__](complex(X, 1e-30)).imag / 1e-30


@pytest.mark.parametrize("mode", ["auto", "source", "forward", "tape"])
@pytest.mark.parametrize("f", [by_power, by_swapped, by_even_and_odd, by_branching])
def test_what_calls_itself_with_other_types(f, mode, monkeypatch):
    monkeypatch.delenv("FASTAD_RAISE", raising=False)
    f(X)  # compiled before, as another caller's
    g = fastad.grad(f, mode=mode)
    if mode in ("forward", "tape") and f is not by_power:
        with pytest.raises(TypeError, match="does not link the recursive function"):
            g(X)
        return
    assert g(X) == pytest.approx(wanted(f), rel=1e-14)


def test_auto_takes_the_source_where_forward_mode_is_refused():
    g = fastad.jacobian(by_swapped)  # of one number: forward mode is tried first
    assert g(X) == pytest.approx(wanted(by_swapped), rel=1e-14)
    assert g.mode == "source"
    assert "does not link the recursive function swapped" in g.why
    with pytest.raises(TypeError, match="does not link the recursive function"):
        fastad.hessian(by_swapped)(X)


SWAPPED = """
import numba

@numba.njit(cache=True)
def swapped(a, b, n):
    if n == 0:
        return 1.0
    return swapped(b, a, n - 1) * a + b

@numba.njit(cache=True)
def f(x):
    return swapped(x, 0.5, 4)
"""
REFUSED = """
import os
os.environ.pop("FASTAD_RAISE", None)
import fastad, mine
try:
    print(fastad.grad(mine.f, mode={mode!r})(0.7))
except TypeError as refusal:
    print("refused", "does not link" in str(refusal))
"""


@pytest.mark.parametrize("mode", ["forward", "tape"])
def test_what_was_refused_is_not_read_from_a_cache(mode):
    """A function with cache=True: the next process must not read what the first refused."""
    with Workplace() as folder:
        folder.write("mine", SWAPPED)
        for _ in range(2):
            assert folder.run(REFUSED.format(mode=mode)) == "refused True"


@numba.njit
def exp(x):
    return np.exp(x) + x


@numba.njit
def by_exp(x):
    return exp(x) * 2.0


def test_an_attribute_of_its_own_name_is_no_recursion():
    assert not is_recursive(exp)
    assert fastad.derivative(by_exp, mode="source")(0.5) == pytest.approx(2.0 * (np.exp(0.5) + 1.0))
