"""Arrays without dimensions, which are numbers, and the Ellipsis in indices."""

import numpy as np
import pytest
from numba import njit

from fastad import grad, hvp, jvp


def rotation(angle, axis):
    """As in orbital mechanics: of an angle, or of each of an array's."""
    angle = np.asarray(angle)
    c, s = np.cos(angle), np.sin(angle)
    a1, a2 = (axis + 1) % 3, (axis + 2) % 3
    R = np.zeros(angle.shape + (3, 3))
    R[..., axis, axis] = 1.0
    R[..., a1, a1] = c
    R[..., a1, a2] = -s
    R[..., a2, a1] = s
    R[..., a2, a2] = c
    return R


rotate = njit(rotation)


@njit
def turned(angle, v):
    return (rotate(angle, 2) @ v)[0] * (1.0 + np.asarray(angle).ndim)


def test_an_array_of_a_number_is_the_number():
    a, v = 0.3, np.array([1.0, 2.0, 0.5])
    slope = -np.sin(a) * v[0] - np.cos(a) * v[1]
    g = grad(turned, (0, 1), mode="source")
    by_angle, by_vector = g(a, v)
    np.testing.assert_allclose(by_angle, slope, rtol=1e-14)
    np.testing.assert_allclose(by_vector, [np.cos(a), -np.sin(a), 0.0], rtol=1e-14)
    assert jvp(turned, mode="source")(a, v, 1.0)[1] == pytest.approx(slope, rel=1e-14)
    second = -np.cos(a) * v[0] + np.sin(a) * v[1]
    assert hvp(turned, mode="source")(a, v, 1.0) == pytest.approx(second, rel=1e-14)


@njit
def columns(x):
    y = np.zeros((2, 2, 3))
    y[..., 0] = x[..., 1]
    y[0, ...] += x * x[0, 0]
    y[..., :, 2] *= 3.0
    y[1, ..., 0, 1] = x[1, 2]
    return np.sum(y * y)


def test_ellipses_of_any_number_of_dimensions():
    x = np.random.default_rng(0).uniform(0.5, 2.0, (2, 3))
    y = x.astype(complex)

    def plain(x):
        y = np.zeros((2, 2, 3), complex)
        y[..., 0] = x[..., 1]
        y[0, ...] += x * x[0, 0]
        y[..., :, 2] *= 3.0
        y[1, ..., 0, 1] = x[1, 2]
        return np.sum(y * y)

    wanted = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        y[i] += 1e-30j
        wanted[i] = plain(y).imag / 1e-30
        y[i] = x[i]
    np.testing.assert_allclose(grad(columns, mode="source")(x), wanted, rtol=1e-13)


@njit
def written(a):
    y = np.asarray(a)
    y[()] = 2.0 * a
    return np.sin(y)


@njit
def item(x):
    y = x.copy()
    first = y[..., 0]  # for Numba a number, no view
    y[0] = 3.0 * x[0]
    return np.sin(first)


def test_an_item_by_an_ellipsis_is_a_number():
    x = np.array([0.3, 0.1])
    assert item(x) == np.sin(0.3)
    np.testing.assert_allclose(grad(item, mode="source")(x), [np.cos(0.3), 0.0], rtol=1e-14)


def test_one_that_is_written_into_is_refused():
    with pytest.raises(TypeError, match="line"):
        grad(written, mode="source")(0.3)
