import math

import numba
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

import fastad
from fastad import hessian, jacobian, sparse_hessian, sparse_jacobian
from fastad.sparse.coloring import color_columns, color_star


@numba.njit
def reaction(u, rate):
    """A diffusion with a reaction on a line; the reaction stops where u is not positive."""
    out = np.empty_like(u)
    n = u.size
    for i in range(n):
        out[i] = -2.0 * u[i] + (u[i - 1] if i > 0 else 0.0) + (u[i + 1] if i < n - 1 else 0.0)
        if u[i] > 0.0:
            out[i] += rate * u[i] * u[(i + 5) % n]
    return out


@numba.njit
def grid_energy(u, width):
    """The energy of a field on a grid: its Hessian has the five-point pattern."""
    total = 0.0
    for i in range(u.size):
        total += math.cos(u[i]) + 0.0 * math.floor(u[0])
        if (i + 1) % width:
            total += (u[i + 1] - u[i]) ** 4
        if i + width < u.size:
            total += u[i + width] * u[i]
    return total


def arrow(x):
    total = abs(x[1]) + 3.0 * x[2]
    for i in range(x.size):
        total += math.exp(x[i]) + x[0] * x[i]
    return total


def moments(x):
    return np.sum(x), np.sum(x * x)


reaction_jacobian = sparse_jacobian(reaction)


def dense_reaction(u, rate):
    n = u.size
    j = -2.0 * np.eye(n) + np.eye(n, k=1) + np.eye(n, k=-1)
    i = np.flatnonzero(u > 0)
    j[i, i] += rate * u[(i + 5) % n]
    j[i, (i + 5) % n] += rate * u[i]
    return j


def test_a_banded_jacobian_and_a_branch_that_widens_it():
    u = -np.linspace(1.0, 2.0, 1000)
    j = reaction_jacobian(u, 0.3)
    np.testing.assert_allclose(j.toarray(), dense_reaction(u, 0.3), rtol=1e-15)
    assert (j.nnz, reaction_jacobian.n_colors) == (2998, 3)
    u[10:20] = 1.5  # another branch: the check finds out
    j = reaction_jacobian(u, 0.3)
    np.testing.assert_allclose(j.toarray(), dense_reaction(u, 0.3), rtol=1e-15)
    assert j.nnz == 2998 + 10
    unchecked = sparse_jacobian(reaction, pattern=np.tri(1000, k=1) - np.tri(1000, k=-2))
    with pytest.raises(RuntimeError, match="the pattern given lacks entries"):
        unchecked(u, 0.3)
    with pytest.raises(ValueError, match=r"shape \(1000, 1000\), the derivative \(3, 3\)"):
        unchecked(u[:3], 0.3)


def test_against_the_dense_jacobian():
    u = np.random.default_rng(0).normal(size=12)
    j = reaction_jacobian(u, 0.3)
    np.testing.assert_allclose(j.toarray(), jacobian(reaction)(u, 0.3), rtol=1e-15)


def test_rows_where_they_take_fewer_evaluations():
    g = sparse_jacobian(moments)
    assert repr(g) == "<sparse Jacobian of moments by x: not called yet>"
    x = np.linspace(0.0, 1.0, 60)
    np.testing.assert_allclose(g(x).toarray(), [np.ones(60), 2 * x], rtol=1e-15)
    assert (g.by_rows, g.n_colors) == (True, 2)
    shown = "<sparse Jacobian of moments by x: 2 x 60, 120 entries, 2 colours of rows>"
    assert repr(g) == str(g) == shown


