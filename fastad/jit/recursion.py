"""Recursive functions: did Numba guess right what they return?

If a function is called while Numba still infers its types, the result's type is guessed from the
returns that are known by then.  If a function calls itself with other types, and these calls lead
back to the first types, a wrong guess is never corrected: the caller reads a number where there is
a Jet (numba 0.68, `TypeInferer.resolve_call`).  So each compiled driver is searched for a wrong
guess, and refused if it has one.
"""

from numba.core import ir, types

from .fingerprint import python_function


class WrongGuess(TypeError):
    """Numba guessed the type of a recursive function's result wrong: callers would misread it."""


def check(compiled):
    """Refuse compiled code in which a call has another result type than the called function.

    Parameters
    ----------
    compiled : numba.core.compiler.CompileResult

    Raises
    ------
    WrongGuess
        If a function that is called, at any depth, would read a wrong result.
    """
    seen, todo = set(), [compiled]
    while todo:
        caller = todo.pop()
        annotation = caller.type_annotation
        if isinstance(annotation, str):  # from a disk cache, which has no code for Jets or Vars
            continue
        for call, signature in annotation.calltypes.items():
            function = _called(call, annotation.typemap)
            dispatcher = function and _dispatcher(function)
            callee = dispatcher and dispatcher.overloads.get(tuple(signature.args))
            if callee is None:
                continue
            if callee.signature.return_type != signature.return_type:
                raise _refused(dispatcher)
            # A recursive call is to a symbol made with the caller's compiler flags. A callee that
            # was compiled before, with other flags, has another symbol.
            recursive = isinstance(function, types.RecursiveCall)
            if recursive and callee.fndesc.abi_tags != caller.fndesc.abi_tags:
                raise _refused(dispatcher)
            if id(callee) not in seen:
                seen.add(id(callee))
                todo.append(callee)


def _called(call, typemap):
    """Return the type of the @njit function that an instruction calls, or None."""
    if not (isinstance(call, ir.Expr) and call.op == "call"):
        return None
    function = typemap.get(call.func.name)
    known = isinstance(function, types.Dispatcher | types.RecursiveCall)
    return function if known else None


def _dispatcher(function):
    return getattr(function, "dispatcher_type", function).dispatcher


def _refused(dispatcher):
    function = python_function(dispatcher)
    place = f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}"
    return WrongGuess(
        f"fastad: Numba does not link the recursive function {function.__name__} ({place}) "
        "right, which calls itself with now these, now those of its arguments differentiated; "
        "use mode='source', or a loop"
    )
