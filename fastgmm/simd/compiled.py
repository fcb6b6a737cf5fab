"""Compiled code: kept on disk where there is a place to write, else made anew in each process."""

import contextlib
import logging

import numba
from numba import config
from numba.core.caching import FunctionCache

if config.DISABLE_JIT:
    raise ImportError(
        "fastgmm is compiled by Numba and does nothing without: unset NUMBA_DISABLE_JIT"
    )


# Of what gives the same bits as NumPy: a product and a sum are rounded each.
EXACT_OPTIONS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}

# Of an index that names, among the types of arguments, classes that are where they were no more:
# Numba reads it whole before it sees that it is of an older file.
_OUTDATED = (AttributeError, ImportError)


class _Cache(FunctionCache):
    """The disk cache, which does without where a file cannot be written or is outdated."""

    def load_overload(self, sig, target_context):
        try:
            return super().load_overload(sig, target_context)
        except _OUTDATED:
            with contextlib.suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig, data):
        with contextlib.suppress(OSError, *_OUTDATED):
            super().save_overload(sig, data)


def readonly(array):
    """Return a read-only view: functions compile once for writable and read-only arrays."""
    view = array.view()
    view.flags.writeable = False
    return view


def cached_njit(**options):
    """Return the decorator ``numba.njit(**options, cache=True)``, which needs no place to write.

    Where there is none, as in many containers, one line of `logging` says so, at level INFO.
    """

    def decorate(function):
        dispatcher = numba.njit(**options)(function)
        try:
            dispatcher._cache = _Cache(function)
        except RuntimeError as error:
            _tell(str(error))
        return dispatcher

    return decorate


_told = []


def _tell(reason):
    if not _told:
        _told.append(reason)
        logging.getLogger("fastgmm").info(
            "compiled code is not kept on disk, so each process compiles anew (%s): set "
            "NUMBA_CACHE_DIR to a folder that can be written",
            reason,
        )
