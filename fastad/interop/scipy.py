"""SciPy's solvers with exact derivatives of @njit functions.

Each function here takes a function and returns what a solver takes: ``fun``, ``jac``, and for
`objective` ``hess`` and ``hessp``.  `fastad.minimize` is the shorter way where `minimize` is all.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..drivers.api import jacobian, value_and_grad
from ..drivers.second_order import hessian, hvp
from ..jit.fingerprint import jitted
from ..sparse.drivers import sparse_jacobian
from .border import check_args, check_function, own

__all__ = ["FunAndJac", "Objective", "curve", "equations", "objective", "ode"]


class FunAndJac(NamedTuple):
    """A function and its Jacobian, as SciPy's solvers call them.

    Parameters
    ----------
    fun, jac : callable
        Of the same arguments.
    """

    fun: object
    jac: object


class Objective:
    """A float of an array and its derivatives, as `scipy.optimize.minimize` calls them.

    Made by `objective`.  Its methods take an array of shape (n,) alone.
    """

    def __init__(self, f, args):
        self._given, self._name = args, getattr(f, "__name__", "f")
        self._first, self._product, self._second = value_and_grad(f), hvp(f), hessian(f)
        self._last = None, None, None  # a point's bytes, the value and the gradient there

    def __repr__(self):
        return f"<objective of {self._name} for scipy.optimize.minimize: fun, jac, hess, hessp>"

    @property
    def _args(self):
        return own(self._given)

    def fun(self, x):
        """Return the value, a float."""
        return self._value_and_gradient(x)[0]

    def jac(self, x):
        """Return the gradient, shape (n,)."""
        return self._value_and_gradient(x)[1].copy()

    def hess(self, x):
        """Return the Hessian, shape (n, n)."""
        return self._second(_point(x), *self._args)

    def hessp(self, x, v):
        """Return the product of the Hessian and a vector, shape (n,)."""
        return self._product(_point(x), *self._args, _point(v, "v"))

    def _value_and_gradient(self, x):
        x = _point(x)
        key, last = x.tobytes(), self._last  # one look: another thread may set it
        if last[0] != key:
            last = self._last = key, *self._first(x, *self._args)
        return last[1:]


def objective(f: Callable[..., Any], args: tuple[Any, ...] = ()) -> Objective:
    """Return the value and the derivatives of a function, for `scipy.optimize.minimize`.

    Parameters
    ----------
    f : callable
        ``f(x, *args)``, a plain Python or @njit function: a float of an array of shape (n,).
    args : tuple
        Further arguments, not differentiated.  Give them here, and not to SciPy.

    Returns
    -------
    Objective
        With the methods ``fun(x)``, ``jac(x)``, ``hess(x)`` and ``hessp(x, v)``.

    Raises
    ------
    TypeError
        If f is no function, or args no tuple.

    See Also
    --------
    fastad.minimize : the same in one call.

    Notes
    -----
    SciPy asks for the value and for the gradient at the same point, one after the other.  Both are
    computed once, and kept for the last point; points are compared by content.  The arrays
    in ``args`` are copied: where yours change, make a new objective.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.optimize import minimize
    >>> from fastad.interop import objective
    >>> def f(x, a):
    ...     return (x[0] - a) ** 2 + (x[1] - x[0] ** 2) ** 2
    >>> o = objective(f, args=(3.0,))
    >>> result = minimize(o.fun, [0.0, 0.0], jac=o.jac, hess=o.hess, method="trust-exact")
    >>> [round(float(v), 6) for v in result.x]
    [3.0, 9.0]
    """
    return Objective(*_checked("objective", f, args))


def equations(
    f: Callable[..., Any], args: tuple[Any, ...] = (), *, sparse: bool = False
) -> FunAndJac:
    """Return a function and its Jacobian, for `scipy.optimize.root` and ``least_squares``.

    Parameters
    ----------
    f : callable
        ``f(x, *args)``, a plain Python or @njit function of an array of shape (n,): an array of
        shape (m,), or a tuple of m floats.
    args : tuple
        Further arguments, not differentiated.  Give them here, and not to SciPy.
    sparse : bool, default False
        Whether ``jac`` returns a `scipy.sparse.csr_array`, by `fastad.sparse_jacobian`, which
        ``least_squares`` takes and ``root`` does not.

    Returns
    -------
    FunAndJac
        ``fun(x)``, shape (m,), and ``jac(x)``, shape (m, n).

    Raises
    ------
    TypeError
        If f is no function, or args no tuple.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.optimize import root
    >>> from fastad.interop import equations
    >>> def circle_and_line(x, radius):
    ...     return x[0] ** 2 + x[1] ** 2 - radius**2, x[0] - x[1]
    >>> e = equations(circle_and_line, args=(2.0,))
    >>> root(e.fun, [1.0, 0.5], jac=e.jac).x.round(6)
    array([1.414214, 1.414214])
    """
    f, args = _checked("equations", f, args)
    called = jitted(f)
    derivative = sparse_jacobian(f) if sparse else jacobian(f)

    def fun(x):
        return np.atleast_1d(np.asarray(called(_point(x), *own(args)), dtype=np.float64))

    def jac(x):
        found = derivative(_point(x), *own(args))
        return found if sparse else np.atleast_2d(found)

    return FunAndJac(fun, jac)


def ode(f: Callable[..., Any], args: tuple[Any, ...] = (), *, sparse: bool = False) -> FunAndJac:
    """Return a right-hand side and its Jacobian, for `scipy.integrate.solve_ivp`.

    Parameters
    ----------
    f : callable
        ``f(t, y, *args)``, a plain Python or @njit function: dy/dt at the time t, of shape (n,),
        or a tuple of n floats; y has the shape (n,).
    args : tuple
        Further arguments, not differentiated.  Give them here, and not to SciPy.
    sparse : bool, default False
        As in `equations`.

    Returns
    -------
    FunAndJac
        ``fun(t, y)``, shape (n,), and ``jac(t, y)``, the derivatives by y, shape (n, n).  The
        methods "Radau", "BDF" and "LSODA" use ``jac`` (LSODA a dense one only).

    Raises
    ------
    TypeError
        If f is no function, or args no tuple.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.integrate import solve_ivp
    >>> from fastad.interop import ode
    >>> def decay(t, y, fast):
    ...     return -fast * (y[0] - y[1]), -y[1]
    >>> o = ode(decay, args=(1e4,))
    >>> s = solve_ivp(o.fun, (0.0, 1.0), [0.0, 1.0], method="BDF", jac=o.jac, rtol=1e-8)
    >>> round(float(s.y[1, -1]), 5)
    0.36788
    """
    f, args = _checked("ode", f, args)
    called = jitted(f)
    derivative = sparse_jacobian(f, 1) if sparse else jacobian(f, 1)

    def fun(t, y):
        return np.atleast_1d(np.asarray(called(float(t), _point(y, "y"), *own(args)), np.float64))

    def jac(t, y):
        found = derivative(float(t), _point(y, "y"), *own(args))
        return found if sparse else np.atleast_2d(found)

    return FunAndJac(fun, jac)


def curve(f: Callable[..., Any]) -> FunAndJac:
    """Return a model and its derivatives by the parameters, for `scipy.optimize.curve_fit`.

    Parameters
    ----------
    f : callable
        ``f(x, a, b, ...)``, a plain Python or @njit function of the data x and of floats, the
        parameters; its result has the shape (m,).  It has no ``*args``, for SciPy counts
        the parameters.

    Returns
    -------
    FunAndJac
        ``fun(x, a, b, ...)``, shape (m,), and ``jac(x, a, b, ...)``, shape (m, number of
        parameters).

    Raises
    ------
    TypeError
        If f is no function, has no parameters beside the data, or has ``*args``.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.optimize import curve_fit
    >>> from fastad.interop import curve
    >>> def decay(t, height, rate):
    ...     return height * np.exp(-rate * t)
    >>> t, c = np.linspace(0.0, 4.0, 50), curve(decay)
    >>> found, _ = curve_fit(c.fun, t, 2.0 * np.exp(-1.5 * t), jac=c.jac)
    >>> found.round(6)
    array([2. , 1.5])
    """
    f, _ = _checked("curve", f, ())
    called = jitted(f)
    given = inspect.signature(getattr(called, "py_func", f)).parameters.values()
    if len(given) < 2 or any(p.kind != p.POSITIONAL_OR_KEYWORD for p in given):
        listed = ", ".join(map(str, given))
        raise TypeError(
            f"curve: f must have the data and each parameter as a parameter, got ({listed}); "
            "write them out: lambda x, a, b: ..."
        )
    derivative = jacobian(f, tuple(range(1, len(given))))

    @functools.wraps(called, updated=())
    def fun(x, *parameters):
        return np.asarray(called(_data(x), *map(float, parameters)), dtype=np.float64)

    @functools.wraps(called, updated=())
    def jac(x, *parameters):
        columns = derivative(_data(x), *map(float, parameters))
        return np.stack(columns, axis=-1)

    return FunAndJac(fun, jac)


def _checked(maker, f, args):
    check_function(maker, f)
    check_args(maker, args)
    return f, own(args)


def _point(x, name="x"):
    """Return a point of a solver's as a contiguous array of its own, which f may write into."""
    x = _data(x, name)
    if x.ndim != 1:
        raise ValueError(f"{name} must have the shape (n,), got {x.shape}")
    return x


def _data(x, name="x"):
    if np.iscomplexobj(x):
        raise TypeError(f"{name} must be of floats, got complex numbers: pass two real arrays")
    return np.array(x, dtype=np.float64, order="C")
