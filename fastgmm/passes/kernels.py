"""Kernels: blocks of rows and a Plan in; sufficient statistics, scores, labels out.

A block is a few panels (see `panels`), so that the inner loops run over the rows of a panel and
vectorise whatever D and K are. Names: phi, a panel's monomials ``[1, x_1 ... x_D,
quadratic...]`` of rows in the plan's frame; joint, their log joint densities, then the
responsibilities; side, what there is one of for each row; p, the number of the panel in all of
them. The last panel of a short block is padded with rows at the centre of weight zero.

Compiled code allocates nothing, and copies arrays by loops: what Numba compiles for ``np.zeros``,
``a.any()`` or ``a[:] = b`` (which formats an error message) takes it a second.
"""

import numpy as np

from ..simd.compiled import cached_njit
from ..simd.exp_log import exp_nonpositive, log_positive
from ..simd.panels import (
    lanes_reaching,
    larger,
    load_row,
    panel_of,
    row_of,
    store_row,
    where_larger,
)
from ..simd.products import ENTRY_OPTIONS, OPTIONS, add_lower_square, add_products
from ..simd.tiles import TILE
from .log_densities import (
    BOUND,
    BOUND_OF_ALL,
    FEWEST_TO_PRUNE,
    FULL,
    LIKELIEST,
    NEGLIGIBLE,
    TERM,
    TIED,
    TOP,
    WEIGHT,
    add_monomials,
    load_rows,
    log_joint_block,
)
from .moments import add_by_label, add_deferred, add_shifted, scale_all

SOFT, HARD, RANDOM = 0, 1, 2

# Below this many components, to ask for each whether it needs exponentials costs what it saves.
FEWEST_TO_SKIP = 32

# With so many components sums by label cost less than products with responsibilities of 0 and 1.
FEWEST_BY_LABEL = 24

_jit = cached_njit(**OPTIONS)
_entry = cached_njit(**ENTRY_OPTIONS)


@_jit
def may_prune(plan, local):
    """Whether to look for components that need not be computed: all are in the direct form."""
    if local is None:
        return False
    k_all, d = plan.shift.shape
    all_direct = local.direct.size == k_all
    return plan.kind == FULL and all_direct and k_all >= FEWEST_TO_PRUNE and d > TILE


@_jit
def load_weights(sample_weight, start, n, n_panels, side):
    """Set WEIGHT of side to the sample weights; ones if there are none; padding zero."""
    size = panel_of(side)
    for p in range(n_panels):
        for b in range(size):
            i = p * size + b
            weight = sample_weight[start + i] if i < n and sample_weight.size > 0 else 1.0
            side[p, WEIGHT, b] = weight if i < n else 0.0


@_jit
def row_maxima(joint, p, k_all, needed):
    """Return the largest of the needed components of each row of panel p."""
    top = row_of(joint, -np.inf)
    for k in range(k_all):
        if needed[p, k]:
            top = larger(load_row(joint, p, k), top)
    return top


@_jit
def softmax_block(joint, first, last, k_all, needed, side, which):
    """Turn joint into responsibilities times WEIGHT of side; TOP becomes their log normaliser.

    Of panels first to last. What is negligible becomes zero, and no longer needed if it is so for a
    whole panel. which (K,) is scratch.
    """
    for p in range(first, last):
        top = row_maxima(joint, p, k_all, needed)
        n = 0
        for k in range(k_all):
            if not needed[p, k]:
                continue
            if k_all >= FEWEST_TO_SKIP and not lanes_reaching(
                load_row(joint, p, k), top - NEGLIGIBLE
            ):
                needed[p, k] = 0
                store_row(joint, p, k, row_of(joint, 0.0))
                continue
            which[n] = k
            n += 1
        total = row_of(joint, 0.0)
        for i in range(n):
            log_ratio = load_row(joint, p, which[i]) - top
            r = where_larger(log_ratio, -NEGLIGIBLE, exp_nonpositive(log_ratio), 0.0)
            store_row(joint, p, which[i], r)
            total = total + r
        store_row(side, p, TOP, top + log_positive(total))
        factor = load_row(side, p, WEIGHT) / total
        for i in range(n):
            store_row(joint, p, which[i], load_row(joint, p, which[i]) * factor)


@_jit
def softmax_of_all(joint, first, last, k_all, needed, side):
    """Do `softmax_block` for weights of one, with nothing negligible but what underflows."""
    for p in range(first, last):
        top = row_maxima(joint, p, k_all, needed)
        total = row_of(joint, 0.0)
        for k in range(k_all):
            if needed[p, k]:
                # A square, so that it becomes subnormal, and not zero at once.
                r = exp_nonpositive((load_row(joint, p, k) - top) * 0.5)
                r = r * r
                store_row(joint, p, k, r)
                total = total + r
        store_row(side, p, TOP, top + log_positive(total))
        for k in range(k_all):
            store_row(joint, p, k, load_row(joint, p, k) / total)


