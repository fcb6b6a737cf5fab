"""Functions with rules of their own: what they share with their arguments, and what they write.

A rule says nothing of memory. A result that is an argument's own memory is refused where one of the
two is written into, a function that writes into an argument everywhere.
"""

import math

import numpy as np
import pytest
from numba import typeof

import fastad
from fastad import derivative, value_and_grad
from fastad.source.emit.adjoint_function import Generated
from fastad.source.ir.statements import Unsupported

X = np.array([1.3, 0.7, 2.1])
MODES = ("source", "forward", "tape", "auto")


@fastad.custom_vjp
def unchanged(y):
    return y


def unchanged_fwd(y):
    return y, None


def unchanged_bwd(nothing, bar):
    return (np.minimum(bar, 100.0),)


unchanged.defvjp(unchanged_fwd, unchanged_bwd)


@fastad.custom_jvp
def same(y):
    return y


@same.defjvp
def same_jvp(primals, tangents):
    return primals[0], tangents[0]


@fastad.custom_jvp
def head(y):
    return y[:2]


@head.defjvp
def head_jvp(primals, tangents):
    return primals[0][:2], tangents[0][:2]


def writes_into_the_result(x):
    y = x * 1.0
    z = unchanged(y)
    z *= 2.0
    return (z * y).sum()


def writes_into_what_a_tangent_rule_returns(x):
    y = x * 1.0
    z = same(y)
    z *= 2.0
    return (z * y).sum()


def writes_into_the_argument(x):
    y = x * 1.0
    z = unchanged(y)
    y[0] = x[1] * x[2]
    return (z * z).sum()


def writes_beside_a_part(x):
    y = x * 1.0
    z = head(y)
    y[0] = x[1] * x[2]
    return (z * z).sum()


SHARING = (
    writes_into_the_result,
    writes_into_what_a_tangent_rule_returns,
    writes_into_the_argument,
    writes_beside_a_part,
)


@pytest.mark.parametrize("f", SHARING)
def test_a_result_that_is_its_argument_is_refused_where_one_is_written(f):
    with pytest.raises(Unsupported, match=r"may share memory .*np\.copy"):
        Generated(f, [typeof(X)], (0,))
    for mode in MODES:
        with pytest.raises(TypeError, match=r"fastad: .* share memory with|or a part of it"):
            value_and_grad(f, mode=mode)(X)


def reads_both(x):
    y = x * 1.0
    z = unchanged(y)
    return (z * y).sum() + (head(y) * same(z)[1:]).sum()


@pytest.mark.parametrize(
    "mode", ["source", "forward", pytest.param("tape", marks=pytest.mark.slow)]
)
def test_a_result_that_is_its_argument_may_be_read(mode):
    value, slope = value_and_grad(reads_both, mode=mode)(X)
    assert value == pytest.approx(X @ X + X[0] * X[1] + X[1] * X[2], rel=1e-14)
    wanted = 2 * X + [X[1], X[0] + X[2], X[1]]
    np.testing.assert_allclose(slope, wanted, rtol=1e-14)


@fastad.custom_jvp
def fill(x, out):
    out[0] = x * x
    return x * x * x


@fill.defjvp
def fill_jvp(primals, tangents):
    x, out = primals
    return fill(x, out), 3 * x * x * tangents[0]


@fastad.custom_jvp
def counts(x, n):
    n[0] += 1
    return x * n[0]


@counts.defjvp
def counts_jvp(primals, tangents):
    x, n = primals
    return counts(x, n), tangents[0] * n[0]


@fastad.custom_vjp
def counts_back(x, n):
    n[0] += 1
    return x * n[0]


def counts_back_fwd(x, n):
    return counts_back(x, n), n[0]


def counts_back_bwd(kept, bar):
    return bar * kept, None


counts_back.defvjp(counts_back_fwd, counts_back_bwd)


def fills_an_array_of_values(x):
    out = np.zeros_like(x)
    return fill(x[0], out) + out[0]


def counts_calls(x):
    n = np.zeros(1, np.int64)
    s = 0.0
    for v in x:
        s += counts(v, n)
    return s + n[0]


def counts_calls_back(x):
    n = np.zeros(1, np.int64)
    s = 0.0
    for v in x:
        s += counts_back(v, n)
    return s + n[0]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", [fills_an_array_of_values, counts_calls, counts_calls_back])
def test_a_function_with_a_rule_that_writes_into_an_argument_is_refused(f, mode):
    with pytest.raises(TypeError, match=r"fastad: .*, which has a rule, writes into "):
        value_and_grad(f, mode=mode)(X)


def squared_weight(y, w):
    w[0] = w[0] * w[0]
    return y * y * w[0]


slope_of_squared = derivative(squared_weight)


def passes_what_is_differentiated(x):
    w = x[:1].copy()
    r = slope_of_squared(x[1], w)
    return r + w[0]


def passes_a_copy_of_data(x, data):
    w = data.copy()
    r = slope_of_squared(x[1], w)
    return r + w[0] * x[0]


def test_a_driver_that_writes_into_what_a_tape_records():
    """2 x1 x0² + x0²: the tape has plain values for a driver's argument, which nobody reads on."""
    x = np.array([3.0, 5.0])
    value, slope = value_and_grad(passes_what_is_differentiated, mode="forward")(x)
    assert value == 99.0
    assert slope.tolist() == [66.0, 18.0]
    with pytest.raises(TypeError, match=r"writes into 'w', .* differentiated; pass a copy"):
        value_and_grad(passes_what_is_differentiated, mode="tape")(x)


@pytest.mark.parametrize("mode", ["forward", pytest.param("tape", marks=pytest.mark.slow)])
def test_a_driver_that_writes_into_data(mode):
    value, slope = value_and_grad(passes_a_copy_of_data, mode=mode)(
        np.array([3.0, 5.0]), np.array([2.0])
    )
    assert value == 2 * 5 * 4 + 4 * 3
    assert slope.tolist() == [4.0, 8.0]


def test_rules_that_read_memory_that_nobody_writes():
    """A clipped cotangent: the rule of the result that is its argument is the one that is used."""

    def steep(x):
        return math.exp(7.0) * unchanged(x * 1.0).sum()

    assert value_and_grad(steep, mode="source")(X)[1].tolist() == [100.0] * 3
