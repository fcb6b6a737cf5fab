"""The table of whole-array rules by itself, against complex steps, mpmath and closed forms."""

import operator

import mpmath
import numpy as np
import pytest

import fastad
from fastad.arrays.table import RULES


def _cholesky(a):
    """The plain algorithm on the lower triangle, which complex steps may pass through."""
    out = np.zeros_like(a)
    for j in range(a.shape[0]):
        out[j, j] = np.sqrt(a[j, j] - out[j, :j] @ out[j, :j])
        for i in range(j + 1, a.shape[0]):
            out[i, j] = (a[i, j] - out[i, :j] @ out[j, :j]) / out[j, j]
    return out


# Functions of complex arrays that are analytic near the real ones.
ANALYTIC = {
    "dot": np.dot,
    "outer": np.outer,
    "trace": np.trace,
    "solve": np.linalg.solve,
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "slogdet": lambda a: np.log(np.linalg.det(a)),
    "cholesky": _cholesky,
    "norm": lambda a: np.sqrt(np.sum(a * a)),
    "sum": np.sum,
    "mean": np.mean,
    "prod": np.prod,
    "cumsum": np.cumsum,
    "diag": np.diag,
    "logsumexp": lambda a: np.log(np.sum(np.exp(a))),
}

_rng = np.random.default_rng(5)
SQUARE = _rng.normal(size=(4, 4)) + 2 * np.eye(4)
POSITIVE = SQUARE @ SQUARE.T
WIDE = _rng.normal(size=(3, 4))
TALL = _rng.normal(size=(4, 3))
VECTOR = _rng.normal(size=4)
ONE = np.array([[0.7]])

POINTS = {
    "dot": [(VECTOR, VECTOR[::-1].copy()), (WIDE, VECTOR), (VECTOR, TALL), (WIDE, SQUARE)],
    "outer": [(VECTOR, WIDE[:, 0].copy())],
    "trace": [(SQUARE,), (WIDE,)],
    "solve": [(SQUARE, VECTOR), (SQUARE, TALL), (ONE, VECTOR[:1])],
    "inv": [(SQUARE,), (ONE,)],
    "det": [(SQUARE,), (ONE,)],
    "slogdet": [(POSITIVE,), (ONE,)],
    "cholesky": [(POSITIVE,), (ONE,)],
    "eigh": [(POSITIVE,), (ONE,)],
    "norm": [(VECTOR,), (WIDE,)],
    "sum": [(WIDE,)],
    "mean": [(WIDE,)],
    "prod": [(WIDE,)],
    "cumsum": [(VECTOR,), (WIDE,)],
    "diag": [(VECTOR,), (SQUARE,), (WIDE,)],
    "logsumexp": [(WIDE,)],
}
CASES = [(name, arguments) for name in RULES for arguments in POINTS[name]]
every_case = pytest.mark.parametrize(
    ("name", "arguments"), CASES, ids=[f"{n}{[a.shape for a in x]}" for n, x in CASES]
)


def as_tuple(r):
    return r if isinstance(r, tuple) else (r,)


def tangents(rule, *arguments):
    """Return the tangents as a tuple, without that of slogdet's sign, which is constant."""
    return tuple(d for d in as_tuple(rule.tangent(*arguments)) if d is not None)


def eigh_step(a, a_dot):
    """Return the derivatives of eigenvalues and eigenvectors by a difference of 60 digits."""

    def parts(t):
        full = np.tril(a).astype(object) + mpmath.mpf(t) * np.tril(a_dot).astype(object)
        full = full + np.tril(full, -1).T
        w, v = mpmath.eigsy(mpmath.matrix(full.tolist()))
        v = np.array(v.tolist(), dtype=object)
        signs = np.where((v.astype(float) * reference).sum(axis=0) < 0, -1, 1)
        return np.array(list(w), dtype=object), v * signs

    with mpmath.workdps(60):
        reference = np.linalg.eigh(a)[1]
        h = mpmath.mpf(10) ** -20
        plus, minus = parts(h), parts(-h)
        return tuple(((p - m) / (2 * h)).astype(float) for p, m in zip(plus, minus, strict=True))


def complex_step(name, arguments, dots):
    """Return the derivative of an operation along tangents, to the last digits."""
    if name == "eigh":
        return eigh_step(arguments[0], dots[0])
    h = 1e-30
    moved = [a + 1j * h * d for a, d in zip(arguments, dots, strict=True)]
    r_dot = np.imag(ANALYTIC[name](*moved)) / h
    return (r_dot,)


@every_case
def test_tangents_against_complex_steps(name, arguments):
    rule = RULES[name]
    rng = np.random.default_rng(0)
    dots = [rng.normal(size=(2, *a.shape)) for a in arguments]
    r = rule.primal(*arguments)
    choices = [dots]
    if len(dots) == 2 and arguments is POINTS[name][-1]:  # compiling each choice takes its time
        choices += [[dots[0], None], [None, dots[1]]]
    for chosen in choices:
        r_dots = tangents(rule, *arguments, r, *chosen)
        for k in range(2):
            along = [
                np.zeros_like(d[k]) if c is None else d[k]
                for c, d in zip(chosen, dots, strict=True)
            ]
            for got, wanted in zip(r_dots, complex_step(name, arguments, along), strict=True):
                assert got[k] == pytest.approx(wanted, rel=1e-11, abs=1e-12)


