"""Products of panels and matrices at the CPU's full rate, made of register tiles (see `tiles`)."""

import functools

import numpy as np

from .compiled import EXACT_OPTIONS, cached_njit
from .panels import PANEL_BYTES, panel_of, row_of, store_row
from .tiles import (
    HALF_TILE,
    LEFT,
    RIGHT,
    TILE,
    diagonal,
    full_square_of_row,
    full_squares,
    full_tile,
    half_square_of_row,
    half_squares,
    half_tile,
    rectangle,
    square,
)

# Of the first-level cache, 32 KiB and more today.
CACHED_BYTES = 24 * 1024

# Matrices of so many entries take less time to be packed than to think where each goes.
SMALL = 2**12

# What compiled functions call but Python never does needs no wrappers, which take a third of the
# time of compiling it: such a one would crash if called from Python. Without `_nrt` no references
# to arrays are counted: their caller holds them, and code of these options allocates none.
ENTRY_OPTIONS = EXACT_OPTIONS | {"fastmath": {"contract"}, "_nrt": False}
OPTIONS = ENTRY_OPTIONS | {"no_cpython_wrapper": True}
_jit = cached_njit(**OPTIONS)


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
def whiten_panel(triangle, d, panels, at_panel, out, at_out):
    """Store the product of a triangle packed by `pack_triangles` and a panel [1, x]: d rows.

    Rows of the panel up to the end of the last tile are multiplied by zero.
    """
    size = panel_of(panels)
    row = 0
    at = 0
    while row < d:
        if d - row > HALF_TILE:
            count = 1 + row + TILE
            full_tile(triangle, at, panels, at_panel, count, out, at_out + row * size)
            at += count * TILE
            row += TILE
        else:
            count = 1 + row + HALF_TILE
            half_tile(triangle, at, panels, at_panel, count, out, at_out + row * size)
            row += HALF_TILE


@_jit
def triangle_tile(d, n_triangles, k, row):
    """Return where in what `pack_triangles` packs the tile of triangle k begins at this row.

    And its number of rows. `row` is a multiple of `TILE`.
    """
    n_before = row // TILE
    before = TILE * TILE * n_before * (n_before - 1) // 2 + TILE * (TILE + 1) * n_before
    height = TILE if d - row > HALF_TILE else HALF_TILE
    return n_triangles * before + k * (1 + row + height) * height, height


