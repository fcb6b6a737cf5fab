"""Linear algebra inside differentiated functions, in both modes, first and second order."""

import numba
import numpy as np
import pytest

import fastad
from fastad import grad, hessian, hvp, jvp

MODES = ("forward", "tape")
in_both_modes = pytest.mark.parametrize("mode", MODES)


@numba.njit
def everything(a, b):
    """Every operation at once: compiling is what costs."""
    s = a @ a.T
    x = np.linalg.solve(a.T, b)
    low = np.linalg.cholesky(s)
    sign, log = np.linalg.slogdet(a)
    w, v = np.linalg.eigh(s)
    total = x @ x + np.sum(low) + sign * log + np.linalg.det(a) + np.sum(np.linalg.inv(a)[0])
    return total + w[0] * w[2] + v[0, 1] * v[2, 1] + np.linalg.norm(a) * np.linalg.norm(b, 1)


_rng = np.random.default_rng(3)
A, B = _rng.normal(size=(3, 3)) + 2 * np.eye(3), _rng.normal(size=3)
DIRECTIONS = _rng.normal(size=(3, 3)), _rng.normal(size=3)


def along(f, h=1e-3):
    """Return the derivative of ``f(A, B)`` along the directions by five points."""

    def moved(t):
        return np.asarray(f(A + t * DIRECTIONS[0], B + t * DIRECTIONS[1]))

    return (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h)


@pytest.fixture(scope="module")
def gradients():
    return {mode: grad(everything, (0, 1), mode=mode) for mode in MODES}


def flat(pair):
    return np.concatenate([pair[0].ravel(), pair[1]])


@in_both_modes
def test_gradient_of_everything(mode, gradients):
    gradient = flat(gradients[mode](A, B))
    assert gradient @ flat(DIRECTIONS) == pytest.approx(along(everything), rel=1e-8)


def test_both_modes_agree_to_rounding(gradients):
    forward, tape = (flat(gradients[mode](A, B)) for mode in MODES)
    assert tape == pytest.approx(forward, rel=1e-11, abs=1e-12)


@pytest.mark.slow
def test_second_derivatives_through_the_tape(gradients):
    got = flat(hvp(everything, (0, 1), mode="tape")(A, B, *DIRECTIONS))
    wanted = along(lambda a, b: flat(gradients["tape"](a, b)))
    assert got == pytest.approx(wanted, rel=1e-6, abs=1e-6)


@pytest.mark.slow
def test_second_derivatives_of_nested_jets(gradients):
    got = flat(hvp(everything, (0, 1), mode="forward")(A, B, *DIRECTIONS))
    assert got == pytest.approx(
        along(lambda a, b: flat(gradients["forward"](a, b))), rel=1e-6, abs=1e-6
    )


def test_second_derivatives_of_nested_jets_in_closed_form():
    """d² of A⁻¹ along D twice is 2 A⁻¹ D A⁻¹ D A⁻¹."""

    def f(t, a, d):
        moved = a + t * d
        return np.sum(np.linalg.inv(moved))

    r, d = np.linalg.inv(A), DIRECTIONS[0]
    wanted = 2 * np.sum(r @ d @ r @ d @ r)
    assert hessian(f, mode="forward")(0.0, A, d) == pytest.approx(wanted, rel=1e-12)


@in_both_modes
def test_errors_are_numpys(mode, gradients):
    singular = np.ones((3, 3))
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        gradients[mode](singular, B)
    with pytest.raises(np.linalg.LinAlgError, match="infs or NaNs"):
        gradients[mode](np.full((3, 3), np.nan), B)


@in_both_modes
def test_not_positive_definite(mode):
    def f(a):
        return np.sum(np.linalg.cholesky(a))

    g = grad(f, mode=mode)
    with pytest.raises(np.linalg.LinAlgError, match="definite"):
        g(np.diag([1.0, -1.0]))
    with pytest.raises(np.linalg.LinAlgError, match="square"):
        g(np.ones((2, 3)))
    # The upper triangle is not read: nothing depends on it.
    a = np.array([[4.0, 99.0], [2.0, 5.0]])
    assert g(a) == pytest.approx(np.array([[0.1875, 0.0], [0.25, 0.25]]))
    assert g(np.array([[4.0]])) == pytest.approx(np.array([[0.25]]))


@pytest.mark.parametrize("scale", [1.0, 1e-150, 1e150])
def test_scales(scale):
    g = grad(lambda a: np.linalg.slogdet(a)[1], mode="forward")
    assert g(A * scale) == pytest.approx(np.linalg.inv(A).T / scale, rel=1e-12)


def test_sums_over_repeated_eigenvalues():
    """tr(A²) by eigenvalues, at the identity, where no eigenvector has a derivative."""

    def f(a):
        return np.sum(np.linalg.eigvalsh(a) ** 2)

    assert grad(f, mode="forward")(np.eye(3)) == pytest.approx(2 * np.eye(3), abs=1e-14)


