"""Kernels over rows with missing values (NaN): blocks of rows and a `MissingPlan` in, sums out.

Of a component with the precision U U^T, a row less its mean, with zeros at what is missing, becomes
z = U^T delta. What is missing is free: with it the whitened row is any z + U_m^T d, U_m the rows of
U that are the missing features'. The shortest of these, z less its projection onto the rows of U_m,
has the square of the observed features' own density, and its d is the conditional mean. With
U_m = L V, L unit lower triangular and the rows of V orthogonal (modified Gram-Schmidt),

* the square is ``|z - sum_a t_a v_a|^2``, ``t_a = v_a z / |v_a|^2``, and ``L^T d = -t``,
* the determinant of the observed features' covariance is that of all times ``prod_a |v_a|^2``,
* the conditional covariance is ``(L diag(|v|^2) L^T)^-1``.

No matrix is squared on the way, and squares are those of what is left over, not differences of
larger ones. So all this has an error of the rounding times the root of the condition of the
correlations, as a complete row's log density has: modified Gram-Schmidt solves least squares, z
taken along as a last row, as stably as Householder's method does (Bjorck, "Solving linear least
squares problems by Gram-Schmidt orthogonalization", BIT 7, 1967). By P_mm or the covariance of the
observed features it would be the condition itself.

Missing features come last one first: rows of U begin with zeros, those of the last with the most.
The rows of a panel are sorted by what they miss, and what they miss may differ: each lane has its
own V. Lanes that miss fewer have rows of zeros in it, which change nothing. For names see
`kernels`; a run is panels that miss the same, lane by lane, and share the factors.
"""

import numpy as np

from ..passes.kernels import (
    HARD,
    RANDOM,
    SOFT,
    argmax_block,
    one_hot_block,
    random_block,
    restrict_block,
    softmax_block,
    softmax_of_all,
)
from ..passes.log_densities import TOP, WEIGHT
from ..simd.compiled import cached_njit
from ..simd.exp_log import log_positive
from ..simd.panels import (
    first_lane,
    lanes_reaching,
    larger,
    load_row,
    panel_of,
    row_of,
    row_sum,
    store_row,
    where_larger,
)
from ..simd.products import ENTRY_OPTIONS, OPTIONS, whiten_panel
from ..simd.tiles import LEFT
from .moments import add_conditional, add_moments, add_products_of_rows

_jit = cached_njit(**OPTIONS)
# To pass the plan and the buffers on, hundreds of numbers, takes as long as what these do.
_inlined = cached_njit(**OPTIONS, forceinline=True)
_entry = cached_njit(**ENTRY_OPTIONS)


@_jit
def touch(X, start, stop):
    """Read rows in their order, which a CPU sees coming, and not in that in which they are sorted.

    Returns a number, so that it is done.
    """
    n = 0
    for i in range(start, stop):
        for j in range(0, X.shape[1], 8):
            n += X[i, j] > 0.0
    return n