def test_hessians_on_a_grid():
    u = np.random.default_rng(0).normal(size=1000)
    g = sparse_hessian(grid_energy)
    h = g(u, 25)
    assert h.nnz == 1000 + 2 * (24 * 40 + 25 * 39)
    assert 5 <= g.n_colors <= 9
    dense = hessian(grid_energy)
    small = u[:60].copy()
    wanted = dense(small, 10)
    np.testing.assert_allclose(g(small, 10).toarray(), wanted, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal((h - h.T).toarray(), np.zeros((1000, 1000)))


def test_an_arrow_takes_two_products():
    x = np.random.default_rng(1).normal(size=300)
    g = sparse_hessian(arrow)
    h = g(x)
    wanted = np.diag(np.exp(x))
    wanted[0] += 1.0
    wanted[:, 0] += 1.0
    np.testing.assert_allclose(h.toarray(), wanted, rtol=1e-13)
    assert (g.n_colors, h.nnz) == (2, 3 * 300 - 2)


def test_wrong_requests_are_refused():
    with pytest.raises(TypeError, match=r"argument 0 must be an array of floats of shape \(n,\)"):
        reaction_jacobian(np.ones((2, 2)), 0.3)
    with pytest.raises(ValueError, match="argnum 7 is out of range"):
        sparse_jacobian(reaction, 7)
    with pytest.raises(TypeError, match=r"returns an array of shape \(m,\).* use grad"):
        sparse_jacobian(lambda x: np.sum(x))(np.ones(3))
    with pytest.raises(TypeError, match="argnum must be an int"):
        sparse_hessian(arrow, (0,))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 25), st.integers(1, 25), st.integers(0, 2**32 - 1))
def test_colourings_allow_recovery(m, n, seed):
    rng = np.random.default_rng(seed)
    pattern = scipy.sparse.csr_array(rng.random((m, n)) < 0.2)
    by_column = pattern.tocsc()
    colors = color_columns(pattern.indptr, pattern.indices, by_column.indptr, by_column.indices)
    for i in range(m):
        mine = colors[pattern.indices[pattern.indptr[i] : pattern.indptr[i + 1]]]
        assert len(set(mine)) == len(mine)
    square = rng.random((n, n)) < 0.2
    square = square | square.T | np.eye(n, dtype=bool)
    symmetric = scipy.sparse.csr_array(square)
    colors = color_star(symmetric.indptr, symmetric.indices)
    for i, j in zip(*np.nonzero(square), strict=True):
        row = [k for k in np.flatnonzero(square[i]) if colors[k] == colors[j]]
        column = [k for k in np.flatnonzero(square[j]) if colors[k] == colors[i]]
        assert row == [j] or column == [i]


def test_a_function_that_changes_its_arguments_is_refused():
    @numba.njit
    def counts(x, c):
        c[0] += 1.0
        return x * x * c[0]

    @numba.njit
    def draws(x):
        return x * np.random.random()  # noqa: NPY002

    with pytest.raises(TypeError, match=r"fastad: .* writes into 'c'"):
        sparse_jacobian(counts)(np.ones(4), np.ones(1))
    with pytest.raises(TypeError, match=r"fastad: .* draws random numbers"):
        sparse_jacobian(draws)(np.ones(4))


def residuals(x, data):
    """As many rows as there are data."""
    out = np.zeros(data.size, x.dtype)
    for i in range(data.size):
        out[i] = x[i % 2] ** 2 * data[i]
    return out


def dense_residuals(x, data):
    j = np.zeros((data.size, 2))
    rows = np.arange(data.size)
    j[rows, rows % 2] = 2.0 * x[rows % 2] * data
    return j


@pytest.mark.parametrize("check", [True, False])
def test_other_data_have_other_rows(check):
    g = sparse_jacobian(residuals, check=check)
    x = np.array([1.0, 2.0])
    for n in (3, 5, 2, 1, 4):
        data = np.arange(1.0, n + 1)
        np.testing.assert_array_equal(g(x, data).toarray(), dense_residuals(x, data))


@pytest.mark.parametrize("check", [True, False])
def test_a_pattern_of_another_shape_is_refused(check):
    def squares(x):
        return x * x

    x = np.array([1.0, 2.0])
    for rows in (1, 3):
        g = sparse_jacobian(squares, pattern=np.ones((rows, 2)), check=check)
        with pytest.raises(ValueError, match=rf"shape \({rows}, 2\), the derivative \(2, 2\)"):
            g(x)
    # One entry given twice, and one that is stored as 0: the pattern is what is stored.
    twice = scipy.sparse.csr_array((np.ones(3), [0, 0, 1], [0, 2, 3]), (2, 2))
    zero = scipy.sparse.csr_array(([0.0, 1.0], [0, 1], [0, 1, 2]), (2, 2))
    for pattern in (twice, zero):
        g = sparse_jacobian(squares, pattern=pattern, check=check)
        np.testing.assert_array_equal(g(x).toarray(), np.diag(2.0 * x))
    assert (twice.nnz, zero.nnz) == (3, 2)  # left as they were


