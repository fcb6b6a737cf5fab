"""Compiled code: kept on disk where there is a place to write, else made anew in each process."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import config

from _fastcache.content import source_hash
from _fastcache.notice import announce
from _fastcache.overloads import OverloadCache
from _fastcache.store import Store

if config.DISABLE_JIT:
    raise ImportError(
        "fastgmm is compiled by Numba and does nothing without: unset NUMBA_DISABLE_JIT"
    )


Function = TypeVar("Function", bound=Callable[..., Any])

# Of what gives the same bits as NumPy: a product and a sum are rounded each.
EXACT_OPTIONS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}

# Of what there is no compiled code, and of which none is made: a change here leaves it warm.
PYTHON_ONLY = {
    *("model", "steps", "gradient", "data", "datasets.py", "rows", "files.py", "selection.py"),
    *("plotting", "onnx.py", "__main__.py", "__init__.py", "_version.py", "warm.py"),
    *("command", "parted", "dask", "spark"),
}

_ROOT = Path(__file__).parents[1]
# Made before the modules are imported whose code is kept.
STORE = Store("fastgmm", partial(source_hash, _ROOT, PYTHON_ONLY))
_NOTICE = "fastgmm: compiling for this machine, once (about 5 s) ..."


def readonly(array):
    """Return a read-only view: functions compile once for writable and read-only arrays."""
    view = array.view()
    view.flags.writeable = False
    return view


def cached_njit(**options: Any) -> Callable[[Function], Function]:
    """Return the decorator ``numba.njit(**options)`` of functions that are kept on disk.

    By the content of the package's source, so that a change of what they call in another file
    counts, and a place or a time does not. Where nothing can be written, as in many containers, one
    line of `logging` says so, at level INFO.

    Raises
    ------
    TypeError
        If a function's source is not hashed: it is defined within another one, or in a file
        elsewhere or of `PYTHON_ONLY`.
    """

    def decorate(function):
        file = Path(function.__code__.co_filename)
        here = file.is_relative_to(_ROOT) and file.relative_to(_ROOT).parts[0] not in PYTHON_ONLY
        if not here or function.__closure__ or "<" in function.__qualname__:
            raise TypeError(f"{function.__qualname__} of {file}: its source is not hashed")
        dispatcher = numba.njit(**options)(function)
        dispatcher._cache = OverloadCache(STORE, f"{function.__module__}.{function.__qualname__}")
        return announce(dispatcher, _NOTICE)

    return decorate
