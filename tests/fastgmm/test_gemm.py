"""Products of panels against NumPy's, at sizes that fill tiles and at those that do not."""

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from fastgmm.simd import products
from fastgmm.simd.panels import panel_rows, panels
from fastgmm.simd.products import pack_tiles, pack_triangles, packed_size, round_up, unpack_square
from fastgmm.simd.tiles import LEFT, RIGHT

DTYPES = (np.float64, np.float32)
N = 5  # panels


@numba.njit
def multiply_panel(*args):
    products.multiply_panel(*args)


@numba.njit
def whiten_panel(*args):
    products.whiten_panel(*args)


@numba.njit
def add_square_norms(*args):
    products.add_square_norms(*args)


@numba.njit
def square_norm_above(*args):
    return products.square_norm_above(*args)


@numba.njit
def add_products(*args):
    products.add_products(*args)


@numba.njit
def add_lower_square(*args):
    products.add_lower_square(*args)


def random_panels(height, dtype, seed=0):
    out = panels(N, height, dtype)
    out[:] = np.random.default_rng(seed).normal(size=out.shape)
    return out


def assert_close(found, expected, dtype):
    tol = {"rtol": 1e-12, "atol": 1e-11} if dtype == np.float64 else {"rtol": 1e-4, "atol": 1e-3}
    np.testing.assert_allclose(found, expected, **tol)


@pytest.mark.parametrize("dtype", DTYPES)
def test_panels_are_aligned_zeros(dtype):
    made = panels(N, 3, dtype)
    assert made.shape == (N, 3, panel_rows(dtype))
    assert made.dtype == dtype
    assert made.ctypes.data % 64 == 0
    assert not made.any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("k", "f"), [(1, 1), (4, 6), (5, 7), (8, 45), (13, 3), (32, 153)])
def test_product_of_a_matrix_and_a_panel(k, f, dtype):
    matrix = np.random.default_rng(1).normal(size=(k, f)).astype(dtype)
    x, out = random_panels(f, dtype), random_panels(round_up(k, LEFT), dtype, seed=1)
    before, size = out.copy(), panel_rows(dtype)
    multiply_panel(pack_tiles(matrix), k, f, x, 2 * f * size, out, 3 * out.shape[1] * size)
    assert_close(out[3, :k], matrix.astype(float) @ x[2], dtype)
    others = np.arange(N) != 3
    assert np.array_equal(out[others], before[others])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 3, 4, 5, 8, 9, 13, 40])
def test_products_of_triangles_and_a_panel(d, dtype):
    rng = np.random.default_rng(1)
    lower = np.tril(rng.normal(size=(3, d, d))).astype(dtype)
    constants = rng.normal(size=(3, d)).astype(dtype)
    packed, size = pack_triangles(lower, constants, dtype), panel_rows(dtype)
    height = 1 + round_up(d, LEFT)
    x = random_panels(height, dtype)
    x[:, 0], x[:, 1 + d :] = 1.0, 0.0
    y = lower.astype(float) @ x[2, 1 : 1 + d] + constants[:, :, np.newaxis]
    out = random_panels(height, dtype, seed=1)
    one = pack_triangles(lower[1:2], constants[1:2], dtype)
    whiten_panel(one, d, x, 2 * height * size, out, height * size)
    assert_close(out[1, :d], y[1], dtype)
    squares = random_panels(3, dtype, seed=1)
    before = squares.astype(float)
    middle = d // 16 * 8  # in two parts
    for first, last in ((0, middle), (middle, d)):
        if first == middle:
            part = squares[4, 2].copy() if middle else np.zeros(size, dtype)
        args = packed, 3, d, np.array([2, 0, 1]), 2, first, last, x, 2 * height * size
        add_square_norms(*args, squares, 4 * 3 * size)
    assert_close(squares[4, [0, 2]], (y[[0, 2]] ** 2).sum(axis=1), dtype)
    for b in (0, 17):  # the same for a row of the data alone, bit by bit
        args = packed, 3, d, 2, middle, x, 2 * height * size + b
        assert square_norm_above(*args, part[b], dtype(np.inf)) == squares[4, 2, b]
        some = square_norm_above(*args, part[b], part[b])
        assert part[b] < some <= squares[4, 2, b]
    before[4, [0, 2]] = squares[4, [0, 2]]
    assert np.array_equal(squares, before)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("k", "f"), [(4, 6), (8, 12), (32, 48)])
def test_sums_of_products_of_panels(k, f, dtype):
    a, b = random_panels(k, dtype), random_panels(f + 2, dtype, seed=1)
    needed = np.random.default_rng(2).integers(2, size=(N, k)).astype(np.uint8)
    needed[:, :4] = 0
    a[needed == 0] = 0.0
    out = np.ones((round_up(f, RIGHT), k))
    add_products(a, needed, N - 1, b, f, out, np.empty((k // LEFT, N), np.int64))
    expected = 1 + np.einsum("pjb,pkb->jk", b[: N - 1, :f].astype(float), a[: N - 1])
    assert_close(out, expected, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 4, 5, 8, 33])
def test_sums_of_squares_of_panels(d, dtype):
    z = random_panels(1 + round_up(d, LEFT), dtype)
    z[:, 1 + d :] = 0.0
    out, first = np.ones(packed_size(d)), np.ones(round_up(d, LEFT))
    add_lower_square(z, d, N, out, first)
    rows = z[:, 1 : 1 + d].astype(float)
    expected = 1 + np.einsum("pib,pjb->ji", rows, rows)
    out = unpack_square(np.stack([out, 2 * out]), d)
    assert_close(out, np.stack([expected, 2 * expected]), dtype)
    assert_close(first[:d], 1 + np.einsum("pib,pb->i", rows, z[:, 0]), dtype)


@pytest.mark.slow
@pytest.mark.skipif("x86" not in os.uname().machine, reason="names of x86 CPUs")
@pytest.mark.parametrize("cpu", ["x86-64", "haswell", "skylake-avx512"])
def test_other_registers_give_the_same_products(cpu, tmp_path):
    """What these CPUs can do, the tests' machine may be able to: x86-64 has 128 bits, no FMA."""
    if cpu == "skylake-avx512" and "avx512f" not in Path("/proc/cpuinfo").read_text():
        pytest.skip("no AVX-512 here")
    features = {"x86-64": "+sse2", "haswell": "+avx2,+fma", "skylake-avx512": "+avx512f,+avx2,+fma"}
    environment = {
        **os.environ,
        "NUMBA_CPU_NAME": cpu,
        "NUMBA_CPU_FEATURES": features[cpu],
        "NUMBA_CACHE_DIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stdout
