"""From rows in the plan's frame to their log joint densities with all components.

For names see `kernels`. Where all components take the direct form, work is skipped: the
squares of a whitened row's first features bound its distance from below, and a component
that this bound puts `NEGLIGIBLE` below another, for all rows of a panel, needs no more of it.
"""

import numpy as np

from ..simd.compiled import cached_njit
from ..simd.panels import (
    count_lanes,
    first_lane,
    framed_row,
    lanes_reaching,
    larger,
    load_row,
    panel_of,
    row_of,
    store_row,
    where_larger,
)
from ..simd.products import (
    OPTIONS,
    add_square_norms,
    multiply_panel,
    square_norm_above,
    whiten_panel,
)
from ..simd.tiles import TILE, multiply_rows

FULL, TIED, DIAG, SPHERICAL = 0, 1, 2, 3  # the kinds of `plan`

# Rows of `side`, an array of panels beside the others.
WEIGHT, TOP, TERM, LIKELIEST, BEST, MOST = 0, 1, 2, 3, 4, 5
SIDE = 6

# A responsibility below exp(-55), 1.3e-24, counts as zero: even of 1e8 rows such are 1.3e-16 of
# a row together.
NEGLIGIBLE = 55.0
# One more for the bounds, so that rounding in them makes no difference. Where each responsibility
# is wanted, it counts down to the smallest subnormal number, exp(-745).
BOUND = NEGLIGIBLE + 1.0
BOUND_OF_ALL = 746.0

# Below this many components, guessing the likely ones costs what it saves.
FEWEST_TO_PRUNE = 8

# Up to so many rows of a panel are taken one by one where others need no more of a component, if
# more than a tile is left. One of them takes so many times its share of what the panel would.
FEW_LANES, LANE_WORK = 6, 4

# With more components than this that are likeliest for a row of a panel, each of its rows is
# taken by itself: these triangles are all different, and the sums of a row wait for each other.
MOST_LIKELIEST = 16

_jit = cached_njit(**OPTIONS)


@_jit
def load_rows(X, start, n, centre, inv_scale, far, phi):
    """Move rows start to start + n of X (N, D) into the frame, and into phi; return the panels."""
    size = panel_of(phi)
    n_panels = (n + size - 1) // size
    for p in range(n_panels):
        here = min(size, n - p * size)
        for j in range(X.shape[1]):
            c, s = centre[j], inv_scale[j]
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
def add_monomials(kind, d, phi, n_panels):
    """Fill the quadratic rows of phi."""
    size = panel_of(phi)
    for p in range(n_panels):
        if kind == FULL:
            at = p * phi.shape[1] * size
            out = at + (1 + d) * size
            for i in range(d):
                multiply_rows(phi, at + (1 + i) * size, at + (1 + i) * size, d - i, out)
                out += (d - i) * size
        elif kind == DIAG:
            for i in range(d):
                x = load_row(phi, p, 1 + i)
                store_row(phi, p, 1 + d + i, x * x)
        elif kind != TIED:
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
def log_joint_block(plan, local, phi, first, last, joint, needed, y, side, rest, most_below):
    """Set joint to log(weight) + log density, less the row TERM of side, common to all.

    Of panels first to last. needed (., K): set to 0 where a component is negligible for all rows of
    a panel; its log density is left out, and what joint holds of it is zero. Negligible is what is
    more than `most_below` below the likeliest; 0.0 asks for all. y: panels of 1 + D rows, for the
    whitened rows of a tied covariance, or None. rest (K,) is scratch. Returns the work done in the
    direct form: multiply-adds a row.
    """
    k_all, d = plan.shift.shape
    size = panel_of(phi)
    n_direct = 0
    if local is not None:
        n_direct = local.direct.size
    width = 1 + d + plan.n_quadratic
    rows = phi
    if y is not None and plan.kind == TIED:
        rows = y
    work = 0
    for p in range(first, last):
        at_phi, at_joint = p * phi.shape[1] * size, p * joint.shape[1] * size
        at_rows = p * rows.shape[1] * size
        row_term = row_of(phi, 0.0)
        for k in range(k_all):
            needed[p, k] = 1
        if y is not None and plan.kind == TIED:
            whiten_panel(plan.triangles, d, phi, at_phi, y, at_rows + size)
            store_row(y, p, 0, row_of(y, 1.0))
            if n_direct < k_all:
                row_term = larger(square_norm(y, p, d) * -0.5, plan.lowest)
        if n_direct < k_all:
            multiply_panel(plan.natural, k_all, width, rows, at_rows, joint, at_joint)
        store_row(side, p, TERM, row_term)
        if local is None:
            continue
        if n_direct > 0 and plan.triangles.size > 0 and plan.kind == FULL:
            work += log_joint_direct(
                plan.triangles, local.log_norms, plan.lowest, local.direct, d, phi, p, joint,
                needed, side, rest, most_below,
            )  # fmt: skip
        elif n_direct > 0:
            for k in local.direct:
                total = row_of(rows, 0.0)
                for i in range(d):
                    # The difference first: of rows at the mean it is zero, however far that is.
                    x = (load_row(rows, p, 1 + i) - local.points[k, i]) * local.scales[k, i]
                    total = total + x * x
                store_row(joint, p, k, larger(total * -0.5, plan.lowest) + local.log_norms[k])
    return work


