"""Functions whose code is not merged into that of their callers.

Numba merges the code of called functions into the caller's, and optimises all of it again at each
level of calls: large functions behind the methods of a class would take minutes.  Functions given
to `separately` are compiled once, kept on disk, and called by the address of their machine code.
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
    """Return a function for compiled code that calls another one, which is compiled separately.

    Parameters
    ----------
    function : callable
        A result of `numba.extending.register_jitable`, with positional parameters.
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
            # By its address, so that Numba does not keep the caller's code on disk: the next
            # process would look for a symbol that it may not have.
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
