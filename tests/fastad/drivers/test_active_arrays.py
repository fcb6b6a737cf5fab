"""Arrays that a function makes of floats, and into which it writes what is differentiated."""

import numba
import numpy as np
import pytest

import fastad
from fastad import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

MODES = ("auto", "source", "forward", "tape")
X = np.linspace(0.3, 2.1, 11)  # more than the numbers of one pass


@numba.njit
def matrix_of(x):
    a = np.eye(x.size)
    for i in range(x.size):
        a[i, (i + 1) % x.size] = x[i] ** 2
    return a


@numba.njit
def made_in_all_ways(x, data):
    n = x.size
    y, log, ones = np.zeros(n), np.empty(n), np.ones((2, n))
    sevens, moved = np.full(n, 7.0), data.copy()
    count = np.zeros(n, np.int64)
    for i in range(n):
        y[i] = x[i] * x[i - 1]
        log[i] = y[i]  # reaches no result
        ones[i % 2, i] = y[i] * x[i]
        sevens[i] -= x[i]
        moved[i] *= x[0]
        count[i] += 1
    a = matrix_of(x)
    return np.sum(y * count) + np.sum(ones) + np.sum(sevens * sevens) + moved[2] + (a @ y)[0]


def by_numpy(x, data):
    """The same function of NumPy's, of real or complex numbers."""
    n, y = x.size, x * np.roll(x, 1)
    ones = np.ones((2, n), x.dtype)
    ones[np.arange(n) % 2, np.arange(n)] = y * x
    last = y[0] + x[0] ** 2 * y[1]
    return y.sum() + ones.sum() + ((7.0 - x) ** 2).sum() + data[2] * x[0] + last


def complex_step(f, x, *others):
    steps = 1e-30j * np.eye(x.size)
    return np.array([f(x + step, *others).imag / 1e-30 for step in steps])


DATA = np.cos(np.arange(11.0))
WANTED = complex_step(by_numpy, X, DATA)


@pytest.mark.parametrize("mode", MODES)
def test_gradient(mode):
    g = value_and_grad(made_in_all_ways, mode=mode)
    value, x_bar = g(X, DATA)
    assert value == pytest.approx(by_numpy(X, DATA), rel=1e-14)
    np.testing.assert_allclose(x_bar, WANTED, rtol=1e-13)
    assert g.mode == ("source" if mode == "auto" else mode)


@pytest.mark.parametrize("mode", ["source", "forward", "tape"])
def test_second_derivatives(mode):
    v = np.linspace(-1.0, 1.0, 11)
    h = hessian(made_in_all_ways, mode=mode)(X, DATA)
    step = 1e-5
    differences = (
        complex_step(by_numpy, X + step * v, DATA) - complex_step(by_numpy, X - step * v, DATA)
    ) / (2 * step)
    np.testing.assert_allclose(h @ v, differences, rtol=1e-8)
    np.testing.assert_allclose(hvp(made_in_all_ways, mode=mode)(X, DATA, v), h @ v, rtol=1e-13)


@pytest.mark.parametrize("mode", ["source", "forward"])
def test_one_direction(mode):
    v = np.linspace(-1.0, 1.0, 11)
    assert jvp(made_in_all_ways, mode=mode)(X, DATA, v)[1] == pytest.approx(WANTED @ v, rel=1e-13)


@numba.njit
def powers(x, m):
    y = np.empty((m, 2))
    for k in range(m):
        y[k, 0], y[k, 1] = x[k % x.size] ** (k + 1), x[-1]
    return y


@pytest.mark.parametrize("mode", MODES)
def test_results_that_are_such_arrays(mode):
    wanted = np.zeros((4, 2, 3))
    x = np.array([0.5, 1.5, 2.0])
    for k in range(4):
        wanted[k, 0, k % 3] = (k + 1) * x[k % 3] ** k
        wanted[k, 1, 2] = 1.0
    np.testing.assert_allclose(jacobian(powers, mode=mode)(x, 4), wanted, rtol=1e-14)
    w = np.arange(8.0).reshape(4, 2)
    value, x_bar = vjp(powers, mode=mode)(x, 4, w)
    np.testing.assert_array_equal(value, powers(x, 4))
    np.testing.assert_allclose(x_bar, np.tensordot(w, wanted, 2), rtol=1e-14)


