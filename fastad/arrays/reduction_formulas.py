"""Derivatives of sums and rearrangements of arrays: primal, tangent and adjoint of each.

Written once for arrays of floats and of Jets. The table, the notation, the conventions and the
references are in :mod:`fastad.arrays.table`.
"""

import numpy as np
from numba.extending import register_jitable

from ..numbers.jet import settled
from .kernels import as_ordered, empty_for, items_sum, put, scaled


@register_jitable
def sum(a):
    return np.sum(a)


@register_jitable
def sum_dot(a, r, a_dots):
    out = empty_for(a_dots, (a_dots.shape[0],))
    for k in range(a_dots.shape[0]):
        out[k] = np.sum(a_dots[k])
    return out


@register_jitable
def sum_bar(a, r, r_bar):
    # For items of both: in a loop Numba may type r_bar as a float first, and then as a Jet.
    out = empty_for((a, r_bar), a.shape)
    for index in np.ndindex(a.shape):
        out[index] = r_bar
    return out


@register_jitable
def mean(a):
    return np.mean(a)


@register_jitable
def mean_dot(a, r, a_dots):
    return scaled(1.0 / a.size, sum_dot(a, r, a_dots))


@register_jitable
def mean_bar(a, r, r_bar):
    return sum_bar(a, r, r_bar / a.size)


@register_jitable
def prod(a):
    return np.prod(a)


@register_jitable
def _all_but_one(a):
    """Return for each item the product of all others, without a division: items may be 0."""
    items = as_ordered(a).reshape(a.size)
    out = np.ones_like(items)
    for i in range(1, items.size):
        out[i] = out[i - 1] * items[i - 1]
    after = np.ones_like(items[:1])
    for i in range(items.size - 1, -1, -1):
        out[i] = out[i] * after[0]
        after[0] = after[0] * items[i]
    return out.reshape(a.shape)


@register_jitable
def prod_dot(a, r, a_dots):
    others = _all_but_one(a)
    out = empty_for((a_dots, others), (a_dots.shape[0],))
    for k in range(a_dots.shape[0]):
        out[k] = items_sum(others, a_dots[k])
    return out


@register_jitable
def prod_bar(a, r, r_bar):
    return scaled(r_bar, _all_but_one(a))


@register_jitable
def cumsum(a):
    return np.cumsum(a)


@register_jitable
def cumsum_dot(a, r, a_dots):
    out = empty_for(a_dots, (a_dots.shape[0], r.size))
    for k in range(a_dots.shape[0]):
        put(out, k, np.cumsum(a_dots[k]))
    return out


@register_jitable
def cumsum_bar(a, r, r_bar):
    out = as_ordered(r_bar[::-1])
    for i in range(1, out.size):
        out[i] = out[i - 1] + out[i]
    return as_ordered(out[::-1]).reshape(a.shape)


@register_jitable
def diag(a):
    return np.diag(a)


@register_jitable
def diag_dot(a, r, a_dots):
    out = empty_for(a_dots, (a_dots.shape[0],) + r.shape)
    for k in range(a_dots.shape[0]):
        put(out, k, np.diag(a_dots[k]))
    return out


@register_jitable
def diag_bar(a, r, r_bar):
    a_bar = np.zeros_like(a)
    for i in range(min(a.shape)):
        if a.ndim == 1:
            a_bar[i] = r_bar[i, i]
        else:
            a_bar[i, i] = r_bar[i]
    return a_bar


@register_jitable
def logsumexp(a):
    """Return ``log(sum(exp(a)))`` over all items, without overflow.

    Parameters
    ----------
    a : array of float, not empty
        In nats.

    Returns
    -------
    float

    Examples
    --------
    >>> import fastad
    >>> import numpy as np
    >>> round(float(fastad.logsumexp(np.array([1000.0, 1000.0]))), 6)
    1000.693147
    >>> fastad.grad(fastad.logsumexp)(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    top = np.max(a)
    if np.isinf(top):
        # If an item is inf, the derivative is the maximum's; if all are -inf, it is 0.
        return top if top > 0.0 else settled(0.0 * np.ones_like(a).flat[0], top)
    total = 0.0 * top
    for v in a.flat:
        total += np.exp(v - top)
    return top + np.log(total)


@register_jitable
def logsumexp_dot(a, r, a_dots):
    out = empty_for((a_dots, r), (a_dots.shape[0],))
    weights = logsumexp_bar(a, r, 1.0)
    for k in range(a_dots.shape[0]):
        out[k] = items_sum(weights, a_dots[k])
    return out


@register_jitable
def logsumexp_bar(a, r, r_bar):
    """Return the items' shares of the cotangent; if r is inf, the items that are inf share it."""
    out = empty_for((a, r, r_bar), a.shape)
    if np.isinf(r):
        ties = 0.0
        for v in a.flat:
            if v == r and r > 0.0:
                ties += 1.0
        for index in np.ndindex(a.shape):
            out[index] = r_bar / ties if a[index] == r and ties > 0.0 else 0.0 * r_bar
        return out
    for index in np.ndindex(a.shape):
        out[index] = r_bar * np.exp(a[index] - r)
    return out
