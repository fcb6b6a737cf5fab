"""Kernels: blocks of rows and a Plan in; sufficient statistics, scores, labels out.

A block is a few panels (see `_panels`), so that the inner loops run over the rows of a panel and
vectorise whatever D and K are. Names: phi, a panel's monomials ``[1, x_1 ... x_D,
quadratic...]`` of rows in the plan's frame; joint, their log joint densities, then the
responsibilities; p, the number of the panel in both. The last panels of a short block are
padded with rows at the centre of weight zero.

Arrays are copied by loops: Numba compiles ``a[:] = b`` to code that formats an error message,
which takes it more than a second.
"""

import numba
import numpy as np

from ._gemm import (
    add_lower_square,
    add_products,
    add_square_norms,
    multiply_panel,
    round_up,
    whiten_panel,
)
from ._panels import larger, load_row, panel_of, panels, root, row_of, row_sum, store_row
from ._tiles import LEFT, RIGHT, multiply_rows
from ._vmath import exp_nonpositive, log_positive

SOFT, HARD, RANDOM = 0, 1, 2
FULL, TIED, DIAG = 0, 1, 2

_OPTIONS = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract"}}
_jit = numba.njit(**_OPTIONS)
_round_up = numba.njit(**_OPTIONS)(round_up)


@_jit
def monomial_rows(plan):
    """Return the height of a panel of monomials: padded for all that reads it in tiles."""
    d = plan.shift.shape[1]
    return _round_up(max(1 + d + plan.n_quadratic, 1 + _round_up(d, LEFT)), RIGHT)


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
            for b in range(here):
                value = (X[start + p * size + b, j] - c) * s
                phi[p, 1 + j, b] = min(max(value, -far), far)
            for b in range(here, size):
                phi[p, 1 + j, b] = 0.0
        store_row(phi, p, 0, row_of(phi, 1.0))
    return n_panels


@_jit
def load_weights(sample_weight, start, n, n_panels, w):
    """Set w to the sample weights; ones if there are none; padding zero."""
    size = panel_of(w)
    for p in range(n_panels):
        for b in range(size):
            i = p * size + b
            w[p, 0, b] = 0.0 if i >= n else sample_weight[start + i] if sample_weight.size else 1.0


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
def log_joint_block(plan, phi, n_panels, joint, y, row_terms):
    """Set joint to log(weight) + log density, less row_terms (., 1, P) common to all.

    y: one panel of 1 + D rows, for the whitened rows of a tied covariance.
    """
    k_all, d = plan.shift.shape
    size = panel_of(phi)
    any_local, all_local = plan.local.any(), plan.local.all()
    width = 1 + d + plan.n_quadratic
    lowest = np.finfo(joint.dtype).min / 4
    for p in range(n_panels):
        at_phi, at_joint = p * phi.shape[1] * size, p * joint.shape[1] * size
        row_term = row_of(phi, 0.0)
        if plan.kind == TIED:
            whiten_panel(plan.triangles, 0, d, phi, at_phi, y, size)
            store_row(y, 0, 0, row_of(y, 1.0))
            if not all_local:
                row_term = larger(square_norm(y, 0, d) * -0.5, lowest)
                multiply_panel(plan.natural, k_all, width, y, 0, joint, at_joint)
        elif not all_local:
            multiply_panel(plan.natural, k_all, width, phi, at_phi, joint, at_joint)
        store_row(row_terms, p, 0, row_term)
        if any_local:
            for k in range(k_all):
                if not plan.local[k]:
                    continue
                if plan.kind == FULL:
                    store_row(joint, p, k, row_of(joint, 0.0))
                    at = k * plan.triangles.shape[1]
                    out = at_joint + k * size
                    add_square_norms(plan.triangles, at, d, phi, at_phi, joint, out)
                    square = load_row(joint, p, k)
                elif plan.kind == TIED:
                    square = scaled_square_norm(plan, k, y, 0)
                else:
                    square = scaled_square_norm(plan, k, phi, p)
                # The larger also of a NaN: inf - inf, of a row astronomically far away.
                store_row(joint, p, k, larger(square * -0.5, lowest) + plan.log_norms[k])


