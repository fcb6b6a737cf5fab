"""The types of complex numbers as pairs of real ones, and the nodes that pairs need in trees.

A complex number is two floats, an array of them two arrays of floats.
"""

import ast

from numba.core import types


class Pair(types.UniTuple):
    """The type of a complex number or array as a pair: a tuple of two parts of one type."""

    def __init__(self, dtype, count=2):
        super().__init__(dtype, count)

    @property
    def part(self):
        """Return the type of the real part."""
        return self.dtype

    @property
    def whole(self):
        """Return the complex type for which the pair stands."""
        if isinstance(self.dtype, types.Array):
            return self.dtype.copy(dtype=types.complex128)
        return types.complex128


class Let(ast.expr):
    """The expression ``body``, in which the variables ``names`` are the parts of ``value``."""

    _fields = ("names", "value", "body")


class Apart(ast.stmt):
    """Says that here the array ``written`` is combined in place, item by item, with ``read``."""

    _fields = ("written", "read")


def is_complex(t):
    """Tell whether a type is that of complex numbers, or of arrays of them."""
    return isinstance(getattr(t, "dtype", t) if isinstance(t, types.Array) else t, types.Complex)


def holds_complex(t):
    """Tell whether a type is complex, or a tuple or list that holds complex numbers."""
    if isinstance(t, types.BaseTuple):
        return any(map(holds_complex, t))
    if isinstance(t, types.List | types.ListType):
        return holds_complex(t.dtype)
    return is_complex(t)


def elementwise(*operands):
    """Return the type of the result of an elementwise operation on floats or arrays of floats.

    An array's order of memory is Numba's choice: C if an operand is in C order, else Fortran if one
    is in Fortran order.
    """
    arrays = [t for t in operands if isinstance(t, types.Array)]
    if not arrays:
        return types.float64
    layouts = {t.layout for t in arrays}
    layout = "F" if "F" in layouts and "C" not in layouts else "C"
    return types.Array(types.float64, max(t.ndim for t in arrays), layout)


def real_type(t):
    """Return a type with pairs in the place of complex types."""
    if isinstance(t, Pair):
        return t
    if isinstance(t, types.Array) and is_complex(t):
        return Pair(types.Array(types.float64, t.ndim, t.layout))
    if is_complex(t):
        return Pair(types.float64)
    if isinstance(t, types.BaseTuple) and holds_complex(t):
        return _tuple(t, real_type)
    return t


def complex_type(t):
    """Return a type with complex types in the place of pairs."""
    if isinstance(t, Pair):
        return t.whole
    if isinstance(t, types.BaseTuple):
        return _tuple(t, complex_type)
    return t


def _tuple(t, change):
    """Return a tuple's type with ``change(type)`` for each item."""
    parts, own = [change(part) for part in t], getattr(t, "instance_class", None)
    return t if parts == list(t) else types.BaseTuple.from_types(parts, own)
