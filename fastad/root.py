"""`root`: Newton's method in compiled code, differentiable by the implicit function theorem.

The solution x(a) of ``f(x, a) = 0`` has the derivative ``-inv(J) df/da``, with J the Jacobian of
f by x: no matter how x was found.  So Newton's method runs on floats; then follow, with whatever
numbers the arguments are, as many steps ``x - inv(J) f(x, a)`` with the constant J as
derivatives are wanted.  Each step makes one more order of them exact: with the error e of x,
the next error is ``(1 - inv(J) J(a)) e`` and terms of the order of e², and what the arguments
move 1 - inv(J) J(a) is of first order itself.

References
----------
Griewank and Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, section 15.3.
Kelley, C. T., *Solving Nonlinear Equations with Newton's Method*, SIAM 2003.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate
from typing import overload as typed_overload

import numpy as np
from numba.core import errors, types
from numba.extending import overload, register_jitable

from .drivers.api import derivative, jacobian
from .jit.fingerprint import jitted
from .jit.generated import ByTypes
from .jit.state import state
from .modes.request import parameters_of
from .modes.seeding import stub
from .numbers.arrays import empty_array
from .numbers.jet import JetType, deepest, level
from .rules.codegen import compile_source
from .tape.types import is_recorded, taped

if TYPE_CHECKING:
    from ._typing import Float64s, Floats, LikeFirst, P


TOL = 1e-12
MAX_ITERATIONS = 50


@typed_overload
def root(
    f: Callable[..., Any],
    x0: float,
    *args: Any,
    tol: float = TOL,
    max_iterations: int = MAX_ITERATIONS,
) -> float: ...


@typed_overload
def root(
    f: Callable[..., Any],
    x0: Floats,
    *args: Any,
    tol: float = TOL,
    max_iterations: int = MAX_ITERATIONS,
) -> Float64s: ...


def root(
    f: Callable[..., Any],
    x0: float | Floats,
    *args: Any,
    tol: float = TOL,
    max_iterations: int = MAX_ITERATIONS,
) -> float | Float64s:
    """Return a solution of ``f(x, *args) = 0``, found by Newton's method.

    May be called in @njit functions, there without tol and max_iterations: for those make
    a function by `root_solver`.  Where the arguments are being differentiated, so is the
    solution, in every mode and to any order.

    Parameters
    ----------
    f : callable
        ``f(x, *args)``, a plain Python function (in compiled code an @njit one): a float of a
        float, or an array of shape (n,) of an array of shape (n,).
    x0 : float or ndarray of shape (n,)
        Where to start.  The solution does not depend on it.
    *args
        Further arguments of f: floats, arrays, ints, tuples.
    tol : float
        Stop when a step is no longer than this times the size of x (at least 1).
    max_iterations : int

    Returns
    -------
    float or ndarray of shape (n,)

    Raises
    ------
    RuntimeError
        If the method does not converge: with the number of iterations and the largest
        residual.
    numpy.linalg.LinAlgError
        If a Jacobian is singular, or a derivative zero.

    See Also
    --------
    newton : the iterates too, in the interpreter.

    Notes
    -----
    Costs an evaluation of f and its Jacobian by x for each iteration; the derivatives cost
    one linear system, and one evaluation of f for each order.

    Examples
    --------
    >>> import fastad, numba
    >>> @numba.njit
    ... def kepler(e, m, ecc):
    ...     return e - ecc * fastad.sin(e) - m
    >>> round(fastad.root(kepler, 1.0, 0.8, 0.3), 6)
    1.061999
    >>> @numba.njit
    ... def anomaly(ecc):
    ...     return fastad.root(kepler, 1.0, 0.8, ecc)
    >>> round(fastad.derivative(anomaly)(0.3), 6)
    1.022801
    """
    return root_solver(f, tol=tol, max_iterations=max_iterations)(x0, *args)


def root_solver(
    f: Callable[Concatenate[Any, P], Any], *, tol: float = TOL, max_iterations: int = MAX_ITERATIONS
) -> LikeFirst[P]:
    """Return the @njit function ``solve(x0, *args)`` of the solution of ``f(x, *args) = 0``.

    Parameters
    ----------
    f, tol, max_iterations
        As for `root`.

    Returns
    -------
    numba dispatcher

    Raises
    ------
    TypeError, ValueError
        If f is no function, or tol or max_iterations is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from fastad import root_solver
    >>> def circle_and_line(x, r):
    ...     out = np.empty_like(x)
    ...     out[0] = x[0] ** 2 + x[1] ** 2 - r * r
    ...     out[1] = x[0] - x[1]
    ...     return out
    >>> solve = root_solver(circle_and_line)
    >>> x = solve(np.array([1.0, 2.0]), np.sqrt(2.0))
    >>> [round(float(v), 6) for v in x]
    [1.0, 1.0]
    """
    parameters_of(f)  # refuses what is no function
    if not tol > 0:
        raise ValueError(f"tol must be positive, got {tol}")
    if max_iterations < 1:
        raise ValueError(f"max_iterations must be at least 1, got {max_iterations}")
    return _solver_of(f, tol, max_iterations, state(f))


@functools.lru_cache(maxsize=256)
def _solver_of(f, tol, max_iterations, as_it_is):
    return RootSolver(f, tol, max_iterations)


class RootSolver(ByTypes):
    """The @njit function that `root_solver` returns."""

    def __init__(self, f, tol, max_iterations, **options):
        function = jitted(f)
        settings = float(tol), int(max_iterations)

        def solve(x0, *args):
            return implicit(function, x0, args, settings)

        self.parts = f, *settings
        super().__init__(solve, {"nopython": True, "boundscheck": None} | options)

    def implementation(self, argument_types):
        """Return the function to be compiled: the same for all types."""
        return self.py_func

    def inlined(self):
        """Return the same function, to be merged into its caller by the compiler."""
        return RootSolver(*self.parts, forceinline=True)

    def identity(self):
        """Return what the function is made of."""
        return self.parts

    def __reduce__(self):
        return _remade, self.parts


def _remade(f, tol, max_iterations):
    return root_solver(f, tol=tol, max_iterations=max_iterations)


@overload(root)
def _overload_root(f, x0, *args):
    if not isinstance(f, types.Dispatcher):
        raise errors.NumbaTypeError(
            f"fastad.root: in compiled code f is an @njit function, got {f}"
        )
    settings = TOL, MAX_ITERATIONS

    def solve(f, x0, *args):
        return implicit(f, x0, args, settings)

    return solve


# ---- Newton's method on floats ----


@functools.lru_cache(maxsize=256)
def _slope(make, f, as_it_is):
    return make(f, mode="forward")


@register_jitable
def newton_on_floats(f, slope, x0, args, settings):
    """Return the solution for arguments without derivatives, and whether it is one."""
    tol, max_iterations = settings
    x = moved_by(x0, 0.0)
    for _ in range(max_iterations):
        step = quotient(slope(x, *args), f(moved_by(x, 0.0), *args))
        x = moved_by(x, step)
        size = largest(x)
        if not np.isfinite(size):
            break
        if largest(step) <= tol * max(1.0, size):
            return x, True
    return x, False


moved_by = stub("moved_by", "Return ``x - step``, always anew.")
quotient = stub("quotient", "Return ``inv(J) r``.")
largest = stub("largest", "Return the largest absolute value.")


@overload(moved_by)
def _moved_by(x, step):
    if not isinstance(x, types.Array):
        return lambda x, step: x - step
    if isinstance(step, types.Array):
        return lambda x, step: x - step
    return lambda x, step: x.copy()


@overload(quotient)
def _quotient(j, r):
    if isinstance(j, types.Array) != isinstance(r, types.Array):
        raise errors.NumbaTypeError(
            "fastad.root: f returns a float of a float, or an array of shape (n,) of one"
        )
    if isinstance(j, types.Array):
        return lambda j, r: np.linalg.solve(j, r)

    def scalar(j, r):
        if j == 0.0:
            raise np.linalg.LinAlgError("the derivative is zero; start elsewhere")
        return r / j

    return scalar


@overload(largest)
def _largest(x):
    if not isinstance(x, types.Array):
        return lambda x: abs(x)

    def array(x):
        found = 0.0
        for v in x:
            if not abs(v) <= found:  # NaN too
                found = abs(v)
        return found

    return array


# ---- The derivatives of the solution ----

bare = stub("bare", "Return a value without any derivatives, arrays and tuples item by item.")
lifted = stub("lifted", "Return floats as constants of a type of number.")
implicit = stub("implicit", "Return the solution, with the derivatives that the arguments have.")


@overload(bare)
def _bare(x):
    if isinstance(x, types.BaseTuple):
        parts = ", ".join(f"bare(x[{i}])" for i in range(len(x)))
        source = f"def over(x):\n    return ({parts}{',' * bool(parts)})\n"
        return compile_source(source, "over", {"bare": bare})
    item = x.dtype if isinstance(x, types.Array) else x
    if not (is_recorded(item) or isinstance(item, JetType)):
        return lambda x: x
    if not isinstance(x, types.Array):
        return lambda x: bare(x.value)

    def array(x):
        out = np.empty(x.shape)
        for index in np.ndindex(x.shape):
            out[index] = bare(x[index])
        return out

    return array


def _kind(arguments):
    """Return the type of number that the arguments hold, and the order of its derivatives."""
    for t in arguments:
        if isinstance(t, types.BaseTuple):
            if taped(t):
                return _kind(t)
        elif taped(t):
            var = t.dtype if isinstance(t, types.Array) else t
            return var, 1 + level(var.base)
    item = deepest(types.Tuple(tuple(arguments)))
    return item, level(item)


@overload(lifted)
def _lifted(x, item):
    kind = item.instance_type
    if not isinstance(x, types.Array):
        return lambda x, item: x

    def array(x, item):
        out = empty_array(kind, x.shape)
        for i in range(x.size):
            out[i] = x[i]
        return out

    return array


@overload(implicit)
def _implicit(f, x0, args, settings):
    array = isinstance(x0, types.Array)
    if array and x0.ndim != 1:
        raise errors.NumbaTypeError(f"fastad.root: x0 is a float or of shape (n,), got {x0}")
    slope = _slope(jacobian if array else derivative, f.dispatcher, state(f.dispatcher))
    kind, order = _kind(args)
    name = f.dispatcher.py_func.__name__
    lines = [
        "def solve(f, x0, args, settings):",
        "data = bare(args)",
        "x, converged = newton_on_floats(f, slope, 1.0 * bare(x0), data, settings)",
        "if not converged:",
        f"    residual = largest(f({_copied(array, 'x')}, *data))",
        "    raise RuntimeError(message, settings[1], residual)",
    ]
    if order:
        lines += ["j = slope(x, *data)", "x_0 = lifted(x, kind)"]
    lines += [
        f"x_{k + 1} = moved_by(x_{k}, quotient(j, f({_copied(array, f'x_{k}')}, *args)))"
        for k in range(order)
    ]
    lines.append(f"return x_{order}" if order else "return x")
    scope = {
        name: globals()[name] for name in ("bare", "largest", "lifted", "moved_by", "quotient")
    }
    scope |= {"newton_on_floats": newton_on_floats, "slope": slope, "kind": kind}
    scope["message"] = (
        f"fastad.root: Newton's method did not converge on {name}; start nearer, or allow more "
        "iterations (in this error: iterations, largest residual)"
    )
    return compile_source("\n    ".join(lines) + "\n", "solve", scope)


def _copied(array, name):
    return f"{name}.copy()" if array else name