@_jit
def add_square_norms(
    triangles, n_triangles, d, which, n, first, last, panels, at_panel, out, at_out
):
    """Add the squares of rows first to last of what `whiten_panel` would store, for triangles.

    For each k of the first n of `which`, of triangle k, to row k of the panel of out at
    `at_out`; to zero if `first` is zero. `first` is a multiple of `TILE`, and so is `last`
    unless it is D.
    """
    size = panel_of(panels)
    for i in range(n):
        k = which[i]
        target = at_out + k * size
        if first == 0:
            store_row(out, at_out // size // out.shape[1], k, row_of(out, 0.0))
        for row in range(first, last, TILE):
            at, height = triangle_tile(d, n_triangles, k, row)
            if height == TILE:
                full_squares(triangles, at, panels, at_panel, row + 1, out, target)
            else:
                half_squares(triangles, at, panels, at_panel, row + 1, out, target)


@_jit
def square_norm_above(triangles, n_triangles, d, k, first, panels, at_row, square, most):
    """Add to `square` what `add_square_norms` would for triangle k, and one row of the data.

    The same, bit by bit, from row `first` to D, or up to a tile after which it exceeds `most`.
    at_row: the place of that row's 1 in the flat `panels`.
    """
    row = first
    while row < d and not square > most:
        at, height = triangle_tile(d, n_triangles, k, row)
        if height == TILE:
            square = full_square_of_row(triangles, at, panels, at_row, row + 1, square)
        else:
            square = half_square_of_row(triangles, at, panels, at_row, row + 1, square)
        row += TILE
    return square


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
    if matrix.size <= SMALL:
        return matrix.take(_order_of_tiles(*matrix.shape))
    return _packed(matrix)


@functools.lru_cache(64)
def _order_of_tiles(n, width):
    """Return where in a matrix the entries of its tiles are."""
    return _packed(np.arange(n * width).reshape(n, width))


def _packed(matrix):
    n, width = matrix.shape
    padded = matrix[np.minimum(np.arange(round_up(n, HALF_TILE)), n - 1)]
    whole = len(padded) // TILE * TILE
    tiles = padded[:whole].reshape(-1, TILE, width).transpose(0, 2, 1).ravel()
    return np.concatenate([tiles, padded[whole:].T.ravel()])


def pack_triangles(triangles, constants, dtype):
    """Pack lower triangles (K, D, D) and constants (K, D) for `whiten_panel` and its like.

    A row of the product is its constant and the triangle's row: by a panel of [1, x]. The first
    tiles of all triangles come first: often no others are read.
    """
    if triangles.size <= SMALL:
        entries = np.concatenate([[0.0], constants.ravel(), triangles.ravel()])
        return entries.take(_order_of_triangles(*constants.shape)).astype(dtype, copy=False)
    return _packed_triangles(triangles, constants, dtype)


@functools.lru_cache(64)
def _order_of_triangles(k, d):
    """Return where what is packed is in a zero, the constants, and the triangles."""
    constants, triangles = np.split(np.arange(1, 1 + k * d + k * d * d), [k * d])
    return _packed_triangles(triangles.reshape(k, d, d), constants.reshape(k, d), np.int64)


def _packed_triangles(triangles, constants, dtype):
    k, d, _ = triangles.shape
    tiles = list(_tile_rows(d))
    packed = np.zeros(k * sum((1 + row + height) * height for row, height in tiles), dtype)
    at = 0
    for row, height in tiles:
        width = 1 + row + height
        tile = packed[at : at + k * width * height].reshape(k, width, height)
        last = min(row + height, d)
        tile[:, 0, : last - row] = constants[:, row:last]
        tile[:, 1 : 1 + last, : last - row] = triangles[:, row:last, :last].transpose(0, 2, 1)
        at += k * width * height
    return packed


def round_up(n, multiple):
    """Return the least multiple of `multiple` that is not less than n."""
    return n + -n % multiple


@_jit
def add_products(a, needed, n_panels, b, n_b, out, which):
    """Add the products of the rows of panels a and b, summed over panels, to out (., stride).

    a (., n_a, P) with n_a a multiple of `LEFT`; its row i is zero in the panels p where
    needed[p, i] is. Of b (., ., P) the first n_b rows, rounded up to a multiple of `RIGHT`.
    out[j, i] is that of b's row j by a's row i, in float64. which (n_a / LEFT, n_panels + 1) is
    scratch.
    """
    size = panel_of(a)
    stride = out.shape[1]
    step_a, step_b = a.shape[1] * size, b.shape[1] * size
    n_tiles = a.shape[1] // LEFT
    for t in range(n_tiles):
        which[t, n_panels] = 0  # how many there are
    for p in range(n_panels):
        for t in range(n_tiles):
            last = min((t + 1) * LEFT, needed.shape[1])
            for i in range(t * LEFT, last):
                if needed[p, i]:
                    which[t, which[t, n_panels]] = p
                    which[t, n_panels] += 1
                    break
    for j in range(0, n_b, RIGHT):
        for t in range(n_tiles):
            if which[t, n_panels] > 0:
                i = t * LEFT
                rectangle(
                    a, i * size, step_a, b, j * size, step_b, which, t * which.shape[1],
                    which[t, n_panels], out, j * stride + i, stride,
                )  # fmt: skip


@_jit
def add_lower_square(z, d, n_panels, out, first):
    """Add to out (packed_size(D),) the products of rows 1 to d of z, to first (.) those by row 0.

    z (., 1 + d rounded up to a multiple of `LEFT`, P). For the layout of out see `unpack_square`.
    """
    size = panel_of(z)
    step = z.shape[1] * size
    padded = d + -d % LEFT
    # Rows that stay in the first-level cache while the others pass by.
    group = max(LEFT, CACHED_BYTES // (n_panels * PANEL_BYTES) // LEFT * LEFT)
    for first_j in range(0, d, group):
        last_j = min(first_j + group, d)
        for i in range(first_j, d, LEFT):
            at_i = (1 + i) * size
            for j in range(first_j, min(last_j, i + 1), LEFT):
                stride = padded - j
                at_j, target = (1 + j) * size, j * padded - j * (j - LEFT) // 2 + i - j
                if i == j:
                    diagonal(z, 0, at_i, step, n_panels, out, target, stride, first, i)
                else:
                    square(z, at_i, at_j, step, n_panels, out, target, stride)


def packed_size(d):
    """Return the length of a symmetric matrix (D, D) as `add_lower_square` packs it."""
    padded = round_up(d, LEFT)
    return padded * (padded + LEFT) // 2


def unpack_square(packed, d):
    """Return the symmetric matrices (K, D, D) of `packed` (K, packed_size(D)).

    What is packed are `LEFT` rows at a time, from the first of them on the diagonal, where they are
    right from their own diagonal entry on.
    """
    if d * d <= SMALL:
        return packed.take(_places_in_square(d), axis=1)
    return _unpacked(packed, d)


@functools.lru_cache(64)
def _places_in_square(d):
    """Return where in what is packed the entries of the matrix are, (D, D)."""
    return _unpacked(np.arange(packed_size(d))[np.newaxis], d)[0]


def _unpacked(packed, d):
    out = np.empty((len(packed), d, d), packed.dtype)
    at = 0
    for j in range(0, d, LEFT):
        stride = round_up(d, LEFT) - j
        for i in range(j, min(j + LEFT, d)):
            row = packed[:, at + (i - j) * (stride + 1) : at + (i - j) * stride + d - j]
            out[:, i, i:] = row
            out[:, i:, i] = row
        at += LEFT * stride
    return out
