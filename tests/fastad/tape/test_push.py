"""Statements are written the quick way where that is right, and with care elsewhere."""

import math

import numba
import numpy as np
import pytest

from fastad import Tape


@numba.njit
def sums(x, data, case):
    """Sums that are interrupted, continued, read on the way, of themselves, of constants."""
    n = x.size
    s = 0.0
    t = 0.0
    if case == 0:  # one sum after the other, interrupted at every turn
        for i in range(n):
            s += x[i] * data[i]
            t += s * x[i]
        return s * t
    if case == 1:  # a sum that reads itself
        s = x[0]
        for i in range(1, n):
            s += s * x[i] * data[i]
            s += s
            s = 0.5 * s
        return s
    if case == 2:  # continued from the last variable, which is read elsewhere as well
        s = x[n - 1]
        for i in range(n):
            s += x[i] * x[i] + x[n - 1] * data[i]
        return s * x[n - 1]
    if case == 3:  # the sum's value kept before it goes on
        kept = np.zeros_like(x)
        for i in range(n):
            s -= x[i] * x[n - 1 - i]
            kept[i] = s
        for i in range(n):
            t += kept[i] * kept[i] * data[i]
        return t
    work = np.zeros_like(x)  # constants among the operands, and nothing but constants
    for i in range(n):
        work[i] = data[i]
        s += work[i] * x[i] + work[i] * work[i]
    t = work[0] * work[1] + work[2]
    return s * t + t


@numba.njit
def _gradient(tape, x, data, case):
    tape.reset()
    y = sums(tape.variables(x), data, case)
    return tape.gradient(y)


@pytest.mark.parametrize("case", range(5))
@pytest.mark.parametrize("n", [4, 700])  # of 700 variables the memory grows on the way
def test_sums_of_all_kinds(case, n):
    rng = np.random.default_rng(n)
    x, data = rng.normal(size=n) / math.sqrt(n), rng.normal(size=n) / math.sqrt(n)
    tape = Tape()
    gradient = _gradient(tape, x, data, case)
    assert gradient.tolist() == _gradient(tape, x, data, case).tolist()
    for direction in rng.normal(size=(3, n)):
        h = 1e-5
        ahead, behind = (sums(x + s * h * direction, data, case) for s in (1, -1))
        slope = (ahead - behind) / (2 * h)
        scale = 1.0 + np.abs(gradient).max()
        assert gradient @ direction == pytest.approx(slope, abs=1e-7 * scale)


@numba.njit
def _filled(tape, x, statements):
    """Return the gradient of a sum that begins after some number of statements."""
    tape.reset()
    v = tape.variables(x)
    s = v[0]
    for _ in range(statements):
        s = -1.0 * s
    t = 0.0
    for i in range(v.size):
        t += v[i] * v[i] * 0.5
        t += s * v[i]
    return tape.gradient(t)


def test_every_place_where_the_memory_ends():
    x = np.linspace(-1.0, 1.0, 5)
    wanted = x + x[0]
    wanted[0] += x.sum()
    for statements in range(980, 1030, 2):
        tape = Tape()
        room = tape.partials.shape[0]
        assert _filled(tape, x, statements) == pytest.approx(wanted, abs=1e-15)
        assert room < tape.partials.shape[0] or tape.n_statements() < room


def test_more_variables_than_there_were_adjoints():
    tape = Tape()
    x = tape.variable(2.0)
    assert tape.gradient(x * x).tolist() == [4.0]
    tape.reset()
    variables = [tape.variable(float(k)) for k in range(3000)]
    gradient = tape.gradient(variables[1])
    assert (gradient.sum(), gradient[1], gradient.size) == (1.0, 1.0, 3000)
    assert tape.gradient(variables[-1] * 2.0)[-1] == 2.0


@numba.njit
def _singular(x):
    tape = Tape()
    v = tape.variables(x)
    s = 0.0
    for a in v:
        s += np.sqrt(a) * a  # at 0 the slope of the root is infinite, and its factor 0
    return tape.gradient(s)


def test_infinities_and_nan_are_those_of_the_rules():
    assert _singular(np.array([0.0, 4.0])).tolist() == [0.0, 3.0]
    assert _singular(np.array([math.inf, 4.0])).tolist() == [math.inf, 3.0]
    gradient = _singular(np.array([math.nan, 4.0]))
    assert np.isnan(gradient[0])
    assert gradient[1] == 3.0


@numba.njit
def _inner(x):
    tape = Tape()
    v = tape.variables(x)
    y = v[0] * v[1] * v[1]
    return tape.gradient(y)


@numba.njit
def _nested(x):
    tape = Tape()
    v = tape.variables(x)
    s = v[0] * v[1]
    for _ in range(3):  # tapes come and go while this one records
        s += _inner(x)[1] * v[0]
    return tape.gradient(s)


@numba.njit
def _mixed(x):
    tape, other = Tape(), Tape()
    a, b = tape.variables(x), other.variables(x)
    s = a[0] * a[1]
    for k in range(2):
        s += a[k] * b[k]
    y = b[0] * s
    return tape.gradient(s), other.gradient(y)


def test_tapes_within_tapes():
    assert _nested(np.array([2.0, 3.0])).tolist() == [3.0 + 3 * 12.0, 2.0]
    with pytest.raises(RuntimeError, match="of another tape"):
        _mixed(np.array([2.0, 3.0]))