def many_sides(x, data):
    """A constant matrix of small ints, a strided array of right sides."""
    return np.sum(np.linalg.solve(data, x[:, ::2]) ** 2)


@pytest.mark.slow
@pytest.mark.parametrize("driver", ["grad forward", "grad tape", "hvp tape"])
def test_data_of_other_types_mixes_in(driver):
    kind, mode = driver.split()
    data, x = np.array([[2, 1], [1, 3]], np.float32), np.arange(6.0).reshape(2, 3)
    r = np.linalg.inv(data.astype(float))
    wanted = np.zeros((2, 3))
    wanted[:, ::2] = 2 * r.T @ r @ x[:, ::2]
    if kind == "grad":
        got = grad(many_sides, mode=mode)(x, data)
    else:  # the function is quadratic: H x is its gradient
        got = hvp(many_sides, mode=mode)(x, data, x)
    assert got == pytest.approx(wanted, rel=1e-13)


def test_what_has_no_rule_is_refused_by_name():
    with pytest.raises(TypeError, match=r"np\.linalg\.qr has no derivative"):
        grad(lambda a: np.linalg.qr(a)[0][0, 0], mode="forward")(A)


def test_a_replay_tape_refuses():
    @numba.njit
    def record(tape, a):
        tape.output(np.linalg.det(tape.variables(a)))

    with pytest.raises(numba.core.errors.TypingError, match="ReplayTape"):
        record(fastad.ReplayTape(), A)


def test_a_system_is_recorded_in_two_stages():
    """2 n² partials and not the n³ / 3 of elimination."""

    @numba.njit
    def statements(a, b):
        tape = fastad.Tape()
        moving = tape.variables(a)
        x = np.linalg.solve(moving, b)
        return tape.n_statements(), tape.gradient(x[0])

    n = 20
    a = np.random.default_rng(0).normal(size=(n, n)) + n * np.eye(n)
    count, gradient = statements(a, np.ones(n))
    assert count <= 2 * n * (n / 2 + 1)  # two terms a statement, and the start of each sum
    x, row = np.linalg.solve(a, np.ones(n)), np.linalg.inv(a)[0]
    assert gradient.reshape(n, n) == pytest.approx(-np.outer(row, x), rel=1e-11, abs=1e-15)


def test_value_is_that_without_derivatives():
    value, _ = jvp(lambda a: np.linalg.inv(a), mode="forward")(A, DIRECTIONS[0])
    assert value == pytest.approx(np.linalg.inv(A), rel=1e-14)


def tilted(x):
    """The product p of an eigenvector's items, x1 / sqrt((x0 - x2)² + 4 x1²), less its square."""
    a = np.empty((2, 2), x.dtype)
    a[0, 0] = x[0]
    a[0, 1] = a[1, 0] = x[1]
    a[1, 1] = x[2]
    _, v = np.linalg.eigh(a)
    p = v[1, 0] * v[0, 0]
    return p - p * p


@pytest.mark.parametrize(
    "mode", ["forward", *(pytest.param(m, marks=pytest.mark.slow) for m in ("source", "tape"))]
)
def test_second_derivatives_of_eigenvectors_of_a_diagonal_matrix(mode):
    """What is zero there moves: items of V' dA V off the diagonal, for one."""
    g = hvp(tilted, mode=mode)
    for x in ([1.0, 0.0, 3.0], [1.0, 0.0, 2.0]):
        d = x[2] - x[0]
        wanted = np.array([[0, -1, 0], [-1, -2, 1], [0, 1, 0]]) / d**2
        for k in range(3):
            np.testing.assert_allclose(g(np.array(x), np.eye(3)[k]), wanted[k], atol=1e-13)


@numba.njit
def of_nothing(m):
    lu = np.sum(np.linalg.inv(m)) + np.sum(np.linalg.solve(m, np.ones(m.shape[0])))
    return np.linalg.det(m) + np.linalg.slogdet(m)[1] + lu


@pytest.mark.parametrize("mode", ["source", "forward", "tape"])
def test_a_matrix_without_items_has_the_determinant_1(mode):
    m = np.zeros((0, 0))
    value, slope = fastad.value_and_grad(of_nothing, mode=mode)(m)
    assert value == of_nothing(m) == 1.0
    assert slope.shape == (0, 0)


@pytest.mark.slow  # of compiling, half a minute for each mode
@pytest.mark.parametrize("mode", ["source", "forward", "tape"])
def test_a_matrix_without_items_has_second_derivatives_without_items(mode):
    m = np.zeros((0, 0))
    assert fastad.hvp(of_nothing, mode=mode)(m, m).shape == (0, 0)
    if mode != "tape":
        assert jvp(of_nothing, mode=mode)(m, m) == (1.0, 0.0)
