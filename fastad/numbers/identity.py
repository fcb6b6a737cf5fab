"""``x is y`` of arrays of Jets or of Vars."""

import operator

from numba.core import cgutils, errors, types
from numba.core.imputils import lower_builtin
from numba.np import arrayobj

from .arrays import ActiveArrayType


@lower_builtin(operator.is_, ActiveArrayType, ActiveArrayType)
def _same_memory(context, builder, sig, args):
    """Compare addresses, shapes and strides, as Numba's own does of arrays of floats."""
    if sig.args[0] != sig.args[1]:
        return cgutils.false_bit
    a, b = (
        arrayobj.make_array(t)(context, builder, v) for t, v in zip(sig.args, args, strict=True)
    )
    address = context.get_value_type(types.intp)
    same = builder.icmp_unsigned(
        "==", builder.ptrtoint(a.data, address), builder.ptrtoint(b.data, address)
    )
    for name in ("shape", "strides"):
        pairs = (cgutils.unpack_tuple(builder, getattr(x, name)) for x in (a, b))
        for m, n in zip(*pairs, strict=True):
            same = builder.and_(same, builder.icmp_signed("==", m, n))
    return same


@lower_builtin(operator.is_, ActiveArrayType, types.Array)
@lower_builtin(operator.is_, types.Array, ActiveArrayType)
def _one_of_two(context, builder, sig, args):
    """Refuse: an array that is given twice is one of Jets here, and one of floats there."""
    raise errors.NumbaTypeError(
        "fastad: `is` of an array that is differentiated and one that is not; compare what tells "
        "them apart, or take mode='source'"
    )