@pytest.mark.parametrize("check", [True, False])
def test_the_pattern_of_a_hessian_has_both_triangles(check):
    with pytest.raises(ValueError, match="symmetric: give both of its triangles"):
        sparse_hessian(arrow, pattern=np.triu(np.ones((3, 3))), check=check)
    with pytest.raises(ValueError, match="symmetric"):
        sparse_hessian(arrow, pattern=np.ones((2, 3)), check=check)


def test_defaults_and_any_names_of_parameters():
    def rates(x, rate=2.0):
        return x * x * rate

    def own_names(f_, x_, t_, colors_, moved_, tape_, result_):
        return f_ * f_ * x_ * t_ * colors_ * moved_ * tape_ * result_

    x = np.array([1.0, 2.0])
    g = sparse_jacobian(rates)
    np.testing.assert_array_equal(g(x).toarray(), np.diag(4.0 * x))
    np.testing.assert_array_equal(g(x, 3.0).toarray(), np.diag(6.0 * x))
    with pytest.raises(TypeError, match=r"takes the arguments \(x, rate\), got 3"):
        g(x, 3.0, 4.0)
    with pytest.raises(TypeError, match=r"takes the arguments \(x, rate\), got 0"):
        g()
    found = sparse_jacobian(own_names)(x, *[np.full(2, 2.0)] * 6)
    np.testing.assert_array_equal(found.toarray(), np.diag(128.0 * x))


@numba.njit
def into_zeros(x, m):
    """Products of neighbours, by way of arrays of floats that the function makes."""
    out, squares = np.zeros(m), np.zeros((2, m))
    for i in range(m):
        squares[i % 2, i] = x[i] ** 2
    for i in range(m):
        if x[i] > 0.0:
            out[i] = squares[i % 2, i] * x[i - 1]
        else:
            out[i] = squares[(i + 1) % 2, i] + x[0]
    return out


def test_a_function_that_writes_into_zeros():
    rng = np.random.default_rng(0)

    def total(x, m):
        return np.sum(into_zeros(x, m))

    g, h = sparse_jacobian(into_zeros), sparse_hessian(total)
    for _ in range(8):  # other branches, so other patterns
        x = rng.normal(size=7)
        np.testing.assert_allclose(g(x, 7).toarray(), jacobian(into_zeros)(x, 7), atol=1e-12)
        np.testing.assert_allclose(h(x, 7).toarray(), hessian(total)(x, 7), atol=1e-12)
    x = np.arange(1.0, 5.0)
    given = sparse_jacobian(into_zeros, pattern=np.ones((4, 4)))
    np.testing.assert_allclose(given(x, 4).toarray(), jacobian(into_zeros)(x, 4), atol=1e-12)


def test_a_pattern_that_cannot_be_detected_is_asked_for():
    @fastad.custom_jvp
    def doubled(x):
        return 2.0 * x

    doubled.defjvp(lambda primals, tangents: (2.0 * primals[0], 2.0 * tangents[0]))

    def f(x):
        return doubled(x) * x

    x = np.array([1.0, 2.0])
    with pytest.raises(TypeError, match=r"^fastad: cannot detect the pattern.*give it by pattern="):
        sparse_jacobian(f)(x)
    given = sparse_jacobian(f, pattern=np.eye(2))
    np.testing.assert_array_equal(given(x).toarray(), np.diag(4.0 * x))


def test_a_function_that_numba_does_not_compile_is_named():
    def helper(x):
        return x * x

    with pytest.raises(TypeError, match=r"^fastad: Numba does not compile f .* itself"):
        sparse_jacobian(lambda x: helper(x))(np.ones(2))
