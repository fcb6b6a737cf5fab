"""Writes of whole arrays: NumPy's results for shapes, orders of memory, overlaps and errors."""

import numpy as np
import pytest
from numba import njit

from fastad.numbers import assignment


@njit
def assign(target, value):
    assignment.assign(target, value)


@njit
def add_into(target, value):
    assignment.add_into(target, value)


@njit
def assign_slice(target, value):
    target[...] = value


def array(shape, order="C"):
    made = np.arange(1.0, 1.0 + np.prod(shape, dtype=int)).reshape(shape)
    return np.asfortranarray(made) if order == "F" else made


WRITES = [
    ((3,), (3,)),
    ((3,), (1,)),
    ((3,), (1, 3)),
    ((0,), (1,)),
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((2, 3), (2, 1)),
    ((4, 2, 3), (2, 1)),
]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("shape", "given"), WRITES)
def test_as_numpy_writes(shape, given, order):
    target, want, value = array(shape, order), array(shape), 0.5 * array(given)
    want[...] = value
    assign(target, value)
    np.testing.assert_array_equal(target, want)
    if len(given) <= len(shape):
        want += value
        add_into(target, value)
        np.testing.assert_array_equal(target, want)


@pytest.mark.parametrize(("shape", "given"), [((3,), (2,)), ((2, 3), (2,)), ((3,), (2, 3))])
def test_shapes_that_do_not_fit(shape, given):
    target = array(shape)
    with pytest.raises(ValueError, match="cannot assign slice"):
        assign(target, array(given))
    # Numba's own says so too, older ones in other words.
    with pytest.raises(ValueError, match=r"cannot assign slice|cannot broadcast source array"):
        assign_slice(target, array(given))
    np.testing.assert_array_equal(target, array(shape))


def test_a_number():
    target = array((2, 3))[:, ::2]
    assign(target, 7.0)
    np.testing.assert_array_equal(target, np.full((2, 2), 7.0))


def test_integers_are_cut_as_numba_cuts_them():
    target, want = np.zeros(3, np.int64), np.zeros(3, np.int64)
    value = np.array([1.7, -2.2, 3.0])
    assign(target, value)
    assign_slice(want, value)
    np.testing.assert_array_equal(target, want)


@pytest.mark.parametrize(
    ("target", "value"),
    [
        (np.s_[1:], np.s_[:-1]),
        (np.s_[:-1], np.s_[1:]),
        (np.s_[::-1], np.s_[:]),
        (np.s_[::2], np.s_[:3]),
        (np.s_[:3], np.s_[2:3]),
        (np.s_[:], np.s_[:]),
    ],
)
def test_what_overlaps_is_read_first(target, value):
    mine, want = array((6,)), array((6,))
    want[target] = want[value].copy()
    assign(mine[target], mine[value])
    np.testing.assert_array_equal(mine, want)


def test_a_matrix_onto_its_transpose():
    mine, want = array((3, 3)), array((3, 3))
    assign(mine, mine.T)
    np.testing.assert_array_equal(mine, want.T)
