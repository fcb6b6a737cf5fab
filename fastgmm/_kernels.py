"""Kernels: blocks of rows and a Plan in; sufficient statistics, scores, labels out.

Every buffer is laid out features first, (D, B) for a block of B rows, so that the inner
loops run over rows and vectorise whatever D and K are. Names: x rows in the plan's frame;
phi their monomials (F, B); joint the log joint densities (K, B), then the responsibilities.
A short last block is padded with rows at the centre of weight zero.

Arrays are copied by loops: Numba compiles ``a[:] = b`` to code that formats an error message,
which takes it more than a second.
"""

import numba
import numpy as np

from ._plan import TRIANGLE_BLOCK
from ._vmath import exp_nonpositive, log_positive

SOFT, HARD, RANDOM = 0, 1, 2
FULL, TIED, DIAG = 0, 1, 2

_OPTIONS = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract"}}
_jit = numba.njit(**_OPTIONS)


@numba.njit(**{**_OPTIONS, "fastmath": {"contract", "reassoc", "nsz"}})
def dot(a, b):
    """Return the dot product of two rows, in an order of LLVM's choice (fixed, so repeatable)."""
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@_jit
def load_block(X, start, n, plan, x):
    """Move rows start to start + n of X (N, D) into the frame: x (D, B), zero-padded."""
    d, n_block = x.shape
    far = plan.far
    for first in range(0, n, 8):  # tiles of 8 rows: whole cache lines are written
        last = min(first + 8, n)
        for j in range(d):
            c, s = plan.centre[j], plan.inv_scale[j]
            for b in range(first, last):
                value = (X[start + b, j] - c) * s
                x[j, b] = min(max(value, -far), far)
    for j in range(d):
        x[j, n:n_block] = 0.0


@_jit
def load_weights(sample_weight, start, n, w):
    """Fill w (B,) with the block's sample weights; ones if there are none; padding zero."""
    if sample_weight.size == 0:
        w[:n] = 1.0
    else:
        for b in range(n):
            w[b] = sample_weight[start + b]
    w[n:] = 0.0


@_jit
def monomials_block(plan, phi):
    """Fill the quadratic rows of phi (F, B) from its linear ones; the last row is ones."""
    q = plan.n_quadratic
    d = plan.means.shape[1]
    n_block = phi.shape[1]
    if plan.kind == FULL:
        f = 0
        for i in range(d):
            for j in range(i, d):
                for b in range(n_block):
                    phi[f, b] = phi[q + i, b] * phi[q + j, b]
                f += 1
    elif plan.kind == DIAG:
        for i in range(d):
            for b in range(n_block):
                phi[i, b] = phi[q + i, b] * phi[q + i, b]
    elif plan.kind != TIED:
        phi[0, :] = 0.0
        for i in range(d):
            for b in range(n_block):
                phi[0, b] += phi[q + i, b] * phi[q + i, b]
    phi[q + d, :] = 1.0


@_jit
def half_square_norm(y, out):
    """Set out (B,) to minus half the squared norm of the columns of y (D, B), kept finite."""
    lowest = np.finfo(out.dtype).min / 4
    out[:] = 0.0
    for i in range(y.shape[0]):
        for b in range(y.shape[1]):
            out[b] += y[i, b] * y[i, b]
    for b in range(out.size):
        value = -out.dtype.type(0.5) * out[b]
        out[b] = value if value > lowest else lowest  # of a NaN (inf - inf in y) too


@_jit
def whiten_block(packed, delta, y):
    """Set y (D, B) to the product of a packed lower triangle (see `pack_lower`) and delta."""
    d = delta.shape[0]
    offset = 0
    for first in range(0, d, TRIANGLE_BLOCK):
        last = min(first + TRIANGLE_BLOCK, d)
        size = (last - first) * last
        rows = packed[offset : offset + size].reshape((last - first, last))
        np.dot(rows, delta[:last], y[first:last])
        offset += size


@_jit
def add_lower_product(weighted, delta, work, target):
    """Add the lower triangle, by blocks, of weighted (D, B) times delta^T to target (D, D)."""
    d = delta.shape[0]
    for first in range(0, d, TRIANGLE_BLOCK):
        last = min(first + TRIANGLE_BLOCK, d)
        part = work[: (last - first) * last].reshape((last - first, last))
        np.dot(weighted[first:last], delta[:last].T, part)
        for i in range(last - first):
            for j in range(last):
                target[first + i, j] += part[i, j]


