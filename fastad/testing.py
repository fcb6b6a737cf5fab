"""Check derivatives: against divided differences, and against each other.

Notes
-----
Tests in random directions, each of which a wrong derivative fails with probability one: the
tangent ``J v`` against a reference; for each mode the inner product ``<w, J v> = <w J, v>``
and the cotangents against those of the first mode; for second derivatives the same of the
gradient, and the symmetry ``<u, H v> = <v, H u>``.

The reference is the complex step ``Im f(x + i h v) / h`` with h = 1e-100, exact to rounding,
where Numba compiles f for complex numbers and the result agrees with the difference (``abs``
and ``max`` of complex numbers are no analytic functions); else the central difference of five
points, whose error is least for a step of about eps**(1/5) = 7e-4 of the argument's size.

References
----------
Griewank and Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, section 3.2.
Squire and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM
Review 40, 1998.
Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids", 1988.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numba
import numpy as np

from .drivers.api import grad, jvp, vjp
from .drivers.second_order import hvp
from .jit.fingerprint import jitted

if TYPE_CHECKING:
    from ._typing import Mode


__all__ = ["check_grads"]

_COMPLEX_STEP = 1e-100
_EXACT = 1e-10


def check_grads(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    argnums: int | tuple[int, ...] | None = None,
    *,
    order: Literal[1, 2] = 2,
    modes: Sequence[Mode] = ("auto",),
    rtol: float = 1e-6,
    atol: float = 1e-8,
    step: float = 7e-4,
    seed: int = 0,
) -> None:
    """Raise if a derivative of a function disagrees with a reference, or two modes do.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function; its result is a float or an array of floats.
    args : tuple
        The point, away from kinks by more than twice the step.
    argnums : int or tuple of int, optional
        The arguments to differentiate by; all floats and arrays of floats by default.
    order : {1, 2}
        2 also checks second derivatives, where f returns a float.
    modes : tuple of str, default=("auto",)
        The modes of the drivers to check: "auto", which is what `grad(f)` runs, "source",
        "forward", "tape". Several are compared with each other, to 1e-10.
    rtol, atol : float
        Allowed errors against divided differences, relative to the size of what is compared
        and absolute.  Against the complex step and between modes 1e-10 is allowed.
    step : float
        Step of the divided difference, relative to the size of each argument (at least 1).
    seed : int
        Of the random directions.

    Raises
    ------
    AssertionError
        Naming the test that failed, the mode, what was expected and what came.
    ValueError
        If order is not 1 or 2, or no argument can be differentiated.

    Examples
    --------
    >>> import math
    >>> from fastad.testing import check_grads
    >>> check_grads(lambda x, y: x * math.sin(y), (1.0, 2.0))
    """
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2, got {order!r}")
    if isinstance(modes, str) or not modes:
        raise ValueError(f"modes must be a tuple of one or more modes, got {modes!r}")
    if argnums is None:
        argnums = tuple(i for i, a in enumerate(args) if _is_float(a))
        if not argnums:
            raise ValueError("no argument is a float or an array of floats")
    elif isinstance(argnums, int):
        argnums = (argnums,)
    rng = np.random.default_rng(seed)
    directions = [_like(args[i], rng) for i in argnums]
    primal = jitted(f)
    differences = _Comparison(rtol, atol)
    exact = _Comparison(_EXACT, _EXACT)

    by_difference = _difference(primal, args, argnums, directions, step)
    by_complex_step = _complex_step(primal, args, argnums, directions)
    for mode in dict.fromkeys("forward" if m == "tape" else m for m in modes):  # no tape in a jvp
        value, along = jvp(f, argnums, mode=mode)(*_copies(args), *directions)
        exact("value", mode, primal(*_copies(args)), value)
        differences("jvp against a divided difference", mode, by_difference, along)
        if by_complex_step is not None and differences.holds(by_complex_step, along):
            exact("jvp against the complex step", mode, by_complex_step, along)

    weights = _like(along, rng)
    firsts = {}
    for mode in modes:
        _, back = vjp(f, argnums, mode=mode)(*_copies(args), weights)
        forward, backward = _inner([weights], [along]), _inner(back, directions)
        exact("vjp against jvp, <w, Jv> = <wJ, v>", mode, forward, backward)
        for i, bar in enumerate(back):
            wanted = firsts.setdefault(("vjp", i), bar)
            exact(f"vjp against mode {modes[0]!r}, argument {argnums[i]}", mode, wanted, bar)
    if order == 2 and np.ndim(value) == 0:
        others = [_like(args[i], rng) for i in argnums]
        gradient = grad(f, argnums, mode=modes[0])
        slopes = [
            _difference(lambda *a, i=i: gradient(*a)[i], args, argnums, directions, step)
            for i in range(len(argnums))
        ]
        _check_products(f, args, argnums, modes, (directions, others), slopes, differences)


def _check_products(f, args, argnums, modes, along, slopes, differences):
    """Check Hessian-vector products along two directions against slopes of the gradient."""
    firsts, exact = None, _Comparison(_EXACT, _EXACT)
    for mode in modes:
        product = hvp(f, argnums, mode=mode)
        hv, hu = (product(*_copies(args), *d) for d in along)
        firsts = hv if firsts is None else firsts
        for i, got in enumerate(hv):
            place = f"argument {argnums[i]}"
            differences(f"hvp against a divided difference, {place}", mode, slopes[i], got)
            exact(f"hvp against mode {modes[0]!r}, {place}", mode, firsts[i], got)
        left, right = _inner(along[1], hv), _inner(along[0], hu)
        exact("symmetry, <u, Hv> = <v, Hu>", mode, left, right)


class _Comparison:
    def __init__(self, rtol, atol):
        self.rtol, self.atol = rtol, atol

    def holds(self, wanted, got):
        wanted, got = np.asarray(wanted, dtype=float), np.asarray(got, dtype=float)
        allowed = self.atol + self.rtol * np.max(np.abs(wanted), initial=0.0)
        return wanted.shape == got.shape and bool((np.abs(wanted - got) <= allowed).all())

    def __call__(self, what, mode, wanted, got):
        if not self.holds(wanted, got):
            raise AssertionError(f"{what} (mode {mode!r}): expected {wanted}, got {got}")


def _is_float(a):
    return isinstance(a, float) or (isinstance(a, np.ndarray) and a.dtype.kind == "f")


def _like(a, rng):
    return rng.normal(size=np.shape(a)) if isinstance(a, np.ndarray) else float(rng.normal())


def _copies(args):
    return [a.copy() if isinstance(a, np.ndarray) else a for a in args]


def _inner(left, right):
    return sum(np.sum(np.asarray(a) * np.asarray(b)) for a, b in zip(left, right, strict=True))


def _difference(f, args, argnums, directions, step):
    """Return the central difference of five points, whose error is O(step**4)."""
    sizes = [np.max(np.abs(args[i]), initial=1.0) for i in argnums]
    h = step * min(sizes)

    def moved(t):
        at = _copies(args)
        for i, d in zip(argnums, directions, strict=True):
            at[i] = at[i] + t * d
        return np.asarray(f(*at), dtype=float)

    return (8.0 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12.0 * h)


def _complex_step(f, args, argnums, directions):
    """Return the derivative by the complex step, None where f is not one of complex numbers."""
    at = _copies(args)
    for i, d in zip(argnums, directions, strict=True):
        at[i] = at[i] + 1j * _COMPLEX_STEP * d
    try:
        value = f(*at)
    except (numba.core.errors.NumbaError, TypeError, ValueError):
        return None
    return np.imag(value) / _COMPLEX_STEP if np.iscomplexobj(value) else None
