"""What library functions do: which write into arguments, which return new memory.

They are known by name, as there are many. A function that is not named here is taken to return
memory of its arguments, and to change nothing.
"""

import math
import operator
import types as python_types

import numpy as np
from numba.core.dispatcher import Dispatcher
from numba.core.registry import cpu_target


def _names(text):
    return frozenset(text.split())


# Attributes and functions whose result shares no memory with their operands.
PLAIN = _names("shape size ndim dtype itemsize nbytes strides")
FRESH_METHODS = _names(
    "copy astype sum mean prod min max var std dot flatten argmin argmax argsort cumsum cumprod "
    "any all item nonzero repeat take trace count index"
)
_FRESH = _names(
    "zeros ones empty full zeros_like ones_like empty_like full_like eye identity arange linspace "
    "copy array sum mean prod min max amin amax var std median dot vdot outer cumsum cumprod sort "
    "argsort argpartition partition argmin argmax any all nonzero searchsorted count_nonzero where "
    "digitize isclose allclose array_equal flatnonzero isin signbit nanargmin nanargmax bincount "
    "concatenate stack hstack vstack column_stack append repeat diff trace interp trapezoid solve "
    "inv det slogdet cholesky eigh eigvalsh norm logsumexp len range int float bool abs round "
    "isinstance print divmod pow"
)
VIEW_METHODS = _names("reshape ravel transpose swapaxes squeeze view get keys values items")
_FRESH_TYPES = (int, float, complex, bool, str, range, np.ndindex, np.generic, BaseException)
# Functions with an optional output argument -> the number of arguments before it.
_WITH_OUT = {"dot": 2, "clip": 3, "take": 3, "round": 2, "around": 2, "round_": 2}
_CHANGING = _names("fill_diagonal put copyto place putmask put_along_axis shuffle setitem delitem")
_IN_PLACE = _names(
    "iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor ilshift irshift"
)
_LIBRARIES = ("numpy", "math", "builtins", "operator", "_operator", "cmath", "numba")
_RANDOM = ("numpy.random", "random")


def library_writes(callee, n, keywords=()):
    """Tell whether a function of a library, called with n arguments, writes into one of them."""
    name = getattr(callee, "__name__", "")
    if isinstance(callee, np.ufunc):
        return n > callee.nin or "out" in keywords
    if callee is np.nan_to_num:
        return n > 1 or "copy" in keywords
    if name in _IN_PLACE and callee is getattr(operator, name):
        return True
    return name in _CHANGING or n > _WITH_OUT.get(name, n) or "out" in keywords


def runs_its_own_body(function):
    """Tell whether compiled code that calls a function runs the function's own source.

    For a plain function it runs the implementation registered by `numba.extending.overload`. By
    `register_jitable` that is the function's own body; else it may be any code.
    """
    if isinstance(function, python_types.FunctionType):
        known = cpu_target.typing_context.resolve_value_type(function)
        overloads = [getattr(t, "_overload_func", None) for t in getattr(known, "templates", ())]
        return all(getattr(f, "__qualname__", "") == _JITABLE for f in overloads)
    return isinstance(function, Dispatcher)


_JITABLE = "register_jitable.<locals>.wrap.<locals>.ov_wrap"


def is_random(callee):
    """Tell whether a function draws from, or sets, the state of random numbers."""
    owner = type(getattr(callee, "__self__", None)).__module__ or ""
    module = getattr(callee, "__module__", None) or ""
    return module.startswith(_RANDOM) or owner.startswith(_RANDOM)


def is_fresh(callee):
    """Tell whether the result of a library's function shares memory with none of its arguments."""
    if isinstance(callee, type):
        return issubclass(callee, _FRESH_TYPES)
    return of_library(callee) and getattr(callee, "__name__", "") in _FRESH


def of_library(callee):
    module = (getattr(callee, "__module__", None) or "").split(".")[0]
    known = module in (*_LIBRARIES, "fastad") and not isinstance(callee, Dispatcher)
    return known or callee in (math.fabs, len, range)
