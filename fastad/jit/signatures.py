"""What a function that is compiled for given signatures returns, where it is not what it computes.

``@njit("int64(float64)")`` makes an integer of whatever the function's source says.
"""

import functools
import warnings

from numba.core import compiler, types
from numba.core.registry import cpu_target
from numba.core.typed_passes import type_inference_stage

from .fingerprint import python_function


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
            found = type_inference_stage(*contexts, ir, signature.args, None)
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
