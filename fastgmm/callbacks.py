"""Functions of the interpreter that compiled code calls, with arguments and results by type.

What Numba has for this, ``objmode``, wants the type of the result written down beforehand; here it
follows from those of the arguments. The call takes the interpreter's lock; an exception ends the
compiled function as its own would.
"""

import numpy as np
from numba import typeof
from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.core.imputils import impl_ret_new_ref
from numba.extending import intrinsic

from .mixture import Mixture, frozen

_FLOATS = (types.float64, types.float32)


def call_of(function, typed):
    """Return the call, in compiled code, of a function of the interpreter: of a tuple of arguments.

    Parameters
    ----------
    function : callable
        Of a module's top level.
    typed : callable
        Of the same parameters, called with the types of the arguments: returns the type of the
        result, or raises TypingError.
    """

    @intrinsic
    def call(typingctx, arguments):
        plain = tuple(map(types.unliteral, arguments.types))
        result = typed(*map(_type_of, plain))

        def codegen(context, builder, signature, values):
            return _call(context, builder, function, plain, values[0], result)

        return result(types.BaseTuple.from_types(plain)), codegen

    return call


def _type_of(kind):
    """Return the type of an argument; of one that was left out, of its default."""
    return typeof(kind.value) if isinstance(kind, types.Omitted) else kind


def _call(context, builder, function, argument_types, arguments, result):
    """Emit the call of a function with a tuple of arguments; return its result, unboxed."""
    api = context.get_python_api(builder)
    lock = api.gil_ensure()
    env = context.get_env_manager(builder)
    boxed = []
    unpacked = cgutils.unpack_tuple(builder, arguments, len(argument_types))
    for kind, value in zip(argument_types, unpacked, strict=True):
        if isinstance(kind, types.Omitted):
            boxed.append(api.unserialize(api.serialize_object(kind.value)))
            continue
        if context.enable_nrt:  # boxing takes the reference
            context.nrt.incref(builder, kind, value)
        boxed.append(api.from_native_value(kind, value, env))
    callee = api.unserialize(api.serialize_object(function))
    returned = api.call_function_objargs(callee, boxed)
    for obj in (*boxed, callee):
        api.decref(obj)
    with builder.if_then(cgutils.is_null(builder, returned), likely=False):
        api.gil_release(lock)
        context.call_conv.return_exc(builder)
    native = api.to_native_value(result, returned)
    if native.cleanup is not None:
        native.cleanup()
    api.decref(returned)
    api.gil_release(lock)
    with builder.if_then(native.is_error, likely=False):
        context.call_conv.return_exc(builder)
    return impl_ret_new_ref(context, builder, result, native.value)


def _is(kind, name):
    """Whether a type is that of a NamedTuple's class of a name."""
    own = getattr(kind, "instance_class", None)
    return own is not None and own.__name__ == name and own.__module__.startswith("fastgmm.")


def check_tuple(kind, name, wanted, hint):
    """Raise TypingError unless a type is that of fastgmm's NamedTuple `wanted`."""
    if not _is(kind, wanted):
        raise TypingError(f"{name} must be a {wanted}, {hint}; got {_brief(kind)}")


def _brief(kind):
    own = getattr(kind, "instance_class", None)
    return str(kind) if own is None else f"a {own.__name__}"


def check_mixture(mixture):
    """Raise TypingError unless a type is a Mixture's."""
    check_tuple(mixture, "mixture", "Mixture", "as make_mixture returns, or a model's mixture_")
    for name, kind in zip(mixture.fields, mixture.types, strict=True):
        if not isinstance(kind, types.Array) or kind.dtype not in _FLOATS:
            raise TypingError(f"mixture must have arrays of float64 or float32; its {name}: {kind}")


def check_array(array, name, ndim, optional=False):
    """Raise TypingError unless a type is an array's of floats."""
    if optional and array == types.none:
        return
    if not isinstance(array, types.Array) or array.ndim != ndim or array.dtype not in _FLOATS:
        raise TypingError(
            f"{name} must be an array of {ndim} dimension{'s' if ndim > 1 else ''}, float64 or "
            f"float32; got {_brief(array)}"
        )


def mixture_like(mixture, matrices=None):
    """Return the type of a Mixture of the dtype of another, and its shape unless said."""
    check_mixture(mixture)
    if matrices is None:
        matrices = mixture.types[2].ndim == 3
    return mixture_type_of(mixture.types[1].dtype, matrices)


def mixture_type_of(dtype, matrices):
    """Return the type of a Mixture of a dtype, whose covariances are matrices or are not."""
    dtype = str(dtype)
    of_type = np.zeros((1,) * (3 if matrices else 2), dtype)
    vector, matrix = np.zeros(1, dtype), np.zeros((1, 1), dtype)
    return typeof(frozen(Mixture(vector, matrix, of_type, of_type, vector)))
