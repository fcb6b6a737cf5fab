"""What source transformation refuses: with the line and the reason; auto takes the tape."""

import math

import numba
import numpy as np
import pytest
from numba import typeof

import fastad
from fastad.source.generate import Generated
from fastad.source.ir import Unsupported

X = np.linspace(0.1, 1.0, 4)


def comprehension(x):
    return sum([v * v for v in x])


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


def star(*x):
    return x[0]


def else_of_a_loop(x):
    s = 0.0
    for v in x:
        s += v
    else:
        s += 1.0
    return s


@numba.njit
def made(n, dtype):
    return np.zeros(n, dtype)


def passes_a_type(x):
    return np.sum(made(x.size, np.float64) + x)


def generator(x):
    yield x[0]


@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (comprehension, "comprehensions"),
        (dictionary, "Dict"),
        (tries, "Try"),
        (opens, "With"),
        (draws, "random numbers"),
        (star, "args"),
        (else_of_a_loop, "else of a for"),
        (generator, "Yield"),
        (passes_a_type, "passed on"),
    ],
)
def test_refused_with_line_and_reason(f, reason):
    with pytest.raises(Unsupported, match=reason) as caught:
        Generated(f, [typeof(X)], (0,))
    assert "line" in str(caught.value)


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
