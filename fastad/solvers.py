"""Bridges to the classic uses of derivatives: Newton's method and SciPy's minimizers.

They run in the interpreter and call compiled code; the derivatives of one function are
compiled once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, overload

import numpy as np
import scipy.optimize

from .drivers.api import derivative, jacobian, value_and_grad
from .drivers.second_order import hessian, hvp
from .jit.fingerprint import jitted
from .jit.state import state

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ._typing import Float64s


Solution = TypeVar("Solution")  # a float, or an array

_WITH_HESSIAN = ("dogleg", "trust-exact")
_WITH_PRODUCT = ("newton-cg", "trust-ncg", "trust-krylov", "trust-constr")
_WITH_GRADIENT = ("cg", "bfgs", "l-bfgs-b", "tnc", "slsqp", *_WITH_HESSIAN, *_WITH_PRODUCT)


@functools.lru_cache(maxsize=256)
def _made(make, f, as_it_is):
    return make(f)  # once: compiling it takes a second


def _driver(make, f):
    """Return a driver of f, the same as before unless f, or a global of it, is another now."""
    return _made(make, f, state(f))


class NewtonResult(NamedTuple, Generic[Solution]):
    """What `newton` found.

    Parameters
    ----------
    root : float or ndarray
    residual : float or ndarray
        f at the root.
    iterates : list
        All points, the first one included: watch their correct digits double.
    converged : bool
    """

    root: Solution
    residual: Solution
    iterates: list[Solution]
    converged: bool


@overload
def newton(
    f: Callable[..., Any],
    x0: float,
    args: tuple[Any, ...] = (),
    *,
    tol: float = 1e-12,
    max_iterations: int = 50,
) -> NewtonResult[float]: ...


@overload
def newton(
    f: Callable[..., Any],
    x0: ArrayLike,
    args: tuple[Any, ...] = (),
    *,
    tol: float = 1e-12,
    max_iterations: int = 50,
) -> NewtonResult[Float64s]: ...


def newton(
    f: Callable[..., Any],
    x0: Any,
    args: tuple[Any, ...] = (),
    *,
    tol: float = 1e-12,
    max_iterations: int = 50,
) -> NewtonResult[Any]:
    """Find a root by Newton's method with exact derivatives.

    Parameters
    ----------
    f : callable
        ``f(x, *args)``, a plain Python or @njit function: a float of a float, or an array
        of shape (n,) of an array of shape (n,).
    x0 : float or ndarray of shape (n,)
        Where to start.
    args : tuple
        Further arguments, not differentiated.
    tol : float
        Stop when a step is no longer than this times the size of x (at least 1).
    max_iterations : int

    Returns
    -------
    NewtonResult

    Raises
    ------
    numpy.linalg.LinAlgError
        If a Jacobian is singular, or a derivative zero.

    Notes
    -----
    ``x - J(x)^-1 f(x)``.  Convergence is quadratic at a simple root once close to it; there
    is no line search, so it may fail from afar (``converged`` says so).

    References
    ----------
    Kelley, C. T., *Solving Nonlinear Equations with Newton's Method*, SIAM 2003.

    Examples
    --------
    >>> from fastad import newton
    >>> r = newton(lambda x: x * x - 2.0, 1.0)
    >>> for x in r.iterates[:5]:
    ...     print(f"{x:.12f}")
    1.000000000000
    1.500000000000
    1.416666666667
    1.414215686275
    1.414213562375
    """
    if max_iterations < 1:
        raise ValueError(f"max_iterations must be at least 1, got {max_iterations}")
    scalar = np.ndim(x0) == 0
    x: Any = float(x0) if scalar else np.array(x0, dtype=float)
    primal = _driver(jitted, f)
    slope = _driver(derivative if scalar else jacobian, f)
    iterates, converged = [x], False
    for _ in range(max_iterations):
        value = primal(x if scalar else x.copy(), *args)
        if scalar:
            d = slope(x, *args)
            if d == 0.0:
                raise np.linalg.LinAlgError(f"the derivative is zero at {x}; start elsewhere")
            step = value / d
        else:
            step = np.linalg.solve(slope(x, *args), value)
        x = x - step
        iterates.append(x)
        if not np.all(np.isfinite(x)):
            break
        if np.max(np.abs(step)) <= tol * max(1.0, np.max(np.abs(x))):
            converged = True
            break
    return NewtonResult(x, primal(x if scalar else x.copy(), *args), iterates, converged)


def minimize(
    f: Callable[..., Any],
    x0: ArrayLike,
    args: tuple[Any, ...] = (),
    method: str = "BFGS",
    **options: Any,
) -> scipy.optimize.OptimizeResult:
    """Minimize a scalar function by SciPy with exact derivatives.

    Parameters
    ----------
    f : callable
        ``f(x, *args)``, a plain Python or @njit function of an array of shape (n,).
    x0 : array_like of shape (n,)
    args : tuple
        Further arguments, not differentiated.
    method : str, default "BFGS"
        One of SciPy's; it is given the gradient, and if it takes one a Hessian-vector
        product (Newton-CG, trust-ncg, trust-krylov, trust-constr) or the Hessian (dogleg,
        trust-exact).
    **options
        Passed on to `scipy.optimize.minimize`: tol, bounds, constraints, callback, options.

    Returns
    -------
    scipy.optimize.OptimizeResult

    Raises
    ------
    ValueError
        If the method uses no derivatives (call SciPy for that).

    Examples
    --------
    >>> import numpy as np
    >>> from fastad import minimize
    >>> def f(x, a):
    ...     return (x[0] - a) ** 2 + (x[1] - x[0] ** 2) ** 2
    >>> result = minimize(f, [0.0, 0.0], args=(3.0,), method="trust-exact")
    >>> [round(float(v), 6) for v in result.x]
    [3.0, 9.0]
    """
    kind = method.lower()
    if kind not in _WITH_GRADIENT:
        raise ValueError(
            f"method {method!r} uses no derivatives, or is unknown; "
            f"expected one of {', '.join(_WITH_GRADIENT)}"
        )
    if kind in _WITH_HESSIAN:
        options["hess"] = _driver(hessian, f)
    elif kind in _WITH_PRODUCT:
        product = _driver(hvp, f)
        options["hessp"] = lambda x, v, *rest: product(x, *rest, np.asarray(v, dtype=float))
    start = np.array(x0, dtype=float)
    objective = _driver(value_and_grad, f)
    return scipy.optimize.minimize(objective, start, args=args, method=method, jac=True, **options)