@_jit
def scaled_square_norm(plan, k, rows, p):
    """Return the squared norms of ``x scale + offset`` of component k."""
    total = row_of(rows, 0.0)
    for i in range(plan.scales.shape[1]):
        x = load_row(rows, p, 1 + i) * plan.scales[k, i] + plan.offsets[k, i]
        total = total + x * x
    return total


@_jit
def row_maxima(joint, p, k_all):
    """Return the largest of the k_all components of each row of panel p."""
    top = load_row(joint, p, 0)
    for k in range(1, k_all):
        top = larger(load_row(joint, p, k), top)
    return top


@_jit
def softmax_block(joint, n_panels, k_all, w, tops, totals):
    """Turn joint into responsibilities times w; tops (., 1, P) become their log normalisers."""
    for p in range(n_panels):
        top = row_maxima(joint, p, k_all)
        total = row_of(joint, 0.0)
        for k in range(k_all):
            r = exp_nonpositive(load_row(joint, p, k) - top)
            store_row(joint, p, k, r)
            total = total + r
        store_row(tops, p, 0, top)
        store_row(totals, p, 0, total)
        factor = load_row(w, p, 0) / total
        for k in range(k_all):
            store_row(joint, p, k, load_row(joint, p, k) * factor)
    for p in range(n_panels):
        for b in range(panel_of(joint)):
            tops[p, 0, b] += log_positive(totals[p, 0, b])


@_jit
def argmax_block(joint, n_panels, k_all, tops, label):
    """Set label (., P) to the first largest component of each row, tops (., 1, P) to its value."""
    size = panel_of(joint)
    for p in range(n_panels):
        store_row(tops, p, 0, row_maxima(joint, p, k_all))
        for k in range(k_all - 1, -1, -1):  # downwards: the first of equals is the last set
            for b in range(size):
                label[p, b] = k if joint[p, k, b] == tops[p, 0, b] else label[p, b]


@_jit
def one_hot_block(label, joint, n_panels, k_all, w):
    """Set joint to the responsibilities of hard assignments, times w."""
    for p in range(n_panels):
        for k in range(k_all):
            for b in range(panel_of(joint)):
                joint[p, k, b] = w[p, 0, b] if label[p, b] == k else 0.0


@_jit
def random_block(seed, start, joint, n_panels, k_all, w):
    """Set joint to random responsibilities of seed and row alone, times w."""
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
            joint[p, k, b] *= w[p, 0, b] / (total if total > 0.0 else 1.0)


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
def add_by_label(label, w, phi, n_panels, n_features, sums):
    """Add the weighted monomials of each row to the column of its label in sums (F, K)."""
    for p in range(n_panels):
        for f in range(n_features):
            for b in range(panel_of(phi)):
                sums[f, label[p, b]] += w[p, 0, b] * phi[p, f, b]


@_jit
def scale_rows(phi, n_panels, resp, k, shift, z):
    """Set z to the rows [1, x - shift] times the root of their responsibilities; return nk."""
    total = row_of(phi, 0.0)
    for p in range(n_panels):
        r = load_row(resp, p, k)
        total = total + r
        r = root(r)
        store_row(z, p, 0, r)
        for i in range(shift.size):
            store_row(z, p, 1 + i, (load_row(phi, p, 1 + i) - shift[i]) * r)
    return row_sum(total)


