"""From rows in the plan's frame to their log joint densities with all components.

For names see `_kernels`. Where all components take the direct form, work is skipped: the
squares of a whitened row's first features bound its distance from below, and a component
that this bound puts `NEGLIGIBLE` below another, for all rows of a panel, needs no more of it.
"""

import numba
import numpy as np

from ._gemm import add_square_norms, multiply_panel, whiten_panel
from ._panels import (
    any_reaches,
    framed_row,
    larger,
    load_row,
    panel_of,
    row_of,
    store_row,
    where_larger,
)
from ._tiles import TILE, multiply_rows

FULL, TIED, DIAG = 0, 1, 2  # the kinds of `_plan`; what is none of them is spherical

# Rows of `side`, an array of panels beside the others.
WEIGHT, TOP, TERM, LIKELIEST = 0, 1, 2, 3
SIDE = 4

# A responsibility below exp(-55), 1.3e-24, counts as zero: even of 1e8 rows such are 1.3e-16 of
# a row together.
NEGLIGIBLE = 55.0
# One more for the bounds, so that rounding in them makes no difference.
BOUND = NEGLIGIBLE + 1.0

# Below this many components, guessing the likely ones costs what it saves.
FEWEST_TO_PRUNE = 8

OPTIONS = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract"}}
_jit = numba.njit(**OPTIONS)


@_jit
def load_rows(X, start, n, plan, phi):
    """Move rows start to start + n of X (N, D) into the frame, and into phi; return the panels."""
    far = plan.far
    size = panel_of(phi)
    n_panels = (n + size - 1) // size
    for p in range(n_panels):
        here = min(size, n - p * size)
        for j in range(X.shape[1]):
            c, s = plan.centre[j], plan.inv_scale[j]
            if here == size:
                x = framed_row(phi, X, start + p * size, j, c, s)
            else:
                for b in range(size):
                    phi[p, 1 + j, b] = (X[start + p * size + b, j] - c) * s if b < here else 0.0
                x = load_row(phi, p, 1 + j)
            x = where_larger(x, far, far, x)
            store_row(phi, p, 1 + j, larger(x, -far))
        store_row(phi, p, 0, row_of(phi, 1.0))
    return n_panels


@_jit
def add_monomials(plan, phi, n_panels):
    """Fill the quadratic rows of phi."""
    d = plan.shift.shape[1]
    size = panel_of(phi)
    for p in range(n_panels):
        if plan.kind == FULL:
            at = p * phi.shape[1] * size
            out = at + (1 + d) * size
            for i in range(d):
                multiply_rows(phi, at + (1 + i) * size, at + (1 + i) * size, d - i, out)
                out += (d - i) * size
        elif plan.kind == DIAG:
            for i in range(d):
                x = load_row(phi, p, 1 + i)
                store_row(phi, p, 1 + d + i, x * x)
        elif plan.kind != TIED:
            store_row(phi, p, 1 + d, square_norm(phi, p, d))


@_jit
def square_norm(rows, p, d):
    """Return the squared norms of the columns of rows 1 to d of panel p."""
    total = row_of(rows, 0.0)
    for i in range(1, 1 + d):
        x = load_row(rows, p, i)
        total = total + x * x
    return total


@_jit
def scaled_square_norm(plan, k, rows, p):
    """Return the squared norms of ``x scale + offset`` of component k."""
    total = row_of(rows, 0.0)
    for i in range(plan.scales.shape[1]):
        x = load_row(rows, p, 1 + i) * plan.scales[k, i] + plan.offsets[k, i]
        total = total + x * x
    return total