@_jit
def bounded(squares, p, k, log_norms, lowest):
    """Return minus half of squared distances plus log_norms[k], finite; lowest for inf - inf."""
    return larger(load_row(squares, p, k) * -0.5, lowest) + log_norms[k]


@_jit
def log_joint_direct(
    triangles, log_norms, lowest, direct, d, phi, p, joint, needed, side, rest, most_below
):
    """Do `log_joint_block` for panel p and the full covariances `direct`, from their triangles.

    Unless `most_below` is zero, each row's likeliest component by its first features is computed
    exactly. Then no other counts that is bounded below that one by more than it: a sum of squares
    only grows, in floating point too. The bound of more and more features is looked at. A
    component that counts for few rows of the panel is computed for those alone; of the others
    joint keeps the bound, too low to make a difference.
    """
    size, n_all = panel_of(joint), log_norms.size
    at_phi, at_joint = p * phi.shape[1] * size, p * joint.shape[1] * size
    done = min(TILE, d) if most_below > 0.0 else d
    zero = np.int64(0)
    add_square_norms(
        triangles, n_all, d, direct, direct.size, zero, done, phi, at_phi, joint, at_joint
    )
    if most_below == 0.0:
        for k in direct:
            store_row(joint, p, k, bounded(joint, p, k, log_norms, lowest))
        return direct.size * d * d // 2
    work = direct.size * done * done
    work += set_best(triangles, log_norms, lowest, direct, d, phi, p, joint, needed, side, rest)
    best = load_row(side, p, BEST)
    n = zero
    for k in direct:
        if not needed[p, k]:
            rest[n] = k
            n += 1
    while True:
        n_before, n = n, zero
        for i in range(n_before):
            k = rest[i]
            bound = bounded(joint, p, k, log_norms, lowest)
            reaching = lanes_reaching(bound, best - most_below)
            if reaching == 0:
                store_row(joint, p, k, row_of(joint, 0.0))
                continue
            few = d - done > TILE and count_lanes(reaching) <= FEW_LANES
            if not few and done < d:
                rest[n] = k
                n += 1
                continue
            needed[p, k] = 1
            if few:
                work += LANE_WORK * (d * d - done * done) * count_lanes(reaching) // size
                store_row(side, p, MOST, (best - (log_norms[k] + most_below)) * -2.0)
                while reaching != 0:
                    b = first_lane(reaching)
                    reaching &= reaching - 1
                    joint[p, k, b] = square_norm_above(
                        triangles, n_all, d, k, done, phi, at_phi + b, joint[p, k, b],
                        side[p, MOST, b],
                    )  # fmt: skip
                bound = bounded(joint, p, k, log_norms, lowest)
            best = larger(bound, best)
            store_row(joint, p, k, bound)
        if n == 0:
            return work // 2
        more = min(done + TILE * max(1, done // (2 * TILE)), d)
        add_square_norms(triangles, n_all, d, rest, n, done, more, phi, at_phi, joint, at_joint)
        work += n * (more * more - done * done)
        done = more


@_jit
def set_best(triangles, log_norms, lowest, direct, d, phi, p, joint, needed, side, rest):
    """Set BEST of side to the log density of each row's likeliest component, by its bound.

    joint has the squares of the first `TILE` features. If these components are few, or little is
    left to do, they are done with for the whole panel, and needed. Returns the work.
    """
    size, n_all = panel_of(joint), log_norms.size
    at_phi, at_joint = p * phi.shape[1] * size, p * joint.shape[1] * size
    done, n = np.int64(TILE), np.int64(0)
    best = row_of(joint, -np.inf)
    likeliest = row_of(joint, 0.0)
    for k in direct:
        bound = bounded(joint, p, k, log_norms, lowest)
        likeliest = where_larger(bound, best, float(k), likeliest)
        best = larger(bound, best)
        needed[p, k] = 0
    store_row(side, p, LIKELIEST, likeliest)
    for b in range(size):
        k = int(side[p, LIKELIEST, b])
        if not needed[p, k]:
            needed[p, k] = 1
            rest[n] = k
            n += 1
    if n <= MOST_LIKELIEST or d - done <= TILE:
        add_square_norms(triangles, n_all, d, rest, n, done, d, phi, at_phi, joint, at_joint)
        best = row_of(joint, -np.inf)
        for i in range(n):
            log_density = bounded(joint, p, rest[i], log_norms, lowest)
            best = larger(log_density, best)
            store_row(joint, p, rest[i], log_density)
        store_row(side, p, BEST, best)
        return n * (d * d - done * done)
    store_row(side, p, MOST, row_of(side, np.inf))
    for b in range(size):
        k = int(side[p, LIKELIEST, b])
        needed[p, k] = 0
        square = square_norm_above(
            triangles, n_all, d, k, done, phi, at_phi + b, joint[p, k, b], side[p, MOST, b]
        )
        bound = square * -0.5
        side[p, BEST, b] = (bound if bound > lowest else lowest) + log_norms[k]
    return LANE_WORK * (d * d - done * done)