@_jit
def shifted_moments(phi, n_panels, resp, k, i, m):
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
def add_shifted(plan, k, phi, n_panels, resp, z, sums, first, seconds):
    """Add the moments of component k about its shift to column k of sums, and to seconds."""
    d = plan.shift.shape[1]
    if plan.second and plan.kind <= TIED:
        first[:] = 0.0
        sums[0, k] += scale_rows(phi, n_panels, resp, k, plan.shift[k], z)
        add_lower_square(z, d, n_panels, seconds[k % seconds.shape[0]], first)
        for i in range(d):
            sums[1 + i, k] += first[i]
        return
    for i in range(d):
        nk, linear, quadratic = shifted_moments(phi, n_panels, resp, k, i, plan.shift[k, i])
        if i == 0:
            sums[0, k] += nk
        sums[1 + i, k] += linear
        if plan.second:
            sums[1 + d + (i if plan.kind == DIAG else 0), k] += quadratic


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
    phi = panels(n_panels, monomial_rows(plan), like)
    joint = panels(n_panels, k_padded, like)
    w, tops, row_terms, norms = (
        panels(n_panels, 1, like),
        panels(n_panels, 1, like),
        panels(n_panels, 1, like),
        panels(n_panels, 1, like),
    )
    y = panels(1, 1 + _round_up(d, LEFT), like)
    z = panels(n_panels if seconds.size > 0 else 0, 1 + _round_up(d, LEFT), like)
    first = np.zeros(_round_up(d, LEFT))
    zero = np.zeros(d, like.dtype)
    label = np.zeros((n_panels, size), np.int64)
    log_likelihoods = np.zeros(size)
    weights = np.zeros(size)
    n_features = 1 + d + (plan.n_quadratic if plan.second else 0)
    hard = mode == HARD and not any_shifted
    for row in range(start, stop, n_panels * size):
        n = min(n_panels * size, stop - row)
        used = load_rows(X, row, n, plan, phi)
        load_weights(sample_weight, row, n, used, w)
        if plan.expand:
            add_monomials(plan, phi, used)
        if mode == RANDOM:
            random_block(seed, row, joint, used, k_all, w)
        else:
            log_joint_block(plan, phi, used, joint, y, row_terms)
            if labels.size > 0:
                restrict_block(labels, row, n, joint, k_all)
            if mode == SOFT:
                softmax_block(joint, used, k_all, w, tops, norms)
            else:
                argmax_block(joint, used, k_all, tops, label)
                if not hard:
                    one_hot_block(label, joint, used, k_all, w)
        for p in range(used):
            for b in range(size):
                weights[b] += w[p, 0, b]
                log_likelihoods[b] += w[p, 0, b] * (tops[p, 0, b] + row_terms[p, 0, b])
        if not plan.shifted.all():
            if hard:
                add_by_label(label, w, phi, used, n_features, sums)
            else:
                add_products(joint, k_padded, phi, 0, n_features, used, sums)
            if plan.second and plan.kind == TIED:
                scale_rows(phi, used, w, 0, zero, z)
                add_lower_square(z, d, used, seconds[0], first)
        if any_shifted:
            for k in range(k_all):
                if plan.shifted[k]:
                    add_shifted(plan, k, phi, used, joint, z, moved, first, seconds)
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
    phi = panels(n_panels, monomial_rows(plan), like)
    joint = panels(n_panels, _round_up(k_all, LEFT), like)
    w, tops, row_terms, norms = (
        panels(n_panels, 1, like),
        panels(n_panels, 1, like),
        panels(n_panels, 1, like),
        panels(n_panels, 1, like),
    )
    y = panels(1, 1 + _round_up(d, LEFT), like)
    label = np.zeros((n_panels, size), np.int64)
    for row in range(start, stop, n_panels * size):
        n = min(n_panels * size, stop - row)
        used = load_rows(X, row, n, plan, phi)
        if plan.expand:
            add_monomials(plan, phi, used)
        log_joint_block(plan, phi, used, joint, y, row_terms)
        if predicted.size > 0:
            argmax_block(joint, used, k_all, tops, label)
            for i in range(n):
                predicted[row + i] = label[i // size, i % size]
        if scores.size > 0 or resp.size > 0:
            load_weights(np.empty(0), 0, n, used, w)
            softmax_block(joint, used, k_all, w, tops, norms)
        if scores.size > 0:
            for i in range(n):
                p, b = i // size, i % size
                scores[row + i] = tops[p, 0, b] + row_terms[p, 0, b]
        if resp.size > 0:
            for i in range(n):
                for k in range(k_all):
                    resp[row + i, k] = joint[i // size, k, i % size]