@_jit
def log_joint_block(plan, phi, n_panels, joint, needed, y, side, prune):
    """Set joint to log(weight) + log density, less the row TERM of side, common to all.

    needed (n_panels, K): set to 0 where a component is negligible for all rows of a panel, and
    its log density is minus infinity. y: panels of 1 + D rows, for the whitened rows of a tied
    covariance. Returns the work done in the direct form: multiply-adds a row.
    """
    k_all, d = plan.shift.shape
    size = panel_of(phi)
    any_local, all_local = plan.local.any(), plan.local.all()
    width = 1 + d + plan.n_quadratic
    lowest = np.finfo(joint.dtype).min / 4
    which = np.flatnonzero(plan.local)
    work = 0
    for p in range(n_panels):
        at_phi, at_joint = p * phi.shape[1] * size, p * joint.shape[1] * size
        row_term = row_of(phi, 0.0)
        for k in range(k_all):
            needed[p, k] = 1
        if plan.kind == TIED:
            at_y = p * y.shape[1] * size
            whiten_panel(plan.triangles, 0, d, phi, at_phi, y, at_y + size)
            store_row(y, p, 0, row_of(y, 1.0))
            if not all_local:
                row_term = square_norm(y, p, d) * -0.5
                row_term = larger(row_term, lowest)
                multiply_panel(plan.natural, k_all, width, y, at_y, joint, at_joint)
        elif not all_local:
            multiply_panel(plan.natural, k_all, width, phi, at_phi, joint, at_joint)
        store_row(side, p, TERM, row_term)
        if not any_local:
            continue
        if plan.kind == FULL:
            work += log_joint_direct(plan, which, phi, p, joint, needed, side, prune)
            continue
        for k in which:
            if plan.kind == TIED:
                square = scaled_square_norm(plan, k, y, p)
            else:
                square = scaled_square_norm(plan, k, phi, p)
            store_row(joint, p, k, bounded(square, lowest) + plan.log_norms[k])
    return work


@_jit
def bounded(square, lowest):
    """Return minus half of squared distances, kept finite; lowest for a NaN (inf - inf)."""
    half = square * -0.5
    return larger(half, lowest)


@_jit
def log_joint_direct(plan, which, phi, p, joint, needed, side, prune):
    """Do `log_joint_block` for panel p and the full covariances `which`, from their triangles.

    With `prune`, each row's likeliest component by its first features is computed exactly.
    Then no other counts that, for all rows, is bounded below that one by more than `BOUND`: a
    sum of squares only grows, in floating point too. The bound of more and more features is
    looked at.
    """
    d = plan.shift.shape[1]
    triangles, log_norms = plan.triangles, plan.log_norms
    lowest = np.finfo(joint.dtype).min / 4
    size = panel_of(joint)
    at_phi, at_joint = p * phi.shape[1] * size, p * joint.shape[1] * size
    for k in which:
        store_row(joint, p, k, row_of(joint, 0.0))
    done = min(TILE, d) if prune else d
    add_square_norms(triangles, which, 0, done, phi, at_phi, joint, at_joint)
    if not prune:
        for k in which:
            log_density = bounded(load_row(joint, p, k), lowest) + log_norms[k]
            store_row(joint, p, k, log_density)
        return which.size * d * d // 2
    highest = row_of(joint, -np.inf)
    likeliest = row_of(joint, 0.0)
    for k in which:
        bound = bounded(load_row(joint, p, k), lowest) + log_norms[k]
        likeliest = where_larger(bound, highest, float(k), likeliest)
        highest = larger(bound, highest)
        needed[p, k] = 0
    store_row(side, p, LIKELIEST, likeliest)
    rest = np.empty(which.size, np.int64)
    n = 0
    for b in range(size):
        k = int(side[p, LIKELIEST, b])
        if not needed[p, k]:
            needed[p, k] = 1
            rest[n] = k
            n += 1
    add_square_norms(triangles, rest[:n], done, d, phi, at_phi, joint, at_joint)
    best = row_of(joint, -np.inf)
    for k in rest[:n]:
        log_density = bounded(load_row(joint, p, k), lowest) + log_norms[k]
        best = larger(log_density, best)
        store_row(joint, p, k, log_density)
    work = which.size * done * done + n * (d * d - done * done)
    n = 0
    for k in which:
        if not needed[p, k]:
            rest[n] = k
            n += 1
    while True:
        n_before, n = n, 0
        for k in rest[:n_before]:
            bound = bounded(load_row(joint, p, k), lowest) + log_norms[k]
            if not any_reaches(bound, best - BOUND):
                store_row(joint, p, k, row_of(joint, -np.inf))
            elif done < d:
                rest[n] = k
                n += 1
            else:
                needed[p, k] = 1
                best = larger(bound, best)
                store_row(joint, p, k, bound)
        if n == 0:
            return work // 2
        more = min(done + TILE * max(1, done // (2 * TILE)), d)
        add_square_norms(triangles, rest[:n], done, more, phi, at_phi, joint, at_joint)
        work += n * (more * more - done * done)
        done = more
