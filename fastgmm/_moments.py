"""From responsibilities to sums: the weighted moments of a block of rows.

For names see `_kernels`. Zero responsibilities cost nothing where a component has its moments
taken about its own shift: the rows that it holds are gathered.
"""

import numba

from ._gemm import OPTIONS, add_lower_square
from ._joint import DIAG, TIED
from ._panels import load_row, panel_of, root, row_of, row_sum, store_row

# Up to this many rows of a component are added one by one.
FEW = 6

_jit = numba.njit(**OPTIONS)


@_jit
def add_by_label(label, side, weight, phi, n_panels, n_features, sums):
    """Add the weighted monomials of each row to the column of its label in sums (F, K)."""
    for p in range(n_panels):
        for f in range(n_features):
            for b in range(panel_of(phi)):
                sums[f, label[p, b]] += side[p, weight, b] * phi[p, f, b]


@_jit
def collect(resp, k, needed, n_panels, at, share):
    """Set at, share to the places and responsibilities of the rows that component k holds.

    A place is the number of the panel times P, plus that in it. Returns how many there are; to
    the end of their last panel they are filled with no share of row 0.
    """
    size = panel_of(resp)
    n = 0
    for p in range(n_panels):
        if needed[p, k]:
            for b in range(size):
                at[n], share[n] = p * size + b, resp[p, k, b]
                n += resp[p, k, b] > 0.0
    for i in range(n, n + -n % size):
        at[i], share[i] = 0, 0.0
    return n


@_jit
def scale_gathered(phi, flat, n, at, share, shift, k, z):
    """Set z to the n collected rows, [1, x - shift] times the root of their share; return nk.

    shift (K, D): its row k. flat: phi in one dimension.
    """
    size = panel_of(phi)
    height = phi.shape[1]
    total = row_of(phi, 0.0)
    for p in range((n + size - 1) // size):
        first = p * size
        for b in range(size):
            z[p, 0, b] = share[first + b]
            place = at[first + b]
            at[first + b] = place // size * size * height + place % size
        r = load_row(z, p, 0)
        total = total + r
        r = root(r)
        store_row(z, p, 0, r)
        for i in range(1, 1 + shift.shape[1]):
            for b in range(size):
                z[p, i, b] = flat[at[first + b] + i * size]
            store_row(z, p, i, (load_row(z, p, i) - shift[k, i - 1]) * r)
    return row_sum(total)


@_jit
def add_few(phi, n, at, share, shift, k, point, sums, second):
    """Add the moments of n collected rows one by one: for fewer than tiles are worth."""
    d = shift.shape[1]
    size = panel_of(phi)
    for t in range(n):
        p, b = at[t] // size, at[t] % size
        r = float(share[t])
        for i in range(d):
            point[i] = phi[p, 1 + i, b] - shift[k, i]
        sums[0, k] += r
        for j in range(d):
            weighted = r * point[j]
            sums[1 + j, k] += weighted
            for i in range(j, d):
                second[j, i] += weighted * point[i]


@_jit
def scale_all(phi, n_panels, resp, k, shift, at_shift, z):
    """Set z to all rows, [1, x - shift] times the root of their responsibilities; return nk.

    shift (., D): its row at_shift.
    """
    total = row_of(phi, 0.0)
    for p in range(n_panels):
        r = load_row(resp, p, k)
        total = total + r
        r = root(r)
        store_row(z, p, 0, r)
        for i in range(shift.shape[1]):
            store_row(z, p, 1 + i, (load_row(phi, p, 1 + i) - shift[at_shift, i]) * r)
    return row_sum(total)


@_jit
def moments_of_feature(phi, n_panels, resp, k, i, m):
    """Return the sums of r, r delta and r delta^2, delta being feature i less m."""
    nk = first = second = row_of(phi, 0.0)
    for p in range(n_panels):
        r = load_row(resp, p, k)
        delta = load_row(phi, p, 1 + i) - m
        nk = nk + r
        r = r * delta
        first = first + r
        second = second + r * delta
    return row_sum(nk), row_sum(first), row_sum(second)


@_jit
def add_shifted(
    kind, wants_second, shifted, shift, phi, flat, n_panels, resp, needed, at, share, z, sums,
    first, seconds,
):  # fmt: skip
    """Add the moments of the shifted components about their shifts to sums and seconds."""
    k_all, d = shift.shape
    size = panel_of(phi)
    for k in range(k_all):
        if not shifted[k]:
            continue
        if wants_second and kind <= TIED:
            n = collect(resp, k, needed, n_panels, at, share)
            if n == 0:
                continue
            second = seconds[k % seconds.shape[0]]
            if n <= FEW:
                add_few(phi, n, at, share, shift, k, first, sums, second)
                continue
            for i in range(first.size):
                first[i] = 0.0
            if 4 * n < 3 * n_panels * size:
                sums[0, k] += scale_gathered(phi, flat, n, at, share, shift, k, z)
                used = (n + size - 1) // size
            else:
                sums[0, k] += scale_all(phi, n_panels, resp, k, shift, k, z)
                used = n_panels
            add_lower_square(z, d, used, second, first)
            for i in range(d):
                sums[1 + i, k] += first[i]
            continue
        for i in range(d):
            nk, linear, quadratic = moments_of_feature(phi, n_panels, resp, k, i, shift[k, i])
            if i == 0:
                sums[0, k] += nk
            sums[1 + i, k] += linear
            if wants_second:
                sums[1 + d + (i if kind == DIAG else 0), k] += quadratic