@_jit
def log_joint_block(plan, phi, joint, row_term, delta, y):
    """Fill joint (K, B) with log(weight) + log density, less row_term (B,) common to all."""
    q = plan.n_quadratic
    k_all, d = plan.means.shape
    n_block = joint.shape[1]
    x = phi[q : q + d]
    row_term[:] = 0.0
    if not plan.local.all():
        np.dot(plan.natural, phi, joint)
        if plan.kind == TIED:
            whiten_block(plan.factors[0], x, y)
            half_square_norm(y, row_term)
    for k in range(k_all):
        if not plan.local[k]:
            continue
        for i in range(d):
            m = plan.means[k, i]
            for b in range(n_block):
                delta[i, b] = x[i, b] - m
        if plan.kind == FULL or plan.kind == TIED:
            whiten_block(plan.factors[k % plan.factors.shape[0]], delta, y)
        else:
            for i in range(d):
                u = plan.factors[k, i]
                for b in range(n_block):
                    y[i, b] = delta[i, b] * u
        half_square_norm(y, joint[k])
        log_norm = plan.log_norms[k]
        for b in range(n_block):
            joint[k, b] += log_norm - row_term[b]


@_jit
def row_maxima(joint, top):
    """Set top (B,) to the largest entry of each column of joint (K, B)."""
    top[:] = -np.inf
    for k in range(joint.shape[0]):
        for b in range(top.size):
            top[b] = max(top[b], joint[k, b])


@_jit
def softmax_block(joint, top, total):
    """Turn joint (K, B) into responsibilities; top (B,) becomes their log normaliser."""
    k_all, n_block = joint.shape
    row_maxima(joint, top)
    total[:] = 0.0
    for k in range(k_all):
        for b in range(n_block):
            r = exp_nonpositive(joint[k, b] - top[b])
            joint[k, b] = r
            total[b] += r
    for b in range(n_block):
        top[b] += log_positive(total[b])
        total[b] = total.dtype.type(1.0) / total[b]
    for k in range(k_all):
        for b in range(n_block):
            joint[k, b] *= total[b]


@_jit
def argmax_block(joint, top, label):
    """Set label (B,) to the first largest component of joint (K, B), top (B,) to its value."""
    k_all, n_block = joint.shape
    row_maxima(joint, top)
    for k in range(k_all - 1, -1, -1):  # downwards, so that the first of equals is the last set
        for b in range(n_block):
            label[b] = k if joint[k, b] == top[b] else label[b]


@_jit
def one_hot_block(label, joint):
    """Turn joint (K, B) into the responsibilities of hard assignments `label` (B,)."""
    joint[:] = 0.0
    for b in range(label.size):
        joint[label[b], b] = 1.0


@_jit
def random_block(seed, start, joint):
    """Fill joint (K, B) with random responsibilities that depend on seed and row only."""
    k_all, n_block = joint.shape
    for b in range(n_block):
        total = 0.0
        for k in range(k_all):
            # splitmix64 (Steele, Lea and Flood 2014) of a counter: no state to share.
            z = np.uint64(seed) + np.uint64((start + b) * k_all + k) * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            u = ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
            joint[k, b] = u
            total += u
        for k in range(k_all):
            joint[k, b] /= total if total > 0.0 else 1.0


@_jit
def restrict_block(labels, start, n, joint):
    """Leave rows with a known label (>= 0) that component alone in joint (K, B)."""
    impossible = np.finfo(joint.dtype).min / 4
    for b in range(n):
        known = labels[start + b]
        if known >= 0:
            for k in range(joint.shape[0]):
                if k != known:
                    joint[k, b] = impossible


@_jit
def expanded_sums(plan, phi, resp, w, label, hard, sums, part):
    """Add the moments about the frame's centre to sums (K, S), of all components."""
    first = 0 if plan.second else plan.n_quadratic
    monomials = phi[first:]
    if hard:  # cheaper than a product with a matrix of zeros
        for f in range(sums.shape[1]):
            for b in range(w.size):
                sums[label[b], f] += w[b] * monomials[f, b]
    else:
        np.dot(resp, monomials.T, part)
        for k in range(sums.shape[0]):
            if not plan.shifted[k]:
                for f in range(sums.shape[1]):
                    sums[k, f] += part[k, f]


@_jit
def shifted_sums(plan, k, phi, resp, ones, sums, seconds, delta, weighted, work):
    """Add the moments of component k about its shift to row k of sums, and to seconds."""
    q = plan.n_quadratic
    d = plan.means.shape[1]
    linear = sums.shape[1] - d - 1
    for i in range(d):
        m = plan.shift[k, i]
        for b in range(ones.size):
            delta[i, b] = phi[q + i, b] - m
            weighted[i, b] = resp[k, b] * delta[i, b]
        sums[k, linear + i] += dot(weighted[i], ones)
        if plan.second and plan.kind >= DIAG:
            sums[k, i if plan.kind == DIAG else 0] += dot(weighted[i], delta[i])
    sums[k, linear + d] += dot(resp[k], ones)
    if plan.second and plan.kind <= TIED:
        add_lower_product(weighted, delta, work, seconds[k % seconds.shape[0]])


