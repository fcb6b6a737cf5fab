"""The functions that a function may call, and what a derivative has to know of them."""

import dis
import inspect
import types as python_types

from numba.core.dispatcher import Dispatcher

from .effects import Statements
from .fingerprint import globals_then_and_now, is_same, python_function

_LIBRARIES = ("numpy", "scipy", "numba", "llvmlite", "math")
_LOADS = ("LOAD_GLOBAL", "LOAD_NAME")
_EMPTY = python_types.CellType()

IN_THREADS = "runs in several threads (parallel=True), which cannot record on one tape"


def reached(f):
    """Return f and the functions that it may call, `@njit` or plain, without those of libraries."""
    found, seen = [f], {id(python_function(f))}
    for value in found:
        function = python_function(value)
        if inspect.isfunction(function):
            new = [v for v in _mentioned(function) if id(python_function(v)) not in seen]
            seen.update(id(python_function(v)) for v in new)
            found += new
    return found


def statements_of(function):
    """Return the `Statements` of a plain function, gone through; None if Numba cannot read it."""
    try:
        statements = Statements(function, {}, {}, {})
        statements.effects()
    except Exception:  # Numba will say so when it compiles it
        return None
    return statements


def in_threads(f):
    """Return the name of a function that f may call and that runs in several threads, or "".

    f itself does not count: `fastad.modes.request.serial` compiles it for one thread.
    """
    parallel = (v for v in reached(f)[1:] if getattr(v, "targetoptions", {}).get("parallel"))
    return next((v.__name__ for v in parallel), "")


def frozen(f):
    """Return why f, or a function it calls, no longer computes what its source says, or "".

    Numba reads globals when it compiles. Code that was compiled before a global changed keeps the
    old value, while a derivative that is compiled now would be that for the new value.
    """
    for dispatcher in (v for v in reached(f) if isinstance(v, Dispatcher)):
        for name, then, now in globals_then_and_now(dispatcher):
            if not is_same(then, now):
                own = dispatcher.__name__
                return (
                    f"{own} was compiled when {name} was {_short(then)}, and does not see that "
                    f"it is {_short(now)} now; call recompile() of it and of what calls it, or "
                    f"pass {name} as an argument"
                )
    return ""


def _short(value):
    text = " ".join(repr(value).split())
    return text if len(text) < 50 else f"{text[:47]}..."


def _mentioned(function):
    """Return the functions that a function's code mentions: globals, in modules, in tuples."""
    codes, loaded, names = [function.__code__], set(), set()
    for code in codes:
        # The name of an attribute, ``p.scale``, may be that of a global that is not meant.
        loaded.update(i.argval for i in dis.get_instructions(code) if i.opname in _LOADS)
        names.update(code.co_names)
        codes += [c for c in code.co_consts if inspect.iscode(c)]
    found = [function.__globals__[n] for n in loaded if n in function.__globals__]
    found += [c.cell_contents for c in function.__closure__ or () if c != _EMPTY]
    for module in found:  # and the modules in it
        if inspect.ismodule(module) and not _of_library(module.__name__):
            inside = [vars(module)[n] for n in names if n in vars(module)]
            found += [v for v in inside if not any(v is known for known in found)]
    found += function.__defaults__ or ()
    for several in found:
        found += several if isinstance(several, tuple) else ()
    functions = [v for v in found if isinstance(v, Dispatcher) or inspect.isfunction(v)]
    return [v for v in functions if not _of_library(v.__module__)]


def _of_library(module):
    return (module or "").partition(".")[0] in _LIBRARIES
