"""The drivers: from a function to the @njit function of its derivative.

Each takes a function and returns one: ``g = grad(f)``.  f is a plain Python function or an
@njit one; g is an @njit function, to be called from Python, from other @njit functions,
inside ``prange``, or to be differentiated again.  ``print(g.source)`` shows what it does.

Notes
-----
Forward mode computes with Jets of N partials (`fastad.numbers.jet`): the gradient in n variables
takes ``ceil(n / chunk_size)`` passes over f, a Jacobian-vector product one.  Reverse mode
takes one recording on a `fastad.Tape` and one sweep back, or the adjoint of f's source.
``mode="auto"`` chooses the mode when the driver is compiled; where sizes decide, when it is called
(`fastad.drivers.choose`).  An array that is differentiated is copied first.  In other arrays that f
writes into, a driver leaves what one call of f leaves, however often it calls f.

References
----------
Griewank and Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, chapter 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, Literal, overload

from .choose import make

if TYPE_CHECKING:
    from .._typing import (
        Derivative,
        Driver,
        Jacobian,
        Mode,
        ModeAlong,
        P,
        R,
        ScalarOf,
        ScalarOfFirst,
        WithValue,
    )
    from ..tape.replay import ReplayTape


def derivative(
    f: Callable[Concatenate[float, P], R], argnums: int = 0, *, mode: ModeAlong = "auto"
) -> Driver[Concatenate[float, P], R]:
    """Return the derivative of a function of a scalar.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function; its result is a float, an array or a tuple.
    argnums : int, default 0
        The parameter to differentiate by, a float.
    mode : {"auto", "forward", "source"}

    Returns
    -------
    numba dispatcher
        ``g(*args)``, the derivative, in the shape of f's result.

    Raises
    ------
    TypeError
        If the argument is no float (when g is called), or f no function.

    See Also
    --------
    grad : by arrays, or several scalars at once.

    Examples
    --------
    >>> import math
    >>> from fastad import derivative
    >>> def f(x):
    ...     return x * math.sin(x)
    >>> round(derivative(f)(1.0), 6)
    1.381773
    >>> round(derivative(derivative(f))(1.0), 6)
    0.239134
    """
    if isinstance(argnums, tuple):
        raise TypeError(f"derivative takes one argnum, got {argnums!r}; use grad for several")
    return make("derivative", f, argnums, mode)


@overload
def grad(  # type: ignore[overload-overlap]
    f: ScalarOfFirst[P],
    argnums: Literal[0] = 0,
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Derivative[P]: ...


@overload
def grad(
    f: ScalarOf[P], argnums: int, *, mode: Mode = "auto", chunk_size: int | None = None
) -> Driver[P, Any]: ...


@overload
def grad(
    f: ScalarOf[P], argnums: tuple[int, ...], *, mode: Mode = "auto", chunk_size: int | None = None
) -> Driver[P, tuple[Any, ...]]: ...


def grad(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Any:
    """Return the gradient of a scalar function.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function that returns one float.
    argnums : int or tuple of int, default 0
        The parameters to differentiate by: floats, arrays of floats of any shape, or tuples
        and NamedTuples of these; of one of those the result is such a tuple, with None in the
        place of an int.
    mode : {"auto", "forward", "tape", "source"}
        See docs/derivatives/modes.md; ``g.mode`` and ``g.why`` tell what ``auto`` chose.
    chunk_size : int, optional
        Partials carried in one pass of forward mode, 8 by default; ``auto`` then takes it.

    Returns
    -------
    numba dispatcher
        ``g(*args)``: for each argnum the gradient in the shape of that argument; a tuple
        of them if argnums is one.

    Raises
    ------
    TypeError
        When g is called: if an argument to differentiate by is an int or holds ints, or
        if f returns more than one number.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad import grad
    >>> def f(x, a):
    ...     return a * np.sum(x * x)
    >>> grad(f)(np.array([1.0, 2.0, 3.0]), 0.5)
    array([1., 2., 3.])
    >>> grad(f, argnums=(0, 1))(np.array([1.0, 2.0]), 0.5)
    (array([1., 2.]), 5.0)
    """
    return make("grad", f, argnums, mode, chunk_size)


@overload
def value_and_grad(  # type: ignore[overload-overlap]
    f: ScalarOfFirst[P],
    argnums: Literal[0] = 0,
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> WithValue[P, float]: ...


@overload
def value_and_grad(
    f: ScalarOf[P],
    argnums: int | tuple[int, ...],
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Driver[P, tuple[float, Any]]: ...


def value_and_grad(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Any:
    """Return a function of the value and the gradient, from the same passes.

    Parameters
    ----------
    f, argnums, mode, chunk_size
        As in `grad`.

    Returns
    -------
    numba dispatcher
        ``g(*args)``: a tuple of value and gradient.

    Raises
    ------
    TypeError
        As in `grad`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad import value_and_grad
    >>> value_and_grad(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    (9.0, array([ 3., 12.]))
    """
    return make("value_and_grad", f, argnums, mode, chunk_size)


def replayed(
    f: ScalarOf[P], argnums: int | tuple[int, ...] = 0, *, strict: bool = False
) -> Driver[Concatenate[ReplayTape, P], tuple[float, Any]]:
    """Return a function of value and gradient that records f once, and then replays it.

    Parameters
    ----------
    f, argnums
        As in `grad`.
    strict : bool, default False
        Raise where the recording does not hold, instead of recording anew.

    Returns
    -------
    numba dispatcher
        ``g(tape, *args)``: a tuple of value and gradient, as from `value_and_grad`; the
        recording is kept on the `fastad.ReplayTape` that is passed.

    Raises
    ------
    RuntimeError
        If strict, where a comparison came out otherwise than when recorded, or the tape
        holds a recording for other data; `ReplayTape.reset` forgets it.

    Notes
    -----
    A replay costs 0.6 to 4 evaluations of f (``docs/derivatives/tape.md``); the first two calls
    cost some hundred.  The arguments that are not differentiated are compared with those
    of the recording at every call.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad import ReplayTape, replayed
    >>> def f(x, a):
    ...     return a * np.sum(x * x)
    >>> g, tape = replayed(f), ReplayTape()
    >>> g(tape, np.array([1.0, 2.0]), 0.5)
    (2.5, array([1., 2.]))
    >>> g(tape, np.array([3.0, 4.0]), 0.5)
    (12.5, array([3., 4.]))
    """
    kind = "replayed_strictly" if strict else "replayed"
    return make(kind, f, argnums, "replay")


def jvp(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, *, mode: ModeAlong = "auto"
) -> Driver[..., tuple[Any, Any]]:
    """Return a function of the value and its derivative along a direction, J v.

    Parameters
    ----------
    f : callable
        Its result is a float, an array, or a tuple of those; where it returns nothing, the
        arrays that it fills.
    argnums : int or tuple of int, default 0
    mode : {"auto", "forward", "source"}
        "source" writes the tangent of f line by line; ``print(g.source)`` shows it.

    Returns
    -------
    numba dispatcher
        ``g(*args, *tangents)``: one tangent for each argnum, in its argument's shape.
        Returns the value and the tangent of the result.  All arguments must be given.

    Notes
    -----
    One pass over f, whatever the number of variables.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad import jvp
    >>> x, v = np.array([1.0, 2.0]), np.array([1.0, 0.0])
    >>> jvp(lambda x: x * x[1])(x, v)
    (array([2., 4.]), array([2., 0.]))
    """
    return make("jvp", f, argnums, mode)


@overload
def vjp(
    f: Callable[..., Any],
    argnums: Literal[0] = 0,
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> WithValue[..., Any]: ...


@overload
def vjp(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...],
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Driver[..., tuple[Any, Any]]: ...


def vjp(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Any:
    """Return a function of the value and the gradient of a weighted result, w J.

    Parameters
    ----------
    f : callable
        Its result is a float, an array, or a tuple of floats (counted as a vector); where it
        returns nothing, the array that it fills.
    argnums : int or tuple of int, default 0
    mode : {"auto", "forward", "tape", "source"}
        See docs/derivatives/modes.md; ``g.mode`` and ``g.why`` tell what ``auto`` chose.
    chunk_size : int, optional
        As in `grad`.

    Returns
    -------
    numba dispatcher
        ``g(*args, cotangent)``: the cotangent has the shape of f's result.  Returns the
        value, and for each argnum the cotangent of the argument.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad import vjp
    >>> x, w = np.array([1.0, 2.0]), np.array([1.0, 10.0])
    >>> vjp(lambda x: x * x)(x, w)
    (array([1., 4.]), array([ 2., 40.]))
    """
    return make("vjp", f, argnums, mode, chunk_size)


@overload
def jacobian(
    f: Callable[Concatenate[Any, P], Any],
    argnums: Literal[0] = 0,
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Jacobian[P]: ...


@overload
def jacobian(
    f: Callable[P, Any],
    argnums: int | tuple[int, ...],
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Driver[P, Any]: ...


def jacobian(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Any:
    """Return the Jacobian: all derivatives of all results.

    Parameters
    ----------
    f : callable
        Its result is a float, an array, or a tuple of floats (counted as a vector); where it
        returns nothing, the array that it fills.
    argnums : int or tuple of int, default 0
    mode : {"auto", "forward", "tape", "source"}
        See docs/derivatives/modes.md; ``g.mode`` and ``g.why`` tell what ``auto`` chose.
    chunk_size : int, optional
        As in `grad`.

    Returns
    -------
    numba dispatcher
        ``g(*args)``: for each argnum an array of f's result's shape followed by the
        argument's shape.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad import jacobian
    >>> def polar(p):
    ...     return p[0] * np.cos(p[1]), p[0] * np.sin(p[1])
    >>> jacobian(polar)(np.array([2.0, 0.0]))
    array([[1., 0.],
           [0., 2.]])
    """
    return make("jacobian", f, argnums, mode, chunk_size)
