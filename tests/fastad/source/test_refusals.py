"""What source transformation refuses: with the line and the reason; auto takes the tape."""

import math

import numba
import numpy as np
import pytest
from numba import typeof

import fastad
from fastad.source.emit.adjoint_function import Generated
from fastad.source.ir.statements import Unsupported

X = np.linspace(0.1, 1.0, 4)


def comprehension(x):
    return {k: x[k] for k in range(2)}[0]


def dictionary(x):
    d = {0: x[0]}
    return d[0]


def tries(x):
    try:
        return math.sqrt(x[0])
    except ValueError:
        return 0.0


def opens(x):
    with open("nothing") as file:
        return x[0] * len(file.read())


def draws(x):
    return x[0] * np.random.normal()  # noqa: NPY002 (what is refused)


def keywords(x, **given):
    return x[0]


def generator(x):
    yield x[0]


PLACES = np.array([0, 0])


def writes_through_an_index_array_of_rows(x):
    y = x.copy()
    y[PLACES.reshape((1, 2))] = x[1:3]
    return np.sum(y * x)


def without_dimensions(x):
    y = np.zeros(())
    y[()] = x[0] * 2
    return y[()] * x[0]


@numba.njit
def smaller(x):
    if x > 0.0:
        return 1.0 / x
    return 0.0


def chain_with_a_call(x):
    if 0.0 < x[0] < smaller(x[1]):
        return x[1] * x[1]
    return x[2]


@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (comprehension, "comprehensions"),
        (dictionary, "Dict"),
        (tries, "Try"),
        (opens, "With"),
        (draws, "random numbers"),
        (keywords, "keywords"),
        (generator, "Yield"),
        (writes_through_an_index_array_of_rows, "through an index array"),
        (without_dimensions, "without dimensions"),
        (chain_with_a_call, "chain of comparisons"),
    ],
)
def test_refused_with_line_and_reason(f, reason):
    with pytest.raises(Unsupported, match=reason) as caught:
        Generated(f, [typeof(X)], (0,))
    assert "line" in str(caught.value)


def bound_to_another(x, w):
    w[0] = x[0]
    if x[1] > 0:
        w = w * x[1]
    w[1] = x[2]
    return np.sum(w)


def test_an_argument_that_is_written_into_and_bound_again():
    with pytest.raises(Unsupported, match="w is written into, and w bound to another"):
        Generated(bound_to_another, [typeof(X), typeof(X)], (0,))


def backwards(x, out):
    s = 0.0
    for i in numba.prange(x.size):
        out[x.size - 1 - i] = x[i] * x[i]
        s += x[i] * x[i]
    return s


def by_places(x, out, places):
    s = 0.0
    for i in numba.prange(x.size):
        out[places[i]] = x[i] * x[i]
        s += x[i] * x[i]
    return s


def one_further(x, out):
    s = 0.0
    for i in numba.prange(x.size - 1):
        out[i + 1] = x[i] * x[i]
        s += x[i] * x[i]
    return s


@pytest.mark.parametrize(
    ("f", "given"),
    [(backwards, (X, X)), (by_places, (X, X, PLACES)), (one_further, (X, X))],
)
def test_items_of_others_that_the_caller_reads_after_a_parallel_loop(f, given):
    """Each chunk would write them into memory of its own, which is dropped."""
    with pytest.raises(Unsupported, match=r"prange loop .*out.*write range for prange"):
        Generated(f, [typeof(a) for a in given], (0,))


def binds_and_writes(x, n):
    a = x * 1.0
    b = np.zeros(x.size)
    for _ in fastad.checkpoint(n):
        for i in range(x.size):
            b[i] = a[i] * a[i - 1]
        a, b = b, a
    return a.sum()


def test_a_checkpointed_loop_that_swaps_what_it_writes_into():
    with pytest.raises(Unsupported, match="writes into arrays where a and b may be parts of one"):
        Generated(binds_and_writes, [typeof(X), typeof(3)], (0,))


def no_mode_takes(x):
    y = np.zeros(x.size)
    for i in range(x.size):
        y[i] = x[i]
    _, r = np.linalg.qr(np.outer(y, y))
    return r[0, 0]


def test_auto_tells_why_no_mode_takes_a_function():
    with pytest.raises(TypeError) as caught:
        fastad.grad(no_mode_takes)(np.ones(3))
    said = str(caught.value)
    assert said.startswith("fastad: cannot take grad of no_mode_takes (")
    assert "By source: line " in said
    assert "np.zeros_like" in said
    assert "does not compile" in said
    assert len(said.splitlines()) == 1
