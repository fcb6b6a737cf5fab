"""What passes between a tool's arrays and a function of compiled code.

A function gets copies: contiguous, writable, floats of any width as float64. So it is compiled
once for all layouts and widths, and what it writes into its arguments changes nothing of the
tool's. What has no dimensions is handed over as a number.
"""

import inspect
from typing import NamedTuple

import numba
import numpy as np
from numba.core import types
from numba.core.registry import CPUDispatcher, cpu_target

from ..drivers.api import grad, jvp, value_and_grad, vjp
from ..drivers.second_order import hvp
from ..jit.fingerprint import jitted
from ..refusals import Misuse

_MAKERS = {"grad": grad, "hvp": hvp, "jvp": jvp, "value_and_grad": value_and_grad, "vjp": vjp}
_KINDS = "biufc"
_WIDEST = {"i": "int64", "u": "uint64", "f": "float64", "c": "complex128"}


class Result(NamedTuple):
    """What a function returns: a float (``ndim`` 0), an array, or as many floats as ``length``."""

    ndim: int
    length: int | None = None

    @property
    def shape(self):
        """The shape, where the types alone tell it; else None."""
        if self.length is not None:
            return (self.length,)
        return () if self.ndim == 0 else None


def check_function(maker, f):
    """Raise where f is neither an @njit function nor one written in Python."""
    if not isinstance(f, CPUDispatcher) and not inspect.isfunction(f):
        raise TypeError(
            f"{maker} takes an @njit function, or a function written in Python, got {f!r}; "
            "wrap what it calls: lambda x: ..."
        )


def check_args(maker, args):
    """Raise where the further arguments are no tuple."""
    if not isinstance(args, tuple):
        raise TypeError(f"{maker}: args must be a tuple, got {args!r}; write ({args!r},) for one")


class Bridge:
    """A function, its drivers, and the types of what it returns.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function.
    maker : str
        The name of the public function that makes the bridge, for messages.
    """

    def __init__(self, f, maker):
        check_function(maker, f)
        self.maker, self.f = maker, jitted(f)
        self.name = getattr(f, "__name__", "f")
        self._signature = inspect.signature(getattr(self.f, "py_func", f))
        self._drivers, self._results = {}, {}

    def driver(self, kind, argnums):
        """Return a driver by a tuple of arguments, made once."""
        key = kind, argnums
        if key not in self._drivers:
            self._drivers[key] = _MAKERS[kind](self.f, argnums)
        return self._drivers[key]

    def check_count(self, arguments):
        """Raise where the function does not take as many arguments."""
        try:
            self._signature.bind(*arguments)
        except TypeError as error:
            raise TypeError(
                f"{self.maker}: {self.name}{self._signature} got {len(arguments)} arguments: "
                f"{error}"
            ) from None

    def result(self, argument_types):
        """Return the `Result` for Numba types of the arguments; compile the function for them.

        Raises
        ------
        TypeError
            If it is neither a float, an array of floats nor a tuple of floats.
        """
        if argument_types not in self._results:
            of_f = types.Dispatcher(self.f)
            found = of_f.get_call_type(cpu_target.typing_context, argument_types, {})
            self._results[argument_types] = self._kind_of(found.return_type)
        return self._results[argument_types]

    def _kind_of(self, found):
        if isinstance(found, types.Float):
            return Result(0)
        if isinstance(found, types.Array) and isinstance(found.dtype, types.Float):
            return Result(found.ndim)
        parts = list(found) if isinstance(found, types.BaseTuple) else []
        if parts and all(isinstance(t, types.Float) for t in parts):
            return Result(1, len(parts))
        raise Misuse(
            f"{self.maker}: {self.name} must return a float, an array of floats or a tuple of "
            f"floats, got {found}"
        )

    def named(self, k):
        """Return how an argument is called in messages."""
        names = [p.name for p in self._signature.parameters.values()]
        return f"argument {k} ({names[k]!r})" if k < len(names) else f"argument {k}"


def native(array):
    """Return a number for an array without dimensions, else a copy of its own; floats as float64.

    Examples
    --------
    >>> native(np.array(2, dtype=np.int32)), native(np.array(0.5, dtype=np.float32))
    (2, 0.5)
    >>> native(np.ones((2, 2), dtype=np.float32)[:, 0]).dtype
    dtype('float64')
    """
    array = np.asarray(array)
    if array.dtype.kind not in _KINDS:
        raise TypeError(f"expected numbers, got an array of dtype {array.dtype}")
    if array.dtype.kind == "f":
        array = np.array(array, dtype=np.float64, order="C")
    if array.ndim:
        return np.array(array, order="C")
    return np.uint64(array) if array.dtype.kind == "u" else array.item()


def own(args):
    """Return arguments of which arrays are copies, as `native` makes them; others as they are.

    Examples
    --------
    >>> data = np.ones(2, dtype=np.float32)
    >>> copy, n = own((data, 3))
    >>> copy.dtype, copy is data, n
    (dtype('float64'), False, 3)
    """
    return tuple(native(a) if isinstance(a, np.ndarray) and a.ndim else a for a in args)


def native_type(dtype, ndim):
    """Return the Numba type of what `native` makes of an array of this dtype.

    Examples
    --------
    >>> native_type(np.dtype("float32"), 0), native_type(np.dtype("int32"), 0)
    (float64, int64)
    """
    dtype = np.dtype(dtype)
    if dtype.kind not in _KINDS:
        raise TypeError(f"expected numbers, got dtype {dtype}")
    if dtype.kind == "f" or (ndim == 0 and dtype.kind != "b"):
        dtype = np.dtype(_WIDEST[dtype.kind])
    item = numba.from_dtype(dtype)
    return types.Array(item, ndim, "C") if ndim else item


def as_array(value):
    """Return a float, a tuple of floats or an array as an array of float64."""
    return np.asarray(value, dtype=np.float64)
