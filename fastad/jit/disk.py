"""Numba's cache on disk: where there is a place for it, and with nothing of fastad's in others'.

Reading the index of a cached function unpickles the argument types of all that is in it. Were there
any of fastad's, a program that does not use fastad would import it in the middle of type inference:
fastad's functions are then registered under way, and inference fails. So what a cached function is
compiled to when it is differentiated is kept in memory alone. The driver, which contains it, is on
disk.
"""

import contextlib

from numba import config
from numba.core import types
from numba.core.caching import Cache, FunctionCache

_PACKAGE = __name__.partition(".")[0]

if config.DISABLE_JIT:
    raise ImportError(
        "fastad differentiates functions as Numba compiles them, and does nothing without: "
        "unset NUMBA_DISABLE_JIT"
    )


def is_of_fastad(t):
    """Tell whether a Numba type, or a part of it, is defined by fastad."""
    if isinstance(t, types.ClassInstanceType):
        return any(_is_ours(method.py_func) for method in t.class_type.jit_methods.values())
    if isinstance(t, types.Type):
        return _is_ours(type(t)) or is_of_fastad(t.key)
    return isinstance(t, tuple) and any(map(is_of_fastad, t))


def _is_ours(definition):
    return definition.__module__.partition(".")[0] == _PACKAGE


class OwnCache(FunctionCache):
    """The disk cache of functions of fastad's own. Where writing fails it goes without."""

    def save_overload(self, sig, data):
        with contextlib.suppress(OSError):
            Cache.save_overload(self, sig, data)


def _save_overload(self, sig, data):
    if not any(map(is_of_fastad, data.signature.args)):
        Cache.save_overload(self, sig, data)


FunctionCache.save_overload = _save_overload


def keep_on_disk(dispatcher, cache=OwnCache):
    """Let a dispatcher keep on disk what it compiles, where there is a place; return it."""
    with contextlib.suppress(RuntimeError):  # Numba finds none
        dispatcher._cache = cache(dispatcher.py_func)
    return dispatcher