@_jit
def argmax_block(joint, first, last, k_all, needed, side, label):
    """Set label (., P) to the first largest component of each row, TOP of side to its value."""
    for p in range(first, last):
        top, likeliest = row_of(joint, -np.inf), row_of(joint, 0.0)
        for k in range(k_all):
            if needed[p, k]:
                value = load_row(joint, p, k)
                likeliest = where_larger(value, top, float(k), likeliest)
                top = larger(value, top)
        store_row(side, p, TOP, top)
        store_row(side, p, LIKELIEST, likeliest)
        for b in range(panel_of(joint)):
            label[p, b] = int(side[p, LIKELIEST, b])


@_jit
def one_hot_block(joint, n_panels, k_all, needed, side):
    """Set joint to the responsibilities of LIKELIEST of side alone, times WEIGHT of it."""
    for p in range(n_panels):
        likeliest, weight = load_row(side, p, LIKELIEST), load_row(side, p, WEIGHT)
        for k in range(k_all):
            not_above = where_larger(likeliest, k + 0.5, 0.0, weight)
            store_row(joint, p, k, where_larger(likeliest, k - 0.5, not_above, 0.0))
            this = row_of(side, float(k))
            needed[p, k] = lanes_reaching(likeliest, this) & lanes_reaching(this, likeliest) != 0


@_jit
def random_block(seed, start, joint, n_panels, k_all, side):
    """Set joint to random responsibilities of seed and row alone, times WEIGHT of side."""
    size = panel_of(joint)
    for i in range(n_panels * size):
        p, b = i // size, i % size
        total = 0.0
        for k in range(k_all):
            # splitmix64 (Steele, Lea and Flood 2014) of a counter: no state to share.
            z = np.uint64(seed) + np.uint64((start + i) * k_all + k) * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            u = ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
            joint[p, k, b] = u
            total += u
        for k in range(k_all):
            joint[p, k, b] *= side[p, WEIGHT, b] / (total if total > 0.0 else 1.0)


