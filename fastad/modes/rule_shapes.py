"""The shapes of what a rule by hand gives: without them items outside of arrays would be read."""

import numpy as np
from numba.core import types
from numba.extending import overload

from ..numbers.jet import ActiveType
from ..refusals import Misuse

_OF_A_RULE = (
    "fastad: a rule must give a tangent in the shape of the result, a cotangent in that of its "
    "argument"
)


def shaped_as(part, like):
    """Return what a rule by hand gives, which must have the shape of `like`."""
    if part is not None and np.shape(part) != np.shape(like):
        raise ValueError(_OF_A_RULE)
    return part


@overload(shaped_as)
def _shaped_as(part, like):
    if part == types.none and not _moves(like):
        return lambda part, like: part
    axes = [t.ndim if isinstance(t, types.Array) else 0 for t in (part, like)]
    if axes[0] != axes[1] or not _is_real(part):
        wanted = f"a {axes[1]}d array" if axes[1] else "a number"
        raise Misuse(f"{_OF_A_RULE}, here {wanted}; got {part}")
    if not isinstance(part, types.Array):
        return lambda part, like: part
    message = _OF_A_RULE

    def array(part, like):
        if part.shape != like.shape:
            raise ValueError(message)
        return part

    return array


def _moves(t):
    return isinstance(getattr(t, "dtype", t), types.Float | ActiveType)


def _is_real(t):
    item = t.dtype if isinstance(t, types.Array) else t
    return isinstance(item, types.Float | types.Integer | types.Boolean | ActiveType)
