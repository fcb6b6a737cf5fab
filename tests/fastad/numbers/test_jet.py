import math

import numba
import numpy as np
import pytest

from fastad import Jet
from fastad.numbers.arrays import empty_array
from fastad.numbers.jet import JetType

J2 = JetType(numba.types.float64, 2)


@numba.njit
def seeded(x):
    """Jets of x with the first two items as the variables."""
    out = empty_array(J2, x.shape)
    for i in range(x.size):
        out[i] = Jet(x[i], (1.0 if i == 0 else 0.0, 1.0 if i == 1 else 0.0))
    return out


def evaluate(function, x):
    function = numba.njit(function)

    @numba.njit
    def run(x):
        r = function(seeded(x))
        return r.value, r.partials

    return run(x)


X = np.arange(1.0, 6.0)
OFF_KINKS = X + 0.25


def accumulate(a):
    s = 0.0
    for v in a:
        s += v * v
    return s


def accumulate_from_int(a):
    s = 0
    for i in range(len(a)):
        if i % 2:
            continue
        s += a[i] * i
    return s + a[0]


def slices(a):
    b = np.zeros_like(a)
    b[1:] = a[:-1]
    b[0] += 3.0
    return b[::2].sum() + b[-1] * a.shape[0] + len(b[2:])


def whole_arrays(a):
    b = a.copy()
    b *= 2.0
    b += a
    b -= np.ones(5)
    c = np.empty_like(b)
    c[:] = np.exp(-b) / a + 1
    return (c * b).sum() + np.sum(np.maximum(a, 2.5)) + a.mean() + np.prod(a)


def matrices(a):
    m = a[:4].reshape(2, 2)
    w = np.array([[1.0, 2.0], [3.0, 4.0]])
    return (m @ w.T @ m).sum() + np.dot(a, a) + (w @ m[0]).sum() + (m[:, 0] @ m)[1] + m.T[0, 1]


def broadcast(a):
    return (a.reshape(5, 1) * a[:2] + np.ones((5, 2))).sum()


def branches(a):
    out = a[0]
    for v in a:
        if v > 3.0 and not v < 4:
            out = out + v * a[1]
        elif v <= 1:
            out -= 2 * v
    return out if out > 0 else float(a[1])


def tuples_lists_and_zips(a):
    first, second = a[0], a[1]
    items = [first, second]
    items.append(first * second)
    total = 0.0
    for i, (u, v) in enumerate(zip(a, a[::-1])):  # noqa: B905 (Numba has no strict)
        total += u * v * i
    for item in items:
        total += item
    return total


def interpolation(a):
    table = np.array([0.0, 1.0, 4.0, 9.0, 16.0])
    i = int(a[0] * 1.5)
    t = a[0] * 1.5 - math.floor(a[0] * 1.5)
    return table[i] * (1 - t) + table[i + 1] * t


def extremes(a):
    return min(a[0], a[1], a[2]) * max(a) + a.min() + np.max(a) * abs(-a[1]) + min(a[0], 2, a[1], 3)


def masks(a):
    return np.where(a > 1.5, a * a[0], 0.0).sum()


PROGRAMS = [
    accumulate,
    accumulate_from_int,
    slices,
    whole_arrays,
    matrices,
    broadcast,
    branches,
    tuples_lists_and_zips,
    interpolation,
    masks,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_functions_of_float_arrays_run_unchanged(program):
    value, partials = evaluate(program, OFF_KINKS)
    assert value == pytest.approx(program(OFF_KINKS.copy()), rel=1e-14)
    for k, got in enumerate(partials):
        h = 1e-5
        up, down = OFF_KINKS.copy(), OFF_KINKS.copy()
        up[k] += h
        down[k] -= h
        assert got == pytest.approx((program(up) - program(down)) / (2 * h), rel=1e-7, abs=1e-7)


def test_extremes_of_scalars_and_arrays():
    def program(a):
        return (
            min(a[0], a[1], a[2]) * a[4] + a.min() + np.max(a) * abs(-a[1]) + max(a[0], 2, a[1], 0)
        )

    value, partials = evaluate(program, X)
    # max(a0, 2, a1, 0) with a1 == 2 is a tie: half of a unit slope.
    assert value == 5.0 + 1.0 + 10.0 + 2.0
    assert partials == (6.0, 5.5)


@numba.njit
def nested(x):
    inner = Jet(x, (1.0,))
    outer = Jet(inner, (1.0,))
    r = outer * outer * outer + np.sin(outer)
    return r.value.value, r.value.partials[0], r.partials[0].value, r.partials[0].partials[0]


def test_jets_nest_for_second_derivatives():
    x = 0.7
    slope = 3 * x**2 + math.cos(x)
    assert nested(x) == pytest.approx((x**3 + math.sin(x), slope, slope, 6 * x - math.sin(x)))


@numba.njit
def mixed(x, y):
    """The lower level is a constant of the higher one, in either order."""
    low = Jet(x, (1.0,))
    high = Jet(Jet(y, (0.0,)), (1.0,))
    a, b = low * high, high + low
    return a.partials[0].value, a.value.partials[0], b.partials[0].value, b.value.partials[0]


def test_levels_are_not_confused():
    assert mixed(3.0, 5.0) == (3.0, 5.0, 1.0, 1.0)


@numba.njit
def different_sizes(x):
    return (Jet(x, (1.0,)) * Jet(x, (1.0, 0.0))).value


def test_jets_of_different_computations_are_refused():
    with pytest.raises(numba.TypingError, match="different numbers of partials"):
        different_sizes(1.0)


@numba.njit
def into_floats(x):
    a, out = seeded(x), np.zeros(5)
    out[0] = a[0]
    return out


@numba.njit
def into_floats_whole(x):
    a, out = seeded(x), np.zeros(5)
    out += a
    return out


def test_writing_into_a_float_array_is_refused_with_the_way_out():
    with pytest.raises(numba.TypingError, match=r"np\.zeros_like") as caught:
        into_floats(X)
    assert "out[0] = a[0]" in str(caught.value)  # the line at fault
    with pytest.raises(TypeError, match=r"np\.zeros_like"):
        into_floats_whole(X)


def test_arrays_and_jets_of_jets_do_not_leave_compiled_code():
    with pytest.raises(TypeError, match="compiled code"):
        numba.njit(lambda x: Jet(Jet(x, (1.0,)), (Jet(1.0, (0.0,)),)))(1.0)
    with pytest.raises(TypeError, match="live in compiled code"):
        seeded(X)


def test_sizes_must_agree():
    with pytest.raises(ValueError, match="dimensions differ"):
        evaluate(lambda a: np.dot(a, a[:3]), X)
    with pytest.raises(ValueError, match="broadcast"):
        evaluate(lambda a: (a + a[:3]).sum(), X)