@_jit
def restrict_block(labels, start, n, joint, first, last, k_all, impossible):
    """Leave rows with a known label (>= 0) that component alone in panels first to last."""
    size = panel_of(joint)
    for i in range(first * size, min(last * size, n) if labels.size > 0 else 0):
        known = labels[start + i]
        if known >= 0:
            for k in range(k_all):
                if k != known:
                    joint[i // size, k, i % size] = impossible


@_entry
def statistics_chunk(
    X, sample_weight, labels, start, stop, plan, buffers, mode, seed, sums, moved, seconds, totals
):
    """Add up rows start to stop: sums, moved (F, K), seconds (., packed_size(D)), totals.

    All come zeroed, and padded to whole tiles. Rows of `sums` are the monomials (without the
    quadratic ones if no second moments are wanted). If any component is shifted, `moved` holds
    what `sums` does, right for those components. `seconds` holds what the monomials do not: the
    scatter of a tied covariance, or of full covariances where any component is shifted. totals:
    log-likelihood and weight.

    labels, seed and moved are None where plan.local is, and seconds where buffers.whitened is: most
    fits need no more, and wait for no more to be compiled. Without `local` no component is in the
    direct form or shifted, and mode is not RANDOM.
    """
    k_all, d = plan.shift.shape
    phi, joint, side, needed = buffers.phi, buffers.joint, buffers.side, buffers.needed
    label, which, by_lane = buffers.label, buffers.which, buffers.by_lane
    size = panel_of(phi)
    rows = phi.shape[0] * size
    n_features = 1 + d + (plan.n_quadratic if plan.second else 0)
    hard = mode == HARD and plan.n_shifted == 0 and k_all >= FEWEST_BY_LABEL
    weight_row, zero = np.int64(WEIGHT), np.int64(0)  # else compiled for a constant and a variable
    bound, n_deferred = 0.0, zero
    if labels is not None and labels.size == 0 and may_prune(plan, plan.local):
        bound = BOUND
    for b in range(size):
        by_lane[0, b] = by_lane[1, b] = 0.0
    for row in range(start, stop, rows):
        n = min(rows, stop - row)
        used = load_rows(X, row, n, plan.centre, plan.inv_scale, plan.far, phi)
        load_weights(sample_weight, row, n, used, side)
        if plan.expand:
            add_monomials(plan.kind, d, phi, used)
        work = 0
        for p in range(0, used if mode != RANDOM else 0, buffers.group):
            last = min(p + buffers.group, used)
            work += log_joint_block(
                plan, plan.local, phi, p, last, joint, needed, buffers.whitened, side, which, bound
            )
            if labels is not None:
                restrict_block(labels, row, n, joint, p, last, k_all, -np.inf)
            if mode == SOFT:
                softmax_block(joint, p, last, k_all, needed, side, which)
            else:
                argmax_block(joint, p, last, k_all, needed, side, label)
        bound = bound if 8 * work < 3 * used * k_all * d * d else 0.0
        if mode == HARD and not hard:
            one_hot_block(joint, used, k_all, needed, side)
        if seed is not None and mode == RANDOM:
            random_block(seed, row, joint, used, k_all, side)
        for p in range(used):
            for b in range(size):
                weight = side[p, WEIGHT, b]
                by_lane[0, b] += weight * (side[p, TOP, b] + side[p, TERM, b])
                by_lane[1, b] += weight
        if plan.n_shifted < k_all:
            if hard:
                add_by_label(label, side, weight_row, phi, used, n_features, sums)
            else:
                add_products(joint, needed, used, phi, n_features, sums, buffers.tiles)
            # None is shifted here, so the shift is zero.
            if seconds is not None and plan.second and plan.kind == TIED:
                scale_all(phi, used, side, weight_row, plan.shift, zero, buffers.scaled)
                add_lower_square(buffers.scaled, d, used, seconds[0], buffers.first)
        if labels is not None and plan.n_shifted > 0:
            n_deferred = add_shifted(row, used, n_deferred, plan, buffers, moved, seconds)
            if n_deferred > buffers.gathered.most or row + n >= stop:
                n_deferred = add_deferred(X, n_deferred, plan, buffers, moved, seconds)
    for b in range(size):
        totals[0] += by_lane[0, b]
        totals[1] += by_lane[1, b]


@_entry
def score_chunk(X, start, stop, plan, buffers, scores, resp, predicted):
    """Score rows start to stop into whichever of the outputs is not empty.

    scores (N,): log densities, in nats. resp (N, K): responsibilities. predicted (N,): the
    most likely components. Of rows that are too far out (see `Plan`), scores are too low, predicted
    is -1 and resp begins with -1. Returns their number.
    """
    k_all, d = plan.shift.shape
    phi, joint, side, needed = buffers.phi, buffers.joint, buffers.side, buffers.needed
    label, which = buffers.label, buffers.which
    size = panel_of(phi)
    rows = phi.shape[0] * size
    bound = 0.0
    if may_prune(plan, plan.local):
        bound = BOUND_OF_ALL if resp.size > 0 else BOUND
    n_far_out = 0
    for row in range(start, stop, rows):
        n = min(rows, stop - row)
        used = load_rows(X, row, n, plan.centre, plan.inv_scale, plan.far, phi)
        if plan.expand:
            add_monomials(plan.kind, d, phi, used)
        work = 0
        for p in range(0, used, buffers.group):
            last = min(p + buffers.group, used)
            work += log_joint_block(
                plan, plan.local, phi, p, last, joint, needed, buffers.whitened, side, which, bound
            )
            if predicted.size > 0:
                argmax_block(joint, p, last, k_all, needed, side, label)
            if resp.size > 0:
                softmax_of_all(joint, p, last, k_all, needed, side)
            elif scores.size > 0:
                for q in range(p, last):
                    store_row(side, q, WEIGHT, row_of(side, 1.0))
                softmax_block(joint, p, last, k_all, needed, side, which)
        bound = bound if 8 * work < 3 * used * k_all * d * d else 0.0
        for i in range(n):
            p, b = i // size, i % size
            score = side[p, TOP, b] + side[p, TERM, b]
            far_out = score < plan.far_out
            n_far_out += far_out
            if scores.size > 0:
                scores[row + i] = score
            if predicted.size > 0:
                predicted[row + i] = -1 if far_out else label[p, b]
            if resp.size > 0:
                for k in range(k_all):
                    resp[row + i, k] = joint[p, k, b]
                if far_out:
                    resp[row + i, 0] = -1.0
    return n_far_out


@_entry
def probe_panels(X, starts, plan, buffers):
    """Score a panel of rows from each of `starts`; return the work and the pairs, a row.

    The work is what the direct form does, in multiply-adds; a pair is a row and a component
    that it has a responsibility for.
    """
    k_all = plan.shift.shape[0]
    phi, joint, side, needed = buffers.phi, buffers.joint, buffers.side, buffers.needed
    size = panel_of(phi)
    zero, one, bound = np.int64(0), np.int64(1), BOUND if starts.size > 0 else 0.0
    work = 0
    pairs = 0
    for start in starts:
        load_rows(X, start, size, plan.centre, plan.inv_scale, plan.far, phi)
        store_row(side, 0, WEIGHT, row_of(side, 1.0))
        work += size * log_joint_block(
            plan, plan.local, phi, zero, one, joint, needed, buffers.whitened, side, buffers.which,
            bound,
        )  # fmt: skip
        softmax_block(joint, zero, one, k_all, needed, side, buffers.which)
        for k in range(k_all):
            for b in range(size):
                pairs += joint[0, k, b] > 0.0
    return work / (starts.size * size), pairs / (starts.size * size)
