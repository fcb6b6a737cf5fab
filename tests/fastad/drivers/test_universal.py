"""Drivers of what `numba.vectorize` makes: the function of numbers that it repeats."""

import math

import numba
import numpy as np
import pytest

import fastad

MODES = ("auto", "source", "forward", "tape")


@numba.vectorize
def two_parts(x, y):
    return math.exp(x) * y if x > 0.0 else y / x


@numba.vectorize(["float64(float64)", "float32(float32)"])
def compiled(x):
    return math.sin(x)


@numba.vectorize(["float32(float32)"])
def narrow(x):
    return math.sin(x)


@pytest.mark.parametrize("mode", MODES)
def test_derivatives_at_numbers(mode):
    slopes = fastad.grad(two_parts, (0, 1), mode=mode)
    assert slopes(0.5, 2.0) == (2.0 * math.exp(0.5), math.exp(0.5))
    assert slopes(-0.5, 2.0) == (-8.0, -2.0)
    assert slopes(0.0, 2.0) == (-math.inf, math.inf)  # it does not raise there, as it does not
    assert fastad.derivative(compiled, mode="auto")(0.3) == math.cos(0.3)
    for f, given in ((two_parts, (np.ones(2), 2.0)), (compiled, (np.ones(2),))):
        with pytest.raises(TypeError, match=f"{f.__name__} is a universal function, of numbers"):
            fastad.vjp(f, mode=mode)(*given, np.ones(2))


def test_from_compiled_code_and_twice():
    slope = fastad.derivative(compiled)
    inside = numba.njit(lambda x: slope(x))
    assert inside(0.3) == math.cos(0.3)
    assert fastad.derivative(slope)(0.3) == -math.sin(0.3)


def test_one_that_converts_its_numbers_is_refused():
    with pytest.raises(TypeError, match="wrap what it calls"):
        fastad.derivative(narrow)
