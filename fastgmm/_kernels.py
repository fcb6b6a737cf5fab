"""Kernels: blocks of rows and a Plan in; sufficient statistics, scores, labels out.

A block is a few panels (see `_panels`), so that the inner loops run over the rows of a panel and
vectorise whatever D and K are. Names: phi, a panel's monomials ``[1, x_1 ... x_D,
quadratic...]`` of rows in the plan's frame; joint, their log joint densities, then the
responsibilities; side, what there is one of for each row; p, the number of the panel in all of
them. The last panel of a short block is padded with rows at the centre of weight zero.

Arrays are copied by loops: Numba compiles ``a[:] = b`` to code that formats an error message,
which takes it more than a second.
"""

import numba
import numpy as np

from ._gemm import add_lower_square, add_products
from ._joint import (
    FEWEST_TO_PRUNE,
    FULL,
    NEGLIGIBLE,
    OPTIONS,
    SIDE,
    TERM,
    TIED,
    TOP,
    WEIGHT,
    add_monomials,
    load_rows,
    log_joint_block,
)
from ._moments import add_by_label, add_shifted, scale_all
from ._panels import (
    any_reaches,
    larger,
    load_row,
    panel_of,
    panels,
    row_of,
    store_row,
    where_larger,
)
from ._tiles import LEFT, RIGHT, TILE
from ._vmath import exp_nonpositive, log_positive

SOFT, HARD, RANDOM = 0, 1, 2

# Below this many components, to ask for each whether it needs exponentials costs what it saves.
FEWEST_TO_SKIP = 32

_jit = numba.njit(**OPTIONS)


@_jit
def monomial_rows(plan):
    """Return the height of a panel of monomials: padded for all that reads it in tiles."""
    d = plan.shift.shape[1]
    height = max(1 + d + plan.n_quadratic, 1 + d + -d % LEFT)
    return height + -height % RIGHT


@_jit
def may_prune(plan):
    """Whether to look for components that need not be computed: all are in the direct form."""
    k_all, d = plan.shift.shape
    return plan.kind == FULL and plan.local.all() and k_all >= FEWEST_TO_PRUNE and d > TILE


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
def row_maxima(joint, p, k_all):
    """Return the largest of the k_all components of each row of panel p."""
    top = load_row(joint, p, 0)
    for k in range(1, k_all):
        here = load_row(joint, p, k)
        top = larger(here, top)
    return top


@_jit
def softmax_block(joint, n_panels, k_all, needed, side):
    """Turn joint into responsibilities times WEIGHT of side; TOP becomes their log normaliser.

    What is negligible becomes zero, and no longer needed if it is so for a whole panel.
    """
    which = np.empty(k_all, np.int64)
    for p in range(n_panels):
        top = row_maxima(joint, p, k_all)
        n = 0
        for k in range(k_all):
            if k_all >= FEWEST_TO_SKIP and needed[p, k]:
                needed[p, k] = any_reaches(load_row(joint, p, k), top - NEGLIGIBLE)
            if needed[p, k]:
                which[n] = k
                n += 1
            else:
                store_row(joint, p, k, row_of(joint, 0.0))
        total = row_of(joint, 0.0)
        for k in which[:n]:
            log_ratio = load_row(joint, p, k) - top
            r = where_larger(log_ratio, -NEGLIGIBLE, exp_nonpositive(log_ratio), 0.0)
            store_row(joint, p, k, r)
            total = total + r
        store_row(side, p, TOP, top + log_positive(total))
        factor = load_row(side, p, WEIGHT) / total
        for k in which[:n]:
            store_row(joint, p, k, load_row(joint, p, k) * factor)


@_jit
def argmax_block(joint, n_panels, k_all, side, label):
    """Set label (., P) to the first largest component of each row, TOP of side to its value."""
    size = panel_of(joint)
    for p in range(n_panels):
        store_row(side, p, TOP, row_maxima(joint, p, k_all))
        for k in range(k_all - 1, -1, -1):  # downwards: the first of equals is the last set
            for b in range(size):
                label[p, b] = k if joint[p, k, b] == side[p, TOP, b] else label[p, b]