@_jit
def statistics_chunk(
    X, sample_weight, labels, start, stop, n_block, plan, mode, seed, sums, seconds, totals
):
    """Add up rows start to stop: sums (K, S), seconds (., D, D), totals [log-likelihood, weight].

    All three come zeroed. They are arguments, not results, because Numba runs Python code to
    hand over an array that it made, where Ctrl-C would end in a SystemError. The columns of
    `sums` are the monomials' (without the quadratic ones if no second moments are wanted).
    `seconds` holds what the monomials do not: the scatter of a tied covariance (1, D, D), or,
    if any component is shifted, of full covariances (K, D, D); the lower triangles are right.
    """
    q = plan.n_quadratic
    k_all, d = plan.means.shape
    dtype = plan.means.dtype
    any_shifted = plan.shifted.any()
    phi = np.empty((q + d + 1, n_block), dtype)
    x = phi[q : q + d]
    joint = np.empty((k_all, n_block), dtype)
    delta = np.empty((d, n_block), dtype)
    y = np.empty((d, n_block), dtype)
    work = np.empty(TRIANGLE_BLOCK * d, dtype)
    ones = np.ones(n_block, dtype)
    part = np.empty(sums.shape, dtype)
    top = np.empty(n_block, dtype)
    row_term = np.empty(n_block, dtype)
    total = np.empty(n_block, dtype)
    w = np.empty(n_block, dtype)
    label = np.zeros(n_block, np.int64)
    hard = mode == HARD and not any_shifted
    log_likelihood = 0.0
    weight = 0.0
    for row in range(start, stop, n_block):
        n = min(n_block, stop - row)
        load_block(X, row, n, plan, x)
        load_weights(sample_weight, row, n, w)
        if plan.expand:
            monomials_block(plan, phi)
        if mode == RANDOM:
            random_block(seed, row, joint)
            top[:] = 0.0
            row_term[:] = 0.0
        else:
            log_joint_block(plan, phi, joint, row_term, delta, y)
            if labels.size > 0:
                restrict_block(labels, row, n, joint)
            if mode == HARD:
                argmax_block(joint, top, label)
                if not hard:
                    one_hot_block(label, joint)
            else:
                softmax_block(joint, top, total)
        for b in range(n):
            log_likelihood += w[b] * (top[b] + row_term[b])
            weight += w[b]
        if not hard and (sample_weight.size > 0 or n < n_block):
            for k in range(k_all):
                for b in range(n_block):
                    joint[k, b] *= w[b]
        if not plan.shifted.all():
            expanded_sums(plan, phi, joint, w, label, hard, sums, part)
            if plan.second and plan.kind == TIED:
                for i in range(d):
                    for b in range(n_block):
                        y[i, b] = x[i, b] * w[b]
                add_lower_product(y, x, work, seconds[0])
        if any_shifted:
            for k in range(k_all):
                if plan.shifted[k]:
                    shifted_sums(plan, k, phi, joint, ones, sums, seconds, delta, y, work)
    totals[0] = log_likelihood
    totals[1] = weight


@_jit
def score_chunk(X, start, stop, n_block, plan, scores, resp, predicted):
    """Score rows start to stop into whichever of the outputs is not empty.

    scores (N,): log densities, in nats. resp (N, K): responsibilities. predicted (N,): the
    most likely components.
    """
    q = plan.n_quadratic
    k_all, d = plan.means.shape
    dtype = plan.means.dtype
    phi = np.empty((q + d + 1, n_block), dtype)
    joint = np.empty((k_all, n_block), dtype)
    delta = np.empty((d, n_block), dtype)
    y = np.empty((d, n_block), dtype)
    top = np.empty(n_block, dtype)
    row_term = np.empty(n_block, dtype)
    total = np.empty(n_block, dtype)
    label = np.empty(n_block, np.int64)
    for row in range(start, stop, n_block):
        n = min(n_block, stop - row)
        load_block(X, row, n, plan, phi[q : q + d])
        if plan.expand:
            monomials_block(plan, phi)
        log_joint_block(plan, phi, joint, row_term, delta, y)
        if predicted.size > 0:
            argmax_block(joint, top, label)
            for b in range(n):
                predicted[row + b] = label[b]
        if scores.size > 0 or resp.size > 0:
            softmax_block(joint, top, total)
        if scores.size > 0:
            for b in range(n):
                scores[row + b] = top[b] + row_term[b]
        if resp.size > 0:
            for b in range(n):
                for k in range(k_all):
                    resp[row + b, k] = joint[k, b]
