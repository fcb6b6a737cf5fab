"""Where a function that Numba compiles for given types does not compute what its source says.

``@njit("int64(float64)")`` makes an integer of whatever that is.
"""

import functools
import warnings

from numba import typeof
from numba.core import compiler, types
from numba.core.dispatcher import Dispatcher
from numba.core.registry import cpu_target
from numba.core.typed_passes import type_inference_stage

from ..numbers.jet import ActiveType
from .fingerprint import python_function
from .generated import ByTypes
from .orders import written_where_flat
from .universal import is_kernel


@functools.lru_cache(maxsize=256)
def converted(f, signature):
    """Return the type that f computes where its signature makes another of it, else None.

    Integers and truth values that become other integers are none: they are the same numbers.
    """
    contexts = cpu_target.typing_context, cpu_target.target_context
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ir = compiler.run_frontend(python_function(f))
            found = type_inference_stage(*contexts, ir, signature.args, None, f.locals)
    except Exception:  # more is to be done to it before it has a type
        return None
    computed = types.unliteral(found.return_type)
    return None if _is_kept(computed, signature.return_type) else computed


def _is_kept(computed, returned):
    if isinstance(computed, types.BaseTuple) and isinstance(returned, types.BaseTuple):
        same = len(computed) == len(returned)
        return same and all(map(_is_kept, map(types.unliteral, computed), returned))
    if isinstance(computed, types.Array) and isinstance(returned, types.Array):
        return computed.dtype == returned.dtype
    if isinstance(computed, types.Boolean):
        return isinstance(returned, types.Boolean | types.Number)
    if isinstance(computed, types.Integer):
        return isinstance(returned, types.Integer)
    return computed == returned or not isinstance(computed, types.Number)


def unfit(f, argument_types, returned=False):
    """Return why a function does not compute what its source says for some types, or "".

    If it is compiled for given signatures it converts its arguments, and what it returns. An array
    in C order may be copied where ``float64[:]``, whose order is not known, is declared.
    ``returned`` says that what it returns may be written into.
    """
    if not isinstance(f, Dispatcher) or isinstance(f, ByTypes):
        return ""
    name = f.__name__
    if is_kernel(f) and any(isinstance(t, types.Array) for t in argument_types):
        return f"{name} is a universal function, of numbers; call it for each item of an array"
    signatures = [] if f._can_compile else f.nopython_signatures
    wanted = [_number_and_axes(t) for t in argument_types]
    fitting = [s for s in signatures if [*map(_number_and_axes, s.args)] == wanted]
    orders = [*map(_order, argument_types)]
    for s in fitting:
        computed = converted(f, s)
        if computed is not None:
            return (
                f"{name} computes {computed}, of which its signature makes {s.return_type}; "
                "compile it without, or convert what it returns"
            )
    if not signatures or any([*map(_order, s.args)] == orders for s in fitting):
        return ""
    if fitting:
        flat = written_where_flat(f, returned)
        return flat and (
            f"{flat} writes into what ravel returns, which is a view or a copy by the order of "
            f"memory, and {name} is compiled for that of {fitting[0]}; compile it without "
            "signatures, or write into np.copy(...)"
        )
    return (
        f"{name} is compiled for {', '.join(map(str, signatures))} alone, and what it is given "
        f"({', '.join(map(str, argument_types))}) is converted; pass those types, or compile it "
        "without signatures"
    )


def _number_and_axes(t):
    """Return what counts when an argument's type is compared with that of a signature."""
    t = types.unliteral(t)
    t = typeof(t.value) if isinstance(t, types.Omitted) else t
    item = t.dtype if isinstance(t, types.Array) else t
    item = types.float64 if isinstance(item, ActiveType) else item
    return item, getattr(t, "ndim", 0)


def _order(t):
    """Return the order of an array's memory, as its type knows it; None of another argument."""
    return t.layout if isinstance(t, types.Array) and t.ndim > 0 else None
