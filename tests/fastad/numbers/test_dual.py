import inspect
import math
import subprocess
import sys

import numba
import numpy as np
import pytest

import fastad
from fastad import Dual


def pair(dual):
    return dual.value, dual.tangent


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [
        (lambda x: x * x + 3 * x, (10.0, 7.0)),
        (lambda x: x * 3 + 3 * x, (12.0, 6.0)),
        (lambda x: 1 - x, (-1.0, -1.0)),
        (lambda x: x - 1, (1.0, 1.0)),
        (lambda x: 1 / x, (0.5, -0.25)),
        (lambda x: x / 4, (0.5, 0.25)),
        (lambda x: x**3, (8.0, 12.0)),
        (lambda x: 2.0**x, (4.0, 4 * math.log(2))),
        (lambda x: x**x, (4.0, 4 * (1 + math.log(2)))),
        (lambda x: -x, (-2.0, -1.0)),
        (lambda x: +x, (2.0, 1.0)),
        (lambda x: abs(-x), (2.0, 1.0)),
        (lambda x: x % 1.5, (0.5, 1.0)),
        (lambda x: 7.0 % x, (1.0, -3.0)),
        (lambda x: x // 1.5, (1.0, 0.0)),
        (lambda x: np.sin(x), (math.sin(2), math.cos(2))),
        (lambda x: fastad.exp(x), (math.exp(2), math.exp(2))),
        (lambda x: fastad.hypot(x, 1.5), (2.5, 0.8)),
        (lambda x: np.arctan2(1.5, x), (math.atan2(1.5, 2), -0.24)),
        (lambda x: np.maximum(x, 3), (3.0, 0.0)),
        (lambda x: np.float64(2) * x, (4.0, 2.0)),
        (lambda x: x + np.int64(2), (4.0, 1.0)),
    ],
)
def test_same_arithmetic_in_the_interpreter_and_compiled(operation, wanted):
    assert pair(operation(Dual(2.0, 1.0))) == pytest.approx(wanted, rel=1e-15)
    assert pair(numba.njit(operation)(Dual(2.0, 1.0))) == pytest.approx(wanted, rel=1e-15)


def comparisons(x):
    return (x > 1, x < 1, x >= 2.0, x >= 2.0, x < x, x == 2, x == 2, x != 2, x != x)


def test_comparisons_are_of_values_with_either_side():
    wanted = (True, False, True, True, False, True, True, False, False)
    assert comparisons(Dual(2.0, 1.0)) == wanted
    assert numba.njit(comparisons)(Dual(2.0, 1.0)) == wanted


@numba.njit
def program(x):
    total = x * 0
    i = 0
    while total < 10.0:
        total += math.sin(x) * np.exp(x) + 1.0
        i += 1
    if total > 5 and bool(x):
        total = total / 2 + max(x, 1.0)
    return total, i


def test_a_program_with_loops_and_branches():
    total, rounds = program(Dual(0.5, 1.0))
    slope = math.exp(0.5) * (math.sin(0.5) + math.cos(0.5))
    assert total.tangent == pytest.approx(rounds * slope / 2, rel=1e-14)


def test_a_polynomial_of_a_dual_is_its_value_and_derivative():
    # P(x + eps) = P(x) + P'(x) eps, with Horner's rule and nothing else.
    coefficients = [2.0, -3.0, 0.0, 5.0]
    total = 0
    for c in coefficients:
        total = total * Dual(1.5, 1.0) + c
    assert pair(total) == (np.polyval(coefficients, 1.5), np.polyval(np.polyder(coefficients), 1.5))


def test_arrays_of_duals_in_the_interpreter():
    x = np.array([Dual(1.0, 1.0), Dual(2.0, 0.0)])
    assert [pair(d) for d in 2 * x + 1] == [(3.0, 2.0), (5.0, 0.0)]
    assert [d.tangent for d in np.exp(x)] == [math.e, 0.0]
    assert [d.tangent for d in fastad.sin(x)] == [math.cos(1), 0.0]


def test_repr_says_both_parts():
    assert repr(Dual(2, 1)) == str(Dual(2.0, 1.0)) == "Dual(value=2.0, tangent=1.0)"
    assert hash(Dual(2.0, 1.0)) == hash(Dual(2.0, 1.0))
    assert pair(eval(repr(Dual(0.1, -1e-30)))) == (0.1, -1e-30)  # can be read back


def test_it_formats_as_a_float_does():
    x = Dual(2.0, -1.0 / 3.0)
    assert f"{x:.3f}" == "2.000 - 0.333 eps"
    assert format(x, "+.1e") == "+2.0e+00 - 3.3e-01 eps"
    assert format(Dual(2.0, 1e-7), "+.0e") == "+2e+00 + 1e-07 eps"
    assert format(Dual(-2.0, math.nan), ".1f") == "-2.0 + nan eps"
    assert f"{x}" == format(x, "") == repr(x)
    with pytest.raises(ValueError, match="format"):
        format(x, "d")


def test_no_tangent_is_lost_in_silence():
    with pytest.raises(TypeError, match=r"would lose .* of a Dual: .*fastad\.sin.*np\.sin"):
        math.sin(Dual(1.0, 1.0))
    with pytest.raises(TypeError, match=r"use its \.value"):
        float(Dual(1.0, 1.0))
    with pytest.raises(TypeError, match=r"no derivative rule for np\.spacing"):
        np.spacing(Dual(1.0, 1.0))
    with pytest.raises(TypeError, match=r"fastad\.sin takes floats"):
        fastad.sin("1")


@pytest.mark.parametrize(
    ("arguments", "named", "got"),
    [
        ((2.0,), {}, "float and nothing"),
        ((), {"tangent": 1.0}, "nothing and float"),
        (("2", 1.0), {}, "str and float"),
        ((2.0, (1.0, 0.0)), {}, "float and tuple"),
        ((2.0, 1.0, 0.0), {}, "3 arguments"),
        ((2.0,), {"slope": 1.0}, "2 arguments"),
    ],
)
def test_what_is_no_pair_of_numbers_is_refused(arguments, named, got):
    with pytest.raises(TypeError, match=rf"Dual takes a float and its derivative.*; got {got}"):
        Dual(*arguments, **named)


def test_its_class_says_what_it_takes():
    assert list(inspect.signature(Dual).parameters) == ["value", "tangent"]
    assert isinstance(Dual(1.0, tangent=np.float32(2.0)), Dual)
    assert not isinstance(2.0, Dual)


IMPORT = """
import os, warnings
warnings.simplefilter("error")
import numba, numba.core.event as event
compiled = event.install_recorder("numba:compile").__enter__()
import numpy, random
state = numpy.random.get_state()[1].tolist(), random.getstate(), numpy.geterr(), dict(os.environ)
import fastad
assert not compiled.buffer, compiled.buffer
after = numpy.random.get_state()[1].tolist(), random.getstate(), numpy.geterr(), dict(os.environ)
assert state == after
"""


def test_import_compiles_and_prints_nothing():
    done = subprocess.run(
        [sys.executable, "-c", IMPORT], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
