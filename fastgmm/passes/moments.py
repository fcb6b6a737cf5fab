"""From responsibilities to sums: the weighted moments of a block of rows.

For names see `kernels`. Zero responsibilities cost nothing where a component has its moments
taken about its own shift: the rows that it holds are gathered.
"""

from ..simd.compiled import cached_njit
from ..simd.panels import load_row, panel_of, root, row_of, row_sum, store_row
from ..simd.products import OPTIONS, add_lower_square
from .log_densities import DIAG, TIED

_jit = cached_njit(**OPTIONS)


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
def gather(phi, flat, n, at, shift, k, z):
    """Set z to the n rows of the block that are collected in `at`, less the shift of component k.

    flat: phi in one dimension, where places become those of the rows' first numbers.
    """
    size, height = panel_of(phi), phi.shape[1]
    for p in range((n + size - 1) // size):
        first = p * size
        for b in range(size):
            place = at[first + b]
            at[first + b] = place // size * size * height + place % size
        for i in range(1, 1 + shift.shape[1]):
            for b in range(size):
                z[p, i, b] = flat[at[first + b] + i * size]
            store_row(z, p, i, load_row(z, p, i) - shift[k, i - 1])


@_jit
def gather_rows(X, n, at, centre, inv_scale, far, shift, k, z):
    """Set z to n rows of X, numbered in `at`, as `gather` does."""
    size = panel_of(z)
    for t in range(n):
        for j in range(centre.size):
            x = (X[at[t], j] - centre[j]) * inv_scale[j]
            z[t // size, 1 + j, t % size] = min(max(x, -far), far)  # rounded, as the shift is
            z[t // size, 1 + j, t % size] -= shift[k, j]


@_jit
def scale_gathered(n, d, share, z):
    """Set z to [1, its rows] times the roots of their shares, of n rows; return the shares' sum.

    To the end of the last panel shares are zero, and what z holds is finite.
    """
    size = panel_of(z)
    total = row_of(z, 0.0)
    for p in range((n + size - 1) // size):
        for b in range(size):
            z[p, 0, b] = share[p * size + b]
        r = load_row(z, p, 0)
        total = total + r
        r = root(r)
        store_row(z, p, 0, r)
        for i in range(1, 1 + d):
            store_row(z, p, i, load_row(z, p, i) * r)
    return row_sum(total)


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
def whiten_rows(z, n_panels, triangles, k):
    """Multiply the rows in z by the lower triangle of component k, in place."""
    d = triangles.shape[1]
    for p in range(n_panels):
        for i in range(d - 1, -1, -1):
            total = load_row(z, p, 1 + i) * triangles[k, i, i]
            for j in range(i):
                total = total + load_row(z, p, 1 + j) * triangles[k, i, j]
            store_row(z, p, 1 + i, total)


@_jit
def add_squares(z, n_panels, k, nk, d, first, whiten, sums, seconds):
    """Add to `seconds` the products of scaled rows z, to sums those by their scales, and nk.

    Of rows multiplied by the triangles `whiten` first, if there are any.
    """
    if whiten.shape[0] > 0:
        whiten_rows(z, n_panels, whiten, k % whiten.shape[0])
    for i in range(first.size):
        first[i] = 0.0
    add_lower_square(z, d, n_panels, seconds[k % seconds.shape[0]], first)
    sums[0, k] += nk
    for i in range(d):
        sums[1 + i, k] += first[i]


@_jit
def add_deferred(X, n, plan, buffers, sums, seconds):
    """Add the moments of the n deferred rows, sorted by their component; return 0, what is left."""
    gathered = buffers.gathered
    of, begin, order = gathered.deferred_of, gathered.begin, gathered.order
    at, share, z, first = gathered.at, gathered.share, buffers.scaled, buffers.first
    d, size = plan.centre.size, panel_of(z)
    for k in range(begin.size):
        begin[k] = 0
    for t in range(n):
        begin[of[t] + 1] += 1
    for k in range(1, begin.size):
        begin[k] += begin[k - 1]
    for t in range(n):
        order[begin[of[t]]] = t
        begin[of[t]] += 1
    start = 0  # where the rows of a component began, they now end
    for k in range(begin.size - 1):
        while start < begin[k]:
            m = min(begin[k] - start, at.size - 1)
            for t in range(m):
                at[t] = gathered.deferred_at[order[start + t]]
                share[t] = gathered.deferred_share[order[start + t]]
            start += m
            for t in range(m, m + -m % size):
                share[t] = 0.0
            gather_rows(X, m, at, plan.centre, plan.inv_scale, plan.far, plan.shift, k, z)
            nk = scale_gathered(m, d, share, z)
            n_panels = (m + size - 1) // size
            add_squares(z, n_panels, k, nk, d, first, plan.local.whiten, sums, seconds)
    return 0


@_jit
def add_shifted(row, n_panels, n_deferred, plan, buffers, sums, seconds):
    """Add the moments of the shifted components about their shifts to sums and seconds.

    Of a block that starts at `row`. Of a component that has no more than half a panel of the
    block, the rows are deferred, after n_deferred that are. Returns how many are then: they are
    the caller's to add, by `add_deferred`, for X would have this compiled once a layout.
    """
    phi, resp, needed = buffers.phi, buffers.joint, buffers.needed
    gathered = buffers.gathered
    at, share, z, first = gathered.at, gathered.share, buffers.scaled, buffers.first
    k_all, d = plan.shift.shape
    size = panel_of(phi)
    for k in range(k_all):
        if not plan.local.shifted[k]:
            continue
        if plan.second and plan.kind <= TIED:
            n = collect(resp, k, needed, n_panels, at, share)
            if n == 0:
                continue
            if n <= size // 2:
                for t in range(n):
                    gathered.deferred_of[n_deferred] = k
                    gathered.deferred_at[n_deferred] = row + at[t]
                    gathered.deferred_share[n_deferred] = share[t]
                    n_deferred += 1
                continue
            if 4 * n < 3 * n_panels * size:
                gather(phi, gathered.flat, n, at, plan.shift, k, z)
                nk = scale_gathered(n, d, share, z)
                used = (n + size - 1) // size
            else:
                nk = scale_all(phi, n_panels, resp, k, plan.shift, k, z)
                used = n_panels
            add_squares(z, used, k, nk, d, first, plan.local.whiten, sums, seconds)
            continue
        for i in range(d):
            nk, linear, quadratic = moments_of_feature(phi, n_panels, resp, k, i, plan.shift[k, i])
            if i == 0:
                sums[0, k] += nk
            sums[1 + i, k] += linear
            if plan.second:
                sums[1 + d + (i if plan.kind == DIAG else 0), k] += quadratic
    return n_deferred