@every_case
def test_adjoints_against_tangents(name, arguments):
    rule = RULES[name]
    rng = np.random.default_rng(1)
    r = rule.primal(*arguments)
    weights = tuple(rng.normal(size=np.shape(x)) if np.ndim(x) else 0.7 for x in as_tuple(r))
    r_bar = weights if isinstance(r, tuple) else weights[0]
    bars = as_tuple(rule.adjoint(*arguments, r, r_bar))
    assert len(bars) == len(arguments) == rule.arity
    for i, (bar, a) in enumerate(zip(bars, arguments, strict=True)):
        assert bar.shape == a.shape
        if rule.alone:
            assert rule.alone[i](*arguments, r, r_bar) == pytest.approx(bar, rel=1e-12, abs=1e-13)
    dots = [rng.normal(size=(2, *a.shape)) for a in arguments]
    r_dots = tangents(rule, *arguments, r, *dots)
    moving = weights[-len(r_dots) :]
    for k in range(2):
        forward = sum(np.sum(w * d[k]) for w, d in zip(moving, r_dots, strict=True))
        backward = sum(np.sum(x * d[k]) for x, d in zip(bars, dots, strict=True))
        assert forward == pytest.approx(backward, rel=1e-11, abs=1e-12)


def test_the_table_names_what_there_is():
    for rule in RULES.values():
        for path in rule.overloads:
            module, *rest = path.split(".")
            found = {"np": np, "operator": operator, "fastad": fastad}[module]
            for part in rest:
                found = getattr(found, part)
            assert callable(found)


# ---- Where the numerics break ----


def hilbert(n):
    return 1.0 / (np.arange(n)[:, None] + np.arange(n) + 1.0)


def test_ill_conditioned_systems_lose_no_more_digits_than_the_solution():
    """At condition 1e10, the derivatives of inverse and solution to 1e-16 times 1e10."""
    n, rng = 8, np.random.default_rng(2)
    a, b = hilbert(n), rng.normal(size=n)
    a_dot = rng.normal(size=(n, n))
    with mpmath.workdps(60):
        exact = mpmath.matrix(a.tolist()) ** -1
        wanted = -exact * mpmath.matrix(a_dot.tolist()) * exact
        inv_dot = np.array(wanted.tolist()).astype(float)
        x_dot = np.array((wanted * mpmath.matrix(b.tolist())).tolist()).astype(float)[:, 0]
    lost = np.linalg.cond(a) * 2.2e-16
    for name, arguments, expected in (("inv", (a,), inv_dot), ("solve", (a, b), x_dot)):
        rule = RULES[name]
        dots = (a_dot[None],) if name == "inv" else (a_dot[None], None)
        got = rule.tangent(*arguments, rule.primal(*arguments), *dots)[0]
        assert np.max(np.abs(got - expected)) <= 10 * lost * np.max(np.abs(expected))


@pytest.mark.parametrize("rank", [3, 2])
def test_det_at_a_singular_matrix_has_its_cofactors(rank):
    u = np.random.default_rng(3).normal(size=(4, rank))
    a = u @ np.random.default_rng(4).normal(size=(rank, 4))
    minors = np.array(
        [
            [(-1) ** (i + j) * np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(4)]
            for i in range(4)
        ]
    )
    got = RULES["det"].adjoint(a, 0.0, 1.0)
    assert got == pytest.approx(minors, abs=1e-13)
    assert (np.max(np.abs(got)) > 1e-3) == (rank == 3)


def test_det_of_wide_scales():
    a = np.diag([1e200, 1e-200, 3.0])
    assert RULES["det"].adjoint(a, 3.0, 1.0) == pytest.approx(np.diag([3e-200, 3e200, 1.0]))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_det_of_features_in_their_own_units_keeps_the_digits_of_small_cofactors(dtype):
    """Of a covariance, a triangle and a product: each cofactor has its own digits."""
    s = np.array([1e-4, 1.0, 1e4])
    correlation = np.array([[1.0, 0.3, 0.2], [0.3, 1.0, -0.4], [0.2, -0.4, 1.0]])
    for a in (
        s[:, None] * correlation * s,
        np.array([[1.0, 1e10, 0.0], [0.0, 1.0, 2.0], [3e-9, 0.0, 1.0]]),
        s[::-1, None] * np.linalg.qr(correlation + np.eye(3))[0] * s,
    ):
        a = a.astype(dtype)
        with mpmath.workdps(60):
            exact = mpmath.matrix(a.tolist())
            exact = mpmath.det(exact) * (exact**-1).T
            exact = np.array([[float(exact[i, j]) for j in range(3)] for i in range(3)])
        got = RULES["det"].adjoint(a, np.linalg.det(a), dtype(1.0))
        assert got == pytest.approx(exact, rel=100 * float(np.finfo(dtype).eps))


