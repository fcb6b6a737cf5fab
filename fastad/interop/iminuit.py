"""A cost function for ``iminuit.Minuit``, with its gradient and Hessian.

Nothing of iminuit is imported: it finds what it needs on the cost function itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..drivers.api import grad
from ..drivers.second_order import hessian
from ..jit.fingerprint import jitted
from .border import check_args, check_function, own

__all__ = ["Cost", "cost"]


class Cost:
    """A function as ``iminuit.Minuit`` calls it, with its gradient and its Hessian.

    Made by `cost`.  Call it, ``grad`` and ``hessian`` with one array of shape (n,), or with n
    numbers, as the function itself takes them.  ``errordef`` is yours to set.
    """

    def __init__(self, f, args):
        self._f, self._written, self._given = jitted(f), f, own(args)
        given = inspect.signature(getattr(self._f, "py_func", f)).parameters.values()
        if any(p.kind != p.POSITIONAL_OR_KEYWORD for p in given) or len(given) <= len(args):
            listed = ", ".join(map(str, given))
            raise TypeError(
                f"cost: f must have each parameter of the fit, and each of the {len(args)} args "
                f"after them, as a parameter, got ({listed}); write them out: lambda a, b: ..."
            )
        self._names = [p.name for p in given][: len(given) - len(args)]
        # iminuit takes the names of the parameters from it.
        self.__signature__ = inspect.Signature(list(given)[: len(self._names)])
        self.__name__ = getattr(f, "__name__", "f")
        self._drivers = {}

    def __repr__(self):
        by = ", ".join(self._names)
        return f"<cost of {self.__name__} by ({by}) for iminuit.Minuit: grad, hessian>"

    @property
    def _args(self):
        return own(self._given)

    def __call__(self, *point):
        """Return the value, a float."""
        return self._f(*self._checked(point), *self._args)

    def grad(self, *point):
        """Return the gradient, shape (n,)."""
        point = self._checked(point)
        if isinstance(point[0], np.ndarray):
            return self._driver(grad, 0)(*point, *self._args)
        argnums = tuple(range(len(point)))
        return np.array(self._driver(grad, argnums)(*point, *self._args))

    def hessian(self, *point):
        """Return the Hessian, shape (n, n)."""
        point = self._checked(point)
        if isinstance(point[0], np.ndarray):
            return self._driver(hessian, 0)(*point, *self._args)
        argnums = tuple(range(len(point)))
        return np.array(self._driver(hessian, argnums)(*point, *self._args))

    def _driver(self, make, argnums):
        key = make.__name__, argnums
        if key not in self._drivers:
            self._drivers[key] = make(self._written, argnums)
        return self._drivers[key]

    def _checked(self, point):
        if len(point) != len(self._names):
            raise TypeError(
                f"{self.__name__} has the parameters ({', '.join(self._names)}), got {len(point)} "
                "values; give args to cost for what is not fitted"
            )
        if len(point) == 1 and np.ndim(point[0]):
            return (np.array(point[0], dtype=np.float64, order="C"),)
        return tuple(map(float, point))


def cost(f: Callable[..., Any], args: tuple[Any, ...] = ()) -> Cost:
    """Return a function as a cost function for ``iminuit.Minuit``, with exact derivatives.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function that returns a float: ``f(x, *args)`` of an array of shape
        (n,), or ``f(a, b, ..., *args)`` of n floats.
    args : tuple
        The last arguments: data, which are not fitted.

    Returns
    -------
    Cost
        A callable with ``grad`` and ``hessian``.  Start an f of an array with an array,
        ``Minuit(c, np.zeros(3))``, and an f of numbers with numbers, ``Minuit(c, a=1.0, b=2.0)``.

    Raises
    ------
    TypeError
        If f is no function, has ``*args``, or no parameter before those of args; or if args is no
        tuple.

    Notes
    -----
    Minuit finds ``grad``, and ``hessian`` where its version knows that, by their names;
    ``Minuit(c, ..., grad=c.grad)`` says it.  What the value means is not known here: set
    ``m.errordef = Minuit.LIKELIHOOD`` for a negative log-likelihood; iminuit's default is that of
    least squares.

    References
    ----------
    James and Roos, "Minuit: a system for function minimization and analysis of the parameter
    errors and correlations", Computer Physics Communications 10, 1975.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad.interop import cost
    >>> def squares(a, b, t, y):
    ...     return np.sum((y - a * np.exp(-b * t)) ** 2)
    >>> t = np.linspace(0.0, 2.0, 5)
    >>> c = cost(squares, args=(t, 3.0 * np.exp(-t)))
    >>> c(3.0, 1.0), c.grad(3.0, 1.0)
    (0.0, array([0., 0.]))
    """
    check_function("cost", f)
    check_args("cost", args)
    return Cost(f, args)
