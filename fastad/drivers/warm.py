"""Compile a driver ahead of its first call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba.core import types
from numba.core.caching import NullCache

from ..jit.generated import Driver
from ..refusals import Misuse, Refusal


def warmup(driver: Callable[..., Any], *arguments: Any) -> bool:
    """Compile a driver for arguments, as its first call would, and keep the code on disk.

    Parameters
    ----------
    driver : Driver
        What `grad` or another driver returns.
    *arguments
        Those of a later call, or Numba types in their places (``numba.float64[::1]``). Only the
        types matter: nothing is computed.

    Returns
    -------
    bool
        Whether the next process finds the code on disk. It does not if the function has no
        fingerprint, or nothing can be written (docs/derivatives/inside.md, "The disk cache").

    Raises
    ------
    TypeError
        If `driver` is no driver, or arguments have no type in compiled code; and if the call would.

    Examples
    --------
    >>> import numba
    >>> import numpy as np
    >>> from fastad import grad, warmup
    >>> g = grad(lambda x, a: a * np.sum(x * x))
    >>> kept = warmup(g, np.ones(3), 2.0)
    >>> kept = warmup(g, numba.float64[::1], numba.float64)  # the same
    >>> len(g.signatures)
    1
    """
    if not isinstance(driver, Driver):
        raise Misuse(
            "fastad: warmup takes what grad, jacobian or another driver returns, and the arguments "
            f"of its first call; got {driver!r}"
        )
    given = tuple(_type_of(k, a) for k, a in enumerate(arguments))
    try:
        driver.get_call_template(given, {})
    except (Misuse, Refusal) as error:
        raise error.with_traceback(None) from None  # the way through Numba says nothing
    cache = driver._cache
    return not isinstance(cache, NullCache) and all(map(cache.holds, driver.signatures))


def _type_of(k, value):
    if isinstance(value, types.Type):
        return value
    try:
        return numba.typeof(value)
    except ValueError as error:
        raise Misuse(
            f"fastad: warmup: argument {k} has no type in compiled code: {error}"
        ) from None
