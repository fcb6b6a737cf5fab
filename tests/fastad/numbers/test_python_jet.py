"""`Jet` in the interpreter: against hand values, the table's promises, and compiled code."""

import inspect
import math
import pickle

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError

import fastad
from fastad import Dual, Jet
from fastad.rules.functions import function_of
from fastad.rules.table import RULES

X, Y = Jet(2.0, (1.0, 0.0)), Jet(5.0, (0.0, 1.0))


def parts(jet):
    return (jet.value, *jet.partials)


@numba.njit
def program(x, y):
    total = x * 0.0
    for i in range(3):
        total += math.sin(x) * y**2 / (1.0 + i)
    if total > 1.0:
        total = np.exp(-total) + abs(x - y) - 3.0
    return total


def test_a_gradient_in_one_pass_by_hand():
    assert parts(X * Y + fastad.sin(X)) == (10.0 + math.sin(2.0), 5.0 + math.cos(2.0), 2.0)
    assert parts(X / Y) == pytest.approx((0.4, 0.2, -0.08), rel=1e-15)
    assert parts(3 - X) == (1.0, -1.0, 0.0)
    assert parts(2.0**X) == pytest.approx((4.0, 4.0 * math.log(2.0), 0.0), rel=1e-15)
    assert parts(np.float64(2.0) * X + np.hypot(X, 1.5)) == (6.5, 2.8, 0.0)
    assert parts(-abs(-X) % 1.5) == (1.0, -1.0, 0.0)


def test_compiled_code_takes_and_returns_it():
    compiled = program(X, Y)
    gradient = fastad.grad(program, argnums=(0, 1), mode="forward")(2.0, 5.0)
    assert compiled.partials == pytest.approx(gradient, rel=1e-14)
    assert compiled.value == pytest.approx(program(2.0, 5.0), rel=1e-15)

    @numba.njit
    def both(x, y):
        return x, (y, Jet(1.0, (2.0, 3.0))), x.partials[1] + y.value

    x, (y, z), number = both(X, Y)
    assert (parts(x), parts(y), parts(z), number) == (parts(X), parts(Y), (1.0, 2.0, 3.0), 5.0)


def test_a_derivative_of_a_jet_is_the_second():
    slope = fastad.derivative(lambda x: x**3)
    assert parts(slope(Jet(2.0, (1.0, 10.0)))) == pytest.approx((12.0, 12.0, 120.0), rel=1e-15)


# Python's min and max choose by a comparison: there is nothing that a number could do about it.
BY_RULE = [rule for rule in RULES if rule.name not in ("min", "max")]
AT = [(rule, point, promised) for rule in BY_RULE for point, promised in rule.at]


@pytest.mark.parametrize(("rule", "point", "promised"), AT, ids=lambda p: getattr(p, "name", None))
def test_at_kinks_it_has_the_promised_derivatives(rule, point, promised):
    units = np.eye(rule.arity)
    jets = [Jet(float(v), tuple(u)) for v, u in zip(point, units, strict=True)]
    found = function_of(rule)(*jets).partials
    assert found == pytest.approx(promised, rel=1e-14)


def test_zeros_that_are_strong():
    x = Jet(0.0, (1.0, 0.0))
    assert parts(x * fastad.sqrt(x)) == (0.0, 0.0, 0.0)
    assert fastad.sqrt(x).partials == (math.inf, 0.0)
    assert parts(fastad.log(x)) == (-math.inf, math.inf, 0.0)
    with pytest.raises(ZeroDivisionError):
        1.0 / x


def test_arrays_of_jets():
    x = np.array([X, Y])
    assert [parts(v) for v in 2 * x + 1] == [(5.0, 2.0, 0.0), (11.0, 0.0, 2.0)]
    assert parts(np.sum(np.exp(x) * 0.0 + x)) == (7.0, 1.0, 1.0)
    assert parts(np.dot(x, np.array([3.0, 1.0]))) == (11.0, 3.0, 1.0)
    assert [parts(v)[1] for v in fastad.sin(x)] == [math.cos(2.0), 0.0]
    assert parts(np.array([1.0, 4.0]) @ x) == (22.0, 1.0, 4.0)


def test_comparisons_are_of_values():
    assert X > 1
    assert X < Y
    assert X < 3.0
    assert not 1.0 > X  # noqa: SIM300
    assert X == 2
    assert X != Y
    assert not Jet(0.0, (1.0,))
    assert int(Y) == 5


def test_it_is_printed_and_read_back():
    assert repr(X) == str(X) == "Jet(value=2.0, partials=(1.0, 0.0))"
    assert parts(eval(repr(X))) == parts(X)
    assert repr(Jet(1, (2,))) == "Jet(value=1.0, partials=(2.0,))"
    assert f"{X / 3:.2f}" == "0.67 + (0.33, 0.00) eps"
    assert f"{X}" == repr(X)
    assert parts(pickle.loads(pickle.dumps(X))) == parts(X)


def test_it_is_a_class():
    assert str(inspect.signature(Jet)) == "(value, partials)"
    assert isinstance(X, Jet)
    assert isinstance(program(X, Y), Jet)
    assert not any(isinstance(x, Jet) for x in (2.0, Dual(2.0, 1.0), (2.0, (1.0,))))


def test_no_partial_is_lost_in_silence():
    with pytest.raises(TypeError, match="Jets with 1 and 2 partials"):
        X + Jet(1.0, (1.0,))
    with pytest.raises(TypingError, match="different numbers of partials"):
        numba.njit(lambda x, y: x + y)(X, Jet(1.0, (1.0,)))
    with pytest.raises(TypeError, match="a Jet and a Dual"):
        X + Dual(1.0, 1.0)
    with pytest.raises(TypeError, match="a Jet and a str"):
        X + "1"
    with pytest.raises(TypeError, match=r"would lose .* of a Jet: .*np\.sin"):
        math.sin(X)
    with pytest.raises(TypeError, match=r"no derivative rule for np\.spacing"):
        np.spacing(X)
    with pytest.raises(TypeError, match="a float and a tuple"):
        Jet(1.0, 1.0)
    with pytest.raises(TypeError, match=r"a float and a tuple .* got float and nothing"):
        Jet(2.0)
    with pytest.raises(TypingError, match=r"a float and a tuple .* got float64 and nothing"):
        numba.njit(lambda x: Jet(x).value)(2.0)
    with pytest.raises(TypeError, match="a float and a tuple"):
        Jet("1", (1.0,))
    with pytest.raises(TypeError, match="partials of a Jet are floats"):
        Jet(1.0, (X,))
    with pytest.raises(TypeError, match="integer order"):
        fastad.polygamma(X, 1.0)


def test_an_integer_order_is_a_constant():
    value, slope = fastad.polygamma(1, 5.0), fastad.polygamma(2, 5.0)
    assert parts(fastad.polygamma(1, Y)) == pytest.approx((value, 0.0, slope), rel=1e-14)
