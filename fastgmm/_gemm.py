"""Products of panels and matrices at the CPU's full rate, made of register tiles (see `_tiles`)."""

import numba
import numpy as np

from ._panels import panel_of
from ._tiles import (
    HALF_TILE,
    LEFT,
    RIGHT,
    TILE,
    diagonal,
    full_squares,
    full_tile,
    full_whitened,
    half_squares,
    half_tile,
    half_whitened,
    rectangle,
    square,
)

_jit = numba.njit(nogil=True, cache=True, error_model="numpy")


@_jit
def multiply_panel(tiles, n_rows, count, panels, at_panel, out, at_out):
    """Store the product of a matrix packed by `pack_tiles` and a panel: n_rows rows of out."""
    size = panel_of(panels)
    row = 0
    while row < n_rows:
        if n_rows - row > HALF_TILE:
            full_tile(tiles, row * count, panels, at_panel, count, out, at_out + row * size)
            row += TILE
        else:
            half_tile(tiles, row * count, panels, at_panel, count, out, at_out + row * size)
            row += HALF_TILE


@_jit
def whiten_panel(triangle, at_triangle, d, panels, at_panel, out, at_out):
    """Store the product of a triangle packed by `pack_triangles` and a panel [1, x]: d rows."""
    size = panel_of(panels)
    row = 0
    at = at_triangle
    while row < d:
        if d - row > HALF_TILE:
            full_whitened(triangle, at, panels, at_panel, row + 1, out, at_out + row * size)
            at += (row + 1 + TILE) * TILE
            row += TILE
        else:
            half_whitened(triangle, at, panels, at_panel, row + 1, out, at_out + row * size)
            row += HALF_TILE


@_jit
def add_square_norms(triangle, at_triangle, d, panels, at_panel, out, at_out):
    """Add the squared norms of what `whiten_panel` would store to a row of out (P,)."""
    row = 0
    at = at_triangle
    while row < d:
        if d - row > HALF_TILE:
            full_squares(triangle, at, panels, at_panel, row + 1, out, at_out)
            at += (row + 1 + TILE) * TILE
            row += TILE
        else:
            half_squares(triangle, at, panels, at_panel, row + 1, out, at_out)
            row += HALF_TILE


def _tile_rows(n):
    """Yield the first row and the height of each tile of a matrix of n rows."""
    row = 0
    while row < n:
        height = TILE if n - row > HALF_TILE else HALF_TILE
        yield row, height
        row += height


def pack_tiles(matrix):
    """Pack a matrix (K, F) for `multiply_panel`: the columns of each tile of rows together.

    Rows up to the end of the last tile are added; they repeat the last one.
    """
    n = matrix.shape[0]
    padded = matrix[np.minimum(np.arange(round_up(n, HALF_TILE)), n - 1)]
    tiles = [padded[row : row + height].T.ravel() for row, height in _tile_rows(n)]
    return np.concatenate(tiles)


def pack_triangles(triangles, constants):
    """Pack lower triangles (K, D, D) and constants (K, D) for `whiten_panel`: (K, size).

    A row of the product is its constant and the triangle's row: by a panel of [1, x].
    """
    k, d, _ = triangles.shape
    padded = np.zeros((k, round_up(d, HALF_TILE), 1 + round_up(d, HALF_TILE)), triangles.dtype)
    padded[:, :d, 0] = constants
    padded[:, :d, 1 : d + 1] = triangles
    tiles = [
        padded[:, row : row + height, : 1 + row + height].transpose(0, 2, 1).reshape(k, -1)
        for row, height in _tile_rows(d)
    ]
    return np.concatenate(tiles, axis=1)


def round_up(n, multiple):
    """Return the least multiple of `multiple` that is not less than n."""
    return n + -n % multiple


@_jit
def add_products(a, n_a, b, first_b, n_b, n_panels, out):
    """Add the products of the rows of panels a and b, summed over panels, to out (., stride).

    a (panels, n_a, P) with n_a a multiple of `LEFT`. Of b (panels, ., P) rows first_b to
    first_b + n_b, rounded up to a multiple of `RIGHT`. out[j, i] is that of b's row j by a's
    row i, in float64.
    """
    size = panel_of(a)
    stride = out.shape[1]
    step_a, step_b = a.shape[1] * size, b.shape[1] * size
    for j in range(0, n_b, RIGHT):
        for i in range(0, n_a, LEFT):
            rectangle(
                a, i * size, step_a, b, (first_b + j) * size, step_b, n_panels, out,
                j * stride + i, stride,
            )  # fmt: skip


@_jit
def add_lower_square(z, d, n_panels, out, first):
    """Add to out (., stride) the products of rows 1 to d of z, to first (.) those by its row 0.

    z (panels, 1 + d rounded up to a multiple of `LEFT`, P). out[j, i] for i >= j only.
    """
    size = panel_of(z)
    stride = out.shape[1]
    step = z.shape[1] * size
    for j in range(0, d, LEFT):
        at_j = (1 + j) * size
        diagonal(z, 0, at_j, step, n_panels, out, j * stride + j, stride, first, j)
        for i in range(j + LEFT, d, LEFT):
            square(z, (1 + i) * size, step, z, at_j, step, n_panels, out, j * stride + i, stride)
