"""The reverse sweep over a tape, and its derivative along a direction."""

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic, register_jitable
from numba.np import arrayobj

from ..jit.disk import keep_on_disk
from .types import load_float, load_operand, store_float

_OPERAND = 2**31 - 1  # mask of the operand, without the flag `CONTINUES`


@intrinsic
def address_of(typingctx, array):
    """Return the address of an array's first item."""

    def codegen(context, builder, signature, args):
        parts = arrayobj.make_array(signature.args[0])(context, builder, value=args[0])
        return builder.ptrtoint(parts.data, context.get_value_type(types.intp))

    return types.intp(array), codegen


@register_jitable
def strong_product(v, p):
    """Return ``v * p`` where a zero of either is a strong zero."""
    return 0.0 if v == 0.0 or p == 0.0 else v * p


def _make_sweep(times, name):
    """Return the reverse sweep that multiplies by the function ``times``."""

    def sweep(adjoints, operands, partials, top, n, out):
        """Write the gradient of statement ``top`` by n variables to out; zero the adjoints."""
        adjoints[top] = 1.0
        a, o, p = address_of(adjoints), address_of(operands), address_of(partials)
        s = top
        while s > n:
            v = 0.0
            while True:  # over the statements of one sum, which all have the adjoint v
                v += load_float(a, s)
                store_float(a, s, 0.0)
                i, j = load_operand(o, 2 * s), load_operand(o, 2 * s + 1)
                k = i & _OPERAND
                store_float(a, k, load_float(a, k) + times(v, load_float(p, 2 * s)))
                store_float(a, j, load_float(a, j) + times(v, load_float(p, 2 * s + 1)))
                s -= 1
                if i >= 0:
                    break
                if s == n:  # the sum continues the last variable
                    adjoints[n] += v
                    break
        for k in range(n):
            out[k] = adjoints[k + 1]
        adjoints[: n + 1] = 0.0
        adjoints[top] = 0.0

    sweep.__name__ = sweep.__qualname__ = name
    return register_jitable(sweep)


sweep = _make_sweep(register_jitable(lambda v, p: v * p), "sweep")
sweep_strong = _make_sweep(strong_product, "sweep_strong")


@keep_on_disk
@numba.njit
def gradient_of(adjoints, operands, partials, top, n):
    """Return the gradient of statement ``top`` by n variables; leave the adjoints zero."""
    out = np.empty(n)
    sweep(adjoints, operands, partials, top, n, out)
    # 0 times inf is NaN, which never goes away: only then sweep again, with strong zeros.
    if np.isnan(out).any():
        adjoints[: top + 1] = 0.0
        sweep_strong(adjoints, operands, partials, top, n, out)
    return out


@keep_on_disk
@numba.njit
def gradient_along(adjoints, dots, operands, partials, partial_dots, top, n):
    """Return the gradient of statement ``top``, and the Hessian's product with the direction."""
    adjoints[top] = 1.0
    v = v_dot = 0.0
    for s in range(top, n, -1):
        v += adjoints[s]
        v_dot += dots[s]
        i, j = operands[s, 0], operands[s, 1]
        adjoints[s] = dots[s] = 0.0
        for side in range(2):
            k = (i if side == 0 else j) & _OPERAND
            p, p_dot = partials[s, side], partial_dots[s, side]
            adjoints[k] += strong_product(v, p)
            dots[k] += strong_product(v_dot, p) + strong_product(v, p_dot)
        if i >= 0:
            v = v_dot = 0.0
    adjoints[min(n, top)] += v
    dots[min(n, top)] += v_dot
    gradient, product = np.zeros(n), np.zeros(n)
    for k in range(min(n, top)):
        gradient[k], product[k] = adjoints[k + 1], dots[k + 1]
    adjoints[: n + 1] = 0.0
    dots[: n + 1] = 0.0
    return gradient, product