@_jit
def load_block(X, order, start, row, n, plan, of):
    """Load n rows of a chunk that begins at `start`: the row-th in `order` and those after it.

    n is of whole panels; where `order` has -1 there is no row, but in lane 0 there is. Such a lane
    repeats the row before it, without weight.
    """
    size, d, at = panel_of(of.x), X.shape[1], start
    for i in range(n):
        p, b = i // size, i % size
        of.row[p, b] = -1
        if order[row + i] >= 0:
            at = start + order[row + i]
            of.row[p, b] = at
        to = np.uint64(p * d * size + b)  # unsigned: no place is counted from the end
        for j in range(d):
            of.flat_x[to] = X[at, j]
            to += np.uint64(size)
    for p in range(n // size):
        list_missing(p, plan, of)
        find_runs(p, of)
    return n // size


@_jit
def list_missing(p, plan, of):
    """Turn panel p of X into units, and zeros where values are missing, and list those."""
    size, d, most = panel_of(of.x), of.x.shape[1], of.which.shape[1]
    zero, one, term = row_of(of.x, 0.0), row_of(of.x, 1.0), row_of(of.x, 0.0)
    for b in range(size):
        of.count[p, b] = of.empty[p, b] = 0
    of.some_empty[p] = 0
    for back in range(d):
        i = d - 1 - back
        x = load_row(of.x, p, i)
        known = where_larger(x, -np.inf, one, zero)
        x = where_larger(x, -np.inf, x, zero) * plan.inv_scale[i]
        x = larger(where_larger(x, plan.highest_x[i], plan.highest_x[i], x), plan.lowest_x[i])
        store_row(of.x, p, i, x * known)
        store_row(of.known, p, i, known)
        term = term + (one - known) * plan.missing_terms[i]
        missing = lanes_reaching(one - known, one)
        while missing != 0:
            b = first_lane(missing)
            missing &= missing - 1
            if of.count[p, b] < most:
                of.which[p, of.count[p, b], b] = i
            of.count[p, b] += 1
            if of.count[p, b] == d:  # nothing is known of it: see `log_joint`
                of.count[p, b], of.empty[p, b], of.some_empty[p] = 0, 1, 1
    store_row(of.term, p, 0, term)


@_jit
def packed_place(d, i, j):
    """Return where `add_lower_square` packs row i, column j of a matrix (d, d), i <= j."""
    padded, first = d + -d % LEFT, i - i % LEFT
    return first * padded - first * (first - LEFT) // 2 + (i - first) * (padded - first) + j - first


@_jit
def find_runs(p, of):
    """Set what panel p misses at most, where its V begin not to be zero, and where its run began.

    And whether the a-th that is missing is the same one in all lanes.
    """
    size = panel_of(of.x)
    most, same = 0, p > 0
    for b in range(size):
        most = max(most, of.count[p, b])
    for a in range(most):
        lowest, alike = of.x.shape[1] if a == 0 else of.begin[p, a - 1], True
        for b in range(size):
            if a >= of.count[p, b]:
                of.which[p, a, b] = -1
            else:
                lowest = min(lowest, of.which[p, a, b])
            alike &= of.which[p, a, b] == of.which[p, a, 0]
        of.begin[p, a], of.alike[p, a] = lowest, alike
        for c in range(a + 1):
            for b in range(1 if alike and of.alike[p, c] else size):
                i, j = of.which[p, a, b], of.which[p, c, b]
                place = -1 if i < 0 else packed_place(of.x.shape[1], i, j)
                of.place[p, a * (a + 1) // 2 + c, b] = place
    if same:
        same = most == of.most[p - 1]
        for a in range(most):
            for b in range(size):
                same &= of.which[p, a, b] == of.which[p - 1, a, b]
    of.most[p] = most
    of.run[p] = of.run[p - 1] if same else p


@_inlined
def factorise(plan, of, p, f, slot):
    """Set V of panel p and factor f, and in this slot L (`of.lower`) and 1 / |v|^2.

    And `of.log_det` to half the sum of the logarithms of |v|^2.
    """
    size, d = panel_of(of.x), of.x.shape[1]
    v, log_det, nowhere = of.v, row_of(of.v, 0.0), plan.factors.size - d  # a row of zeros
    product = row_of(v, 1.0)
    for a in range(of.most[p]):
        begin = of.begin[p, a]
        if of.alike[p, a]:
            at = (f * d + of.which[p, a, 0]) * d
            for i in range(begin, d):
                store_row(v, a, i, row_of(v, plan.factors[at + i]))
        else:
            for b in range(size):
                of.at[b] = (f * d + of.which[p, a, b]) * d if of.which[p, a, b] >= 0 else nowhere
            for i in range(begin, d):
                to, more = np.uint64((a * d + i) * size), np.uint64(i)
                for b in range(np.uint64(size)):  # unsigned: no place is counted from the end
                    of.flat[to + b] = plan.factors[of.at[b] + more]
        for c in range(a):
            share = row_of(v, 0.0)
            for i in range(of.begin[p, c], d):
                share = share + load_row(v, c, i) * load_row(v, a, i)
            share = share * load_row(of.inverse, slot, c)
            store_row(of.lower, slot, a * (a - 1) // 2 + c, share)
            for i in range(of.begin[p, c], d):
                store_row(v, a, i, load_row(v, a, i) - share * load_row(v, c, i))
        square = row_of(v, 0.0)
        for i in range(begin, d):
            x = load_row(v, a, i)
            square = square + x * x
        square = where_larger(square, 0.0, square, row_of(v, 1.0))
        store_row(of.inverse, slot, a, row_of(v, 1.0) / square)
        product = product * square
        if (a + 1) % plan.squares_at_once == 0 or a + 1 == of.most[p]:
            log_det, product = log_det + log_positive(product) * 0.5, row_of(v, 1.0)
    store_row(of.log_det, 0, 0, log_det)


@_inlined
def log_joint_of_matrices(plan, of, p, k, slot):
    """Set joint of panel p and component k, and `of.guess`, the conditional means less its own.

    Those are of what is missing, in units of the plan's scale.
    """
    size, d = panel_of(of.x), of.x.shape[1]
    most, row = of.most[p], p * plan.means.shape[0] + k
    for i in range(d):
        x = load_row(of.x, p, i) - plan.means[k, i]
        store_row(of.delta, 0, 1 + i, x * load_row(of.known, p, i))
    triangle = plan.triangles[k % plan.triangles.shape[0]]
    whiten_panel(triangle, d, of.delta, 0, of.z, 0)
    for a in range(most):
        begin, t = of.begin[p, a], row_of(of.z, 0.0)
        for i in range(begin, d):
            t = t + load_row(of.v, a, i) * load_row(of.z, 0, i)
        t = t * load_row(of.inverse, slot, a)
        for i in range(begin, d):
            store_row(of.z, 0, i, load_row(of.z, 0, i) - t * load_row(of.v, a, i))
        store_row(of.guess, row, a, t * -1.0)
    square = row_of(of.z, 0.0)
    for i in range(d):
        x = load_row(of.z, 0, i)
        square = square + x * x
    for a in range(most - 1, -1, -1):
        t = load_row(of.guess, row, a)
        for c in range(a + 1, most):
            lower = load_row(of.lower, slot, c * (c - 1) // 2 + a)
            t = t - lower * load_row(of.guess, row, c)
        store_row(of.guess, row, a, t)
    term = load_row(of.term, p, 0) - load_row(of.log_det, 0, 0) + plan.log_norms[k]
    store_row(of.joint, p, k, larger(square * -0.5, plan.lowest) + term)
    for b in range(size if of.some_empty[p] else 0):  # of nothing known, the density is 1
        if of.empty[p, b]:
            of.joint[p, k, b] = plan.log_weights[k]


@_inlined
def log_joint_of_variances(plan, of, p, k):
    """Set joint of panel p and component k of independent features."""
    square, term = row_of(of.x, 0.0), row_of(of.x, 0.0)
    for i in range(of.x.shape[1]):
        known = load_row(of.known, p, i)
        x = (load_row(of.x, p, i) - plan.means[k, i]) * known * plan.scales[k, i]
        square = square + x * x
        term = term + known * plan.known_terms[k, i]
    store_row(of.joint, p, k, larger(square * -0.5, plan.lowest) + term + plan.log_weights[k])


@_jit
def log_joint(plan, of, n_panels):
    """Set joint of all panels to log(weight) + log density of what is known of the rows."""
    k_all, n_factors = plan.means.shape[0], plan.triangles.shape[0]
    for p in range(n_panels):
        for k in range(k_all):
            of.needed[p, k] = 1
    if n_factors == 0:
        for p in range(n_panels):
            for k in range(k_all):
                log_joint_of_variances(plan, of, p, k)
        return
    for f in range(n_factors):
        for p in range(n_panels):
            slot = of.run[p] * n_factors + f if of.keep else 0
            if of.run[p] == p:
                factorise(plan, of, p, f, slot)
            for k in range(f, k_all, n_factors):
                log_joint_of_matrices(plan, of, p, k, slot)


@_jit
def load_rows_of(of, n_panels, sample_weight, labels):
    """Set WEIGHT of side, and `of.label` to the known labels, -1 where there are none."""
    for p in range(n_panels):
        for b in range(panel_of(of.x)):
            at = of.row[p, b]
            weight = 1.0 if at >= 0 else 0.0
            if at >= 0 and sample_weight.size > 0:
                weight = sample_weight[at]
            of.side[p, WEIGHT, b] = weight
            known = at >= 0 and labels.size > 0
            of.known_label[p * panel_of(of.x) + b] = labels[at] if known else -1


@_entry
def missing_statistics_chunk(
    X, order, sample_weight, labels, start, stop, plan, of, mode, seed, sums, seconds, blank, totals
):
    """Add up rows start to stop: see `moments` for sums, seconds and blank.

    All come zeroed. totals: log-likelihood and weight. order: see `order_of`.
    """
    k_all, size = plan.means.shape[0], panel_of(of.x)
    rows, zero = of.x.shape[0] * size, np.int64(0)  # else compiled for a constant and a variable
    of.chosen[0] = touch(X, start, stop)
    for row in range(0, order.size, rows):
        n = min(rows, order.size - row)
        used = load_block(X, order, start, row, n, plan, of)
        load_rows_of(of, used, sample_weight, labels)
        log_joint(plan, of, used)
        if labels.size > 0:
            restrict_block(of.known_label, zero, n, of.joint, zero, used, k_all, -np.inf)
        if mode == SOFT:
            softmax_block(of.joint, zero, used, k_all, of.needed, of.side, of.chosen)
        else:
            argmax_block(of.joint, zero, used, k_all, of.needed, of.side, of.label)
        for p in range(used):
            totals[0] += row_sum(load_row(of.side, p, WEIGHT) * load_row(of.side, p, TOP))
            totals[1] += row_sum(load_row(of.side, p, WEIGHT))
        if mode == HARD:
            one_hot_block(of.joint, used, k_all, of.needed, of.side)
        if mode == RANDOM:
            random_block(seed, row, of.joint, used, k_all, of.side)
        if plan.triangles.shape[0] == 0 or not plan.second:
            add_moments(plan, of, used, sums, seconds, blank)
            continue
        add_products_of_rows(plan, of, used, sums, seconds, blank)
        n_factors = plan.triangles.shape[0]
        for k in range(k_all):
            f = k % n_factors
            p = 0
            while p < used:
                last = p + 1
                while last < used and of.run[last] == p:
                    last += 1
                if of.most[p] > 0:
                    if not of.keep:
                        factorise(plan, of, p, f, 0)
                    slot = p * n_factors + f if of.keep else 0
                    add_conditional(plan, of, p, last, k, slot, seconds)
                p = last


@_entry
def missing_score_chunk(X, order, labels, start, stop, plan, of, scores, resp, predicted, filled):
    """Score rows start to stop into whichever of the outputs is not empty.

    scores (N,), resp (N, K), predicted (N,): as of `kernels.score_chunk`, of what is known of the
    rows; those too far out are marked as there. filled (N, D): what is missing becomes its mean
    given what is known, the mean over components of conditional means. labels (N,), or empty: rows
    are of these components. Returns how many rows were too far out.
    """
    k_all, size = plan.means.shape[0], panel_of(of.x)
    rows, zero = of.x.shape[0] * size, np.int64(0)  # else compiled for a constant and a variable
    of.chosen[0] = touch(X, start, stop)
    n_far_out = 0
    for row in range(0, order.size, rows):
        n = min(rows, order.size - row)
        used = load_block(X, order, start, row, n, plan, of)
        load_rows_of(of, used, scores[:0], labels)
        log_joint(plan, of, used)
        if labels.size > 0:
            restrict_block(of.known_label, zero, n, of.joint, zero, used, k_all, -np.inf)
        if predicted.size > 0:
            argmax_block(of.joint, zero, used, k_all, of.needed, of.side, of.label)
        if resp.size > 0 or filled.size > 0:
            softmax_of_all(of.joint, zero, used, k_all, of.needed, of.side)
        elif scores.size > 0:
            softmax_block(of.joint, zero, used, k_all, of.needed, of.side, of.chosen)
        for i in range(n):
            p, b = i // size, i % size
            at = of.row[p, b]
            if at < 0:
                continue
            far_out = of.side[p, TOP, b] < plan.far_out
            n_far_out += far_out
            if scores.size > 0:
                scores[at] = of.side[p, TOP, b]
            if predicted.size > 0:
                predicted[at] = -1 if far_out else of.label[p, b]
            for k in range(k_all if resp.size > 0 else 0):
                resp[at, k] = of.joint[p, k, b]
            if resp.size > 0 and far_out:
                resp[at, 0] = -1.0
            if filled.size > 0:
                fill_row(plan, of, p, b, filled, at)
    return n_far_out


@_jit
def fill_row(plan, of, p, b, filled, at):
    """Set what is missing in row `at` of filled to its mean, by the responsibilities in joint."""
    k_all, a = plan.means.shape[0], 0
    for j in range(of.x.shape[1] - 1, -1, -1):
        if of.known[p, j, b] == 1.0:
            continue
        total = 0.0
        for k in range(k_all):
            mean = plan.means[k, j]
            if plan.triangles.shape[0] > 0 and not of.empty[p, b]:
                mean += of.guess[p * k_all + k, a, b]
            total += of.joint[p, k, b] * mean
        filled[at, j] = total / plan.inv_scale[j]
        a += 1
