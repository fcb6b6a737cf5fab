"""From responsibilities to sums, of rows with missing values: expected moments.

For names see `kernels` and `missing.kernels`. ``sums`` (1 + D, K): those of r, and of r times the
rows less the shift, what is missing being its conditional mean. ``seconds``: of independent
features (K, D), of r times the squares of these; of matrices (K or 1, packed_size(D)) their
products, and r times the conditional covariances. ``blank``: what is left to be added when all is
summed up; of independent features (K, D) the r of rows that miss them, each for a variance, of
matrices (K, 1) the r of rows that miss all features. All but r in units of the plan's scale.
"""

from ..passes.moments import add_squares
from ..simd.compiled import cached_njit
from ..simd.panels import (
    load_row,
    panel_of,
    root,
    row_of,
    row_sum,
    store_row,
)
from ..simd.products import OPTIONS, add_lower_square

_jit = cached_njit(**OPTIONS)
_inlined = cached_njit(**OPTIONS, forceinline=True)  # see `missing.kernels`


@_inlined
def about_shift(plan, of, p, k, i):
    """Return feature i of panel p about the shift of component k; its own mean where missing."""
    known = load_row(of.known, p, i)
    x = (load_row(of.x, p, i) - plan.shift[k, i]) * known
    return x + (row_of(of.x, 1.0) - known) * plan.moved[k, i] if plan.any_moved else x


@_jit
def add_moments(plan, of, n_panels, sums, seconds, blank):
    """Add the moments, of single features, of all components; no second ones of matrices."""
    matrices, k_all = plan.triangles.shape[0] > 0, plan.means.shape[0]
    for k in range(k_all):
        for i in range(of.x.shape[1]):
            nk = first = second = missing = row_of(of.x, 0.0)
            for p in range(n_panels):
                if not of.needed[p, k]:
                    continue
                r, delta = load_row(of.joint, p, k), about_shift(plan, of, p, k, i)
                nk = nk + r
                missing = missing + r * (row_of(of.x, 1.0) - load_row(of.known, p, i))
                if matrices:
                    for a in range(of.most[p]):
                        for b in range(panel_of(of.x)):
                            if of.which[p, a, b] == i:
                                guess = of.guess[p * k_all + k, a, b]
                                sums[1 + i, k] += of.joint[p, k, b] * guess
                r = r * delta
                first = first + r
                second = second + r * delta
            if i == 0:
                sums[0, k] += row_sum(nk)
            sums[1 + i, k] += row_sum(first)
            if not matrices:
                seconds[k, i] += row_sum(second)
                blank[k, i] += row_sum(missing)


@_jit
def add_products_of_rows(plan, of, n_panels, sums, seconds, blank):
    """Add to sums and seconds what the rows are, what is missing being its conditional mean."""
    d, k_all, size = of.x.shape[1], plan.means.shape[0], panel_of(of.x)
    z = of.scaled
    for k in range(k_all):
        used, nk = 0, row_of(z, 0.0)
        for p in range(n_panels):
            if not of.needed[p, k]:
                continue
            r = load_row(of.joint, p, k)
            nk = nk + r
            r = root(r)
            store_row(z, used, 0, r)
            for i in range(d):
                store_row(z, used, 1 + i, about_shift(plan, of, p, k, i) * r)
            for a in range(of.most[p]):
                if of.alike[p, a]:
                    i = 1 + of.which[p, a, 0]
                    guess = load_row(of.guess, p * k_all + k, a) * r
                    store_row(z, used, i, load_row(z, used, i) + guess)
                    continue
                for b in range(size):
                    j = of.which[p, a, b]
                    if j >= 0:
                        z[used, 1 + j, b] += of.guess[p * k_all + k, a, b] * z[used, 0, b]
            for b in range(size if of.some_empty[p] else 0):
                if of.empty[p, b]:
                    blank[k, 0] += of.joint[p, k, b]
            used += 1
        if used > 0:
            add_squares(z, used, k, row_sum(nk), d, of.first, plan.whiten, sums, seconds)


@_jit
def add_conditional(plan, of, first, last, k, slot, seconds):
    """Add to seconds the conditional covariances times r, of component k and one run of panels."""
    r = row_of(of.x, 0.0)
    for p in range(first, last):
        if of.needed[p, k]:
            r = r + load_row(of.joint, p, k)
    if row_sum(r) == 0.0:
        return
    of_k = seconds[k % seconds.shape[0]]
    if plan.whiten.shape[0] > 0:
        add_conditional_whitened(plan, of, first, k % plan.whiten.shape[0], slot, r, of_k)
        return
    size, most = panel_of(of.x), of.most[first]
    inverse_of_lower(of, most, slot)
    for a in range(most):
        for c in range(a + 1):
            total = row_of(of.x, 0.0)
            for e in range(a, most):
                x = load_row(of.triangle, 0, e * (e + 1) // 2 + a)
                x = x * load_row(of.triangle, 0, e * (e + 1) // 2 + c)
                total = total + x * load_row(of.inverse, slot, e)
            total = total * r
            pair = a * (a + 1) // 2 + c
            if of.alike[first, a] and of.alike[first, c]:
                of_k[of.place[first, pair, 0]] += row_sum(total)
                continue
            store_row(of.side_sum, 0, 0, total)
            for b in range(size):
                if of.place[first, pair, b] >= 0:
                    of_k[of.place[first, pair, b]] += of.side_sum[0, 0, b]


@_inlined
def inverse_of_lower(of, most, slot):
    """Set `of.triangle` to the inverse of L, with its diagonal of ones."""
    for a in range(most):
        for c in range(a):
            total = row_of(of.x, 0.0)
            for e in range(c, a):
                x = load_row(of.lower, slot, a * (a - 1) // 2 + e)
                total = total - x * load_row(of.triangle, 0, e * (e + 1) // 2 + c)
            store_row(of.triangle, 0, a * (a + 1) // 2 + c, total)
        store_row(of.triangle, 0, a * (a + 1) // 2 + a, row_of(of.x, 1.0))


@_jit
def add_conditional_whitened(plan, of, p, w, slot, r, of_k):
    """Add conditional covariances of whitened features, which are those of sums of all.

    With W the triangle w, of which the columns W_m are those of what is missing, it is ``W_m C
    W_m^T``: the sum of products of the columns of ``W_m L^-T``, over |v|^2.
    """
    size, d, z = panel_of(of.x), of.x.shape[1], of.scaled
    for a in range(of.most[p]):
        for b in range(size):
            j = of.which[p, a, b]
            for i in range(d):
                of.v[a, i, b] = plan.whiten[w, i, j] if j >= 0 else 0.0
        for i in range(d):
            x = load_row(of.v, a, i)
            for c in range(a):
                x = x - load_row(of.lower, slot, a * (a - 1) // 2 + c) * load_row(of.v, c, i)
            store_row(of.v, a, i, x)
        share = root(r * load_row(of.inverse, slot, a))
        store_row(z, 0, 0, row_of(z, 0.0))
        for i in range(d):
            store_row(z, 0, 1 + i, load_row(of.v, a, i) * share)
        add_lower_square(z, d, 1, of_k, of.first)
