"""The drivers of second derivatives: see :mod:`fastad.drivers.api`, which has the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, overload

from .choose import make

if TYPE_CHECKING:
    from .._typing import Derivative, Driver, Mode, P, ScalarOf, ScalarOfFirst


@overload
def hessian(  # type: ignore[overload-overlap]
    f: ScalarOfFirst[P],
    argnums: Literal[0] = 0,
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Derivative[P]: ...


@overload
def hessian(
    f: ScalarOf[P],
    argnums: int | tuple[int, ...],
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Driver[P, Any]: ...


def hessian(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Any:
    """Return the Hessian of a scalar function, exactly symmetric.

    Parameters
    ----------
    f : callable
        A function that returns one float.
    argnums : int or tuple of int, default 0
        The parameters to differentiate by twice, floats or arrays.
    mode : {"auto", "forward", "tape", "source"}
        See docs/derivatives/modes.md; ``g.mode`` and ``g.why`` tell what ``auto`` chose.
    chunk_size : int, optional
        Blocks of this many rows and columns are computed in one pass, 4 by default.

    Returns
    -------
    numba dispatcher
        ``g(*args)``: an array of the argument's shape twice over; a float for a float.
        For a tuple of argnums a tuple of tuples of the blocks.

    Notes
    -----
    Forward mode computes with Jets of Jets, blocks on and above the diagonal only, in about
    ``(n / chunk_size)**2 / 2`` passes over f.  The tape takes n recordings with a direction.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    return make("hessian", f, argnums, mode, chunk_size)


@overload
def hvp(
    f: ScalarOf[...], argnums: Literal[0] = 0, *, mode: Mode = "auto", chunk_size: int | None = None
) -> Derivative[...]: ...


@overload
def hvp(
    f: ScalarOf[...],
    argnums: int | tuple[int, ...],
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Driver[..., Any]: ...


def hvp(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    *,
    mode: Mode = "auto",
    chunk_size: int | None = None,
) -> Any:
    """Return the Hessian-vector product of a scalar function, without the Hessian.

    Parameters
    ----------
    f : callable
        A function that returns one float.
    argnums : int or tuple of int, default 0
    mode : {"auto", "forward", "tape", "source"}
        See docs/derivatives/modes.md; ``g.mode`` and ``g.why`` tell what ``auto`` chose.
    chunk_size : int, optional
        As in `grad`.

    Returns
    -------
    numba dispatcher
        ``g(*args, *vectors)``: one vector for each argnum, in its argument's shape.
        Returns H v in the shapes of the arguments.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad import hvp
    >>> x, v = np.array([3.0, 5.0]), np.array([1.0, 0.0])
    >>> hvp(lambda x: x[0] ** 2 * x[1])(x, v)
    array([10.,  6.])
    """
    return make("hvp", f, argnums, mode, chunk_size)
