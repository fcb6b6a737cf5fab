"""The cache on disk of fastad's functions; and a guard that keeps fastad's types out of Numba's.

When Numba reads the index of a function's cache, it unpickles the argument types of all entries.
Were fastad's types among them, a program that does not use fastad would import fastad in the middle
of type inference; this registers overloads under way, and inference fails. So when a user's
function with ``cache=True`` is compiled for Jets or Vars, that code is kept in memory only. The
driver, which contains it, is on disk.
"""

from functools import partial
from pathlib import Path

from numba import config
from numba.core import types
from numba.core.caching import Cache, FunctionCache

from _fastcache.content import source_hash
from _fastcache.overloads import OverloadCache
from _fastcache.store import Store

_PACKAGE = __name__.partition(".")[0]

# Of what there is no compiled code, and of which none is made: a change here leaves it warm.
PYTHON_ONLY = {"pictures", "__main__.py"}

# Made before the modules whose code is kept are imported: it hashes their source.
STORE = Store(_PACKAGE, partial(source_hash, Path(__file__).parents[1], PYTHON_ONLY))

if config.DISABLE_JIT:
    raise ImportError(
        "fastad differentiates functions as Numba compiles them, and does nothing without: "
        "unset NUMBA_DISABLE_JIT"
    )


def is_of_fastad(t):
    """Tell whether a Numba type, or a type inside of it, is defined by fastad."""
    if isinstance(t, types.ClassInstanceType):
        return any(_is_ours(method.py_func) for method in t.class_type.jit_methods.values())
    if isinstance(t, types.Type):
        return _is_ours(type(t)) or is_of_fastad(t.key)
    return isinstance(t, tuple) and any(map(is_of_fastad, t))


def _is_ours(definition):
    return definition.__module__.partition(".")[0] == _PACKAGE


def _save_overload(self, sig, data):
    if not any(map(is_of_fastad, data.signature.args)):
        Cache.save_overload(self, sig, data)


FunctionCache.save_overload = _save_overload


def keep_on_disk(dispatcher):
    """Keep the compiled code of one of fastad's own functions on disk; return the function."""
    function = dispatcher.py_func
    dispatcher._cache = OverloadCache(STORE, f"{function.__module__}.{function.__qualname__}")
    return dispatcher
