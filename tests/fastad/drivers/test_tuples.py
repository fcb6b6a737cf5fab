"""Functions whose results are tuples of arrays."""

import numpy as np
import pytest

from fastad import jacobian, jvp, vjp


def powers_and_sum(x):
    return x * x, (x.sum(), np.outer(x, x))


@pytest.mark.parametrize("mode", ["auto", pytest.param("forward", marks=pytest.mark.slow)])
def test_results_that_are_tuples_of_arrays(mode):
    x, v = np.array([1.0, 2.0]), np.array([1.0, 10.0])
    w = np.array([0.5, -1.0]), (2.0, np.array([[1.0, 2.0], [3.0, 4.0]]))
    value, back = vjp(powers_and_sum, mode=mode)(x, w)
    np.testing.assert_array_equal(value[1][1], np.outer(x, x))
    np.testing.assert_array_equal(back, 2.0 * x * w[0] + 2.0 + (w[1][1] + w[1][1].T) @ x)
    along = jvp(powers_and_sum, mode=mode)(x, v)[1]
    products = np.sum(along[0] * w[0]) + along[1][0] * 2.0 + np.sum(along[1][1] * w[1][1])
    assert products == pytest.approx(back @ v, rel=1e-14)
    for wrong in ((w[0], 1.0), (*w, 1.0), (np.ones(3), w[1])):
        with pytest.raises((TypeError, ValueError), match="a cotangent must have"):
            vjp(powers_and_sum, mode=mode)(x, wrong)
    with pytest.raises(TypeError, match="not of a tuple of arrays"):
        jacobian(powers_and_sum, mode=mode)(x)
