"""Arguments that share memory, one of which a function writes into; and what counts as a write."""

import numba
import numpy as np
import pytest

import fastad

N = 20  # more variables than one pass of forward mode takes
MODES = ("auto", "source", "forward", pytest.param("tape", marks=pytest.mark.slow))


def _writes_what_it_reads(x, a, b):
    a[0] = x * x
    return b[0] * x


@pytest.mark.parametrize("mode", MODES)
def test_data_that_shares_memory_is_refused_where_numbers_are_differentiated(mode):
    gradient, data = fastad.grad(_writes_what_it_reads, mode=mode), np.ones(3)
    assert gradient(2.0, data, np.full(1, 5.0)) == 5.0
    with pytest.raises(ValueError, match="fastad: the arguments 'a' and 'b' share memory"):
        gradient(2.0, data, data[:2])


def _squares_into(x, out):
    for i in range(x.size):
        out[i] = x[i] * x[i]
    return out


@pytest.mark.parametrize("mode", MODES)
def test_a_cotangent_that_the_function_overwrites_is_refused(mode):
    back, x, w = fastad.vjp(_squares_into, mode=mode), np.array([2.0, 3.0]), np.ones(2)
    np.testing.assert_array_equal(back(x, np.zeros(2), w)[1], [4.0, 6.0])
    with pytest.raises(ValueError, match="fastad: the argument 'out' and the cotangent share"):
        back(x, w, w)


def _counts_and_replaces(x, w):
    n = np.sum(np.isnan(w))
    np.nan_to_num(w, copy=False, nan=1.0)
    return n * np.sum(x * w)


@pytest.mark.parametrize("mode", ["auto", "forward"])
def test_what_a_keyword_lets_a_function_write_into_is_put_back(mode):
    w = np.full(N, np.nan)
    np.testing.assert_array_equal(
        fastad.grad(_counts_and_replaces, mode=mode)(np.ones(N), w), np.full(N, float(N))
    )
    np.testing.assert_array_equal(w, np.ones(N))


@numba.njit
def _cubes(x, factor=2.0):
    s = 0.0
    for i in range(x.size):
        s += factor * x[i] ** 3
    return s


_slopes = fastad.grad(_cubes)


def test_a_default_is_no_container():
    f = numba.njit(lambda x: np.sum(_slopes(x)))
    np.testing.assert_array_equal(fastad.grad(f, mode="tape")(np.ones(2)), [12.0, 12.0])