@_jit
def one_hot_block(label, joint, n_panels, k_all, side):
    """Set joint to the responsibilities of hard assignments, times WEIGHT of side."""
    for p in range(n_panels):
        for k in range(k_all):
            for b in range(panel_of(joint)):
                joint[p, k, b] = side[p, WEIGHT, b] if label[p, b] == k else 0.0


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
def restrict_block(labels, start, n, joint, k_all):
    """Leave rows with a known label (>= 0) that component alone in joint."""
    impossible = np.finfo(joint.dtype).min / 4
    size = panel_of(joint)
    for i in range(n):
        known = labels[start + i]
        if known >= 0:
            for k in range(k_all):
                if k != known:
                    joint[i // size, k, i % size] = impossible


@_jit
def statistics_chunk(
    X, sample_weight, labels, start, stop, n_panels, plan, mode, seed, sums, moved, seconds, totals
):
    """Add up rows start to stop: sums, moved (F, K), seconds (., D, D), totals.

    All come zeroed, and padded to whole tiles. They are arguments, not results, because Numba
    runs Python code to hand over an array that it made, where Ctrl-C would end in a
    SystemError. Rows of `sums` are the monomials (without the quadratic ones if no second
    moments are wanted). If any component is shifted, `moved` holds what `sums` does, right for
    those components. `seconds` holds what the monomials do not: the scatter of a tied
    covariance, or of full covariances where any component is shifted; [j, i] is right for
    i >= j. totals: log-likelihood and weight.
    """
    k_all, d = plan.shift.shape
    like = plan.shift
    size = panel_of(like)
    any_shifted = plan.shifted.any()
    k_padded = sums.shape[1]
    d_padded = 1 + d + -d % LEFT
    phi = panels(n_panels, monomial_rows(plan), like)
    joint = panels(n_panels, k_padded, like)
    side = panels(n_panels, np.int64(SIDE), like)
    y = panels(n_panels if plan.kind == TIED else 0, d_padded, like)
    needed = np.ones((n_panels, k_all), np.uint8)
    z = panels(n_panels if seconds.size > 0 else 0, d_padded, like)
    first = np.zeros(d_padded - 1)
    zero = np.zeros(d, like.dtype)
    label = np.zeros((n_panels, size), np.int64)
    log_likelihoods = np.zeros(size)
    weights = np.zeros(size)
    n_features = 1 + d + (plan.n_quadratic if plan.second else 0)
    hard = mode == HARD and not any_shifted
    prune = may_prune(plan) and labels.size == 0
    for row in range(start, stop, n_panels * size):
        n = min(n_panels * size, stop - row)
        used = load_rows(X, row, n, plan, phi)
        load_weights(sample_weight, row, n, used, side)
        if plan.expand:
            add_monomials(plan, phi, used)
        if mode == RANDOM:
            random_block(seed, row, joint, used, k_all, side)
        else:
            work = log_joint_block(plan, phi, used, joint, needed, y, side, prune)
            prune = prune and 8 * work < 3 * used * k_all * d * d
            if labels.size > 0:
                restrict_block(labels, row, n, joint, k_all)
            if mode == SOFT:
                softmax_block(joint, used, k_all, needed, side)
            else:
                argmax_block(joint, used, k_all, side, label)
                if not hard:
                    one_hot_block(label, joint, used, k_all, side)
        for p in range(used):
            for b in range(size):
                weights[b] += side[p, WEIGHT, b]
                log_likelihoods[b] += side[p, WEIGHT, b] * (side[p, TOP, b] + side[p, TERM, b])
        if not plan.shifted.all():
            if hard:
                add_by_label(label, side, WEIGHT, phi, used, n_features, sums)
            else:
                add_products(joint, needed, used, phi, n_features, sums)
            if plan.second and plan.kind == TIED:
                scale_all(phi, used, side, np.int64(WEIGHT), zero, z)
                add_lower_square(z, d, used, seconds[0], first)
        if any_shifted:
            add_shifted(plan, phi, used, joint, needed, z, moved, first, seconds)
    for b in range(size):
        totals[0] += log_likelihoods[b]
        totals[1] += weights[b]


@_jit
def score_chunk(X, start, stop, n_panels, plan, scores, resp, predicted):
    """Score rows start to stop into whichever of the outputs is not empty.

    scores (N,): log densities, in nats. resp (N, K): responsibilities. predicted (N,): the
    most likely components.
    """
    k_all, d = plan.shift.shape
    like = plan.shift
    size = panel_of(like)
    d_padded = 1 + d + -d % LEFT
    phi = panels(n_panels, monomial_rows(plan), like)
    joint = panels(n_panels, k_all + -k_all % LEFT, like)
    side = panels(n_panels, np.int64(SIDE), like)
    y = panels(n_panels if plan.kind == TIED else 0, d_padded, like)
    needed = np.ones((n_panels, k_all), np.uint8)
    label = np.zeros((n_panels, size), np.int64)
    prune = may_prune(plan)
    for row in range(start, stop, n_panels * size):
        n = min(n_panels * size, stop - row)
        used = load_rows(X, row, n, plan, phi)
        if plan.expand:
            add_monomials(plan, phi, used)
        work = log_joint_block(plan, phi, used, joint, needed, y, side, prune)
        prune = prune and 8 * work < 3 * used * k_all * d * d
        if predicted.size > 0:
            argmax_block(joint, used, k_all, side, label)
            for i in range(n):
                predicted[row + i] = label[i // size, i % size]
        if scores.size > 0 or resp.size > 0:
            load_weights(np.empty(0), row, n, used, side)
            softmax_block(joint, used, k_all, needed, side)
        if scores.size > 0:
            for i in range(n):
                p, b = i // size, i % size
                scores[row + i] = side[p, TOP, b] + side[p, TERM, b]
        if resp.size > 0:
            for i in range(n):
                for k in range(k_all):
                    resp[row + i, k] = joint[i // size, k, i % size]


@_jit
def probe_panels(X, starts, plan):
    """Score a panel of rows from each of `starts`; return the work and the pairs, a row.

    The work is what the direct form does, in multiply-adds; a pair is a row and a component
    that it has a responsibility for.
    """
    k_all = plan.shift.shape[0]
    like = plan.shift
    size = panel_of(like)
    one = np.int64(1)
    phi = panels(one, monomial_rows(plan), like)
    joint = panels(one, k_all + -k_all % LEFT, like)
    side = panels(one, np.int64(SIDE), like)
    y = panels(np.int64(0), one, like)
    needed = np.ones((1, k_all), np.uint8)
    work = 0
    pairs = 0
    for start in starts:
        load_rows(X, start, size, plan, phi)
        load_weights(np.empty(0), start, size, one, side)
        work += size * log_joint_block(plan, phi, one, joint, needed, y, side, True)
        softmax_block(joint, one, k_all, needed, side)
        for k in range(k_all):
            for b in range(size):
                pairs += joint[0, k, b] > 0.0
    return work / (starts.size * size), pairs / (starts.size * size)