@numba.njit
def fills(y, x):
    y[1:] *= 2.0
    for i in range(x.size):
        y[i] += x[i] ** 3
    return y[0] * y[1]


@pytest.mark.parametrize("order", ["C", "A"])
@pytest.mark.parametrize("mode", MODES)
def test_arguments_that_are_filled_hold_the_values(mode, order):
    g = grad(fills, argnums=1, mode=mode)
    y = np.ones(22)[::2] if order == "A" else np.ones(11)
    wanted = np.zeros(11)
    wanted[0] = 3 * X[0] ** 2 * (2.0 + X[1] ** 3)
    wanted[1] = 3 * X[1] ** 2 * (1.0 + X[0] ** 3)
    np.testing.assert_allclose(g(y, X), wanted, rtol=1e-14)
    once = np.ones(11)
    fills(once, X)
    np.testing.assert_array_equal(y, once)


@numba.njit
def inner(x):
    z = np.zeros(x.size)
    for i in range(x.size):
        z[i] = x[i] ** 3
    return np.sum(z)


def test_within_another_derivative():
    x = np.array([0.5, -1.0, 2.0])
    for mode in ("auto", "source", "forward"):
        along = jvp(grad(inner, mode=mode))
        np.testing.assert_allclose(along(x, x)[1], 6 * x**2, rtol=1e-14)


@pytest.mark.parametrize("mode", ["source", "forward", "tape"])
def test_narrow_and_turned_arguments(mode):
    @numba.njit
    def f(x):
        y = np.zeros_like(x) if x.size > 100 else np.zeros(x.shape)
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                y[i, j] = x[i, j] ** 2 * (i + 1)
        return np.sum(y)

    x = np.arange(6.0).reshape(2, 3)
    wanted = 2 * x * np.array([[1.0], [2.0]])
    for given in (x, np.asfortranarray(x), np.repeat(x, 2, 1)[:, ::2]):
        np.testing.assert_array_equal(grad(f, mode=mode)(given), wanted)
    np.testing.assert_array_equal(grad(f, mode=mode)(x.astype(np.float32)), wanted)


def test_where_the_source_is_not_found():
    scope = {"np": np, "numba": numba}
    exec("@numba.njit\ndef f(x):\n    y = np.zeros(2)\n    y[0] = x[0]\n    return y[0]\n", scope)
    with pytest.raises(TypeError, match="cannot write a value being differentiated"):
        grad(scope["f"], mode="forward")(X)


def test_replayed():
    tape, g = fastad.ReplayTape(), fastad.replayed(inner)
    for x in (X, 2 * X, X + 1.0):
        value, x_bar = g(tape, x)
        assert value == pytest.approx(np.sum(x**3), rel=1e-14)
        np.testing.assert_allclose(x_bar, 3 * x**2, rtol=1e-14)


@numba.njit
def chain(x, a):
    y = np.zeros(x.size)
    for i in range(x.size):
        y[i] = a * np.sin(x[i]) * x[i - 1] ** 2
    return y


@numba.njit
def chain_sum(x, a):
    return np.sum(chain(x, a))


W = np.array([0.2, 0.3, 0.4])


@pytest.mark.parametrize(
    ("driver", "f", "extra"),
    [
        (jacobian, chain, ()),
        pytest.param(vjp, chain, (W,), marks=pytest.mark.slow),
        pytest.param(jvp, chain, (W,), marks=pytest.mark.slow),
        pytest.param(value_and_grad, chain_sum, (), marks=pytest.mark.slow),
        pytest.param(hessian, chain_sum, (), marks=pytest.mark.slow),
        pytest.param(hvp, chain_sum, (W,), marks=pytest.mark.slow),
    ],
)
def test_every_driver_within_another(driver, f, extra):
    def numbers(found):
        parts = map(numbers, found) if isinstance(found, tuple) else [np.ravel(found)]
        return np.concatenate([*parts])

    x, a, step = np.array([0.3, 0.7, 1.1]), 2.0, 1e-5
    plain = driver(f, mode="forward")
    ends = [numbers(plain(x + h * W, a + 3.0 * h, *extra)) for h in (step, -step)]
    for mode in ("auto", "forward"):  # auto takes the source for arrays
        along = jvp(driver(f, mode=mode), (0, 1))
        dots = along(x, a, *extra, W, 3.0)[1]
        np.testing.assert_allclose(numbers(dots), (ends[0] - ends[1]) / (2 * step), rtol=1e-7)