def test_repeated_eigenvalues():
    """The values' derivative is that of their block; nobody's eigenvectors are invented."""
    rule = RULES["eigh"]
    q = np.linalg.qr(np.random.default_rng(6).normal(size=(4, 4)))[0]
    a = q @ np.diag([1.0, 2.0, 2.0, 5.0]) @ q.T
    r = rule.primal(a)
    a_dot = np.random.default_rng(7).normal(size=(4, 4))
    a_dot = a_dot + a_dot.T
    w_dots, v_dots = rule.tangent(a, r, a_dot[None])
    block = q[:, 1:3].T @ a_dot @ q[:, 1:3]
    assert w_dots[0, [0, 3]] == pytest.approx(
        [q[:, 0] @ a_dot @ q[:, 0], q[:, 3] @ a_dot @ q[:, 3]], rel=1e-9
    )
    assert w_dots[0, 1:3].sum() == pytest.approx(np.trace(block), rel=1e-9)
    assert np.isnan(v_dots[0, :, 1:3]).all()
    assert np.isfinite(v_dots[0, :, [0, 3]]).all()
    # The sum of squares needs no eigenvectors: d tr(A²) = 2 A.
    a_bar = rule.adjoint(a, r, (2 * r[0], np.zeros((4, 4))))
    assert a_bar == pytest.approx(np.tril(2 * a) + np.tril(2 * a, -1), abs=1e-12)
    assert np.isnan(rule.adjoint(a, r, (np.zeros(4), np.ones((4, 4))))).any()


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1.0, 1e160, 1e300])
def test_norm_of_tiny_and_huge_vectors(scale):
    rule, a = RULES["norm"], np.array([3.0, -4.0]) * scale
    r = rule.primal(a)
    assert r == pytest.approx(5 * scale, rel=1e-15)
    assert rule.adjoint(a, r, 2.0) == pytest.approx([1.2, -1.6], rel=1e-15)
    assert rule.tangent(a, r, np.ones((1, 2))) == pytest.approx([-0.2], rel=1e-15)


def test_norm_at_the_origin():
    rule, a = RULES["norm"], np.zeros(3)
    assert rule.adjoint(a, 0.0, 1.0).tolist() == [0.0, 0.0, 0.0]


def test_prod_with_zeros():
    rule = RULES["prod"]
    assert rule.adjoint(np.array([2.0, 0.0, 5.0]), 0.0, 1.0).tolist() == [0.0, 10.0, 0.0]
    assert rule.adjoint(np.array([0.0, 0.0, 5.0]), 0.0, 1.0).tolist() == [0.0, 0.0, 0.0]


def test_logsumexp_of_huge_and_infinite_items():
    rule = RULES["logsumexp"]
    a = np.array([1000.0, 1000.0, -np.inf])
    r = rule.primal(a)
    assert r == pytest.approx(1000 + np.log(2), rel=1e-15)
    assert rule.adjoint(a, r, 1.0) == pytest.approx([0.5, 0.5, 0.0], rel=1e-13)


def test_infinite_tangents_pass_through_a_system():
    """LAPACK refuses them: a derivative may be infinite where the primal is finite."""
    rule, a = RULES["solve"], np.array([[2.0, 0.0], [0.0, 4.0]])
    b = np.array([1.0, 1.0])
    got = rule.tangent(a, b, rule.primal(a, b), None, np.array([[np.inf, 1.0]]))
    assert got[0, 0] == np.inf


@pytest.mark.parametrize("name", ["solve", "inv", "slogdet", "cholesky"])
def test_what_is_singular_is_refused_as_numpy_does(name):
    a = np.array([[1.0, 2.0], [2.0, 4.0]]) if name != "cholesky" else np.diag([1.0, -1.0])
    rule = RULES[name]
    arguments = (a, np.ones(2)) if name == "solve" else (a,)
    function = rule.primal
    if name == "slogdet":
        assert rule.primal(a) == (0.0, -np.inf)
        arguments, function = (a, (0.0, -np.inf), (0.0, 1.0)), rule.adjoint
    with pytest.raises(np.linalg.LinAlgError):
        function(*arguments)


@pytest.mark.parametrize("kind", ["fortran", "strided and read-only"])
def test_any_layout(kind):
    def lay(x):
        if kind == "fortran":
            return np.asfortranarray(x)
        if kind == "strided":
            out = np.zeros(tuple(2 * n for n in x.shape))[
                tuple(slice(None, None, 2) for _ in x.shape)
            ]
            out[...] = x
            return out
        out = x.copy()
        out.flags.writeable = False
        return out

    w = np.random.default_rng(8).normal(size=(4, 3))
    for name, arguments, r_bar in (
        ("solve", (SQUARE, TALL), w),
        ("dot", (SQUARE, TALL), w),
        ("cholesky", (POSITIVE,), SQUARE),
    ):
        rule = RULES[name]
        r = rule.primal(*arguments)
        wanted = as_tuple(rule.adjoint(*arguments, r, r_bar))
        laid = [lay(a) for a in arguments]
        got = as_tuple(rule.adjoint(*laid, lay(r), lay(r_bar)))
        for x, y in zip(wanted, got, strict=True):
            assert y == pytest.approx(x, rel=1e-12, abs=1e-13)
