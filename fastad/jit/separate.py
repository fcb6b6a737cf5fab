"""Functions that their callers call, and do not contain.

Numba merges the code of what a function calls into it, and optimises all of it again at
each level of calls: large functions behind the methods of a class take minutes so.  Those
given to `separately` are compiled once, kept on disk, and called by the address of their
machine code.
"""

import functools
import inspect

import numba
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_new_ref
from numba.extending import intrinsic

from ..rules.codegen import compile_source
from .fingerprint import fingerprint
from .generated import disk_cache, execute


def separately(function):
    """Return a function for compiled code that calls another one, compiled by itself.

    Parameters
    ----------
    function : callable
        What `numba.extending.register_jitable` returns, of positional parameters.
    """
    name = function.__name__
    parameters = ", ".join(inspect.signature(function).parameters)

    @functools.cache
    def dispatcher():
        source = f"def {name}({parameters}):\n    return f_({parameters})\n"
        made, kept = execute(name, fingerprint(function), source, {"f_": function}, "fastad")
        made = numba.njit(made)
        made._cache = disk_cache(made.py_func, kept)
        return made

    def typed(arguments):
        plain = tuple(map(types.unliteral, arguments))
        made = dispatcher()
        made.compile(plain)
        compiled = made.overloads[plain]
        result = compiled.signature.return_type

        def codegen(context, builder, signature, values):
            kind = context.call_conv.get_function_type(result, plain)
            # By its address, which Numba knows not to keep on disk: a symbol would be looked for
            # in the next process too, which may not have it.
            symbol = compiled.fndesc.llvm_func_name
            address = compiled.library.get_pointer_to_function(symbol)
            pointer = context.add_dynamic_addr(builder, address, info=symbol)
            pointer = builder.bitcast(pointer, kind.as_pointer())
            status, out = context.call_conv.call_function(builder, pointer, result, plain, values)
            with cgutils.if_unlikely(builder, status.is_error):
                context.call_conv.return_status_propagate(builder, status)
            return impl_ret_new_ref(context, builder, result, out)

        return result(*plain), codegen

    source = f"def {name}(typingctx, {parameters}):\n    return typed(({parameters},))\n"
    call = compile_source(source, name, {"typed": typed})
    call.__doc__ = function.__doc__
    return intrinsic(call)
